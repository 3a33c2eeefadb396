"""Populations: a distribution over personas, or a table of them with weights."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field, PrivateAttr, model_validator

from simulate.errors import InputError, quote
from simulate.files.strict import Strict
from simulate.files.tables.names import named_alike
from simulate.files.templates import render
from simulate.limits import MOST_ATTRIBUTES, MOST_DIALOGUES, check_number
from simulate.notebook import Shown, Width
from simulate.population.adversarial import Adversarial
from simulate.population.attribute import Attribute
from simulate.population.constraints import Constraints
from simulate.population.correlation import RankCorrelation, check_pairs
from simulate.population.given import check_rows, in_order
from simulate.population.joint import Joint
from simulate.population.margins import raked
from simulate.population.people import FromMarginals, FromTable, People
from simulate.population.persona import Attributes, Persona, Value
from simulate.population.sampling import (
    Grouping,
    Sampling,
    SamplingField,
    check_names,
    groupings_of,
)
from simulate.population.shares import Shares
from simulate.population.synthetic import Synthetic
from simulate.population.table_row import TableRow, root_persona
from simulate.terminal.safe_text import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RESERVED = frozenset({"id", "prose", "words"})
MOST_CONSTRAINTS = 100
TRIED = 4096
"""People by whom it is known how many meet the constraints."""
TRUTH = {"True": True, "False": False}
NUMERAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?")


def _as_values(stored: Mapping[str, Any]) -> dict[Value, Any]:
    """Return what JSON has texts as keys for: numbers or truth values, where all keys are some.

    Words that are all numerals are not told from numbers.
    """
    if not all(key in TRUTH or NUMERAL.fullmatch(key) for key in stored):
        return {str(key): each for key, each in stored.items()}
    return {TRUTH[key] if key in TRUTH else _as_number(key): v for key, v in stored.items()}


def _as_number(numeral: str) -> int | float:
    return int(numeral) if numeral.removeprefix("-").isdecimal() else float(numeral)


def _with_values(given: Mapping[str, Any]) -> dict[str, Any]:
    keyed = {name: _as_values(given[name]) for name in ("counts", "words") if name in given}
    return {**given, **keyed}


class Population(Shown, Strict):
    """A distribution over personas: marginals and what joins them, or a table with weights.

    Marginals are joined by a Gaussian copula under which the stated rank correlations come out, and
    by conditional tables.
    """

    population: Annotated[str, Field(min_length=1, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    """The population's name."""
    description: str = ""
    """Who these people are."""
    source: str | None = None
    """Where the numbers come from."""
    licence: str | None = None
    """Under which terms they may be used."""
    n: Annotated[int, Field(ge=1)] | None = None
    """How many people the numbers come from."""
    notes: str | None = None
    """How they were counted, and whatever else a reader must know."""
    attributes: Annotated[dict[str, Attribute], Field(max_length=MOST_ATTRIBUTES)] = {}
    """Name to kind and distribution."""
    correlations: list[RankCorrelation] = []
    """Rank correlations of pairs of attributes; other pairs have none but through conditional
    tables."""
    personas: list[TableRow] = []
    """A table of personas, instead of `attributes`."""
    # Left out of dumps where it is not said, so that runs begun before keep their identity.
    invented: Annotated[bool, Field(exclude_if=lambda v: not v)] = False
    """Whether the personas of the table are invented, and no person gave anything for them."""
    adversarial: Annotated[Adversarial, Field(exclude_if=lambda v: v is None)] | None = None
    """Says that these people attack: for authorised tests of one's own system only."""
    margins: dict[str, Shares] = {}
    """Of a table: attribute to the shares that its values, or groups of them, are to have. The
    weights are raked to these."""
    require: Annotated[list[str], Field(max_length=MOST_CONSTRAINTS)] = []
    """Expressions over attributes, such as `age - schooling >= 6`, that hold of everybody."""
    sampling: SamplingField = Sampling()
    """How a sample is composed: `sobol`, strata, quotas."""
    prose: str = ""
    """A Jinja template that puts a person in words; sees each attribute, and `words`."""
    _places: dict[str, str] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _check(self) -> Population:
        if bool(self.attributes) == bool(self.personas):
            raise ValueError("give either attributes (marginals) or personas (a table)")
        names = self.names
        if alike := named_alike(names):
            one, other = (quote(names[place], 40) for place in alike)
            raise ValueError(
                f"attributes {one} and {other} differ by case only, which columns of a table do "
                "not tell apart; rename one of them"
            )
        if taken := RESERVED & set(self.attributes):
            raise ValueError(f"attributes must not be called {', '.join(sorted(taken))}")
        check_pairs(self.correlations, self.attributes)
        in_order(self.attributes)
        for name, attribute in self.attributes.items():
            if attribute.given:
                check_rows(name, self.attributes)
        check_names(self.sampling, dict.fromkeys(names))
        for name in self.margins:
            if not self.personas:
                raise ValueError("margins: are for a table of people; attributes have their own")
            if name not in names:
                raise ValueError(
                    f"margins.{name}: is no column of the table; there are: {', '.join(names)}"
                )
        if self.invented and not self.personas:
            raise ValueError("invented: is for a table; marginals are nobody's data; leave it out")
        if self.personas and self.sampling.points == "sobol":
            raise ValueError("sampling.points: a table is drawn from by its weights; leave it out")
        self._check_personas()
        return self

    def _check_personas(self) -> None:
        ids: dict[str, int] = {}
        reserved = RESERVED if self.prose else RESERVED - {"words"}
        for number, person in enumerate(self.personas):
            if (first := ids.setdefault(person.id, number)) != number:
                raise ValueError(
                    f"personas.{number}.id: {quote(person.id, 40)} is the id of personas.{first}, "
                    "too; each persona needs an id of its own"
                )
            if hidden := reserved.intersection(person.attributes):
                raise ValueError(
                    f"personas.{number}.attributes.{min(hidden)}: templates know something else by "
                    "this name; give the attribute another one"
                )

    @cached_property
    def names(self) -> list[str]:
        """The names of all attributes."""
        of_rows = (name for row in self.personas for name in row.attributes)
        return list(dict.fromkeys([*self.attributes, *of_rows]))

    @classmethod
    def stored(cls, data: Mapping[str, Any]) -> Population:
        """Return the population that a run file holds.

        JSON makes texts of keys, such as the values that `counts` and `words` have numbers for.

        Raises:
            ValidationError: this version of simulate cannot read it.
        """
        attributes = {}
        for name, given in (data.get("attributes") or {}).items():
            rows = [_with_values(row) for row in given.get("given", ())]
            attributes[name] = {**_with_values(given), **({"given": rows} if rows else {})}
        return cls.model_validate({**data, "attributes": attributes})

    _view: ClassVar[str] = "population"

    def __repr__(self) -> str:
        who = counted(len(self.personas), "persona") if self.personas else "marginals"
        return f"Population({self.population}: {who}, {counted(len(self.names), 'attribute')})"

    __str__ = __repr__  # that of pydantic is a dump

    def plot(self, n: int = 1000, seed: int = 0, *, width: Width = "page") -> Figure:
        """Return a figure of n people who are drawn beside what is stated; a notebook shows it.

        Raises:
            PopulationError: the population cannot be drawn from; see `sample`.
        """
        return self._figure(n=n, seed=seed, width=width)

    def place(self, row: TableRow) -> str:
        """Return which person of the table a row is, and where it stands in a file."""
        where = f" ({self._places[row.id]})" if row.id in self._places else ""
        return f"persona {quote(row.id, 40)}{where}"

    def placed(self, places: Sequence[str]) -> Population:
        """Return the population; `places` are where its rows stand, such as `people.csv:4`."""
        self._places = dict(zip((row.id for row in self.personas), places, strict=True))
        return self

    def check(self) -> None:
        """Check what takes computing: that people can be drawn as is stated, and put in words.

        Raises:
            PopulationError: they cannot; the message begins with the field.
            InputError: the prose template cannot be rendered.
        """
        if self.personas:
            rows = self.rows if self.margins or self.require or self.groupings else self.personas
            for row in rows if self.prose else ():
                self.of_row(row, row.id)
            return
        _ = self.synthetic.joint.copula, self.acceptance, self.groupings
        for person in self.sample(1):
            _ = person.prose

    @cached_property
    def synthetic(self) -> Synthetic:
        """Draws people from the marginals."""
        joint = Joint(self.attributes, self.correlations)
        return Synthetic(self.population, joint, self._constraints)

    @cached_property
    def _constraints(self) -> Constraints:
        return Constraints(self.require, self.names)

    @cached_property
    def acceptance(self) -> list[float]:
        """The share of people whom each constraint accepts, and last all of them together.

        Raises:
            PopulationError: one accepts nobody, or all together do not.
        """
        if not self.require:
            return []
        if self.personas:
            return self._constraints.acceptance([row.attributes for row in self.personas])
        return self._constraints.acceptance(self.synthetic.joint.evenly(TRIED))

    @cached_property
    def rows(self) -> list[TableRow]:
        """The rows of the table that can be drawn, with the weights by which they are.

        Raises:
            PopulationError: nobody is left, or the margins cannot be met.
        """
        rows = self.personas
        if self.require:
            _ = self.acceptance
            rows = [row for row in rows if self._constraints.hold(row.attributes)]
        if self.margins:
            weights = raked(rows, self.margins, self.place).weights.tolist()
            rows = [
                row.model_copy(update={"weight": weight})
                for row, weight in zip(rows, weights, strict=True)
                if weight > 0
            ]
        return rows

    @cached_property
    def groupings(self) -> list[Grouping]:
        """The strata or quotas of a sample; empty without.

        Raises:
            PopulationError: one that has a share has nobody in it.
        """
        return groupings_of(self.sampling, self.weighted)

    def weighted(self) -> list[tuple[Attributes, float]]:
        """Return people who stand for all who can be drawn, with their weights, to compute with."""
        if self.personas:
            return [(row.attributes, row.weight) for row in self.rows]
        return [(person, 1.0) for person in self.synthetic.evenly()]

    @property
    def has_talks(self) -> bool:
        """Whether personas of the table have talks."""
        return any(row.talk for row in self.personas)

    @property
    def human_data(self) -> str | None:
        """What it holds that single people gave, for messages; None where it holds nothing."""
        if not self.personas or self.invented:
            return None
        what = "people and their talks" if self.has_talks else "people"
        return f"the {what} of population {self.population}"

    def sample(self, n: int, seed: int = 0) -> list[Persona]:
        """Draw n personas: the first n of `people`.

        Raises:
            PopulationError: people cannot be drawn as is stated.
            InputError: the prose template cannot be rendered.
        """
        check_number("n", n, 0, MOST_DIALOGUES, "draw several samples, with a seed each")
        return [person for _, person in islice(self.people(seed).each(), n)]

    def people(self, seed: int) -> People:
        """Return the people whom a seed draws, in order and without end.

        Where there are strata or quotas, who does not fit is passed over.

        Raises:
            PopulationError: people cannot be drawn as is stated.
        """
        return (FromTable if self.personas else FromMarginals)(self, seed)

    def person(self, persona_id: str, seed: int) -> Persona:
        """Draw a person of marginals, by its id alone.

        Raises:
            PopulationError: people cannot be drawn as is stated.
        """
        (attributes,) = self.synthetic.by_identity([persona_id], seed)
        return Persona.drawn(persona_id, attributes, self.in_words)

    def talk_of(self, persona: str) -> tuple[tuple[str, str], ...]:
        """Return the talk that a persona had, by its id."""
        talks = self._talks
        return talks.get(root_persona(persona, talks), ())

    @cached_property
    def _talks(self) -> dict[str, tuple[tuple[str, str], ...]]:
        return {r.id: tuple((turn.speaker, turn.text) for turn in r.talk) for r in self.personas}

    def of_row(self, row: TableRow, name: str) -> Persona:
        """Return the person that a row of the table is, by a name.

        Raises:
            InputError: the prose template cannot be rendered; with the row.
        """
        try:
            prose = row.prose if row.prose is not None else self.in_words(row.attributes)
        except InputError as error:
            raise InputError(f"{error}; of {self.place(row)}") from None
        return Persona(name, dict(row.attributes), prose, self._talks[row.id])

    def _word(self, name: str, value: Value) -> str:
        known = self.attributes.get(name)
        return str(value) if known is None else known.in_words(value)

    def in_words(self, attributes: Mapping[str, Value | None]) -> str:
        """Return the prose of a person with these attributes.

        Raises:
            InputError: the template cannot be rendered.
        """
        if not self.prose:
            return ""
        words = {
            name: None if value is None else self._word(name, value)
            for name, value in attributes.items()
        }
        values = {**attributes, "words": words}
        return render(self.prose, values, f"population {self.population}: prose")
