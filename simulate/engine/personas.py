"""The personas of a run, of whom only numbers are kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulate.engine.computed_sequence import ComputedSequence, taken
from simulate.population import Persona
from simulate.population.people import People


class Personas(ComputedSequence[Persona]):
    """The personas of a run, in order; drawn when they are looked at.

    Args:
        people: whom the population draws.
        numbers: who of them takes part.
        begun: the people whom the run has already; they come first.
    """

    def __init__(
        self, people: People, numbers: Sequence[int], begun: Sequence[Persona] = ()
    ) -> None:
        self._people = people
        self._numbers = numbers
        self._begun = begun

    def __len__(self) -> int:
        return len(self._begun) + len(self._numbers)

    def take(self, places: Sequence[int]) -> list[Persona]:
        """Return the personas at some places, from 0, in their order."""
        before = len(self._begun)
        numbers = [self._numbers[place - before] for place in places if place >= before]
        drawn = iter(self._people.drawn(numbers) if numbers else ())
        begun = iter(taken(self._begun, [place for place in places if place < before]))
        return [next(begun if place < before else drawn) for place in places]

    def ids(self) -> Iterator[str]:
        """Iterate over their ids, without drawing anybody."""
        yield from (persona.id for persona in self._begun)
        yield from map(self._people.name, self._numbers)
