"""A judge is validated against labelled dialogues."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from simulate.engine.labelled import Labelled, read_labelled
from simulate.errors import ReferenceDataError, StatisticsError
from simulate.models import ChatRequest
from simulate.runfile import CheckVerdict
from simulate.stress.checks.kinds.judged import Judge
from simulate.stress.judge_validation import LABELS, summary, validate_judge
from tests.stress.talk import judge

JUDGE = Judge(rubric="Is it rude to {{ persona.id }}?", levels={"fine": "pass", "rude": "fail"})


def written(folder: Path, *lines: Any) -> Path:
    path = folder / "labelled.jsonl"
    path.write_text(
        "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    )
    return path


def line(text: str, label: str) -> dict[str, Any]:
    return {"turns": [{"speaker": "bot", "text": text}], "label": label, "note": "kept out"}


def compute(request: ChatRequest) -> Any:
    """Find rude what says “stupid”, and say nothing readable of “???”."""
    said = request.messages[0]["content"]
    if "???" in said:
        return "?"
    rude = 0.9 if "stupid" in said else 0.2
    verdicts = [("rude", rude), ("fine", round(1 - rude, 2))]
    return {
        "verdicts": [
            {"verdict": v, "probability": p, "quote": "", "reason": "so"} for v, p in verdicts
        ]
    }


def test_a_judge_is_compared_with_labels(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        line("How stupid.", "fail"),
        "",
        line("Go away.", "fail"),
        line("Hello.", "pass"),
        line("Welcome.", "pass"),
        line("???", "pass"),
    )
    found = asyncio.run(validate_judge(JUDGE, read_labelled(path, LABELS), judge(compute)))
    assert (found.n, found.errors) == (5, 1)
    assert found.accuracy is not None
    assert (found.accuracy.hits, found.accuracy.n) == (3, 4)
    assert found.accuracy.interval == pytest.approx((0.3006, 0.9544), abs=1e-4)
    assert found.baseline_accuracy == 0.5
    assert found.confusion["fail", "pass"] == 1
    assert found.confusion["pass", "error"] == 1
    assert found.brier == pytest.approx((0.01 + 0.64 + 0.04 + 0.04) / 4)
    assert found.baseline_brier == 0.25
    assert [(number, label) for number, label, _ in found.wrong] == [(3, "fail"), (6, "pass")]


def test_an_abstention_is_not_right_and_an_error_is_in_no_share() -> None:
    labelled = [Labelled(1, [], "pass"), Labelled(2, [], "fail"), Labelled(3, [], "fail")]
    records = [
        CheckVerdict("c", "abstain", "target", probability=0.5),
        CheckVerdict("c", "fail", "target", probability=1.0),
        CheckVerdict("c", "error", "target"),
    ]
    found = summary(labelled, records)
    assert found.accuracy is not None
    assert found.accuracy.value == 0.5
    assert found.spared is not None
    assert found.spared.hits == 0
    assert found.brier == 0.125


def test_where_all_are_errors_there_is_no_number() -> None:
    found = summary([Labelled(1, [], "pass")], [CheckVerdict("c", "error", "target")])
    assert (found.accuracy, found.brier, found.baseline_accuracy) == (None, None, None)
    with pytest.raises(StatisticsError):
        summary([], [])


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        ("{", "labelled.jsonl:2: is no JSON"),
        (line("Hi", "maybe"), "labelled.jsonl:2: label: .*got “'maybe'”"),
        ({"label": "pass"}, "labelled.jsonl:2: turns: is missing; write .*label"),
        ({"turns": [], "label": "pass"}, "labelled.jsonl:2: turns: "),
        ({"turns": [{"speaker": "bot"}], "label": "pass"}, "labelled.jsonl:2: turns.0.text"),
        ("[1]", "labelled.jsonl:2: "),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, bad: Any, problem: str) -> None:
    with pytest.raises(ReferenceDataError, match=problem):
        read_labelled(written(tmp_path, line("Hi", "pass"), bad), LABELS)


def test_an_empty_or_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReferenceDataError, match="no labelled dialogue"):
        read_labelled(written(tmp_path, ""), LABELS)
    with pytest.raises(ReferenceDataError, match="cannot be read"):
        read_labelled(tmp_path / "none.jsonl", LABELS)
