"""How often a judge says yes, such as that a reply refuses, and how far it agrees with people.

A judge is a model, so how often it says something is a count until its verdicts were compared with
labels that people gave. With both labels in the file, sensitivity and specificity are known, and a
count becomes a rate with an interval (Wilson's, by person; `statistics.proportions`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulate.engine.labelled import Labelled, asking
from simulate.engine.sampling import CallsFailedError
from simulate.errors import InputError, StatisticsError
from simulate.files.templates import render
from simulate.models import ChatModel
from simulate.scenario import judge_messages
from simulate.statistics.agreement import Agreement, agreement
from simulate.statistics.proportions import Proportion, proportion
from simulate.statistics.rows import Rows, cluster_index
from simulate.verbalized import judgement

if TYPE_CHECKING:
    from simulate.runfile import RunReader

REFUSED = "refused"
LABELS = ("yes", "no")


@dataclass(frozen=True)
class JudgedRate:
    """One cell's row.

    Attributes:
        name: the cell's label.
        judged: dialogues with a verdict.
        yes: those of them of which the judge says yes.
        failed: dialogues that failed; a reply that a provider held back is one.
        rate: with its interval; None where the judge is not validated, or nothing was judged.
    """

    name: str
    judged: int
    yes: int
    failed: int
    rate: Proportion | None


def judged_rates(run: RunReader, outcome: str, *, validated: bool) -> list[JudgedRate]:
    """Count the verdicts on each cell; rates only where the judge is validated."""
    values: list[list[bool]] = [[] for _ in run.cells]
    people: list[list[str]] = [[] for _ in run.cells]
    failed = [0] * len(run.cells)
    for row in run.outcome_rows(outcome):
        failed[row.cell] += row.status == "failed"
        if row.counts and row.value is not None:
            values[row.cell].append(row.value is True)
            people[row.cell].append(run.root(row.persona))
    found = []
    for cell, said, behind, lost in zip(run.cells, values, people, failed, strict=True):
        rate = None
        if said and validated:
            rows = Rows.of(np.array(said, dtype=np.float64), clusters=cluster_index(behind))
            rate = proportion(rows)
        found.append(JudgedRate(cell.label, len(said), sum(said), lost, rate))
    return found


def judge_of(run: RunReader, *, needed: bool) -> str:
    """Return the name of the model that judged a run; several names where it is not needed.

    Raises:
        StatisticsError: one is needed, and the file names none or several.
    """
    judges = sorted({str(models.get("judge", "")) for models in run.meta.get("models", ())} - {""})
    if len(judges) != 1 and needed:
        raise StatisticsError(f"{run.path}: does not say which one model judged it")
    return ", ".join(judges) or "unknown"


async def validate_outcome(
    run: RunReader, outcome: str, labelled: Sequence[Labelled], judge: ChatModel, *, seed: int = 0
) -> Agreement:
    """Let a judge answer the question of a judged outcome for labelled dialogues, and compare.

    Raises:
        EndpointError: no request to the judge's endpoint can succeed.
        InputError: the question sees something that a line does not give in its `values`.
    """
    declared = run.scenario.outcomes[outcome]
    assert declared.judged is not None  # noqa: S101  # the caller asks of no other
    question = declared.judged.question
    cell, version = run.cells[0], run.scenario.prompt_version
    ask = asking(judge, seed)
    free = asyncio.Semaphore(judge.concurrency)

    async def one(each: Labelled) -> str:
        seen: dict[str, object] = {"cell": cell.levels, "variables": cell.variables}
        seen |= {"speaker": "judge", "persona": {"id": "", "prose": ""}, **each.values}
        where = f"outcomes.{outcome}.judged.question"
        said = [(turn.speaker, turn.text) for turn in each.turns]
        try:
            text = render(question, seen, where)
        except InputError as error:
            raise InputError(
                f"line {each.line} of the labels of {outcome}: {error}; give it in the line's "
                "“values”"
            ) from None
        prompt = judge_messages(run.scenario, said, text, declared.form, version)
        steps = judgement(tuple(prompt), declared.value_schema, declared.read, version)
        async with free:
            try:
                found, _ = await ask(steps, f"validate:{outcome}:{each.line}")
            except CallsFailedError:
                return "error"
        return found.texts[0] if found.texts[0] in LABELS else "error"

    verdicts = await asyncio.gather(*map(one, labelled))
    return agreement(
        [each.label for each in labelled],
        verdicts,
        [None] * len(labelled),
        looked_for=LABELS[0],
        other=LABELS[1],
    )
