"""Hard constraints: expressions that hold of every person, or the person is drawn again."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence

from simulate.errors import InputError, PopulationError, quote
from simulate.files.templates import evaluate, variables_of
from simulate.population.persona import Attributes, Value

LONGEST_S = 60.0
"""Seconds in which constraints are tried."""
MOST_KNOWN = 100_000
"""Combinations of values whose answer is kept."""


class Constraint:
    """One expression, such as `age - schooling >= 6`, in the sandbox of templates."""

    def __init__(self, source: str, field: str) -> None:
        """Take the expression; `field` is where it stands, for messages."""
        self.source = source
        self._field = field
        self._template = f"{{{{ {source} }}}}"
        self._names = tuple(sorted(variables_of(self._template, field)))
        self._known: dict[tuple[Value | None, ...], bool] = {}

    def check_names(self, known: Collection[str]) -> None:
        """Check that it reads attributes, and some.

        Raises:
            PopulationError: it does not.
        """
        if not self._names:
            raise PopulationError(f"{self._field}: {quote(self.source)} reads no attribute")
        for name in self._names:
            if name not in known:
                raise PopulationError(
                    f"{self._field}: {quote(name, 40)} is no attribute; there are: "
                    f"{', '.join(known)}"
                )

    def holds(self, person: Mapping[str, Value | None]) -> bool:
        """Tell whether it holds of a person.

        Raises:
            PopulationError: it cannot be computed, or is neither true nor false.
        """
        values = tuple(person.get(name) for name in self._names)
        found = self._known.get(values)
        if found is None:
            told = {n: v for n, v in zip(self._names, values, strict=True) if n in person}
            try:
                found = evaluate(self._template, told, self._field)
            except InputError as error:
                raise PopulationError(str(error)) from None
            if not isinstance(found, bool):
                raise PopulationError(
                    f"{self._field}: {quote(self.source)} gives {quote(str(found), 40)}; it must "
                    "be true or false, such as a comparison"
                )
            if len(self._known) < MOST_KNOWN:
                self._known[values] = found
        return found


class Constraints:
    """All of a population, which hold together."""

    def __init__(self, sources: Sequence[str], names: Collection[str]) -> None:
        """Take the expressions, and the names of the attributes.

        Raises:
            PopulationError: one has an error in it, or reads what is no attribute.
        """
        try:
            self._each = [Constraint(s, f"require.{i}") for i, s in enumerate(sources)]
        except InputError as error:
            raise PopulationError(str(error)) from None
        for constraint in self._each:
            constraint.check_names(names)

    def __bool__(self) -> bool:
        return bool(self._each)

    def hold(self, person: Mapping[str, Value | None]) -> bool:
        """Tell whether all hold of a person."""
        return all(constraint.holds(person) for constraint in self._each)

    def acceptance(self, people: Sequence[Attributes]) -> list[float]:
        """Return the share of people whom each constraint accepts, and last that of all together.

        Raises:
            PopulationError: one accepts nobody, all together do not, or it takes too long.
        """
        n, until = len(people), time.monotonic() + LONGEST_S
        found = []
        for constraint in self._each:
            met = 0
            for person in people:
                met += constraint.holds(person)
                if time.monotonic() > until:
                    raise PopulationError(
                        f"require: takes more than {LONGEST_S:g} s for {n:,} people; simplify it"
                    )
            found.append(met / n)
        for number, share in enumerate(found):
            if share == 0:
                raise PopulationError(
                    f"require.{number}: {quote(self._each[number].source)} is met by none of {n:,} "
                    "people; loosen it, or change the marginals"
                )
        together = sum(map(self.hold, people)) / n
        if together == 0:
            said = ", ".join(f"{share:.1%}" for share in found)
            raise PopulationError(
                f"require: none of {n:,} people meets all of them; each by itself is met by {said}"
            )
        return [*found, together]
