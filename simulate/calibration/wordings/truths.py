"""Known truths, asked with each wording, kept in the run file.

They are those of `simulate verbalize --check`: questions whose answers have a known distribution.
Each is asked with the method of the simulated user, several times, and the loss of one stated
distribution is its total variation distance from the truth, ½ Σ |p − q|, in [0, 1].
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from simulate.calibration.wordings.templates import asks_questions, method_of_users
from simulate.comparison.known_truths import (
    StatedTruth,
    known_truths,
    state_truth,
    unfit_for_truths,
)
from simulate.errors import RunFileError, RunStoppedError
from simulate.models import ChatModel
from simulate.runfile import RunReader, RunWriter
from simulate.scenario import Cell, Scenario
from simulate.statistics.distances import tv
from simulate.statistics.ordered_criteria import PairedLosses
from simulate.statistics.support import Support
from simulate.verbalized import MethodSpec, PromptVersion

KEY = "known_truths"
"""Where they stand in the table `meta`."""
REPEATS = 10
"""How often each truth is asked with each wording."""
FEWEST = 2
"""Of a truth that was read less often by some wording, nothing is said."""


class Stated(BaseModel):
    """What one wording stated, on file.

    Attributes:
        masses: truth to what was put on its answers, each time; None where nothing could be read.
        calls: how many calls it took.
        tokens: prompt and completion tokens of these.
    """

    model_config = ConfigDict(strict=True)

    masses: dict[str, list[list[float] | None]]
    calls: int
    tokens: int


def unaskable(scenario: Scenario, cells: Sequence[Cell]) -> str | None:
    """Return why known truths cannot be asked with each wording; None where they can."""
    for cell in cells:
        method = method_of_users(scenario, cell)
        if wrong := unfit_for_truths(method, known_truths()):
            return wrong
        if method.prompt is not None and not asks_questions(method.prompt, cell.label):
            return f"the template of {cell.label} does not use the variable question"
    return None


@dataclass(frozen=True, slots=True)
class Asking:
    """How one wording asks: its model, method and version of the prompts."""

    model: ChatModel
    method: MethodSpec
    version: PromptVersion


async def ask_truths(
    path: Path,
    wordings: Mapping[str, Asking],
    *,
    repeats: int,
    seed: int,
    tell: Callable[[str], None] | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Ask the truths that are not on file yet, and put what was stated into the run file.

    What a wording has stated is committed when it has been asked all of them.

    Raises:
        EndpointError: the model cannot be reached.
        RunStoppedError: the budget is reached, the endpoint serves no more, or `stop` is set.
    """
    from simulate.runfile import open_run

    with open_run(path) as run:
        there = dict(stated_truths(run))
    for label, asking in wordings.items():
        if label in there:
            continue
        found: dict[str, list[StatedTruth]] = {}
        for truth in known_truths():
            if stop is not None and stop.is_set():
                raise RunStoppedError("interrupted")
            if tell is not None:
                tell(f"{label}: asking about {truth.name}")
            found[truth.name] = await state_truth(
                asking.model,
                asking.method,
                truth,
                repeats=repeats,
                seed=seed,
                prompt_version=asking.version,
            )
        each = [one for of in found.values() for one in of]
        there[label] = Stated(
            masses={
                name: [None if one.masses is None else one.masses.tolist() for one in of]
                for name, of in found.items()
            },
            calls=sum(one.calls for one in each),
            tokens=sum(one.tokens for one in each),
        )
        writer = RunWriter.resume(path)
        try:
            await writer.note(KEY, {name: each.model_dump() for name, each in there.items()})
        finally:
            await writer.aclose()


def stated_truths(run: RunReader) -> dict[str, Stated]:
    """Return what is on file, by wording.

    Raises:
        RunFileError: it is no such record.
    """
    stored: Any = run.meta.get(KEY) or {}
    try:
        return {str(label): Stated.model_validate(each) for label, each in dict(stored).items()}
    except (ValidationError, TypeError, ValueError):
        raise RunFileError(
            f"run file {run.path}: table meta, key {KEY}: it holds no stated truths"
        ) from None


@dataclass(frozen=True, eq=False)
class TruthLosses:
    """How far wordings are from known truths.

    Attributes:
        losses: (W, n) TV, the truths as strata.
        truths: their names, in the order of the strata.
        unread: how many stated distributions of each wording could not be read.
        repeats: how often each was asked for.
    """

    losses: PairedLosses
    truths: tuple[str, ...]
    unread: tuple[int, ...]
    repeats: int


def truth_losses(stated: Sequence[Stated]) -> TruthLosses | None:
    """Return how far W wordings are from the truths; None where nothing was read often enough.

    A repeat that one of them could not be read in is left out for all, as the same seeds are asked.
    """
    names: list[str] = []
    losses: list[NDArray[np.float64]] = []
    strata: list[int] = []
    for truth in known_truths():
        each = [of.masses.get(truth.name, []) for of in stated]
        both = [rows for rows in zip(*each, strict=False) if _all_fit(rows, len(truth.shares))]
        if len(both) < FEWEST:
            continue
        masses: NDArray[np.float64] = np.array(both, dtype=np.float64)
        levels = Support.of_levels(len(truth.shares))
        losses.append(tv(masses.reshape(-1, len(truth.shares)), truth.shares, levels))
        strata += [len(names)] * len(both)
        names.append(truth.name)
    if not names:
        return None
    paired = np.concatenate([each.reshape(-1, len(stated)) for each in losses]).T
    return TruthLosses(
        PairedLosses(paired, np.array(strata, dtype=np.int64)),
        tuple(names),
        tuple(sum(row is None for rows in of.masses.values() for row in rows) for of in stated),
        max(len(rows) for of in stated for rows in of.masses.values()),
    )


def _all_fit(rows: Sequence[Sequence[float] | None], size: int) -> bool:
    return all(row is not None and len(row) == size for row in rows)
