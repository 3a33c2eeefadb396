"""Sequences whose elements are made when they are looked at, many at once, and are not kept."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import TypeVar, overload

T = TypeVar("T")

BLOCK = 512
"""Elements that are made at once where all are gone through."""


class ComputedSequence(Sequence[T]):
    """A sequence that makes its elements from something smaller.

    To go through it, or to take many elements, costs far less than to ask for one at a time.
    """

    @abstractmethod
    def take(self, places: Sequence[int]) -> list[T]:
        """Return the elements at some places, from 0, in their order."""

    def __iter__(self) -> Iterator[T]:
        for first in range(0, len(self), BLOCK):
            yield from self.take(range(len(self))[first : first + BLOCK])

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> list[T]: ...
    def __getitem__(self, place: int | slice) -> T | list[T]:
        places = range(len(self))
        return (
            self.take(places[place]) if isinstance(place, slice) else self.take([places[place]])[0]
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(self) != len(other):
            return False
        return all(one == another for one, another in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]


def taken(sequence: Sequence[T], places: Sequence[int]) -> list[T]:
    """Return the elements of any sequence at some places, from 0, in their order."""
    if isinstance(sequence, ComputedSequence):
        return sequence.take(places)
    return [sequence[place] for place in places]


class Chosen(ComputedSequence[T]):
    """Some elements of a sequence.

    Args:
        whole: the sequence.
        places: which of its elements, from 0.
    """

    def __init__(self, whole: Sequence[T], places: Sequence[int]) -> None:
        self._whole = whole
        self.places = places

    def __len__(self) -> int:
        return len(self.places)

    def take(self, places: Sequence[int]) -> list[T]:
        """Return the elements at some places, from 0, in their order."""
        return taken(self._whole, [self.places[place] for place in places])
