"""Attributes by which people must not be ranked: what a model makes of them is no fact about them.

A model asked to be a woman, or a Muslim, shows its portrayal. So by such an attribute nothing is
ranked, a group has a number only beside humans *of that group*, and it is called what it is.
"""

from __future__ import annotations

import re

PROTECTED = frozenset(
    (
        "age",
        *("sex", "gender", "orientation", "sexuality", "pregnant", "pregnancy", "marital"),
        *("race", "racial", "ethnicity", "ethnic", "hispanic", "skin", "caste", "tribe", "genetic"),
        *("indigenous", "nationality", "citizenship", "birthplace", "immigrant", "immigration"),
        *("religion", "religious", "faith", "belief", "ideology", "political", "politics", "party"),
        *("partisan", "partisanship", "disability", "disabled", "veteran", "migrant"),
    )
)
"""A word of an attribute's name that makes it one of them: what the law protects somewhere (Charter
of the European Union, art. 21; Title VII, ADA and ADEA of the United States; Equality Act 2010 of
the United Kingdom), and what surveys call it."""
FEWEST_HUMANS = 30
"""A group has a number only where so many humans of that group are in the reference."""
_WORD = re.compile(r"[a-z]+")


def is_protected(attribute: str) -> bool:
    """Tell whether an attribute's name, such as `party_id` or `Sex`, says that it is protected."""
    return not PROTECTED.isdisjoint(_WORD.findall(attribute.casefold()))
