"""The next human act as a criterion, on invented dialogues of people."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulate.calibration.wordings.next_act import act_losses, walk_beside
from simulate.models import ChatRequest
from simulate.reference.split import split_of
from simulate.runfile import open_run
from tests.calibration.invented_talks import ACTS, invented, states
from tests.calibration.test_calibrate import WORDS
from tests.calibration.wordings.test_wordings import Answer, decided_by, marked

__all__ = ["marked"]

DIALOGUES = 50


def _knows_what_comes(request: ChatRequest, is_marked: bool) -> Answer | None:
    """State what came next where the marked wording asks, and the same of each act elsewhere."""
    assert request.schema is not None
    value = request.schema["properties"]["responses"]["items"]["properties"].get("value", {})
    if not set(WORDS.values()) & set(value.get("enum", ())):
        return None
    talk = "\n".join(message["content"] for message in request.messages)
    *_, (turn, dialogue) = re.findall(r"Sentence (\d+) of talk (\d+), about Save", talk)
    came = WORDS[ACTS[1][min((int(turn) + 1) // 2 + int(dialogue) % 2, 3)]]
    return dict(states(lambda level: 30.0 if is_marked and level == came else 1.0)(request))


def test_the_wording_that_knows_better_what_people_do_next_is_chosen(
    tmp_path: Path, marked: str
) -> None:
    spec = invented(tmp_path, DIALOGUES, turns=4)
    found = decided_by(
        tmp_path, marked, _knows_what_comes, reference=spec, dialogues=DIALOGUES, n=20
    )
    assert (found.chosen, found.decision.by) == ("marked", "next-act")
    people = [d for d in range(DIALOGUES) if split_of(f"ee{d}") == "select"]
    assert f"Brier score of the next act of {len(people)} people" in found.sentence
    best, worst = found.rows_of(found.measured[2])
    # Three acts are asked for and “none of these”.
    assert best.loss == pytest.approx((3 / 33) ** 2 + 3 * (1 / 33) ** 2)
    assert worst.loss == pytest.approx(0.75**2 + 3 * 0.25**2)
    path = walk_beside(tmp_path / "w.db")
    assert act_losses(path, spec, "persuadee").losses.shape == (2, len(people))
    with open_run(path) as walk:
        assert [cell.label for cell in walk.cells] == ["vs.act+version-2", "vs.act+marked"]
        assert {split_of(str(p.attributes["person"])) for p in walk.personas.values()} == {"select"}
    assert any("report side is untouched" in note for note in found.notes)
