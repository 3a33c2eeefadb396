"""What diversity costs: gain, quality, factuality and refusals of the methods side by side.

Each run file measures what its scenario can: with accepted answers (or a judged outcome `right`)
factuality, with a judged outcome `refused` refusals, any other task diversity and, where a judge is
named, quality. A row is a method of a model: what plays the speaker of the task in a cell, by the
run files; what no run measures of it is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulate.comparison.diversity_gain import CellDiversity
from simulate.comparison.factuality import CellFactuality, factuality, right_outcome
from simulate.comparison.judged_rates import (
    LABELS,
    REFUSED,
    JudgedRate,
    judge_of,
    judged_rates,
    validate_outcome,
)
from simulate.comparison.quality import CellQuality
from simulate.comparison.task_diversity import diversity, quality
from simulate.engine.labelled import Labelled, labelled_told, read_labelled
from simulate.errors import StatisticsError, quote
from simulate.models import Models, redacted
from simulate.runfile import open_run
from simulate.statistics.agreement import Agreement
from simulate.synchronous import run_to_end

if TYPE_CHECKING:
    from simulate.models.named import ModelNames
    from simulate.runfile import RunReader


@dataclass(frozen=True)
class MethodTradeoff:
    """One method of one model; None for what no run measures.

    Attributes:
        model: as the run files call it.
        cell: the cell's label.
        diversity: with the gains over `direct`.
        quality: grades of a judge.
        factuality: top-1 and pass@N.
        refusals: how often the judge says that a reply refuses.
    """

    model: str
    cell: str
    diversity: CellDiversity | None = None
    quality: CellQuality | None = None
    factuality: CellFactuality | None = None
    refusals: JudgedRate | None = None


@dataclass(frozen=True)
class JudgedBy:
    """Who says of a run what a judged outcome is, and whether that was compared with labels.

    Attributes:
        run: the run file.
        outcome: such as `refused`.
        judge: the model, as the run file calls it.
        agreement: with labels that people gave; None without labels.
    """

    run: str
    outcome: str
    judge: str
    agreement: Agreement | None

    @property
    def validated(self) -> bool:
        """Whether the labels show how often the judge is right of yes, and of no."""
        found = self.agreement
        return found is not None and found.found is not None and found.spared is not None


@dataclass(frozen=True)
class Tradeoff:
    """All rows, and what was measured where.

    Attributes:
        rows: by model, the methods in the order of their cells.
        measured: run file to what it measures: `diversity`, `quality`, `factuality`, `refusals`.
        judges: of the outcomes that a judge says.
    """

    rows: Sequence[MethodTradeoff]
    measured: Mapping[str, Sequence[str]]
    judges: Sequence[JudgedBy]


def tradeoff(
    runs: Sequence[str | Path],
    *,
    embeddings: str | None = None,
    judge: str | None = None,
    labels: Mapping[str, str | Path] | None = None,
    seed: int = 0,
    names: ModelNames | None = None,
    share_human_data: str | None = None,
) -> Tradeoff:
    """Measure what each run can, and set the methods of each model side by side.

    Args:
        runs: run files of tasks.
        embeddings: `offline` or `MODEL@URL`, for semantic diversity.
        judge: the SPEC of a model that grades replies; None for no grades.
        labels: judged outcome to a file of labelled replies for its judge: lines
            `{"turns": […], "label": "yes" or "no", "values": {"persona": {…}}}`.
        seed: of all random choices.
        names: the user's names for models.
        share_human_data: why people's data may be sent to endpoints that are not on this machine.

    Raises:
        StatisticsError: a scenario is no task, nothing is completed, two runs measure the same of
            one method, or there are labels for an outcome that no run has judged.
        ModelSpecError: a model cannot be opened.
        EndpointError: a judge cannot be reached.
    """
    labels = labels or {}
    given = {name: read_labelled(path, LABELS) for name, path in labels.items()}
    measuring = _Measuring(embeddings, judge, given, labels, seed, names, share_human_data)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    measured: dict[str, Sequence[str]] = {}
    judges: list[JudgedBy] = []
    with ExitStack() as stack:
        files = [stack.enter_context(open_run(path)) for path in runs]
        _check(files, list(given))
        for file in files:
            by = {name: measuring.judged_by(file, name) for name in _judged_outcomes(file)}
            judges += by.values()
            columns = measuring.columns(file, by)
            measured[str(file.path)] = list(columns)
            for column, cells in columns.items():
                for key, each in zip(_methods(file), cells, strict=True):
                    found.setdefault(key, {})[column] = each
    models = list(dict.fromkeys(model for model, _ in found))
    ordered = sorted(found.items(), key=lambda item: models.index(item[0][0]))
    return Tradeoff([MethodTradeoff(*key, **each) for key, each in ordered], measured, judges)


def _check(runs: Sequence[RunReader], labelled: Sequence[str]) -> None:
    """Refuse what cannot be set side by side, before a judge is asked.

    Raises:
        StatisticsError: a scenario is no task, two runs measure the same of one method, or there
            are labels for an outcome that no run has judged.
    """
    source: dict[tuple[str, str, str], Path] = {}
    for run in runs:
        if not run.scenario.is_task:
            raise StatisticsError(
                f"{run.path}: scenario {run.scenario.scenario} has several speakers; methods are "
                "set side by side on tasks, of one speaker"
            )
        for column in _measures(run):
            for model, cell in _methods(run):
                if (other := source.get((model, cell, column))) is not None:
                    raise StatisticsError(
                        f"{other} and {run.path} both measure {column} of {quote(cell, 40)} by "
                        f"{quote(model, 60)}; give one of them"
                    )
                source[model, cell, column] = run.path
    known = [name for run in runs for name in _judged_outcomes(run)]
    for name in labelled:
        if name not in known:
            raise StatisticsError(
                f"there are labels for {quote(name, 40)}, which no judge has said of these runs; "
                f"judged are: {', '.join(dict.fromkeys(known)) or 'none'}"
            )


def _measures(run: RunReader) -> list[str]:
    """Return what a run measures, but for the grades of a judge."""
    found = ["factuality"] if right_outcome(run.scenario) is not None else []
    found += ["refusals"] if REFUSED in _judged_outcomes(run) else []
    return found or ["diversity"]


def _judged_outcomes(run: RunReader) -> list[str]:
    """Return the outcomes that are measured here and were said by a judge."""
    outcomes = run.scenario.outcomes
    named = [n for n in dict.fromkeys([right_outcome(run.scenario), REFUSED]) if n in outcomes]
    return [n for n in named if outcomes[n].judged and outcomes[n].kind == "yesno"]


def _methods(run: RunReader) -> list[tuple[str, str]]:
    """Return the model and the label of each cell."""
    (speaker,) = run.scenario.speakers
    named = run.meta.get("models") or [{}] * len(run.cells)
    return [
        (str(models.get(speaker, "unknown")), cell.label)
        for models, cell in zip(named, run.cells, strict=True)
    ]


@dataclass
class _Measuring:
    """How runs are measured; a judge is asked about labels once, whatever it has judged."""

    embeddings: str | None
    judge: str | None
    labels: Mapping[str, Sequence[Labelled]]
    files: Mapping[str, str | Path]
    seed: int
    names: ModelNames | None
    share_human_data: str | None
    validated: dict[tuple[object, ...], Agreement] = field(default_factory=dict)

    def columns(self, run: RunReader, by: Mapping[str, JudgedBy]) -> dict[str, Sequence[Any]]:
        """Return what a run measures: column to what it says of each cell.

        Raises:
            StatisticsError: nothing is completed.
        """
        found: dict[str, Sequence[Any]] = {}
        measures = _measures(run)
        if (right := right_outcome(run.scenario)) is not None:
            cells = factuality(run, right)
            sure = right not in by or by[right].validated
            found["factuality"] = cells if sure else [cell.without_rates for cell in cells]
        if "refusals" in measures:
            found["refusals"] = judged_rates(run, REFUSED, validated=by[REFUSED].validated)
        if "diversity" in measures:
            models = Models(names=self.names, share_human_data=self.share_human_data)
            found["diversity"] = diversity(
                run, embeddings=self.embeddings, seed=self.seed, models=models
            )
            if self.judge is not None:
                models = Models(names=self.names, share_human_data=self.share_human_data)
                found["quality"] = quality(run, self.judge, seed=self.seed, models=models)
        return found

    def judged_by(self, run: RunReader, outcome: str) -> JudgedBy:
        """Return who judged, and how far it agrees with the labels, where there are some.

        Raises:
            StatisticsError: there are labels, and the run file does not name one judge.
        """
        labelled = self.labels.get(outcome)
        name = judge_of(run, needed=labelled is not None)
        found = None if labelled is None else self._agreement(run, outcome, name, labelled)
        return JudgedBy(str(run.path), outcome, name, found)

    def _agreement(
        self, run: RunReader, outcome: str, name: str, labelled: Sequence[Labelled]
    ) -> Agreement:
        scenario = run.scenario
        declared = scenario.outcomes[outcome].model_dump_json()
        key = (name, outcome, declared, scenario.description, scenario.prompt_version)

        async def ask() -> Agreement:
            async with Models(
                names=self.names, offered=scenario.models, share_human_data=self.share_human_data
            ) as models:
                judge = None if self.judge is None else models.chat(self.judge)
                if judge is None or redacted(judge.name) != name:
                    judge = models.chat(name, by_file=True)  # a run file may come from anywhere
                models.share([labelled_told(self.files[outcome])])
                return await validate_outcome(run, outcome, labelled, judge, seed=self.seed)

        if key not in self.validated:
            self.validated[key] = run_to_end(ask())
        return self.validated[key]
