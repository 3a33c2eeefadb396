"""Read stated numbers, and decide on which scale those of one distribution stand.

How numbers are read where a probability is asked for (on a scale from 0 to 1):

==========================  ===================================================================
written                     read as
==========================  ===================================================================
0.3, "0.3", ".3"            0.3
"0,3", "０．３"             0.3 (repaired); "1,234" is refused: a thousand, or one and a bit?
"30%", "30 percent", "３０％"  0.3 (repaired)
"0.3 (30%)"                 0.3 (repaired), where both agree
30 among 30, 50, 20         0.3: no number lies strictly between 0 and 1, and one is above 10 or
                            all add up to 100, so the whole list is in percent (repaired)
3 among 3, 2, 1; 10 and 8   refused: ranks, points out of ten or percent?
30 among 0.5, 0.2           refused: two scales in one distribution
"30%" among 0.5, 0.2        refused likewise
1.2 among 0.5, 0.2          refused: above 1
all 0, negative, NaN        refused
missing, null, "high"       refused, as are ranges, "<0.01", "about 0.3" and "1 in 5"
==========================  ===================================================================

Where percentages are asked for, 30, "30" and "30%" are 0.3 and "0.5%" is 0.005. Numbers none of
which is above 1, without a sign, are refused: 0.6 and 0.4 may be fractions, or percentages from
the tail. The scale is that of all numbers of a distribution, also where it was asked for in
several rounds; and each round must be readable by itself.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from simulate.errors import ParseError
from simulate.verbalized.wording import Wording

POINTS = 10
"""Numbers up to this may be points; in percent without a sign they are where one lies above."""

LONGEST_NUMBER = 60
"""The longest text, in characters, that is read as a number."""

_DIGITS = r"[-+]?(?:\d++(?:[.,]\d++)?|[.,]\d++)(?:[eE][-+]?\d++)?"
_PERCENT = r"%|٪|per ?cent|pct"
_NUMBER = re.compile(
    rf"({_DIGITS})\s*+({_PERCENT})?(?:\s*+\(({_DIGITS})\s*+({_PERCENT})?\))?", re.IGNORECASE
)
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}")


class Number(NamedTuple):
    """A number as a model stated it.

    Attributes:
        value: the number, in percent where it has the sign.
        percent: whether it has a percent sign.
    """

    value: float
    percent: bool = False

    def __str__(self) -> str:
        return f"{self.value:g}{'%' * self.percent}"


def number_in(written: str) -> Number | None:
    """Read a number from a text that is nothing else; None where there is none, or two readings."""
    if len(written) > LONGEST_NUMBER:
        return None
    found = _NUMBER.fullmatch(unicodedata.normalize("NFKC", written).replace("٫", ".").strip())
    if found is None:
        return None
    number, second = _stated(found[1], found[2]), _stated(found[3], found[4])
    if number is None or found[3] is None:
        return number
    if second is None or number.percent == second.percent:
        return None
    share, percent = (second, number) if number.percent else (number, second)
    return share if abs(share.value * 100 - percent.value) <= 0.5 else None


def _stated(digits: str | None, sign: str | None) -> Number | None:
    if digits is None or _THOUSANDS.fullmatch(digits):
        return None
    return Number(float(digits.replace(",", ".")), sign is not None)


def finite(number: float) -> float:
    """Return a number of JSON as a float; infinity for one that is too large to be one."""
    try:
        return float(number)
    except OverflowError:
        return math.inf


def listed(numbers: Sequence[Number]) -> str:
    """Return numbers as a message quotes them."""
    return ", ".join(map(str, numbers))


def on_scale(numbers: Sequence[Number], wording: Wording) -> tuple[list[float], bool]:
    """Bring the numbers of one distribution on the wording's scale; tell whether they were moved.

    Raises:
        ParseError: they stand on different scales, on another, or it cannot be told on which.
    """
    values = [n.value for n in numbers]
    signed = sum(n.percent for n in numbers)
    if wording.scale == "percent":
        bare = [n.value for n in numbers if not n.percent]
        if bare and 0 < max(bare) <= 1:
            raise ParseError(
                f"are {listed(numbers)} fractions or percentages? Write the {wording.field} "
                "from 0 to 100, with a percent sign where it is below 1"
            )
        return values, False
    if signed:
        if signed < len(numbers):
            raise ParseError(f"some numbers have a percent sign and some do not: {listed(numbers)}")
        if wording.scale != "fraction":
            raise ParseError(f"the {wording.field} is no percentage, got {listed(numbers)}")
        return [v / 100 for v in values], True
    if wording.scale == "fraction" and max(values) > 1:
        percent = POINTS < max(values) <= 100 or sum(values) == 100
        if not percent or any(0 < v < 1 for v in values):
            raise ParseError(
                f"the {wording.field} {max(values):g} is above 1, and the numbers are not in "
                f"percent either: {listed(numbers)}"
            )
        return [v / 100 for v in values], True
    return values, False
