"""Quality and refusals of the replies to a task, by a judge, so that diversity is not read alone.

A judge model reads the request and one reply, and says how good the reply is on a scale from 1 to
5, or that it is a refusal. Of each cell at most `most` replies are judged, chosen at random by
identity. A judge is a model: it has tastes of its own, so its numbers compare the cells of one run
and nothing else. Replies of one call, and of one persona, are alike: the interval of the mean grade
takes personas as clusters (`statistics.clusters`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulate.engine.sampling import Asked, CallsFailedError, obtain
from simulate.errors import StatisticsError
from simulate.files.json_line import json_line
from simulate.files.shipped import prompt as shipped
from simulate.files.templates import render
from simulate.models import ChatModel
from simulate.randomness import call_seed, generator
from simulate.scenario import Outcome
from simulate.statistics.clusters import effective_size, interval_of_mean
from simulate.statistics.rows import cluster_index
from simulate.verbalized import LATEST, PromptVersion, judgement

if TYPE_CHECKING:
    from simulate.comparison.diversity_gain import Replies

MOST_JUDGED = 30
FEWEST_PERSONAS = 10
"""Below so many effective personas with a grade there is no interval."""
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
        personas: whose replies have a grade.
        unread: replies of whose verdict nothing could be read.
        refusals: share of the judged that are refusals, in [0, 1]; None without any. Nobody has
            validated the judge, so it is shown as a count.
        quality: mean grade of the others, from 1 to 5; None without any.
        interval: 95 % of the mean, by personas; None with fewer than 10 effective personas, or
            where all grades are the same, which does not say how far others lie from them.
    """

    name: str
    judged: int
    personas: int
    unread: int
    refusals: float | None
    quality: float | None
    interval: tuple[float, float] | None


async def judged(
    cells: Sequence[Replies],
    request: str | Mapping[str, str],
    judge: ChatModel,
    *,
    most: int = MOST_JUDGED,
    seed: int = 0,
    version: PromptVersion = LATEST,
) -> list[CellQuality]:
    """Let a judge grade replies of each cell.

    Of each cell at most `most` replies are judged, at least one; `request` is what they answer, by
    persona where it is not the same for all, and `version` that of the judge's prompt.

    Raises:
        StatisticsError: `most` is below 1.
        EndpointError: the judge cannot be reached.
    """
    if most < 1:
        raise StatisticsError(f"{most} replies to judge: it must be ≥ 1")
    free = asyncio.Semaphore(judge.concurrency)
    template = shipped("comparison", "quality", version)

    async def verdict(reply: str, persona: str, what: str) -> str | None:
        answered = request if isinstance(request, str) else request[persona]
        values = {
            "form": VERDICT.form,
            "request": answered,
            "reply": reply,
            "request_line": json_line(answered),
            "reply_line": json_line(reply),
        }
        prompt = ({"role": "user", "content": render(template, values, "prompt quality")},)
        steps = judgement(prompt, VERDICT.value_schema, VERDICT.read, version)
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
        asked = [(i, cell.persona[cell.dialogue[i]][0]) for i in order]
        verdicts = await asyncio.gather(
            *(verdict(cell.texts[i], who, f"quality:{cell.name}:{i}") for i, who in asked)
        )
        found.append(_summary(cell.name, verdicts, cell.people[cell.dialogue[order]]))
    return found


def _summary(name: str, verdicts: Sequence[str | None], people: NDArray[np.int64]) -> CellQuality:
    read = [v for v in verdicts if v is not None]
    graded = [(float(v), person) for v, person in zip(verdicts, people, strict=True) if v in GRADES]
    grades = np.array([grade for grade, _ in graded])
    clusters = cluster_index(person for _, person in graded)
    interval = None
    sizes = np.bincount(clusters).astype(np.float64)
    if effective_size(sizes) >= FEWEST_PERSONAS and np.ptp(grades) > 0:
        low, high = interval_of_mean(grades, clusters)
        interval = (max(1.0, low), min(5.0, high))
    return CellQuality(
        name,
        len(read),
        len(sizes),
        len(verdicts) - len(read),
        sum(v == REFUSAL for v in read) / len(read) if read else None,
        float(grades.mean()) if len(grades) else None,
        interval,
    )
