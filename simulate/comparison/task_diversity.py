"""Diversity of a run file: which replies, which answer set, which reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulate.comparison.diversity_gain import DRAWS, CellDiversity, diversity_of, replies_of
from simulate.comparison.quality import CellQuality, judged
from simulate.errors import StatisticsError, quote
from simulate.files.templates import render
from simulate.models import Models
from simulate.reference import Reference, load
from simulate.scenario import template_values
from simulate.synchronous import run_to_end

if TYPE_CHECKING:
    from simulate.runfile import RunReader


def diversity(
    run: str | Path | RunReader,
    *,
    embeddings: str | None = None,
    outcome: str | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    models: Models | None = None,
) -> list[CellDiversity]:
    """Measure the diversity of each cell of a one-turn task, and its gain over `direct`.

    The outcome's reference gives the right answers; by default it is the one that the scenario
    compares. Embeddings (`offline` or `MODEL@URL`) are for semantic diversity; `models` opens them.

    Raises:
        StatisticsError: the scenario has several speakers, no dialogue is completed, or the
            outcome has no answer set.
        ModelSpecError: the embeddings cannot be opened.
    """
    if isinstance(run, str | Path):
        from simulate.runfile import open_run

        with open_run(run) as file:
            return diversity(
                file,
                embeddings=embeddings,
                outcome=outcome,
                draws=draws,
                seed=seed,
                models=models,
            )
    scenario = run.scenario
    if outcome is None and scenario.is_task:
        outcome = next(iter(scenario.compare), None)
    elif outcome is not None and outcome not in scenario.compare:
        known = ", ".join(scenario.compare) or "none"
        raise StatisticsError(
            f"outcome {quote(outcome)} has no reference and so no answer set; the scenario "
            f"compares: {known}"
        )
    answers: Sequence[object] | None = None
    shares: NDArray[np.float64] | None = None
    if outcome is not None and scenario.is_task:
        reference = load(scenario.compare[outcome], outcome)
        answers, shares = answer_set(reference)
    models = models or Models()
    embedder = models.embedder(embeddings) if embeddings else None
    models.share(run.human_data)
    cells = replies_of(run, outcome if answers is not None else None, embedder)
    rows = diversity_of(cells, answers=answers, shares=shares, draws=draws, seed=seed)
    requests = len(set(_requests(run).values()))
    return [replace(row, requests=requests) for row in rows]


def quality(
    run: RunReader, judge: str, *, seed: int = 0, models: Models | None = None
) -> list[CellQuality]:
    """Let a judge grade replies of each cell; see `simulate.comparison.quality.judged`.

    The judge is a model SPEC. `models` opens it, and is closed in the end.

    Raises:
        StatisticsError: the scenario has several speakers.
        EndpointError: the judge cannot be reached.
    """
    cells = replies_of(run)
    requests = _requests(run)

    async def ask() -> list[CellQuality]:
        opened = models or Models()
        try:
            version = run.scenario.prompt_version
            model = opened.chat(judge)
            opened.share(run.human_data)
            return await judged(cells, requests, model, seed=seed, version=version)
        finally:
            await opened.aclose()

    return run_to_end(ask())


def _requests(run: RunReader) -> dict[str, str]:
    """Return what each persona of a task was asked."""
    (speaker,) = run.scenario.speakers
    opening, cell = run.scenario.turns.opening, run.cells[0]
    return {
        name: render(opening, template_values(cell, persona, speaker), "turns.opening")
        for name, persona in run.personas.items()
    }


def answer_set(reference: Reference) -> tuple[list[Any] | None, NDArray[np.float64] | None]:
    """Return the right answers that a reference names, and their shares; None where none is right.

    All levels, or the whole numbers that were given.
    """
    variable = reference.variable
    if not variable.discrete:
        return None, None
    counts = {float(v): int(c) for v, c in zip(reference.values, reference.counts, strict=True)}
    levels = variable.categories
    codes = list(counts) if levels is None else [float(i) for i in range(len(levels))]
    shares = np.array([counts.get(code, 0) for code in codes], dtype=np.float64)
    return [variable.decode(code) for code in codes], shares
