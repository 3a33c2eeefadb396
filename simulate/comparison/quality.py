"""Quality and refusals of the replies to a task, by a judge, so that diversity is not read alone.

A judge model reads the request and one reply, and says how good the reply is on a scale from 1 to
5, or that it is a refusal. Of each cell at most `most` replies are judged, chosen at random by
identity. A judge is a model: it has tastes of its own, so its numbers compare the cells of one run
and nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from simulate.engine.sampling import Asked, CallsFailedError, obtain
from simulate.errors import StatisticsError
from simulate.files.templates import render
from simulate.models import ChatModel
from simulate.randomness import call_seed, generator
from simulate.scenario import Outcome
from simulate.verbalized import judgement

if TYPE_CHECKING:
    from simulate.comparison.diversity_gain import Replies

MOST_JUDGED = 30
REFUSAL = "refusal"
GRADES = ("1", "2", "3", "4", "5")
VERDICT = Outcome.model_validate(
    {"kind": "choice", "levels": [*GRADES, REFUSAL], "judged": {"question": "How good is it?"}}
)


@dataclass(frozen=True)
class CellQuality:
    """What a judge says of one cell.

    Attributes:
        name: the cell's label.
        judged: replies with a verdict.
        unread: replies of whose verdict nothing could be read.
        refusals: share of the judged that are refusals, in [0, 1]; None without any.
        quality: mean grade of the others, from 1 to 5; None without any.
        interval: 95 % of the mean, by its standard error; None with fewer than 10 grades.
    """

    name: str
    judged: int
    unread: int
    refusals: float | None
    quality: float | None
    interval: tuple[float, float] | None


async def judged(
    cells: Sequence[Replies],
    request: str,
    judge: ChatModel,
    *,
    most: int = MOST_JUDGED,
    seed: int = 0,
) -> list[CellQuality]:
    """Let a judge grade replies of each cell.

    Args:
        cells: the replies.
        request: what was asked for, as the replies' prompt had it.
        judge: the model that judges.
        most: replies that are judged for each cell, ≥ 1.
        seed: of the choice of replies and of the judge's sampling.

    Raises:
        StatisticsError: `most` is below 1.
        EndpointError: the judge cannot be reached.
    """
    if most < 1:
        raise StatisticsError(f"{most} replies to judge: it must be ≥ 1")
    free = asyncio.Semaphore(judge.concurrency)
    template = (files("simulate.comparison") / "prompts" / "quality.jinja").read_text("utf-8")

    async def verdict(reply: str, what: str) -> str | None:
        values = {"request": request, "reply": reply, "form": VERDICT.form}
        prompt = ({"role": "user", "content": render(template, values, "prompt quality")},)
        steps = judgement(prompt, VERDICT.value_schema, VERDICT.read)
        asked = Asked(None, judge, (), lambda ask: call_seed(seed, what, ask=ask))
        async with free:
            try:
                distribution, _ = await obtain(steps, asked)
            except CallsFailedError:
                return None
        return distribution.texts[0]

    found = []
    for cell in cells:
        order = generator(seed, f"quality/{cell.name}").permutation(len(cell.texts))[:most]
        verdicts = await asyncio.gather(
            *(verdict(cell.texts[i], f"quality:{cell.name}:{i}") for i in order)
        )
        found.append(_summary(cell.name, verdicts))
    return found


def _summary(name: str, verdicts: Sequence[str | None]) -> CellQuality:
    read = [v for v in verdicts if v is not None]
    grades = np.array([float(v) for v in read if v != REFUSAL])
    interval = None
    if len(grades) >= 10:
        reach = 1.96 * float(grades.std(ddof=1)) / len(grades) ** 0.5
        interval = (max(1.0, grades.mean() - reach), min(5.0, grades.mean() + reach))
    return CellQuality(
        name,
        len(read),
        len(verdicts) - len(read),
        sum(v == REFUSAL for v in read) / len(read) if read else None,
        float(grades.mean()) if len(grades) else None,
        interval,
    )
