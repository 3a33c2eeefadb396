"""What typical and tail users say: at a turn, or where an outcome came out as it did."""

from simulate.comparison.typical.outcomes import typical_outcomes
from simulate.comparison.typical.replies import typical_replies
from simulate.comparison.typical.result import Example, Part, Representative, TypicalAndTail

__all__ = [
    "Example",
    "Part",
    "Representative",
    "TypicalAndTail",
    "typical_outcomes",
    "typical_replies",
]
