"""The split of people in two halves: what is chosen or fitted on one is judged on the other.

A person's side is a hash of the person's id and nothing else: it depends on no seed, no order and
no name of a reference, it is the same for every version of simulate, and all that one person did
in several dialogues stays on one side. What is forecast is one person's move, and that person's
side counts. So what the *other* one said in the same dialogue, who may be on the other side, is
seen on both: it stands in the talk so far, and is not what is forecast.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Literal

Split = Literal["select", "report"]
"""People that something may be chosen by or fitted to, and people that it is judged on."""
SPLITS: tuple[Split, ...] = ("select", "report")
_SALT = "simulate: select or report, version 1"
"""Never changes: who has been on one side stays there."""


def split_of(person: str) -> Split:
    """Return the side of a person, by the id that the data know it by."""
    return SPLITS[sha256(f"{_SALT}\n{person}".encode()).digest()[0] & 1]


def split_sizes(people: Iterable[str]) -> dict[Split, int]:
    """Return how many different people are on each side."""
    sides = [split_of(person) for person in set(people)]
    return {split: sides.count(split) for split in SPLITS}
