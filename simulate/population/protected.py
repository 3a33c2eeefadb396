"""Attributes by which people must not be ranked: what a model makes of them is no fact about them.

A model asked to be a woman, or a Muslim, shows its portrayal. So by such an attribute nothing is
ranked, a group has a number only beside humans *of that group*, and it is called what it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from unicodedata import combining, normalize

PROTECTED = frozenset(
    (
        *("age", "ages", "aged", "birth", "born", "birthdate", "birthday", "dob", "yob", "elderly"),
        *("sex", "gender", "orientation", "sexuality", "pregnant", "pregnancy", "marital"),
        *("woman", "women", "man", "men", "female", "male", "transgender", "nonbinary", "pronouns"),
        *("gay", "lesbian", "queer", "bisexual", "lgbt", "lgbtq"),
        *("race", "racial", "ethnicity", "ethnic", "hispanic", "skin", "caste", "tribe", "genetic"),
        *("latino", "latina", "latinx", "ancestry"),
        *("indigenous", "nationality", "citizenship", "birthplace", "immigrant", "immigration"),
        *("religion", "religious", "faith", "belief", "church", "denomination", "muslim", "jewish"),
        *("ideology", "political", "politics", "party", "partisan", "partisanship", "democrat"),
        *("republican", "disability", "disabled", "veteran", "migrant"),
        *("geschlecht", "geburtsjahr", "sexe", "sexo", "edad", "religione", "partei"),
    )
)
"""A word of an attribute's name that makes it one of them: what the law protects somewhere (Charter
of the European Union, art. 21; Title VII, ADA and ADEA of the United States; Equality Act 2010 of
the United Kingdom), and what surveys call it, in English and a few other languages. Names are no
proof: of another one a population says it by `protected: true`."""
LONG = 6
"""Letters of a word that is also found at either end of a longer one, as in `maritalstatus`."""
FEWEST_HUMANS = 30
"""A group has a number only where so many humans of that group are in the reference."""
ALONE = frozenset(("agegroup", "agerange", "ageband", "agebracket", "origin", "genero", "genere"))
"""Likewise, but not as the beginning of another word: `original`, `generosity`."""
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

Protects = Callable[[str], bool]
"""Tells whether an attribute is protected, by its name."""


def is_protected(attribute: str) -> bool:
    """Tell whether an attribute's name, such as `party_id` or `ageGroup`, is a protected one's."""
    bare = "".join(c for c in normalize("NFKD", attribute) if not combining(c))
    words = [word.casefold() for word in _WORD.findall(bare)]
    words += re.findall("[a-z]+", bare.casefold())  # whatever its case means
    return any(
        word in PROTECTED
        or word in ALONE
        or any(len(p) >= LONG and (word.startswith(p) or word.endswith(p)) for p in PROTECTED)
        for word in words
    )


def protected_by(population: Mapping[str, Any] | None) -> Protects:
    """Return what tells whether an attribute is protected: by its name, or as a population says.

    Args:
        population: as a run file holds it; None for none.
    """
    declared = (population or {}).get("attributes") or {}

    def protects(attribute: str) -> bool:
        own = declared.get(attribute)
        return is_protected(attribute) or (isinstance(own, dict) and bool(own.get("protected")))

    return protects
