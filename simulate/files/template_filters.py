"""What differs by person and is made up: numbers of orders, cards and customers, and choices.

Templates have the two functions as filters: `{{ persona.id | code("A-#####") }}` and
`{{ persona.id | pick(["a lamp", "a kettle"]) }}`. Each is a pure function of its arguments, through
SHA-256: a persona has the same order number in every cell, replicate and run, whatever the seed,
so that a target can be given the orders of a population before the test begins. A label as the
last argument (`code("####", "card")`) makes a choice independent of others of the same person.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

LONGEST_PATTERN = 40
"""Characters; a digest of 256 bits fills 40 places evenly (26⁴⁰ < 2²⁵⁶)."""

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _number(of: object, label: str) -> int:
    said = json.dumps([str(of), label], separators=(",", ":"))
    return int.from_bytes(hashlib.sha256(said.encode()).digest(), "big")


def code(of: object, pattern: str, label: str = "") -> str:
    """Fill in a pattern such as `A-#####`, the same way whenever it is the same person's.

    Args:
        of: whose code it is, such as a persona's id.
        pattern: up to 40 characters; `#` becomes a digit, `?` a capital letter, all else stays.
        label: tells several codes of one person apart.

    Raises:
        ValueError: the pattern has no `#` and no `?`, or is too long.
    """
    if not set("#?") & set(pattern) or len(pattern) > LONGEST_PATTERN:
        raise ValueError(
            f"code: the pattern must have a # or ? in it and at most {LONGEST_PATTERN} "
            f"characters, got {pattern!r}"
        )
    rest = _number(of, f"code:{pattern}:{label}")
    filled = []
    for character in pattern:
        choices = {"#": "0123456789", "?": LETTERS}.get(character, character)
        rest, place = divmod(rest, len(choices))
        filled.append(choices[place])
    return "".join(filled)


def pick(of: object, choices: Iterable[object], label: str = "") -> object:
    """Return one of some values, the same one whenever it is the same person's.

    Args:
        of: whose choice it is, such as a persona's id.
        choices: the values, each as likely.
        label: tells several choices of one person apart.

    Raises:
        ValueError: there is nothing to pick from.
    """
    values = list(choices)
    if not values:
        raise ValueError("pick: there is nothing to pick from")
    return values[_number(of, f"pick:{label}") % len(values)]
