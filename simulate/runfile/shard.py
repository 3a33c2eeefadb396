"""A shard: one of N equal parts of a plan, which is played by itself into a run file of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from simulate.errors import InputError, quote
from simulate.limits import MOST_DIALOGUES, shown

_WRITTEN = re.compile(r"([0-9]{1,19})/([0-9]{1,19})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Shard:
    """One of the equal parts of a plan; each has people of its own, with all their dialogues.

    Attributes:
        index: which one it is, from 1 to `of`.
        of: how many parts there are, at least 1.

    Raises:
        InputError: there is no such part.
    """

    index: int
    of: int

    def __post_init__(self) -> None:
        if not 1 <= self.of <= MOST_DIALOGUES:
            raise InputError(
                f"shard {self}: a plan can be cut into 1 to {MOST_DIALOGUES:,} shards; write I/N, "
                "such as 2/8"
            )
        if not 1 <= self.index <= self.of:
            raise InputError(
                f"shard {self}: the first number must be from 1 to the second, "
                f"{shown(self.of)}; write I/N, such as 2/8"
            )

    def __str__(self) -> str:
        return f"{self.index}/{self.of}"

    @property
    def told(self) -> str:
        """What it is, in words."""
        return f"shard {self.index:,} of {self.of:,}"

    @classmethod
    def read(cls, written: str | Shard) -> Shard:
        """Read `I/N`, the I-th of N shards.

        Raises:
            InputError: it is not that, or there is no such shard.
        """
        if isinstance(written, Shard):
            return written
        found = _WRITTEN.fullmatch(written.strip())
        if found is None:
            raise InputError(
                f"shard {quote(written, 40)}: write I/N, the I-th of N shards, such as 2/8"
            )
        return cls(int(found[1]), int(found[2]))


class Part(Protocol):
    """A run that may be a part of a plan."""

    @property
    def shard(self) -> Shard | None:
        """Which part it is; None where it is the whole."""
        ...


def part_told(run: Part) -> Iterator[str]:
    """Say that a run file holds a part of its plan; nothing where it holds all of it."""
    if run.shard is not None:
        yield (
            f"this is {run.shard.told}, a part of the plan: whatever is said of it is said of this "
            "part (`simulate merge` puts the shards together)"
        )
