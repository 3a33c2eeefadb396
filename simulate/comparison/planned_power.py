"""The power of the contrasts that a scenario plans, for the smallest effect that would matter.

How values vary is taken from the first that says it: a pilot run (variance between personas, of
persona and cell, and between reruns), `analysis.sd`, or the human reference of the outcome. Without
any, an effect in standard deviations needs none, and a share is taken to be near one half, where it
varies most. Where several contrasts of an outcome are planned, each is tested at α over their
number, the first step of Holm's procedure, so that the power is at least what is said.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from simulate.comparison.reference_spec import load_reference
from simulate.comparison.sample import Sample, sharing, side_by_side
from simulate.comparison.samples import from_run
from simulate.errors import InputError
from simulate.randomness import generator
from simulate.reference import Variable
from simulate.scenario import PlannedComparison, Scenario
from simulate.scenario.analysis import Standardized
from simulate.statistics.components import components
from simulate.statistics.contrast_power import ContrastTest, Spread, share_spread
from simulate.statistics.rows import Rows

if TYPE_CHECKING:
    from simulate.runfile import RunReader

ALPHA = 0.05
WANTED = (0.8, 0.9)
CORRELATION = 0.5
"""Between two cells' values of one persona, where nothing else is said."""
DRAWS = 200

Pairing = Literal["within persons", "between persons", "partly within persons"]


@dataclass(frozen=True)
class SpreadTaken:
    """How an outcome is taken to vary.

    Attributes:
        of: an effect, to how values vary.
        source: where that is from, in words.
        assumed: whether nothing says the correlation between a persona's cells.
        standardized: whether it is in standard deviations, and so must the effect be.
    """

    of: Callable[[float], Spread]
    source: str
    assumed: bool = False
    standardized: bool = False


@dataclass(frozen=True)
class PlannedPower:
    """The power of one contrast for one outcome.

    Attributes:
        contrast: its name.
        outcome: the outcome's name.
        a: the first side, as the scenario names it.
        b: the second side.
        pairing: whether the same personas meet both sides.
        groups_of_people: whether the sides differ in strata, and so compare groups of people.
        effect: the smallest that would matter, in `unit`; None where none is said.
        unit: of effects: the outcome's, `share`, or `sd`.
        alpha: of each test.
        sd: of single values in a cell, in `unit`; None where it is not known.
        correlation: between two cells' values of one persona.
        correlation_assumed: whether nothing says it.
        source: where the standard deviation is from.
        power: at n; None without an effect or a spread.
        needed: dialogues per cell for a power of .8 and .9, each None beyond a million people.
        detectable: the smallest difference found with a power of .8 at n.
        aliases: effects that a fraction cannot tell from this one.
    """

    contrast: str
    outcome: str
    a: str
    b: str
    pairing: Pairing
    groups_of_people: bool
    effect: float | None
    unit: str
    alpha: float
    sd: float | None = None
    correlation: float | None = None
    correlation_assumed: bool = False
    source: str = ""
    power: float | None = None
    needed: tuple[int | None, int | None] | None = None
    detectable: float | None = None
    aliases: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        needed = (
            None if self.needed is None else dict(zip(map(str, WANTED), self.needed, strict=True))
        )
        return asdict(self) | {"needed": needed}


def planned_power(scenario: Scenario, n: int, pilot: RunReader | None = None) -> list[PlannedPower]:
    """Return the power of each planned contrast.

    Args:
        scenario: with its contrasts and analysis.
        n: dialogues per cell.
        pilot: a run of the same outcomes, perhaps of fewer cells.

    Raises:
        InputError: the pilot has not an outcome of the contrasts.
    """
    comparisons = list(scenario.planned())
    of_outcome = Counter(each.outcome for each in comparisons)
    taken = {name: _spread(scenario, name, pilot) for name in of_outcome}
    return [
        _power(scenario, each, n, ALPHA / of_outcome[each.outcome], taken[each.outcome])
        for each in comparisons
    ]


def _power(
    scenario: Scenario,
    comparison: PlannedComparison,
    n: int,
    alpha: float,
    taken: SpreadTaken | str,
) -> PlannedPower:
    design, name = scenario.design, comparison.outcome
    replicates = scenario.defaults.replicates
    test = ContrastTest(_groups(scenario, comparison), replicates, alpha)
    effect, outcome = scenario.analysis.smallest_effect.get(name), scenario.outcomes[name]
    unit = "share" if outcome.by_share else outcome.unit or ""
    a, b = comparison.labels
    levels = [{design.stratum(cell.levels) for cell in side} for side in comparison.sides]
    found = PlannedPower(
        comparison.name,
        name,
        a,
        b,
        _pairing(test),
        groups_of_people=bool(design.strata) and levels[0].isdisjoint(levels[1]),
        effect=effect if isinstance(effect, float) else None,
        unit=unit,
        alpha=alpha,
        aliases=_aliases(scenario, comparison),
    )
    if isinstance(taken, str):
        return replace(found, source=taken)
    spread = taken.of(found.effect or 0.0)
    if isinstance(effect, Standardized):
        found = replace(found, effect=effect.d * (1.0 if taken.standardized else spread.sd))
    if taken.standardized:
        found = replace(found, unit="sd")
    found = replace(
        found,
        sd=spread.sd,
        correlation=spread.correlation,
        correlation_assumed=taken.assumed,
        source=taken.source,
    )
    personas = -(-n // replicates)
    if personas < 2 or not spread.sd:
        return found
    found = replace(found, detectable=test.detectable(spread, personas, WANTED[0]))
    if found.effect is None:
        return found
    counts = [test.personas_for(found.effect, spread, wanted) for wanted in WANTED]
    first, second = (None if count is None else count * replicates for count in counts)
    power = test.power(found.effect, spread, personas)
    return replace(found, power=power, needed=(first, second))


def _groups(scenario: Scenario, comparison: PlannedComparison) -> tuple[tuple[float, ...], ...]:
    """Return the weights of the cells that each group of personas meets.

    Cells that differ in a random factor only are one, whose personas meet a level each.
    """
    design = scenario.design
    weights: dict[tuple[str, ...], list[float]] = defaultdict(list)
    for side, sign in zip(comparison.sides, (1.0, -1.0), strict=True):
        alike = {tuple(design.fixed(cell.levels).items()): cell for cell in side}
        for cell in alike.values():
            weights[design.group(cell.levels)].append(sign / len(alike))
    return tuple(map(tuple, weights.values()))


def _pairing(test: ContrastTest) -> Pairing:
    sums = [abs(sum(weights)) < 1e-12 for weights in test.groups]
    if all(sums):
        return "within persons"
    both = [min(weights) < 0 < max(weights) for weights in test.groups]
    return "partly within persons" if any(both) else "between persons"


def _aliases(scenario: Scenario, comparison: PlannedComparison) -> tuple[str, ...]:
    """Return what a fraction cannot tell from the main effect that a contrast is of."""
    from simulate.scenario.fraction import effect_name

    part = scenario.design.fraction_of(scenario.conditions)
    if part is None:
        return ()
    sides = [[cell.levels for cell in side] for side in comparison.sides]
    differing = [
        name
        for name in part.conditions
        if {each[name] for each in sides[0]}.isdisjoint({each[name] for each in sides[1]})
    ]
    found = part.aliases(differing) if len(differing) == 1 else ()
    return tuple(effect_name(effect) for effect in found if len(effect) <= 2)


def _spread(scenario: Scenario, name: str, pilot: RunReader | None) -> SpreadTaken | str:
    """Return how an outcome is taken to vary, or why that is not known."""
    analysis, outcome = scenario.analysis, scenario.outcomes[name]
    variable = Variable.of_outcome(name, outcome)
    given = analysis.correlation.get(name)
    assumed = given is None
    correlation = CORRELATION if given is None else given
    if pilot is not None:
        return _of_pilot(pilot, name, variable, correlation)
    if name in analysis.sd:
        spread = Spread.assumed(analysis.sd[name], correlation)
        return SpreadTaken(lambda _: spread, "analysis.sd", assumed)
    middle, source = 0.5, "shares near one half, assumed"
    if (spec := scenario.compare.get(name)) is not None:
        try:
            reference = load_reference(spec, name, variable=variable)
        except InputError as error:
            return f"reference {spec}: {error}"
        if outcome.by_share:
            shares = reference.shares
            middle = float(shares[np.abs(shares - 0.5).argmin()])
            source = f"reference {reference.name}, a share of {middle:.2f}"
        else:
            scores = reference.variable.scored(reference.values)
            variance = float(reference.shares @ (scores - reference.shares @ scores) ** 2)
            human = Spread.assumed(math.sqrt(variance), correlation)
            return SpreadTaken(lambda _: human, f"reference {reference.name}", assumed)
    if outcome.by_share:

        def of_shares(effect: float) -> Spread:
            ends = [min(1.0, max(0.0, middle + sign * effect / 2)) for sign in (1, -1)]
            return share_spread(ends, correlation)

        return SpreadTaken(of_shares, source, assumed)
    if isinstance(analysis.smallest_effect.get(name), Standardized):
        unit = Spread.assumed(1.0, correlation)
        return SpreadTaken(
            lambda _: unit, "effects are in standard deviations", assumed, standardized=True
        )
    return (
        f"how much {name} varies is not known: give --pilot RUN, analysis.sd.{name}, a reference "
        "under `compare`, or the effect as {d: …}"
    )


def _of_pilot(
    pilot: RunReader, name: str, variable: Variable, correlation: float
) -> SpreadTaken | str:
    """Return how an outcome varied in a pilot, over the groups of cells that share personas."""
    samples = from_run(pilot, name, variable)
    codes = _codes_counted(samples, variable)
    groups = [[samples[place] for place in places] for places in sharing(samples)]
    found = [_spread_of(each, codes, correlation, name) for each in groups]
    known = [spread for spread in found if spread is not None]
    people = len({person for sample in samples for person in sample.personas})
    if not known:
        return f"pilot {pilot.path}: {people:,} personas do not say how much {name} varies"
    mean = Spread(
        *(
            float(np.mean([getattr(spread, part) for spread in known]))
            for part in ("persona", "cell", "rerun")
        )
    )
    return SpreadTaken(lambda _: mean, f"pilot {pilot.path} ({people:,} personas)")


def _codes_counted(samples: Sequence[Sample], variable: Variable) -> Callable[[Any], Any]:
    """Return what a code counts: its score, or whether it is the level nearest to one half."""
    if variable.has_mean or not variable.categories:
        return variable.scored
    values = np.concatenate([sample.rows.values for sample in samples])
    weights = np.concatenate([sample.rows.value_weights for sample in samples])
    shares = [
        float(np.average(values == code, weights=weights)) if len(values) else 0.0
        for code in range(len(variable.categories))
    ]
    level = int(np.abs(np.array(shares) - 0.5).argmin())
    return lambda codes: (codes == level).astype(np.float64)


def _spread_of(
    samples: Sequence[Sample], counted: Callable[[Any], Any], correlation: float, name: str
) -> Spread | None:
    """Return the components of the dialogues' means; None where there are none."""
    rows, people = side_by_side(samples)
    if len(people) < 2:
        return None
    means = rows.recoded(counted(rows.values)).means
    single = Rows.of(means, clusters=rows.clusters, strata=rows.strata)
    blocks = (tuple(range(len(samples))),)
    rng = generator(0, f"plan/pilot/{name}")
    parts = components(single, rng, blocks=blocks, draws=DRAWS).parts
    variance = {part: max(0.0, each.variance) for part, each in parts.items()}
    if not variance:
        return None
    if "personas and reruns" in variance:
        return Spread.assumed(math.sqrt(variance["personas and reruns"]), correlation)
    persona = variance.get("personas", variance.get("personas with their random numbers", 0.0))
    cell = variance.get("personas × levels", variance.get("personas × levels and reruns", 0.0))
    return Spread(persona, cell, variance.get("reruns", 0.0))
