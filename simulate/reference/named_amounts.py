"""The donation that a persuadee names in a dialogue of the Verbalized Sampling paper.

The paper's persuadees were told to write `[DONATE $N]` or `[GIVE $N]`, and that a donation is not
made otherwise; its package also reads sentences such as “I can give $1”. So two amounts are read:

- `marked_amount`: that of the last such mark; None where there is none, which is no $0;
- `amount_by_paper`: as the package counts. The last turn that names an amount counts, by a mark or
  after a verb such as donate or give (of several verbs, the first one); cents are divided by 100,
  more than $2 is $2, and where no turn names one it is $0.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

HIGHEST = 2.0
"""USD that were earned, so that nobody can have given more."""

_AMOUNT = r"(\d{1,6}(?:\.\d{1,6})?|\.\d{1,6})"
_MARK = re.compile(rf"\[ ?(?:donate|give) ?:? ?\$? ?{_AMOUNT} ?\]", re.IGNORECASE)
_VERB = r"\b(?:donat(?:e|ing)|giv(?:e|ing)|do|spare|contribut(?:e|ing))"
_CENTS = re.compile(rf"{_VERB} ?\$?{_AMOUNT} ?cents\b", re.IGNORECASE)
_DOLLARS = re.compile(rf"{_VERB} ?(?:the whole|all|entire)? ?\$?{_AMOUNT}\b", re.IGNORECASE)


def _plain(text: str) -> str:
    return " ".join(text.split())


def marked_amount(turns: Sequence[str]) -> float | None:
    """Return the amount in USD of the last mark in these turns; None where there is none."""
    amount = None
    for turn in turns:
        for mark in _MARK.finditer(_plain(turn)):
            amount = float(mark[1])
    return amount


def amount_by_paper(turns: Sequence[str]) -> float:
    """Return the amount in USD that the paper's package counts, in [0, 2]."""
    amount = 0.0
    for turn in turns:
        text = _plain(turn)
        if marks := _MARK.findall(text):
            amount = float(marks[-1])
        elif cents := _CENTS.search(text):
            number = float(cents[1])
            amount = number / 100 if number >= 1 else number
        elif dollars := _DOLLARS.search(text):
            amount = float(dollars[1])
    return min(amount, HIGHEST)
