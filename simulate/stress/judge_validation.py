"""Validate a judge of a check against dialogues that people have labelled `pass` or `fail`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from simulate.engine.examiner import AskJudge
from simulate.engine.labelled import Labelled
from simulate.errors import StatisticsError
from simulate.population import Persona
from simulate.runfile import CheckVerdict, Examined
from simulate.scenario import Check, Speaker
from simulate.statistics.agreement import Agreement, agreement
from simulate.stress.checks.kinds.judged import Judge
from simulate.stress.checks.result import Look
from simulate.stress.checks.running import carry_out, together
from simulate.verbalized import LATEST, PromptVersion

LABELS = ("pass", "fail")
"""What people say of a dialogue."""


@dataclass(frozen=True, slots=True)
class Validation(Agreement):
    """How far a judge agrees with people, with `fail` as what is looked for.

    Attributes:
        wrong: line, label and record of each dialogue with another verdict than its label.
    """

    wrong: Sequence[tuple[int, str, CheckVerdict]]

    def to_dict(self) -> dict[str, Any]:
        """Return the validation as plain JSON data."""
        return {
            **Agreement.to_dict(self),
            "wrong": [
                {"line": line, "label": label, "verdict": r.verdict, "reason": r.reason}
                for line, label, r in self.wrong
            ],
        }


async def validate_judge(
    judge: Judge,
    labelled: Sequence[Labelled],
    ask: AskJudge,
    *,
    description: str = "",
    version: PromptVersion = LATEST,
) -> Validation:
    """Let a judge say what it makes of labelled dialogues, and compare.

    Raises:
        StatisticsError: there is no labelled dialogue.
        EndpointError: no request to the judge's endpoint can succeed.
    """
    check = Check.model_validate({"judged": judge})

    async def one(each: Labelled) -> CheckVerdict:
        name, dialogue = f"validate:{each.line}", _examined(each, version)
        return await carry_out(Look(name, check, dialogue, ask, description))

    records = await together([one(each) for each in labelled])
    return summary(labelled, records)


def _examined(each: Labelled, version: PromptVersion) -> Examined:
    speakers = {t.speaker: Speaker(plays="user") for t in each.turns}
    values = {"persona": {"id": "", "prose": ""}, **each.values}
    return Examined(
        str(each.line),
        Persona(""),
        0,
        speakers,
        each.turns,
        values=values,
        prompt_version=version,
    )


def summary(labelled: Sequence[Labelled], records: Sequence[CheckVerdict]) -> Validation:
    """Return how far verdicts agree with the labels, which are in the same order.

    Raises:
        StatisticsError: there is none.
    """
    if not labelled:
        raise StatisticsError("a judge is validated on at least one labelled dialogue, got none")
    found = agreement(
        [each.label for each in labelled],
        [record.verdict for record in records],
        [record.probability for record in records],
        looked_for="fail",
        other="pass",
        further=("abstain",),
    )
    wrong = [
        (each.line, each.label, record)
        for each, record in zip(labelled, records, strict=True)
        if each.label != record.verdict
    ]
    return Validation(**{f.name: getattr(found, f.name) for f in fields(found)}, wrong=wrong)
