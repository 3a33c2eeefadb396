"""The plan: every dialogue of a run with its identity, before anything happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pydantic import ValidationError

from simulate.engine.assignment import Assignment, Levels, assign
from simulate.engine.computed_sequence import Chosen
from simulate.engine.dialogues import Dialogues, Keys
from simulate.engine.examiner import Examiner
from simulate.engine.prompt_texts import prompt_texts, text_hash
from simulate.errors import InputError, quote
from simulate.files.validation import said
from simulate.limits import LARGEST_SEED, check_number
from simulate.population import Partner, Partners, Persona, Population, root_persona
from simulate.population.people import Anyone, People
from simulate.runfile import PlannedDialogue
from simulate.runfile.json_columns import dump
from simulate.runfile.shard import Shard
from simulate.scenario import Cell, Level, MethodChange, Scenario, SpeakerChange, partners_of
from simulate.scenario.own_populations import own_populations
from simulate.scenario.size import too_many_dialogues
from simulate.verbalized import METHODS, MethodName, MethodSpec

_UNHEARD: dict[str, Any] = {
    "title": True,
    "source": True,
    "population": True,  # what it says is compared, and not where it is
    "compare": True,
    "contrasts": True,
    "exclude": True,
    "nuisance": True,
    "analysis": True,
    "models": True,  # compared by name and settings
    "defaults": {"n": True, "reply_words": True},
    "speakers": {"__all__": {"population": True}},
    "checks": {"__all__": {"description": True}},
}
UNSAID = {"description", "source", "licence", "n", "notes", "invented", "adversarial"}
"""What a population says of itself and not of its people."""


def unheard(scenario: Scenario) -> dict[str, Any]:
    """Return what a scenario says that reaches no prompt, no draw and no outcome.

    Only judges are told its description.
    """
    judged = any(outcome.judged for outcome in scenario.outcomes.values())
    judged = judged or any(check.rule.asks_judge for check in scenario.checks.values())
    return _UNHEARD if judged else {**_UNHEARD, "description": True}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is going to do.

    Attributes:
        scenario: as it was resolved.
        seed: of the run.
        n: dialogues per cell.
        cells: the cells, in order.
        personas: the personas, in order; the same in every cell, unless the design says otherwise.
            They are drawn when they are looked at.
        population: the personas are from; None where a persona has no attributes.
        partners: the speakers that have a persona of their own, by speaker, and how it is drawn.
        left_out: a sentence for each level that cannot be played with this population.
        examiner: says what the checks say of each dialogue, or None.
        dialogues: n of each cell, those that differ in a random factor counting as one. The cells
            alternate, so that a run that is interrupted is balanced.
        assignment: who meets which cells.
        warnings: a sentence for what the design does that nobody can have meant.
        shard: which part of a plan this is; None for the whole. n and `assignment` are the whole's.
        places: of each persona in the whole plan; None where this is the whole.
    """

    scenario: Scenario
    seed: int
    n: int
    cells: tuple[Cell, ...]
    personas: Sequence[Persona]
    dialogues: Dialogues
    population: Population | None = None
    partners: Mapping[str, Partner] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    examiner: Examiner | None = field(default=None, compare=False, repr=False)
    assignment: Assignment | None = field(default=None, compare=False, repr=False)
    warnings: tuple[str, ...] = ()
    drawing: Partners | None = field(default=None, compare=False, repr=False)
    shard: Shard | None = None
    places: Sequence[int] | None = None

    def personas_beside(self, dialogue: PlannedDialogue, persona: Persona) -> dict[str, Persona]:
        """Return who the speakers of a dialogue are that have a persona of their own.

        Args:
            dialogue: which it is.
            persona: its first user's.
        """
        return {} if self.drawing is None else self.drawing.beside(persona, dialogue.replicate)

    @property
    def populations(self) -> dict[str, Population]:
        """The populations of the speakers that have a persona of their own, by speaker."""
        return {speaker: partner.population for speaker, partner in self.partners.items()}

    @property
    def assignment_record(self) -> dict[str, Any] | None:
        """How people were assigned, for the run file; None where everybody meets every cell."""
        if self.assignment is None or self.scenario.design.plain:
            return None
        return self.assignment.record(self.scenario)

    @property
    def prompts(self) -> dict[str, str]:
        """The version of each prompt that is used: a hash of its text."""
        texts = prompt_texts(self.scenario, self.cells, self.examiner)
        return {name: text_hash(text) for name, text in texts.items()}

    @property
    def most_turns(self) -> int:
        """How many turns are asked for at most."""
        sizes = self.dialogues.sizes(len(self.cells))
        return sum(n * cell.most_turns for cell, (n, _) in zip(self.cells, sizes, strict=True))

    @property
    def fingerprint(self) -> str:
        """A hash of all that reaches a prompt, a draw or an outcome; n is no part of it.

        Runs of one fingerprint and the same models are parts of one run: one is resumed, is given
        more dialogues, or is put together from shards.
        """
        left_out = unheard(self.scenario)
        dumped = self.scenario.model_dump(mode="json", exclude_defaults=True, exclude=left_out)
        said = {name: value for name, value in dumped.items() if value != {}}
        drawn = None if self.population is None else drawn_of(self.population)
        others = _others(self.scenario, self.partners, self.population)
        parts = [said, drawn, self.seed, self.prompts]
        return text_hash(dump([*parts, others] if others else parts))


def make_plan(
    scenario: Scenario,
    population: Population | None,
    n: int,
    seed: int,
    populations: Mapping[str, Population] | None = None,
    begun: Sequence[Persona] = (),
    met: Mapping[str, Levels] | None = None,
) -> Plan:
    """Plan n dialogues for each cell.

    Personas are drawn by identity; with `replicates` r, n/r of them (rounded up) have r dialogues
    each in every cell that they meet.

    Args:
        scenario: what is played.
        population: whom the first user is drawn from; None where a persona has no attributes.
        n: dialogues per cell.
        seed: of the run.
        populations: of other speakers, by speaker.
        begun: the people whom the run has already; they come first.
        met: the levels of a cell that each of them met, by id, where not everybody meets all.

    Raises:
        InputError: n or the seed is beyond its limit, a persona has an id that another speaker's
            would have, or too few people are in a stratum of the design.
    """
    check_size(scenario, n, seed)
    cells = scenario.cells()
    replicates = scenario.defaults.replicates
    count = -(-n // replicates)
    people = Anyone() if population is None else population.people(seed)
    who = _participants(scenario, population, people, count, seed, begun, met or {})
    for speaker in populations or ():
        if speaker not in scenario.speakers or speaker == scenario.first_user:
            able = [name for name in scenario.speakers if name != scenario.first_user]
            raise InputError(
                f"population of speaker {speaker}: must be of a speaker other than the first user; "
                f"there are: {', '.join(able) or 'none'}"
            )
    partners = partners_of(scenario, population, populations or {})
    groups = [Chosen(who.personas, each.places) for each in who.groups.values()]
    drawing = Partners(seed, population, partners, groups, replicates)
    drawing.check()
    for name in who.personas.ids() if partners else ():
        if (speaker := name.partition(":")[0]) in partners:
            raise InputError(
                f"population {population.population if population else ''}: persona "
                f"{quote(name)} has an id that a persona of {speaker} could have, which "
                f"begins with “{speaker}:”; give it another one"
            )
    # Without defaults, so that what a later version adds leaves the identity as it is.
    said = scenario.model_dump(mode="json", exclude_defaults=True)
    others = _others(scenario, partners, population)
    identity = text_hash(dump([said, others] if others else said))
    return Plan(
        scenario,
        seed,
        n,
        cells,
        who.personas,
        _dialogues(who, Keys(identity, seed, cells), drawing, scenario, n),
        population,
        partners,
        assignment=who,
        drawing=drawing,
        warnings=who.warnings(scenario),
    )


def _dialogues(
    who: Assignment, keys: Keys, drawing: Partners, scenario: Scenario, n: int
) -> Dialogues:
    """Return n dialogues of each cell; a persona's come in all its cells one after the other."""
    design, cells = scenario.design, keys.cells
    by_levels = {tuple(cell.levels.items()): cell.index for cell in cells}
    fixed = {tuple(design.fixed(cell.levels).items()): cell.levels for cell in cells}
    columns = np.empty((4, n, len(fixed)), np.int32)
    columns[0] = np.arange(columns[0].size).reshape(columns[0].shape)
    person, replicate = np.divmod(np.arange(n), scenario.defaults.replicates)
    columns[3] = replicate[:, np.newaxis]
    for number, levels in enumerate(fixed.values()):
        group = who.groups[design.group(levels)]
        drawn = group.drawn or [{}]
        met = [by_levels[tuple({**levels, **each}.items())] for each in drawn]
        columns[1, :, number] = np.array(met)[person] if group.drawn else met[0]
        columns[2, :, number] = np.array(group.places)[person]
    partners = drawing if drawing.speakers else None
    return Dialogues(who.personas, keys, columns.reshape(4, -1), partners=partners)


def _participants(
    scenario: Scenario,
    population: Population | None,
    people: People,
    count: int,
    seed: int,
    begun: Sequence[Persona],
    met: Mapping[str, Levels],
) -> Assignment:
    """Return who takes part: of a plain design the first people, `begun` before new ones."""
    scenario.design.check_people(population)
    rows = frozenset(row.id for row in population.personas) if population else frozenset[str]()
    return assign(scenario, people, count, seed, lambda each: root_persona(each, rows), begun, met)


def check_size(scenario: Scenario, n: int, seed: int) -> None:
    """Refuse a plan that would be too large, before anything of it is built.

    Raises:
        InputError: n or the seed is none, or the plan has too many dialogues.
    """
    given: object = n
    if not isinstance(given, int) or n < 1:
        raise InputError(f"n is {n}, it must be a whole number ≥ 1: how many dialogues per cell")
    check_number("seed", seed, -LARGEST_SEED, LARGEST_SEED)
    cells = scenario.design.size(scenario.conditions)
    if wrong := too_many_dialogues(n, cells):
        raise InputError(wrong)


def _others(
    scenario: Scenario, partners: Mapping[str, Partner], first: Population | None
) -> dict[str, Any]:
    """Return what reaches the draw of the further speakers, by speaker."""
    said = own_populations(scenario.speakers)
    found: dict[str, Any] = {}
    for name, partner in partners.items():
        shared = name in said and said[name].source is None and partner.population is first
        people = "the scenario's" if shared else drawn_of(partner.population)
        found[name] = {"population": people, **partner.rules} if shared or partner.rules else people
    return found


def drawn_of(population: Population) -> dict[str, Any]:
    """Return what a population says of its people."""
    return population.model_dump(mode="json", exclude_defaults=True, exclude=UNSAID)


def with_methods(scenario: Scenario, methods: Sequence[str]) -> Scenario:
    """Return the scenario with its condition `method` restricted to, or set to, some methods.

    A name that is a level of that condition keeps what the level says; any other method becomes
    a level that gives every user this method, other settings as they are.

    Raises:
        InputError: a name is neither a level nor a method.
    """
    if not methods:
        return scenario
    there = scenario.conditions.get("method", {})
    levels: dict[str, Level] = {}
    for name in methods:
        if name in there:
            levels[name] = there[name]
            continue
        if name not in METHODS:
            known = ", ".join(dict.fromkeys([*there, *METHODS]))
            raise InputError(f"method {name}: there is no such method; there are: {known}")
        levels[name] = Level(
            speakers={
                speaker: SpeakerChange(method=_named(spec.method, name))
                for speaker, spec in scenario.speakers.items()
                if spec.plays == "user"
            }
        )
    return scenario.with_conditions({**scenario.conditions, "method": levels})


def _named(spec: MethodSpec, name: MethodName) -> MethodChange:
    try:
        return MethodChange.model_validate(dict(spec.named(name)))
    except ValidationError as error:
        problem = said(error.errors()[0])
        raise InputError(f"method {name}: {problem}") from None
