"""From a finished run in which each wording is a cell to the decision between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulate.calibration.wordings.criteria import (
    LANGUAGE,
    Measured,
    by_language,
    by_next_act,
    by_outcome,
    by_personas,
    by_truths,
    checked_margins,
    unmeasured,
)
from simulate.calibration.wordings.humans import Humans, has_dialogues, humans_of, language_of
from simulate.calibration.wordings.result import Wordings
from simulate.calibration.wordings.templates import WORDING
from simulate.comparison.preflight import check_references
from simulate.errors import InputError, StatisticsError, first_of, quote
from simulate.reference import Variable
from simulate.reference.file import ReferenceFile
from simulate.scenario import Scenario
from simulate.scenario.own_populations import first_user
from simulate.statistics.ordered_criteria import decide

if TYPE_CHECKING:
    from simulate.runfile import RunReader


@dataclass(frozen=True, eq=False)
class Against:
    """The humans that wordings are held against.

    Attributes:
        outcome: which outcome is compared; None without a reference.
        humans: their values of it.
        talk: how they talk; None without a reference.
        talk_split: whether these are of the select side alone.
        acts: the REF of dialogues whose next acts are forecast; None without any.
    """

    outcome: str | None
    humans: Humans | None
    talk: ReferenceFile | None
    talk_split: bool = False
    acts: str | None = None


def held_against(
    scenario: Scenario,
    outcome: str | None,
    reference: str | None,
    language: str | None,
) -> Against:
    """Load the references, before anything is paid for.

    Args:
        scenario: whose outcomes they are.
        outcome: by default the first that the scenario compares, or that it is about.
        reference: a REF; by default the scenario's.
        language: a REF of how humans talk; by default the reference, where it has texts.

    Raises:
        InputError: there is no such outcome, or a reference cannot be used for it.
    """
    named = outcome or next(iter(scenario.compare), None)
    if named is None and reference is not None:
        named = next(iter(scenario.in_question), None)
    if named is not None and named not in scenario.outcomes:
        raise InputError(
            f"--outcome {quote(named)}: there is none in {scenario.name}; there are: "
            f"{first_of(scenario.outcomes) or 'none'}"
        )
    spec = reference or (scenario.compare.get(named) if named else None)
    humans = None
    if named is not None and spec is not None:
        declared = scenario.outcomes[named]
        check_references(scenario.model_copy(update={"compare": {named: spec}}))
        role = declared.asked.speaker if declared.asked else first_user(scenario.speakers)
        humans = humans_of(spec, named, Variable.of_outcome(named, declared), role or "")
    acts = spec if spec is not None and has_dialogues(spec) else None
    if (talk := language or acts) is None:
        return Against(named, humans, None)
    users = [name for name, each in scenario.speakers.items() if each.plays == "user"]
    return Against(named, humans, *language_of(talk, users, LANGUAGE), acts)


def decided(
    run: RunReader, against: Against, margins: Mapping[str, float] | None = None
) -> Wordings:
    """Decide between the wordings of a run.

    Args:
        run: a finished one.
        against: the humans.
        margins: criterion to margin, where it is not the usual one.

    Raises:
        InputError: a margin is of no criterion, or not above 0.
        StatisticsError: the run is no run of wordings, or dialogues are still to do.
    """
    wanted = checked_margins(dict(margins or {}))
    condition = next(reversed(run.scenario.conditions), "")
    if not condition.startswith(WORDING) or len(run.cells) < 2:
        raise StatisticsError(
            f"{run.path}: it is no run of wordings; begin one with `simulate wordings SCENARIO`"
        )
    counts = run.counts().values()
    if left := sum(each.get("planned", 0) + each.get("running", 0) for each in counts):
        raise StatisticsError(
            f"{run.path}: {left:,} dialogues are still to do, and who looks in between decides too "
            "often; go on with --resume"
        )
    validity, tokens = by_personas(run, wanted)
    measured = [
        validity,
        by_truths(run, wanted),
        _next_act(run, against, wanted),
        _outcome(run, against, wanted),
        _language(run, against, wanted),
    ]
    criteria = [each.criterion for each in measured if each.criterion is not None]
    decision = decide(criteria, tokens.criterion, len(run.cells))
    return Wordings(
        str(run.path),
        run.scenario.name,
        _model(run),
        tuple(cell.levels[condition] for cell in run.cells),
        (*measured, tokens),
        decision,
        tuple(_notes(run, against)),
    )


def _next_act(run: RunReader, against: Against, margins: dict[str, float]) -> Measured:
    if against.acts is None:
        why = "no reference with texts; give --reference persuasionforgood:FOLDER"
        return unmeasured("next-act", margins, why)
    return by_next_act(run, against.acts, first_user(run.scenario.speakers) or "", margins)


def _outcome(run: RunReader, against: Against, margins: dict[str, float]) -> Measured:
    if against.outcome is None or against.humans is None:
        return unmeasured("outcome", margins, "no reference of an outcome; give --reference")
    return by_outcome(run, against.outcome, against.humans, margins, run.seed)


def _language(run: RunReader, against: Against, margins: dict[str, float]) -> Measured:
    if against.talk is None:
        return unmeasured("language", margins, "no reference of how humans talk; give --language")
    return by_language(run, against.talk, split=against.talk_split, margins=margins, seed=run.seed)


def _model(run: RunReader) -> str:
    """Return who answered as the first user."""
    user = first_user(run.scenario.speakers)
    models = run.meta.get("models") or [{}]
    return str(models[0].get(user, "an unknown model"))


def _notes(run: RunReader, against: Against) -> list[str]:
    notes = []
    failed = {cell.label: run.counts()[cell.index].get("failed", 0) for cell in run.cells}
    notes += [f"{label}: {n:,} dialogues failed" for label, n in failed.items() if n]
    if against.humans is not None and against.humans.split:
        notes.append(
            "decided on the select side of the reference alone: its report side is untouched, so "
            "that what is said of the chosen wording can be measured there"
        )
    return notes
