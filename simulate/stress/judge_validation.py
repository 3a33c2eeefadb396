"""Validate a judge against dialogues that people have labelled.

A line of a labelled file is one dialogue:

    {"turns": [{"speaker": "customer", "text": "…"}, …], "label": "fail", "values": {…}}

`values` is optional: what the rubric's template sees beside `persona`. Each number stands beside
that of the naive baseline which knows how common the labels are and nothing else.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulate.engine.examiner import AskJudge
from simulate.engine.sampling import Asked, obtain
from simulate.errors import ReferenceDataError, StatisticsError, quote
from simulate.files.validation import first_problem
from simulate.models import ChatModel
from simulate.population import Persona
from simulate.randomness import call_seed
from simulate.runfile import Call, CheckVerdict, Examined, Turn, Verdict
from simulate.scenario import Check, Speaker
from simulate.statistics.proportions import Proportion, proportion
from simulate.statistics.rows import Rows
from simulate.stress.checks.kinds.judged import Judge
from simulate.stress.checks.running import carry_out, together
from simulate.verbalized import LATEST, PromptVersion, StepsOf

T = TypeVar("T")

LINE = '{"turns": [{"speaker": "…", "text": "…"}, …], "label": "pass" or "fail"}'
"""What a line must hold."""

Label = Literal["pass", "fail"]
"""What people say of a dialogue."""


class _Turn(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")
    speaker: Annotated[str, Field(min_length=1)]
    text: str


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")
    turns: Annotated[list[_Turn], Field(min_length=1)]
    label: Label
    values: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A dialogue that people have labelled.

    Attributes:
        line: its line in the file, from 1.
        turns: in order.
        label: what people say.
        values: what the rubric's template sees.
    """

    line: int
    turns: Sequence[Turn]
    label: Label
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Validation:
    """How far a judge agrees with people.

    Attributes:
        n: labelled dialogues.
        errors: those of them that the judge could not judge; they are in no number below.
        accuracy: share with the verdict that the label says; an abstention is not right. None
            where all are errors, as all below.
        baseline_accuracy: that of always giving the commoner label.
        found: of those labelled fail, the share with the verdict fail (sensitivity).
        spared: of those labelled pass, the share with the verdict pass (specificity).
        brier: mean of (stated probability of fail − 1 where labelled fail, else 0)², in [0, 1];
            lower is better (Brier 1950).
        baseline_brier: that of always stating the share of the label fail.
        confusion: (label, verdict) to count; all eight are there.
        wrong: line, label and record of each dialogue with another verdict than its label.
    """

    n: int
    errors: int
    accuracy: Proportion | None
    baseline_accuracy: float | None
    found: Proportion | None
    spared: Proportion | None
    brier: float | None
    baseline_brier: float | None
    confusion: Mapping[tuple[Label, Verdict], int]
    wrong: Sequence[tuple[int, Label, CheckVerdict]]

    def to_dict(self) -> dict[str, Any]:
        """Return the validation as plain JSON data."""

        def share(found: Proportion | None) -> dict[str, Any] | None:
            if found is None:
                return None
            return {"value": found.value, "n": found.n, "interval": found.interval}

        return {
            "n": self.n,
            "errors": self.errors,
            "accuracy": share(self.accuracy),
            "baseline_accuracy": self.baseline_accuracy,
            "found": share(self.found),
            "spared": share(self.spared),
            "brier": self.brier,
            "baseline_brier": self.baseline_brier,
            "confusion": {f"{label} as {said}": n for (label, said), n in self.confusion.items()},
            "wrong": [
                {"line": line, "label": label, "verdict": r.verdict, "reason": r.reason}
                for line, label, r in self.wrong
            ],
        }


def asking(model: ChatModel, seed: int) -> AskJudge:
    """Return what asks a model as a judge outside a run.

    Args:
        model: the judge's model.
        seed: each call's own seed is a function of it and of what is judged.
    """

    async def ask(steps: StepsOf[T], what: str) -> tuple[T, Sequence[Call]]:
        return await obtain(
            steps, Asked(None, model, (), lambda ask: call_seed(seed, what, ask=ask))
        )

    return ask


def read_labelled(path: str | Path) -> list[Labelled]:
    """Read labelled dialogues from a JSONL file; empty lines do not count.

    Raises:
        ReferenceDataError: it cannot be read, is empty, or a line breaks a rule; the message has
            file and line.
    """
    path = Path(path)
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        said = (isinstance(error, OSError) and error.strerror) or str(error)
        raise ReferenceDataError(f"{path}: cannot be read: {said}") from None
    found = [
        _labelled(path, number, text) for number, text in enumerate(lines, start=1) if text.strip()
    ]
    if not found:
        raise ReferenceDataError(f"{path}: has no labelled dialogue; give one a line")
    return found


def _labelled(path: Path, number: int, text: str) -> Labelled:
    try:
        line = _Line.model_validate(json.loads(text))
    except ValidationError as error:
        problem = error.errors()[0]
        got = "" if problem["type"] == "missing" else f", got {quote(repr(problem['input']), 60)}"
        raise ReferenceDataError(
            f"{path}:{number}: {first_problem(error)}{got}; write {LINE}"
        ) from None
    except (ValueError, RecursionError) as error:
        raise ReferenceDataError(f"{path}:{number}: is no JSON ({error}): {quote(text)}") from None
    turns = [Turn(i, t.speaker, t.text) for i, t in enumerate(line.turns)]
    return Labelled(number, turns, line.label, line.values)


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
        return await carry_out(
            f"validate:{each.line}", check, _examined(each, version), ask, description=description
        )

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
    pairs = list(zip(labelled, records, strict=True))
    verdicts: tuple[Verdict, ...] = ("pass", "fail", "abstain", "error")
    labels: tuple[Label, ...] = ("pass", "fail")
    counted = Counter((each.label, record.verdict) for each, record in pairs)
    confusion = {(label, v): counted[label, v] for label in labels for v in verdicts}
    judged = {label: sum(confusion[label, v] for v in verdicts[:3]) for label in labels}
    n = judged["pass"] + judged["fail"]
    share = judged["fail"] / n if n else None
    squares = [
        (record.probability - (each.label == "fail")) ** 2
        for each, record in pairs
        if record.verdict != "error" and record.probability is not None
    ]
    return Validation(
        n=len(pairs),
        errors=len(pairs) - n,
        accuracy=_share(confusion["pass", "pass"] + confusion["fail", "fail"], n),
        baseline_accuracy=None if share is None else max(share, 1 - share),
        found=_share(confusion["fail", "fail"], judged["fail"]),
        spared=_share(confusion["pass", "pass"], judged["pass"]),
        brier=sum(squares) / len(squares) if squares else None,
        baseline_brier=None if share is None else share * (1 - share),
        confusion=confusion,
        wrong=[(e.line, e.label, r) for e, r in pairs if e.label != r.verdict],
    )


def _share(k: int, n: int) -> Proportion | None:
    """Return a share of dialogues of different people; None where n is 0."""
    if not n:
        return None
    return proportion(Rows.of(np.arange(n) < k))
