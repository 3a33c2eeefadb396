"""The people whom a population draws by a seed: in order, without end, each known by a number.

From its number a person can be drawn again, so that of a great many people only the numbers need be
kept. They are drawn in blocks: many take hardly longer than one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, islice
from typing import Protocol

from simulate.population.drawing import drawn
from simulate.population.persona import Attributes, Persona, Value
from simulate.population.sampling import Grouping, Sampling, composed
from simulate.population.synthetic import FIRST_BLOCK, LARGEST_BLOCK, Synthetic
from simulate.population.table_row import TableRow
from simulate.randomness import sorting_key, uniform


class Stated(Protocol):
    """What a population states, as far as people are drawn by it; see `Population`."""

    @property
    def population(self) -> str:
        """Its name."""
        ...

    @property
    def sampling(self) -> Sampling:
        """How people are drawn."""
        ...

    @property
    def synthetic(self) -> Synthetic:
        """People made up from marginals."""
        ...

    @property
    def personas(self) -> Sequence[TableRow]:
        """The rows of a table."""
        ...

    @property
    def rows(self) -> Sequence[TableRow]:
        """Those that are drawn from, with their weights."""
        ...

    @property
    def groupings(self) -> Sequence[Grouping]:
        """Groups whose shares of the sample are given."""
        ...

    def in_words(self, attributes: Mapping[str, Value | None]) -> str:
        """Return the prose of a person."""
        ...

    def of_row(self, row: TableRow, name: str) -> Persona:
        """Return the person of a row."""
        ...


class People(ABC):
    """The people whom a seed draws."""

    @abstractmethod
    def numbers(self) -> Iterator[int]:
        """Iterate for ever over the numbers of the people, in the order in which they are drawn.

        Raises:
            PopulationError: people cannot be drawn as is stated.
        """

    @abstractmethod
    def name(self, number: int) -> str:
        """Return the id of a person."""

    @abstractmethod
    def drawn(self, numbers: Sequence[int]) -> list[Persona]:
        """Draw people by their numbers.

        Raises:
            PopulationError: people cannot be drawn as is stated.
            InputError: the prose template cannot be rendered; of marginals it is rendered when
                `prose` is first read.
        """

    def each(self) -> Iterator[tuple[int, Persona]]:
        """Iterate for ever over the people, each after its number."""
        numbers, size = self.numbers(), FIRST_BLOCK
        while True:
            block = list(islice(numbers, size))
            yield from zip(block, self.drawn(block), strict=True)
            size = min(2 * size, LARGEST_BLOCK)


class Anyone(People):
    """People of whom nothing is known."""

    def numbers(self) -> Iterator[int]:
        """Count."""
        return count(1)

    def name(self, number: int) -> str:
        """Return an id."""
        return f"anyone-{number:04d}"

    def drawn(self, numbers: Sequence[int]) -> list[Persona]:
        """Return people without attributes."""
        return [Persona(self.name(number)) for number in numbers]


class FromMarginals(People):
    """People made up from the marginals of a population, drawn by identity or along a sequence."""

    def __init__(self, population: Stated, seed: int) -> None:
        self._population = population
        self._seed = seed
        self._of_sequence: dict[int, Attributes] = {}

    def numbers(self) -> Iterator[int]:
        """Count, unless it takes a look at people to know who is drawn."""
        by_identity = self._population.sampling.points != "sobol"
        if by_identity and not self._population.groupings:
            return count(1)
        return (number for number, _ in self._each())

    def name(self, number: int) -> str:
        """Return an id."""
        return self._population.synthetic.name(number)

    def drawn(self, numbers: Sequence[int]) -> list[Persona]:
        """Draw people by their numbers; those of a sequence that has come to them."""
        names = list(map(self.name, numbers))
        if self._population.sampling.points == "sobol":
            found = [self._of_sequence[number] for number in numbers]
        else:
            found = self._population.synthetic.by_identity(names, self._seed)
        in_words = self._population.in_words
        return [Persona.drawn(*who, in_words) for who in zip(names, found, strict=True)]

    def each(self) -> Iterator[tuple[int, Persona]]:
        """Iterate for ever over the people, each after its number."""
        for number, attributes in self._each():
            who = Persona.drawn(self.name(number), attributes, self._population.in_words)
            yield number, who

    def _each(self) -> Iterator[tuple[int, Attributes]]:
        population, sampling = self._population, self._population.sampling
        found: Iterator[tuple[int, Attributes]] = enumerate(
            population.synthetic.people(self._seed, sampling.points), start=1
        )
        if groupings := population.groupings:
            looked_at = ((each, each[1]) for each in found)
            found = composed(looked_at, groupings, self._seed, population.population)
        for number, attributes in found:
            if sampling.points == "sobol":  # only the sequence itself gives them again
                self._of_sequence[number] = attributes
            yield number, attributes


class FromTable(People):
    """People of a table: the number of one says how often its row had been drawn, and which it is.

    They are drawn by systematic sampling on the weights, in an order of the rows that the seed
    gives; see `simulate.population.drawing`. With equal weights each comes once before any comes
    twice.
    """

    def __init__(self, population: Stated, seed: int) -> None:
        self._population = population
        self._seed = seed
        rows = population.rows
        self._rows = sorted(rows, key=lambda row: sorting_key(seed, "persona:order", row.id))
        self._known: dict[int, Persona] = {}

    def numbers(self) -> Iterator[int]:
        """Iterate for ever over who is drawn."""
        population, rows = self._population, self._rows
        start = uniform(self._seed, "persona:table", population.population)
        places = drawn([row.weight for row in rows], start)
        if groupings := population.groupings:
            looked_at = ((place, rows[place].attributes) for place in places)
            places = composed(looked_at, groupings, self._seed, population.population)
        times = dict.fromkeys((row.id for row in population.personas), 0)
        for place in places:
            row = rows[place].id
            times[row] += 1
            while times[row] > 1 and _nth(row, times[row]) in times:  # a row is called so
                times[row] += 1
            yield (times[row] - 1) * len(rows) + place

    def name(self, number: int) -> str:
        """Return the id of the row, with how often it was drawn from the second time on."""
        before, place = divmod(number, len(self._rows))
        return _nth(self._rows[place].id, before + 1)

    def drawn(self, numbers: Sequence[int]) -> list[Persona]:
        """Return the people of rows; each row is put in words once."""
        return list(map(self._drawn, numbers))

    def _drawn(self, number: int) -> Persona:
        place = number % len(self._rows)
        if (known := self._known.get(place)) is None:
            row = self._rows[place]
            known = self._known[place] = self._population.of_row(row, row.id)
        return Persona(self.name(number), dict(known.attributes), known.prose, known.talk)


def _nth(row: str, times: int) -> str:
    """Return the id of a row that is drawn for the n-th time, from 1."""
    return row if times == 1 else f"{row}#{times}"
