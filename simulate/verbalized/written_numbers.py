"""The numbers that a text can say: decimals and thousands are not marked the same way everywhere.

===========================================  ==================================================
written                                      read as
===========================================  ==================================================
1234.5, "1234,5", ".5", "1.5e3"              as it stands, with a point or a comma
1,234,567.8  1.234.567,8                     1234567.8, as in English, or German and Spanish
1 234 567,8  1'234'567.8  12,34,567.8        likewise, as in French, Switzerland and India
1.000  1,000                                 1000 or 1: two numbers, and who asks must decide
0.125  1234.567  1,234.567                   one number: what stands there groups no thousands
===========================================  ==================================================

Digits of other scripts, full-width signs, and the Arabic separators are read like these.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

LONGEST = 60
"""The longest text, in characters, that is read as a number."""

_SIGNS = str.maketrans(
    {
        **dict.fromkeys("．٫", "."),
        **dict.fromkeys("，", ","),
        **dict.fromkeys("٬’＇", "'"),
        **dict.fromkeys("−－", "-"),
        **dict.fromkeys("＋", "+"),
        **dict.fromkeys("\u00a0\u2009\u202f", " "),
    }
)
_DECIMAL = re.compile(r"([-+]?)(\d*)(?:[.,](\d+))?([eE][-+]?\d{1,3})?")
_THOUSANDS = re.compile(
    r"([-+]?)([1-9]\d{0,2}(?:(?P<mark>[,.' ])\d{3})(?:(?P=mark)\d{3})*)(?:(?!(?P=mark))[.,](\d+))?"
)
_LAKHS = re.compile(r"([-+]?)([1-9]\d?(?:,\d\d)+,\d{3})(?:\.(\d+))?")
_MARKS = re.compile(r"[,.' ]")


def readings(text: str) -> tuple[Decimal, ...]:
    """Return the numbers that a text can say, if it says nothing else.

    Returns:
        None, one, or two different ones: of “1.000” and “1,000” the one that is usual in English
        comes first.
    """
    if len(text) > LONGEST:
        return ()
    written = text.strip().translate(_SIGNS)
    if not written.isascii():
        written = "".join(str(unicodedata.decimal(c, c)) for c in written)
    found: list[Decimal] = []
    if (plain := _DECIMAL.fullmatch(written)) and (plain[2] or plain[3]):
        sign, whole, part, power = plain.groups(default="")
        found.append(Decimal(f"{sign}{whole or 0}.{part or 0}{power}"))
    if grouped := _THOUSANDS.fullmatch(written) or _LAKHS.fullmatch(written):
        groups, part = _MARKS.sub("", grouped[2]), grouped[grouped.re.groups]
        found.append(Decimal(f"{grouped[1]}{groups}.{part or 0}"))
    return tuple(found[::-1] if "," in written else found)
