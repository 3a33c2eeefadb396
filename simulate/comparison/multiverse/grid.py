"""A declared grid: its universes, the runs that they are found from, and what all share."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from simulate.comparison.multiverse.plan_file import (
    Cleaning,
    MultiversePlan,
    Redraw,
    read_plan,
)
from simulate.comparison.multiverse.variants import (
    redrawn,
    with_candidates,
    with_model,
    worded,
)
from simulate.engine import plan_of, refuse_unnamed
from simulate.engine.plan import drawn_of
from simulate.errors import InputError, ScenarioError, StatisticsError, first_of, quote
from simulate.files import shipped
from simulate.population import Population, load_population, root_persona
from simulate.reference import Variable
from simulate.runfile.json_columns import dump
from simulate.scenario import Cell, Contrast, Scenario, cells_called, load_with_populations
from simulate.terminal.safe_text import counted

PLAYED = ("wordings", "k", "models")
"""The kinds of choices that need a run of their own."""


@dataclass(frozen=True)
class Universe:
    """One combination of choices.

    Attributes:
        choices: kind to the name of the choice, of the kinds that are declared.
        redraw: how its replies are drawn.
        cleaning: which values count.
    """

    choices: Mapping[str, str]
    redraw: Redraw
    cleaning: Cleaning

    @property
    def name(self) -> str:
        """Its choices, joined by `+`."""
        return "+".join(self.choices.values())

    @property
    def run(self) -> str:
        """The name of the run file that it is found from, without its ending."""
        return "+".join(self.choices[kind] for kind in PLAYED if kind in self.choices) or "run"

    @property
    def run_of_its_own(self) -> str:
        """The name of the run file in which its replies are drawn by its own rule."""
        return f"{self.run}+{self.choices['draws']}"


@dataclass(frozen=True)
class Declared:
    """What a plan declares, with the scenario and the people that it names.

    Attributes:
        plan: as its file says it.
        scenario: with the conditions that the contrast is about.
        n: dialogues per cell.
        sides: the labels of the two sides of the contrast.
        meaning: of the contrast, as the scenario declares it; empty for none.
        variable: what the outcome measures.
        level: whose share is set against each other; None where it is a mean.
        people: whom the first user is drawn from.
        others: of the other speakers.
        universes: all, the last kind of choice varying fastest.
        sha256: of all that it says.
    """

    plan: MultiversePlan
    scenario: Scenario
    n: int
    sides: tuple[str, str]
    meaning: str
    variable: Variable
    level: str | None
    people: Population | None
    others: Mapping[str, Population]
    universes: tuple[Universe, ...]
    sha256: str

    @property
    def told(self) -> str:
        """What it declares, in a few words."""
        runs = [name for name, _ in self.runs()]
        return (
            f"multiverse {self.plan.multiverse}, {counted(len(self.universes), 'universe')} from "
            f"{counted(len(runs), 'run')}: {first_of(runs)}"
        )

    def runs(self) -> Iterator[tuple[str, Scenario]]:
        """Iterate over the runs, by the names of their files."""
        choices = {each.run: each.choices for each in self.universes}
        for name, chosen in choices.items():
            yield name, self._played(chosen)

    def run_of_its_own(self, universe: Universe) -> tuple[str, Scenario]:
        """Return the run in which the replies of a universe are drawn by its own rule."""
        scenario = self._played(universe.choices)
        named = universe.choices["draws"]
        return universe.run_of_its_own, redrawn(scenario, named, universe.redraw)

    def _played(self, choices: Mapping[str, str]) -> Scenario:
        found = self.scenario
        if "wordings" in choices:
            found = worded(found, choices["wordings"], self.plan.wordings[choices["wordings"]])
        if "k" in choices:
            found = with_candidates(found, int(choices["k"]))
        if "models" in choices:
            found = with_model(found, self.plan.models[choices["models"]])
        return found

    def check(self) -> None:
        """Check each run of it, before any is paid for.

        Raises:
            InputError: a scenario as a run would have it breaks a rule, or names a target that no
                file may name.
        """
        for name, redraw in self.plan.draws.items():
            if not redraw.as_run:
                redrawn(self.scenario, name, redraw.model_copy(update={"below": None}))
        for name, scenario in self.runs():
            refuse_unnamed(scenario)
            try:
                plan = plan_of(
                    scenario,
                    n=self.n,
                    population=self.people,
                    speaker_populations=self.others,
                    seed=self.plan.seed,
                )
                sides = [cells_called(label, plan.cells) for label in self.sides]
                rows = frozenset(row.id for row in self.people.personas) if self.people else ()
                met = ((each.cell, root_persona(each.persona, rows)) for each in plan.dialogues)
                of_different_people(met, sides)
            except InputError as error:
                raise InputError(f"universe {name}: {error}") from None


def of_different_people(met: Iterable[tuple[int, str]], sides: Sequence[Sequence[Cell]]) -> bool:
    """Tell whether different people met the two sides of a contrast.

    Args:
        met: which cells are met, each by its index, and by whom.
        sides: the cells of both sides.

    Raises:
        StatisticsError: some met both and some one, so that labels cannot be exchanged.
    """
    indices = [{cell.index for cell in side} for side in sides]
    people: list[set[str]] = [set(), set()]
    for cell, person in met:
        for side, there in zip(indices, people, strict=True):
            if cell in side:
                there.add(person)
    if people[0] == people[1]:
        return False
    if people[0].isdisjoint(people[1]):
        return True
    raise StatisticsError(
        "some personas meet both sides of the contrast and some one, so that labels cannot be "
        "exchanged: name cells that all of them meet, or that different people meet"
    )


def declared(given: str | Path | MultiversePlan) -> Declared:
    """Load what a plan names, and check it.

    Raises:
        InputError: there is no such file, contrast, outcome, level or rule, or the contrast is of
            groups of people whom nobody assigned.
    """
    if isinstance(given, MultiversePlan):
        return _declared(given, None)
    plan, file = read_plan(given)
    try:
        return _declared(plan, Path(given).parent)
    except InputError as error:
        field = re.split(r"[:.]", str(error), maxsplit=1)[0]
        if field not in MultiversePlan.model_fields:
            raise
        raise InputError(f"{file.path}:{file.line_named(str(error))}: {error}") from None


def _declared(plan: MultiversePlan, folder: Path | None) -> Declared:
    path = shipped.find(plan.scenario, "scenarios", ScenarioError, folder)
    scenario, people, others = load_with_populations(path)
    if plan.population is not None:
        people = load_population(plan.population, folder)
    variable, level = _measured(plan, scenario)
    sides, meaning = _contrast(plan, scenario)
    for name, cleaning in plan.cleaning.items():
        for rule in cleaning.exclude or ():
            if rule not in scenario.exclude:
                have = first_of(scenario.exclude) or "none"
                raise InputError(
                    f"cleaning.{name}.exclude: scenario {scenario.scenario} has no rule "
                    f"{quote(rule)}; it has: {have}"
                )
        if cleaning.missing is not None:
            try:
                variable.encode(cleaning.missing)
            except StatisticsError as error:
                raise InputError(f"cleaning.{name}.missing: {error}") from None
    said = [
        plan.model_dump(mode="json", exclude_defaults=True),
        scenario.written(),
        *(None if each is None else drawn_of(each) for each in (people, *others.values())),
    ]
    found = Declared(
        plan,
        _only(scenario, sides),
        plan.n or scenario.defaults.n,
        sides,
        meaning,
        variable,
        level,
        people,
        others,
        tuple(_universes(plan)),
        hashlib.sha256(dump(said).encode()).hexdigest(),
    )
    found.check()
    return found


def _universes(plan: MultiversePlan) -> Iterator[Universe]:
    grid = plan.grid
    for combination in itertools.product(*grid.values()):
        choices = dict(zip(grid, combination, strict=True))
        yield Universe(
            choices,
            plan.draws[choices["draws"]] if "draws" in choices else Redraw(),
            plan.cleaning[choices["cleaning"]] if "cleaning" in choices else Cleaning(),
        )


def _measured(plan: MultiversePlan, scenario: Scenario) -> tuple[Variable, str | None]:
    """Return what is measured, and the level whose share is taken; None for a mean."""
    if plan.outcome not in scenario.outcomes:
        raise InputError(
            f"outcome: scenario {scenario.scenario} has no outcome {quote(plan.outcome)}; it has: "
            f"{first_of(scenario.outcomes) or 'none'}"
        )
    declared = scenario.outcomes[plan.outcome]
    if not declared.has_codes:
        raise InputError(f"outcome: {plan.outcome} is free text, which has no mean")
    variable = Variable.of_outcome(plan.outcome, declared)
    if variable.has_mean:
        if plan.level is not None:
            raise InputError(f"level: {plan.outcome} has a mean; leave level out")
        return variable, None
    levels = variable.categories or ()
    level = levels[-1] if plan.level is None and len(levels) == 2 else plan.level
    if level not in levels:
        raise InputError(
            f"level: of {plan.outcome}, whose words have no order, say whose shares are set "
            f"against each other: {first_of(levels)}"
        )
    return variable, level


def _contrast(plan: MultiversePlan, scenario: Scenario) -> tuple[tuple[str, str], str]:
    """Return the two sides, and what the contrast means."""
    meaning = ""
    if isinstance(plan.contrast, str):
        planned = scenario.contrasts.get(plan.contrast)
        if planned is None:
            have = first_of(scenario.contrasts) or "none"
            raise InputError(
                f"contrast: scenario {scenario.scenario} has no contrast {quote(plan.contrast)}; "
                f"it has: {have}. Or give two cells as a list"
            )
        (a, b), meaning = planned.cells, planned.meaning
    else:
        a, b = plan.contrast
        cells, outcomes = scenario.cells(), list(scenario.outcomes)
        try:
            Contrast(cells=[a, b], meaning="-").check("contrast", cells, outcomes, in_part=False)
        except ValueError as error:
            raise InputError(str(error)) from None
    for name in scenario.design.strata:
        sides = [{c.levels[name] for c in cells_called(s, scenario.cells())} for s in (a, b)]
        if sides[0] != sides[1]:
            raise InputError(
                f"contrast: {a} and {b} differ in the stratum {name}, to which nobody assigned "
                "people: labels that are exchanged would say nothing; take a condition"
            )
    return (a, b), meaning


def _only(scenario: Scenario, sides: tuple[str, str]) -> Scenario:
    """Return the scenario without the levels of conditions that the contrast does not need."""
    cells = [cell for side in sides for cell in cells_called(side, scenario.cells())]
    conditions = {
        name: {label: of[label] for label in of if any(c.levels[name] == label for c in cells)}
        for name, of in scenario.conditions.items()
    }
    return scenario if conditions == scenario.conditions else scenario.with_conditions(conditions)
