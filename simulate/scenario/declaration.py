"""What a scenario declares: speakers, instructions, turn rules, outcomes, conditions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import (
    Field,
    PrivateAttr,
    SerializerFunctionWrapHandler,
    ValidationError,
    field_serializer,
    model_validator,
)

from simulate.errors import ScenarioError
from simulate.files.conditions import Condition
from simulate.files.strict import Strict
from simulate.files.validation import first_problem, said
from simulate.limits import (
    MOST_BATTERIES,
    MOST_CHECKS,
    MOST_CONDITIONS,
    MOST_CONTRASTS,
    MOST_DIALOGUES,
    MOST_EXCLUSIONS,
    MOST_OUTCOMES,
    MOST_SPEAKERS,
    MOST_WORDS,
)
from simulate.scenario.analysis import Analysis, PlannedComparison, planned_comparisons
from simulate.scenario.applicability import MISSING, Answer, conjunction
from simulate.scenario.batteries import Battery, Expanded, Wave, expanded
from simulate.scenario.cell import Cell, cells_called
from simulate.scenario.checks import Check
from simulate.scenario.computing import all_derived
from simulate.scenario.contrast import Contrast
from simulate.scenario.design import Design, Factor
from simulate.scenario.exclusion import Exclusion
from simulate.scenario.model_names import OfferedModel, OfferedName
from simulate.scenario.outcomes import Outcome
from simulate.scenario.own_populations import first_user
from simulate.scenario.program import check_waves, planned_steps, with_the_rest
from simulate.scenario.speaker import Speaker, SpeakerChange
from simulate.scenario.steps import Step
from simulate.scenario.tools import MOST_TOOLS, State, Tool
from simulate.scenario.turns import Turns
from simulate.terminal.safe_text import counted
from simulate.verbalized import LATEST, PromptVersion
from simulate.verbalized.spec import Name


class Level(Strict):
    """One level of a condition: what it changes."""

    speakers: dict[Name, SpeakerChange] = {}
    """What it changes about speakers, by their names."""
    variables: dict[Name, Any] = {}
    """Values in place of the scenario's."""
    # Left out of dumps where it is not given, so that files begun before keep their identity.
    steps: Annotated[list[Step] | None, Field(max_length=100, exclude_if=lambda v: v is None)] = (
        None
    )
    """What happens in place of the scenario's steps; `[]` is a talk, then the outcomes."""
    prompt_version: PromptVersion | None = None
    """Which version of the shipped prompts its dialogues take; by default the scenario's."""


class Defaults(Strict):
    """What a run takes where the command line does not say."""

    n: Annotated[int, Field(ge=1, le=MOST_DIALOGUES)] = 10
    """Dialogues per cell."""
    replicates: Annotated[int, Field(ge=1, le=MOST_DIALOGUES)] = 1
    """Dialogues of the same persona within a cell."""
    # Left out of dumps where it is not given: it is no part of what a dialogue is.
    reply_words: Annotated[
        int | None, Field(ge=1, le=MOST_WORDS, exclude_if=lambda v: v is None)
    ] = None
    """How many words a reply usually has, for the estimate of `--dry-run`; by default one or two
    short sentences."""


class Declaration(Strict):
    """What a scenario declares, field by field; `Scenario` is one whose parts fit together."""

    scenario: Name
    """The scenario's name."""
    prompt_version: PromptVersion = LATEST
    """Which version of the shipped prompts is taken."""
    title: str = ""
    """What it is called in reports and lists."""
    description: str = ""
    """What the situation is, in a few sentences; judges are told it."""
    source: str | None = None
    """What the situation is taken from."""
    population: str | None = None
    """A shipped population's name, or the path of a population file beside this one."""
    variables: dict[Name, Any] = {}
    """Values that the templates see as `variables`."""
    models: Annotated[dict[OfferedName, OfferedModel], Field(exclude_if=lambda v: not v)] = {}
    """Names for models at endpoints, which can then be named like any SPEC. They are sent no secret
    of the environment, and no key but to the host of `OPENAI_BASE_URL`."""
    speakers: Annotated[dict[Name, Speaker], Field(min_length=1, max_length=MOST_SPEAKERS)]
    """Who takes part, by name."""
    tools: Annotated[
        dict[Name, Tool], Field(max_length=MOST_TOOLS, exclude_if=lambda v: not v)
    ] = {}
    """Tools that the target can call, by name, and what each answers."""
    tool_state: Annotated[State, Field(exclude_if=lambda v: not v)] = {}
    """What the tools of a dialogue know before its first call; templates, keys too."""
    turns: Turns = Turns()
    """Who speaks when, and when the dialogue ends."""
    conditions: Annotated[
        dict[Name, Annotated[dict[Name, Level], Field(min_length=1)]],
        Field(max_length=MOST_CONDITIONS),
    ] = {}
    """Each condition with its levels; the cells are their combinations."""
    batteries: Annotated[
        dict[Name, Battery], Field(max_length=MOST_BATTERIES, exclude_if=lambda v: not v)
    ] = {}
    """Items on one scale with a score; each item and the score are outcomes, before the others."""
    outcomes: Annotated[dict[Name, Outcome], Field(max_length=MOST_OUTCOMES)] = {}
    """What is measured of each dialogue, by name."""
    # Left out of dumps where it is not given, so that files begun before keep their identity.
    steps: Annotated[list[Step], Field(max_length=100, exclude_if=lambda v: not v)] = []
    """What happens, in order; by default everybody talks, then the outcomes are asked for. Outcomes
    that no step asks for are measured at the end."""
    checks: Annotated[dict[Name, Check], Field(max_length=MOST_CHECKS)] = {}
    """What must hold; `simulate stress` says how often it does not."""
    compare: dict[Name, str] = {}
    """Outcome to reference: what the outcome is compared with by default."""
    contrasts: Annotated[
        dict[Name, Contrast], Field(max_length=MOST_CONTRASTS, exclude_if=lambda v: not v)
    ] = {}
    """Which cells are compared with each other, and why; they come first in `simulate compare`."""
    nuisance: Annotated[list[Name], Field(exclude_if=lambda v: not v)] = []
    """Conditions that should not matter, such as a wording. Where one of them moves the mean of an
    outcome by more than all others do, no difference between levels of the others is claimed."""
    design: Annotated[Design, Field(exclude_if=lambda v: v == Design())] = Design()
    """Who meets which cells: factors between persons, strata of personas, fractions, random
    factors. By default every persona meets every cell."""
    analysis: Annotated[Analysis, Field(exclude_if=lambda v: v == Analysis())] = Analysis()
    """What is planned of the analysis: primary outcomes, margins, the smallest effect that would
    matter. It reaches no dialogue; `simulate plan --freeze` puts it on record."""
    exclude: Annotated[
        dict[Name, Exclusion], Field(max_length=MOST_EXCLUSIONS, exclude_if=lambda v: not v)
    ] = {}
    """Which completed dialogues are left out of every analysis, and why; they are counted."""
    defaults: Defaults = Defaults()
    """What a run takes where the command line does not say."""
    _of_batteries: Expanded = PrivateAttr(default_factory=Expanded)

    @model_validator(mode="after")
    def _expand(self) -> Self:
        """Add the outcomes of batteries, and to computed ones what follows from their parts."""
        of_batteries = expanded(self.batteries)
        declared = {**of_batteries.outcomes, **self.outcomes}
        if len(declared) > MOST_OUTCOMES:
            raise ValueError(
                f"batteries: make {len(declared):,} outcomes with the others, at most "
                f"{MOST_OUTCOMES:,}: leave some out"
            )
        self._of_batteries = of_batteries
        found = all_derived({**declared, **of_batteries.outcomes}, self.field_of)
        for label, field in of_batteries.fields.items():
            if declared[label] not in (of_batteries.outcomes[label], found[label]):
                raise ValueError(
                    f"outcomes.{label}: {field} makes an outcome of this name; give one of them "
                    "another"
                )
        self.__dict__["outcomes"] = found
        return self

    @property
    def of_batteries(self) -> Expanded:
        """The outcomes that its batteries stand for."""
        return self._of_batteries

    def field_of(self, label: str) -> str:
        """Return where an outcome is declared: among `outcomes`, or in a battery."""
        return self._of_batteries.fields.get(label, f"outcomes.{label}")

    def field_of_all(self, label: str) -> str:
        """Return where is declared what an outcome shares with the other items of its battery."""
        return self.field_of(label).partition(".items.")[0]

    @property
    def written_outcomes(self) -> dict[str, Outcome]:
        """The outcomes without those that batteries stand for."""
        made = self._of_batteries.outcomes
        return {name: each for name, each in self.outcomes.items() if name not in made}

    @field_serializer("outcomes", mode="wrap")
    def _as_written(
        self, outcomes: dict[str, Outcome], serialize: SerializerFunctionWrapHandler
    ) -> Any:
        """Write the outcomes without those of batteries, which are written themselves."""
        return serialize(self.written_outcomes)

    def written(self) -> dict[str, Any]:
        """Return the scenario as a file for people says it: without defaults, but for those whose
        change one day must not change what the file asks for.
        """
        data = self.model_dump(mode="json", exclude_defaults=True)
        data["prompt_version"] = self.prompt_version
        for name, check in self.checks.items():
            data["checks"][name] = check.model_dump(mode="json", exclude_none=True)
        return data

    @classmethod
    def stored(cls, data: Mapping[str, Any]) -> Self:
        """Return the scenario that a run file holds.

        Before prompts had versions, all were of version 1.

        Raises:
            ValidationError: this version of simulate cannot read it.
        """
        return cls.model_validate({"prompt_version": 1, **data})

    def applies(self, label: str, measured: Mapping[str, Answer]) -> bool | None:
        """Tell whether an outcome applies to a dialogue, by the outcomes that it depends on.

        Returns:
            None where that cannot be told, since one of them is missing.
        """
        return self._fulfilled(self.outcomes[label].applies_if or {}, measured)

    def excluded(self, measured: Mapping[str, Answer]) -> str | None:
        """Return the first rule of `exclude` that leaves a completed dialogue out; None for none.

        Args:
            measured: the dialogue's outcomes; one that is not there is missing.
        """
        rules = self.exclude.items()
        return next((name for name, rule in rules if self._fulfilled(rule.when, measured)), None)

    def _fulfilled(
        self, conditions: Mapping[str, Condition], measured: Mapping[str, Answer]
    ) -> bool | None:
        return conjunction(
            self.outcomes[other].fulfils(measured.get(other, MISSING), condition)
            for other, condition in conditions.items()
        )

    def steps_of(self, levels: Mapping[str, str]) -> tuple[str, Sequence[Step]]:
        """Return the steps that a cell is given, after the field in which they stand.

        They are those of its last level that has some, else the scenario's.
        """
        for condition, of in reversed(list(self.conditions.items())):
            label = levels[condition]
            own = of[label].steps
            if own is not None:
                return f"conditions.{condition}.{label}.steps", own
        return "steps", self.steps

    def _program(self, field: str, steps: Sequence[Step]) -> tuple[Step, ...]:
        """Return all that happens where these steps are given; see `Cell.steps`."""
        counted = map(self.counted, steps or [Step(say="all")])
        planned = planned_steps(field, counted, self.outcomes, self._of_batteries)
        check_waves(field, planned, self._of_batteries)
        return with_the_rest(planned, self.outcomes, self._of_batteries)

    def counted(self, step: Step) -> Step:
        """Return a step with the number of turns that `say: all` stands for."""
        return Step(say=self.turns.maximum) if step.say == "all" else step

    @property
    def waves(self) -> Mapping[str, Wave]:
        """Each time that a battery is asked, by the name that steps ask for."""
        return self._of_batteries.waves

    @property
    def in_question(self) -> tuple[str, ...]:
        """The outcomes that the study is about: the primary ones, else all but items of scales."""
        if self.analysis.primary:
            return tuple(self.analysis.primary)
        return self._but_items

    @property
    def _but_items(self) -> tuple[str, ...]:
        items = {item for wave in self.waves.values() if wave.scored for item in wave.items}
        return tuple(name for name in self.outcomes if name not in items)

    @property
    def outcomes_by_interest(self) -> tuple[str, ...]:
        """All outcomes; those that the study is about come first, items of scales last."""
        return tuple(dict.fromkeys([*self.in_question, *self._but_items, *self.outcomes]))

    @property
    def answer(self) -> Outcome | None:
        """The outcome that the one turn of a task answers; None where the turn is free text."""
        return next((o for o in self.outcomes.values() if o.answered), None)

    @property
    def is_task(self) -> bool:
        """Whether one speaker answers one request: a dialogue of one turn."""
        return len(self.speakers) == 1

    @property
    def first_user(self) -> str | None:
        """The first speaker that plays user, whose persona is the dialogue's; None without one."""
        return first_user(self.speakers)

    def __repr__(self) -> str:
        counts = {
            "speaker": len(self.speakers),
            "cell": len(self.cells()),
            "outcome": len(self.outcomes),
        }
        told = ", ".join(counted(number, what) for what, number in counts.items())
        return f"Scenario({self.scenario}: {told})"

    __str__ = __repr__  # that of pydantic is a dump

    @property
    def name(self) -> str:
        """The scenario's name, which its file calls `scenario`."""
        return self.scenario

    @property
    def factors(self) -> tuple[Factor, ...]:
        """What varies between cells: the conditions, then the strata of personas."""
        return self.design.factors(self.conditions)

    def cells(self) -> tuple[Cell, ...]:
        """Return the combinations of levels that are played, the last factor varying fastest."""
        cells = []
        for index, levels in enumerate(self.design.combinations(self.conditions)):
            speakers = dict(self.speakers)
            variables = dict(self.variables)
            version = self.prompt_version
            for condition, of in self.conditions.items():
                label = levels[condition]
                level = of[label]
                variables |= level.variables
                version = level.prompt_version or version
                for name, change in level.speakers.items():
                    changed = {k: v for k, v in dict(change).items() if v is not None}
                    if change.method is not None:
                        changed["method"] = change.method.applied(speakers[name].method)
                    merged = {**dict(speakers[name]), **changed}
                    try:
                        speakers[name] = Speaker.model_validate(merged)
                    except ValidationError as error:
                        why = said(error.errors()[0])
                        where = f"conditions.{condition}.{label}.speakers.{name}"
                        raise ValueError(f"{where}: {why}") from None
            steps = self._program(*self.steps_of(levels))
            cells.append(Cell(index, levels, speakers, variables, steps, version, self.turns))
        return tuple(cells)

    def planned(self) -> Iterator[PlannedComparison]:
        """Iterate over the contrasts that are planned, for each outcome they are planned for."""
        yield from planned_comparisons(self.contrasts, self.analysis, self.outcomes, self.cells())

    def with_conditions(self, conditions: Mapping[str, Mapping[str, Level]]) -> Self:
        """Return the scenario with other conditions, and the contrasts whose cells are still there.

        Raises:
            ScenarioError: a level of them does not fit, or they make too many cells.
        """
        nuisance = [name for name in self.nuisance if name in conditions]
        data = {**dict(self), "conditions": conditions, "contrasts": {}, "nuisance": nuisance}
        other = self.changed(data | {"design": self.design.only(conditions)})
        cells, alone = other.cells(), {cell.label for cell in self.cells()}
        labels = {cell.label for cell in cells}

        def stands(label: str) -> bool:
            return label in labels if label in alone else bool(cells_called(label, cells))

        kept = {n: c for n, c in self.contrasts.items() if all(map(stands, c.cells))}
        return other.model_copy(update={"contrasts": kept})

    def changed(self, data: Mapping[str, Any]) -> Self:
        """Return the scenario that it becomes with other fields, which options ask for.

        Raises:
            ScenarioError: together they break a rule.
        """
        try:
            return type(self).model_validate(data)
        except ValidationError as error:
            raise ScenarioError(f"scenario {self.scenario}: {first_problem(error)}") from None

    def order(self) -> tuple[str, ...]:
        """Return the speakers in the order in which they take turns."""
        names = tuple(self.speakers)
        start = names.index(self.turns.first) if self.turns.first else 0
        return names[start:] + names[:start]

    def person(self, speaker: str, *, asked: bool = False) -> str | None:
        """Return how prompts name a speaker; None for the one speaker of a task, unless named.

        Args:
            speaker: the speaker's name.
            asked: whether a question is put to it, which is put to somebody in a task too.
        """
        if self.is_task and not asked:
            return self.speakers[speaker].person
        return self.speakers[speaker].person or "the " + re.sub(r"[-_.]+", " ", speaker)
