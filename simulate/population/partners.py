"""Who the further speakers of a dialogue are: drawn by identity, among those who fit.

A partner depends on the run's seed, the speaker, the first user's persona and the replicate, never
on the cell or on what was drawn for other dialogues. So a run may grow, and all its cells have the
same people. Only which level of a `crossed` attribute a partner has depends on the first user's
place among those who meet the same cells; the first n of these are the same in any larger run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, islice, product, zip_longest
from typing import Any

from simulate.errors import PopulationError, quote
from simulate.files.conditions import number_in
from simulate.population.fitting import FittingRows, Wanted, is_match
from simulate.population.matching import MatchRule, values_of
from simulate.population.persona import Attributes, Persona, Value
from simulate.population.population import Population
from simulate.population.table_row import TableRow, root_persona
from simulate.randomness import sorting_key, uniform

MOST_DRAWN = 100_000
"""Of a population of marginals: persons that are drawn until one fits."""
MOST_DRAWN_BEFORE = 10_000
"""Likewise before a run, so that whoever is found then is found in the run, too."""
TRIED = 200
"""Dialogues whose partners are drawn before a run, where that takes drawing from marginals; further
ones only for persons of another sort."""
BLOCK = 64
"""Dialogues whose partners are drawn at once from marginals."""
FEW = 16
"""Persons that are drawn at once for a partner that must fit; then ever more."""
MOST_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class Partner:
    """Who a further speaker is drawn from, and how.

    Attributes:
        population: whom it is drawn from; a table by its weights.
        match: what its attributes have to do with those of another speaker, by attribute.
        beside: that speaker; None for the first user.
        distinct: whether it is another row of a table than the speakers before it are.
    """

    population: Population
    match: Mapping[str, MatchRule] = field(default_factory=dict)
    beside: str | None = None
    distinct: bool = True

    @property
    def rules(self) -> dict[str, Any]:
        """How it is drawn, as JSON; empty where no rule is given."""
        found: dict[str, Any] = {
            "match": {n: r.model_dump(exclude_none=True) for n, r in self.match.items()},
            "with": self.beside,
            "distinct": None if self.distinct else False,
        }
        return {name: value for name, value in found.items() if value not in (None, {})}


def _name(speaker: str, persona: str, replicate: int) -> str:
    """Return the id of a partner; names of speakers have no colon, so that it says one thing."""
    return f"{speaker}:{persona}:{replicate}"


def _nth(name: str, number: int) -> str:
    """Return the id by which the n-th person is drawn for a partner, from 0."""
    return f"{name}~{number}" if number else name


class Partners:
    """Draws the further speakers of the dialogues of a run.

    Args:
        seed: the run's.
        first: whom the first user is drawn from; None where its personas have no attributes.
        partners: by speaker, in order; each is matched with one before it, or with the first user.
        groups: the first users of the run, those who meet the same cells in order of drawing.
        replicates: dialogues of the same persona within a cell.
    """

    def __init__(
        self,
        seed: int,
        first: Population | None,
        partners: Mapping[str, Partner],
        groups: Sequence[Sequence[Persona]] = (),
        replicates: int = 1,
    ) -> None:
        self._seed = seed
        self._first = first
        self._partners = partners
        self._groups = groups
        self._replicates = replicates
        self._ranks: dict[str, dict[str, int]] = {}
        self._coming: dict[tuple[str, int], int] = {}
        self._block: dict[str, dict[tuple[str, int], list[Attributes]]] = {}
        self._known_levels: dict[tuple[int, str], tuple[Value, ...]] = {}
        self._rows = {row.id for row in first.personas} if first is not None else set()
        self._tables: dict[str, FittingRows] = {}
        self._whose: dict[str, int] = {}
        known: list[Sequence[TableRow]] = [() if first is None else first.personas]
        for speaker, partner in partners.items():
            table = partner.population.personas
            if table and table not in known:
                known.append(table)
            if table:
                self._whose[speaker] = known.index(table)
                self._tables[speaker] = FittingRows(partner.population.rows, list(partner.match))

    @property
    def speakers(self) -> Collection[str]:
        """The speakers that have a persona of their own."""
        return self._partners.keys()

    def beside(self, persona: Persona, replicate: int = 0) -> dict[str, Persona]:
        """Return who the further speakers of a dialogue are, by speaker.

        Args:
            persona: the first user's.
            replicate: the n-th dialogue of the same cell and persona, from 0.

        Raises:
            PopulationError: nobody fits; the message begins with the field and names the person.
            InputError: the prose template cannot be rendered.
        """
        found = self._drawn(persona, replicate, MOST_DRAWN)
        return {
            speaker: self._partners[speaker].population.of_row(each, f"{speaker}:{each.id}")
            if isinstance(each, TableRow)
            else each
            for speaker, each in found.items()
        }

    def expect(self, dialogues: Iterable[tuple[str, int]]) -> None:
        """Say whose partners are asked for next: they are drawn many at once.

        Args:
            dialogues: the id of the first user's persona and the replicate of each.
        """
        self._coming = {each: place for place, each in enumerate(dict.fromkeys(dialogues))}

    def check(self) -> None:
        """Refuse rules that nobody can meet, before the run.

        Raises:
            PopulationError: the message begins with the field and names the person.
        """
        names = {name for each in self._partners.values() for name in each.match}
        all_tables = len(self._tables) == len(self._partners)
        small = any(len(table.rows) <= len(self._partners) for table in self._tables.values())
        if not names and not small:
            return
        seen: set[tuple[str, ...]] = set()
        people = (each for met in zip_longest(*self._groups) for each in met if each is not None)
        blocks = iter(lambda: list(islice(people, BLOCK)), [])
        for first, block in zip(count(0, BLOCK), blocks, strict=False):
            self.expect((each.id, i) for each in block for i in range(self._replicates))
            for number, persona in enumerate(block, start=first):
                sort = tuple(str(persona.attributes.get(name)) for name in sorted(names))
                if all_tables or number < TRIED or sort not in seen:
                    for replicate in range(self._replicates):
                        self._drawn(persona, replicate, MOST_DRAWN_BEFORE)
                seen.add(sort)

    def _drawn(
        self, persona: Persona, replicate: int, at_most: int
    ) -> dict[str, Persona | TableRow]:
        found: dict[str, Persona | TableRow] = {}
        taken = [(0, root_persona(persona.id, self._rows))] if self._rows else []
        for speaker, partner in self._partners.items():
            other = persona if partner.beside is None else found[partner.beside]
            wanted = self._wanted(speaker, partner, other, persona.id, replicate)
            each: Persona | TableRow | None
            if (table := self._tables.get(speaker)) is None:
                each = self._of_marginals(speaker, wanted, (persona.id, replicate), at_most)
            else:
                mine = self._whose[speaker]
                not_these = [row for of, row in taken if of == mine and partner.distinct]
                name = _name(speaker, persona.id, replicate)
                each = self._of_table(table, name, wanted, not_these)
                taken += [] if each is None else [(mine, each.id)]
            if each is None:
                raise self._nobody(speaker, partner, other, wanted)
            found[speaker] = each
        return found

    def _of_table(
        self, table: FittingRows, name: str, wanted: tuple[Wanted, ...], taken: Sequence[str]
    ) -> TableRow | None:
        """Draw from all, and again from those who fit unless that one does.

        So each has a chance by its weight among those who fit, and where nothing is to fit, the
        first draw is the one that there would have been without rules.
        """
        weights = table.fitting(wanted, taken)
        row = table.drawn(table.weights, uniform(self._seed, "persona:table", name))
        if row is not None and weights[table.places[row.id]] > 0:
            return row
        return table.drawn(weights, uniform(self._seed, "persona:again", name))

    def _of_marginals(
        self,
        speaker: str,
        wanted: Sequence[Wanted],
        who: tuple[str, int],
        at_most: int,
    ) -> Persona | None:
        """Draw persons until one fits."""
        population, name = self._partners[speaker].population, _name(speaker, *who)
        for attribute, value, rule in wanted:
            has_levels = rule.rule != "different" and rule.within is None
            if has_levels and str(value) not in map(str, self._levels(population, attribute)):
                return None
        found = self._first_drawn(speaker, who, FEW if wanted else 1)
        tried = at_once = len(found)
        while True:
            for attributes in found:
                if is_match(attributes, wanted):
                    return Persona.drawn(name, attributes, population.in_words)
            if tried >= at_most:
                return None
            at_once = min(16 * at_once, MOST_AT_ONCE)
            found = population.synthetic.by_identity(
                [_nth(name, i) for i in range(tried, tried + at_once)], self._seed
            )
            tried += at_once

    def _first_drawn(self, speaker: str, who: tuple[str, int], count: int) -> list[Attributes]:
        """Return the first persons that are drawn for a dialogue.

        Many at once take hardly longer than one, so those of the dialogues that come next are drawn
        along.
        """
        if who not in self._block.get(speaker, {}):
            at = self._coming.get(who)
            block = [who] if at is None else [*islice(self._coming, at, at + BLOCK)]
            names = [_nth(_name(speaker, *each), i) for each in block for i in range(count)]
            drawn = self._partners[speaker].population.synthetic.by_identity(names, self._seed)
            self._block[speaker] = {
                each: drawn[place * count : (place + 1) * count] for place, each in enumerate(block)
            }
        return self._block[speaker][who]

    def _wanted(
        self, speaker: str, partner: Partner, other: Persona | TableRow, first: str, replicate: int
    ) -> tuple[Wanted, ...]:
        """Return what a partner is to be like.

        Raises:
            PopulationError: whom it is matched with has no value of an attribute.
        """
        found: list[Wanted] = []
        crossed = [name for name, rule in partner.match.items() if rule.rule == "crossed"]
        levels: dict[str, Value] = {}
        if crossed:
            levels = self._level(speaker, partner.population, crossed, other, first, replicate)
        for name, rule in partner.match.items():
            value = levels[name] if name in levels else other.attributes.get(name)
            if value is None or (rule.within is not None and number_in(value) is None):
                what = name if value is None else f"number as {name}"
                raise PopulationError(
                    f"speakers.{speaker}.population.match.{name}: {self._place(other)} has no "
                    f"{what} to be matched with; leave the person out, or the rule"
                )
            found.append((name, value, rule))
        return tuple(found)

    def _level(
        self,
        speaker: str,
        population: Population,
        names: Sequence[str],
        other: Persona | TableRow,
        first: str,
        replicate: int,
    ) -> dict[str, Value]:
        """Return the levels that are a partner's turn, in the dialogues of persons like the other.

        These go through all combinations of levels in blocks, each in a random order.
        """
        alike = {name: str(other.attributes.get(name)) for name in names}
        rank = self._rank(speaker, names).get(first, 0) * self._replicates + replicate
        combinations = list(product(*(self._levels(population, name) for name in names)))
        block, place = divmod(rank, len(combinations))
        what = f"crossed:{speaker}:{alike}:{block}"
        order = sorted(
            range(len(combinations)), key=lambda i: sorting_key(self._seed, what, str(i))
        )
        return dict(zip(names, combinations[order[place]], strict=True))

    def _levels(self, population: Population, name: str) -> tuple[Value, ...]:
        known = (id(population), name)
        if known not in self._known_levels:
            self._known_levels[known] = values_of(population, name)
        return self._known_levels[known]

    def _rank(self, speaker: str, names: Sequence[str]) -> dict[str, int]:
        """Return which each persona is, from 0, of those of its group with the same levels."""
        if speaker not in self._ranks:
            ranks = self._ranks[speaker] = {}
            for group in self._groups:
                counts: Counter[tuple[str, ...]] = Counter()
                for persona in group:
                    sort = tuple(str(persona.attributes.get(name)) for name in names)
                    ranks[persona.id] = counts[sort]
                    counts[sort] += 1
        return self._ranks[speaker]

    def _place(self, who: Persona | TableRow) -> str:
        """Return which person that is, and where a first user's row stands in a file."""
        root = root_persona(who.id, self._rows)
        if self._first is not None and isinstance(who, Persona):
            for row in self._first.personas:
                if row.id == root:
                    return self._first.place(row)
        return f"persona {quote(who.id, 40)}"

    def _nobody(
        self,
        speaker: str,
        partner: Partner,
        other: Persona | TableRow,
        wanted: Sequence[Wanted],
    ) -> PopulationError:
        one = f".match.{wanted[0][0]}" if len(wanted) == 1 else ".match" if wanted else ""
        said = {"same": "the same as", "different": "different from", "crossed": "in this dialogue"}
        rules = ", ".join(
            f"{name} {said[rule.rule]} {quote(str(value), 40)}"
            + ("" if rule.within is None else f" (within {rule.within:g})")
            for name, value, rule in wanted
        )
        needs = f", who needs somebody with {rules}" if rules else ", who needs somebody else"
        return PopulationError(
            f"speakers.{speaker}.population{one}: nobody of population "
            f"{partner.population.population} fits {self._place(other)}{needs}; weaken the rule, "
            "or take a population with such people"
        )
