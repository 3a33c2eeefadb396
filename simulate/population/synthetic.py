"""People who are made up from marginals, by their identity or by a Sobol sequence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from simulate.errors import PopulationError
from simulate.population.constraints import Constraints
from simulate.population.joint import Joint, sobol
from simulate.population.persona import Attributes
from simulate.randomness import generator, uniforms

FIRST_BLOCK, LARGEST_BLOCK = 16, 512
"""People who are drawn at once: ever more, since nobody knows how many are wanted."""
MOST_TRIES = 50_000
"""Of one person, until the constraints hold."""
TRIED_AT_ONCE = 4096


class Synthetic:
    """Draws people from the joint distribution of their attributes, under constraints."""

    def __init__(self, name: str, joint: Joint, constraints: Constraints) -> None:
        """Take the population's name, its distribution and the constraints."""
        self._name = name
        self.joint = joint
        self._constraints = constraints

    def evenly(self) -> list[Attributes]:
        """Return people who stand for all, always the same, to compute with.

        Raises:
            PopulationError: the population cannot be drawn from.
        """
        people = self.joint.evenly()
        return [p for p in people if self._constraints.hold(p)] if self._constraints else people

    def by_identity(self, ids: Sequence[str], seed: int) -> list[Attributes]:
        """Draw people by their ids; whoever breaks a constraint is drawn again.

        Raises:
            PopulationError: the population cannot be drawn from.
        """
        if not self._constraints:
            return self._drawn(ids, seed, [0] * len(ids))
        found: dict[str, Attributes] = {}
        left, tries = list(dict.fromkeys(ids)), 0
        while left:
            if tries >= MOST_TRIES:
                raise PopulationError(
                    f"require: in {tries:,} tries nobody met all of them, for {left[0]}; loosen "
                    "them, or change the marginals"
                )
            # The try is part of the identity: how many are tried at once does not matter.
            at_once = max(min(TRIED_AT_ONCE // len(left), tries), 1)
            whose, numbers = left * at_once, range(tries, tries + at_once)
            each = [number for number in numbers for _ in left]
            for name, person in zip(whose, self._drawn(whose, seed, each), strict=True):
                if name not in found and self._constraints.hold(person):
                    found[name] = person
            tries += at_once
            left = [name for name in left if name not in found]
        return [found[name] for name in ids]

    def _drawn(self, ids: Sequence[str], seed: int, tries: Sequence[int]) -> list[Attributes]:
        whats = [f"persona:{name}" for name in self.joint.attributes]
        return self.joint.people(list(uniforms(seed, whats, ids, tries)))

    def people(self, seed: int, points: str) -> Iterator[Attributes]:
        """Iterate for ever over people, the n-th of whom has the n-th of the ids.

        Args:
            seed: of the sample.
            points: `random` or `sobol`.

        Raises:
            PopulationError: the population cannot be drawn from.
        """
        blocks = self._sobol(seed) if points == "sobol" else self._random(seed)
        return chain.from_iterable(blocks)

    def name(self, number: int) -> str:
        """Return the id of the n-th person, from 1."""
        return f"{self._name}-{number:04d}"

    def _random(self, seed: int) -> Iterator[list[Attributes]]:
        first, size = 1, FIRST_BLOCK
        while True:
            yield self.by_identity([*map(self.name, range(first, first + size))], seed)
            first, size = first + size, min(size * 2, LARGEST_BLOCK)

    def _sobol(self, seed: int) -> Iterator[list[Attributes]]:
        """Go along one sequence; a point at which a constraint is broken is passed over."""
        dimensions = len(self.joint.attributes)
        sequence = sobol(generator(seed, "persona:sobol", self._name), dimensions)
        size, in_vain = FIRST_BLOCK, 0
        while in_vain < MOST_TRIES:
            people = self.joint.people(list(sequence.random(size).T))
            met = [each for each in people if self._constraints.hold(each)]
            in_vain = 0 if met else in_vain + size
            yield met
            size = min(size * 2, LARGEST_BLOCK)
        raise PopulationError(f"require: none of {in_vain:,} people meets all of them; loosen them")
