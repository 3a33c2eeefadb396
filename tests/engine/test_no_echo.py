"""No simulated person says what its prompt says: on the embedded model, which repeats easily."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulate.engine import run_sync
from simulate.runfile import open_run

TALK = """
scenario: talk
extends: donation
turns: {first: persuader, maximum: 4}
outcomes: {}
compare: {}
"""
"""A talk that nobody leaves, so that there are many turns."""


def plain(text: str) -> str:
    return f" {re.sub(r'[^a-z0-9]+', ' ', text.casefold()).strip()} "


@pytest.mark.slow
def test_no_candidate_repeats_what_the_prompt_says(tmp_path: Path) -> None:
    (tmp_path / "talk.yaml").write_text(TALK)
    path = tmp_path / "r.db"
    run_sync(tmp_path / "talk.yaml", n=1, methods=["vs"], model="embedded", out=path)
    candidates = 0
    with open_run(path) as file:
        dialogue = file.dialogue(0)
        calls = {call.turn: call for call in file.calls(0)}
        for turn in dialogue.turns:
            if turn.draw is None:
                continue
            call = calls[turn.index]
            told = [m["content"] for m in call.history if m["role"] == "system"]
            said = " ".join([*told, *(m["content"] for m in call.request)])
            prompt = plain(said.replace(dialogue.persona.prose, "."))
            for candidate in turn.draw.distribution.candidates:
                candidates += 1
                words = plain(candidate.text)
                assert len(words.split()) < 2 or words not in prompt, candidate.text
    assert candidates >= 15
