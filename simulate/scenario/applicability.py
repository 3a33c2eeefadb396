"""Whether an outcome applies to a dialogue: where no deal was made, there is no price.

That an outcome does not apply is a level of its own, neither a number nor missing. Either who is
asked says so (`not_applicable`), or the value of another outcome does (`applies_if`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from simulate.scenario.outcome_kind import OutcomeScalar

DOES_NOT_APPLY = "does not apply"
"""How it is written: in prompts, run files and tables."""

LONGEST = 400
"""Characters of an answer that says so: a condition has at most 200."""
_SAID = re.compile(
    r"""["'“]?(?:does\ not\ apply|doesn['’]t\ apply|not\ applicable|n/a)\b["'”]?
        [\s.,:;!(\[–—-]*(?:because\ |since\ |as\ )?(?P<reason>.*?)[\s.!)\]"'”]*""",
    re.VERBOSE | re.DOTALL,
)


class Answer(NamedTuple):
    """What an answer says of an outcome.

    Attributes:
        value: None where it is missing, or does not apply.
        applies: whether the outcome applies; what is missing may.
    """

    value: OutcomeScalar | None
    applies: bool = True


MISSING = Answer(None)
NOT_APPLICABLE = Answer(None, applies=False)


def says_so(raw: object, condition: str = "") -> bool:
    """Tell whether an answer says that the outcome does not apply.

    Args:
        raw: as the model wrote it.
        condition: the one reason that may follow, such as “no deal was made”.
    """
    if not isinstance(raw, str) or len(raw) > LONGEST:
        return False
    said = _SAID.fullmatch(raw.strip().casefold())
    return said is not None and said["reason"] in ("", condition.strip(" .").casefold())


def conjunction(holds: Iterable[bool | None]) -> bool | None:
    """Return whether all hold: False where one does not, else None where one is not known."""
    each = set(holds)
    return False if False in each else None if None in each else True
