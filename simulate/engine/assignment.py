"""Who meets which cells: people are drawn in order, and each is assigned to cells by chance.

A person is looked at once, in the order in which the population is drawn. Its strata are read from
its attributes; one who is in none takes no part. Then it is assigned levels of the factors between
persons (an *arm*), by a rule that knows the people before it and nothing else:

- `blocked`: blocks of as many people as there are arms, each arm once in random order; within each
  combination of strata and of the attributes of `block` (permuted blocks);
- `simple`: each arm has the same chance, whatever the others got;
- `balanced`: the arms in which the attributes of `block`, and the number of people, are least
  balanced with this person are avoided: the others share a chance of .8 (minimisation: Taves 1974;
  Pocock and Simon 1975, with the range as the measure of imbalance and equal weights).

The first n of each stratum and arm take part, whoever comes later is passed over. So each cell has
exactly n dialogues; and as nothing depends on n, those of a run are the first ones of a larger run.
Each arm was equally likely for everybody before it was assigned. The second draw of a person of a
table is that person, and meets the same arm.
"""

from __future__ import annotations

import itertools
from array import array
from collections import defaultdict
from collections.abc import Callable, Mapping, MutableSequence, Sequence
from dataclasses import dataclass, field

from simulate.engine.personas import Personas
from simulate.errors import InputError
from simulate.population import Persona
from simulate.population.people import People
from simulate.population.persona import Attributes
from simulate.randomness import generator, uniform
from simulate.runfile.json_columns import dump
from simulate.scenario import Scenario

PREFERRED = 0.8
"""How likely balanced assignment takes an arm that balances best."""
LONGEST_SEARCH = 10_000
"""People in a row of whom none is in a stratum that lacks people, before the search is given up."""

Levels = Mapping[str, str]
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """People who meet the same cells, but for random factors, in the order of drawing.

    Attributes:
        places: of each among all personas of the run.
        drawn: the levels of the random factors that each of them meets; empty without any.
    """

    places: MutableSequence[int] = field(default_factory=lambda: array("q"))
    drawn: list[Levels] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.places)


@dataclass(frozen=True, slots=True)
class Assignment:
    """The people of a run.

    Attributes:
        groups: the people who meet the same cells; the key is `Design.group` of the cells.
        personas: all of them, in the order of drawing, after those that had been there before.
        looked_through: how many people were drawn to find them.
        blocks: in how many blocks of the attributes of `block` they are.
    """

    groups: Mapping[Key, Group]
    personas: Personas
    looked_through: int
    blocks: int = 0

    def record(self, scenario: Scenario) -> dict[str, object]:
        """Return what a run file says of it, beside the cells of each dialogue."""
        return {
            "assignment": scenario.design.assignment,
            "factors": {
                each.name: {"kind": each.kind, "probability": each.probability}
                for each in scenario.factors
            },
            "looked_through": self.looked_through,
        }

    def warnings(self, scenario: Scenario) -> tuple[str, ...]:
        """Say what of the design the number of people is too small for."""
        design, told = scenario.design, []
        arms = len({_arm(key, len(design.between)) for key in self.groups})
        if design.assignment == "blocked" and self.blocks * arms > len(self.personas):
            told.append(
                f"design.block: {', '.join(design.block) or 'strata'} make {self.blocks:,} blocks "
                f"of people, of {len(self.personas):,} in all, so that few blocks hold each level "
                "once; take `assignment: balanced`, or fewer attributes with few values"
            )
        fewest = min(map(len, self.groups.values()))
        told += [
            f"design.random: {fewest:,} people per cell cannot meet the {len(each.levels):,} "
            f"levels of {each.name}; take a larger n"
            for each in scenario.factors
            if each.kind == "random" and fewest < len(each.levels)
        ]
        return tuple(told)


def _arm(key: Key, between: int) -> Key:
    return key[:between]


def assign(
    scenario: Scenario,
    people: People,
    count: int,
    seed: int,
    root: Callable[[str], str],
    begun: Sequence[Persona],
    met: Mapping[str, Levels],
) -> Assignment:
    """Find the people of a run, and who of them meets which cells.

    Args:
        scenario: with its design.
        people: whom the population draws.
        count: people of each group of cells that meet the same ones.
        seed: of the run.
        root: the id of the person behind an id.
        begun: the people whom the run has already.
        met: the levels of a cell that each of them met, by id, where not everybody meets all.

    Raises:
        InputError: too few people are in a stratum.
    """
    design = scenario.design
    cells = [*design.combinations(scenario.conditions)]
    groups: dict[Key, Group] = {design.group(cell): Group() for cell in cells}
    rule = _Rule(scenario, seed, sorted({_arm(key, len(design.between)) for key in groups}))
    numbers = array("q")
    there = {persona.id for persona in begun}

    places = itertools.count()

    def take(key: Key, drawn: Levels) -> None:
        groups[key].places.append(next(places))
        if design.random:
            groups[key].drawn.append(drawn)

    for persona in begun:
        levels = met.get(persona.id, {})
        take(design.group(levels), {name: levels[name] for name in design.random})
    looked = 0
    if design.plain:  # whoever is drawn takes part
        (group,) = groups.values()
        missing = max(0, count - len(group))
        for number in people.numbers() if missing else ():
            looked += 1
            if not there or people.name(number) not in there:
                numbers.append(number)
                if len(numbers) == missing:
                    break
        group.places.extend(range(len(group), len(group) + missing))
        return Assignment(groups, Personas(people, numbers, begun), looked, rule.blocks)
    missing = sum(max(0, count - len(each)) for each in groups.values())
    seen: dict[str, Key] = {}
    in_vain = 0
    for number, persona in people.each() if missing else ():
        looked += 1
        who = root(persona.id)
        if who not in seen:
            strata = design.strata_of(persona.attributes)
            seen[who] = () if strata is None else (*rule.arm(persona, strata), *strata)
        key = seen[who]
        found = groups.get(key)
        if persona.id in there or found is None or len(found) >= count:
            in_vain += persona.id not in there
            if in_vain >= LONGEST_SEARCH:
                raise _too_few(scenario, groups, count, looked)
            continue
        in_vain = 0
        take(key, rule.drawn(who, key, len(found)))
        numbers.append(number)
        missing -= 1
        if not missing:
            break
    return Assignment(groups, Personas(people, numbers, begun), looked, rule.blocks)


def _too_few(
    scenario: Scenario, groups: Mapping[Key, Group], count: int, looked: int
) -> InputError:
    """Say in which stratum people are missing."""
    design = scenario.design
    key = min(groups, key=lambda each: len(groups[each]))
    strata = dict(zip(design.splits, key, strict=True))
    names = [*design.strata]
    where = f"design.strata.{names[0]}.{strata[names[0]]}" if len(names) == 1 else "design.strata"
    who = ", ".join(f"{name} {level}" for name, level in strata.items())
    return InputError(
        f"{where}: of the {count:,} people that n asks for, {len(groups[key]):,} with {who} were "
        f"found among {looked:,} that were drawn; take a lower n, other strata, or a population "
        "with such people"
    )


@dataclass
class _Rule:
    """Assigns arms and random levels, each person after those before it."""

    scenario: Scenario
    seed: int
    arms: Sequence[Key]
    seen: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    totals: dict[str, list[int]] = field(default_factory=dict)

    @property
    def blocks(self) -> int:
        """In how many combinations of strata and of the attributes of `block` people are."""
        return len(self.seen)

    def arm(self, persona: Persona, strata: Key) -> Key:
        """Return the levels between persons that a person meets."""
        if len(self.arms) == 1:
            return self.arms[0]
        match self.scenario.design.assignment:
            case "simple":
                at = int(uniform(self.seed, "design/between", persona.id) * len(self.arms))
            case "blocked":
                at = self._blocked([*strata, *self._blocking(persona.attributes)])
            case _:
                at = self._balanced(persona, strata)
        return self.arms[at]

    def _blocking(self, attributes: Attributes) -> list[object]:
        return [attributes.get(name) for name in self.scenario.design.block]

    def _blocked(self, within: Sequence[object]) -> int:
        name = dump(within)
        number, place = divmod(self.seen[name], len(self.arms))
        self.seen[name] += 1
        return self._order("between", name, number, len(self.arms))[place]

    def _balanced(self, persona: Persona, strata: Key) -> int:
        stratum = dump(strata)
        names = [stratum]  # the number of people itself
        values = zip(self.scenario.design.block, self._blocking(persona.attributes), strict=True)
        names += [dump([*strata, name, value]) for name, value in values]
        counts = [self.totals.setdefault(name, [0] * len(self.arms)) for name in names]
        imbalance = []
        for at in range(len(self.arms)):
            with_it = [[c + (i == at) for i, c in enumerate(of)] for of in counts]
            imbalance.append(sum(max(of) - min(of) for of in with_it))
        best = [at for at, each in enumerate(imbalance) if each == min(imbalance)]
        others = [at for at in range(len(self.arms)) if at not in best]
        u = uniform(self.seed, "design/between", persona.id)
        if not others:
            at = best[int(u * len(best))]
        elif u < PREFERRED:
            at = best[int(u / PREFERRED * len(best))]
        else:
            at = others[int((u - PREFERRED) / (1 - PREFERRED) * len(others))]
        for of in counts:
            of[at] += 1
        return at

    def drawn(self, who: str, key: Key, number: int) -> dict[str, str]:
        """Return the levels of the random factors that the n-th person of a group meets.

        They are drawn in blocks that have each level once, or by itself (simple).
        """
        found = {}
        for name in self.scenario.design.random:
            levels = [*self.scenario.conditions[name]]
            if self.scenario.design.assignment == "simple":
                at = int(uniform(self.seed, f"design/random/{name}", who) * len(levels))
            else:
                block, place = divmod(number, len(levels))
                at = self._order(f"random/{name}", dump(key), block, len(levels))[place]
            found[name] = levels[at]
        return found

    def _order(self, what: str, within: str, block: int, size: int) -> list[int]:
        """Return the random order of the places of a block."""
        order = generator(self.seed, f"design/{what}", within, block).permutation(size)
        return [int(place) for place in order]
