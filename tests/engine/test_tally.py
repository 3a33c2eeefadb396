"""What a run tells while it goes on."""

from __future__ import annotations

from pathlib import Path

from simulate.engine import RunStarted
from simulate.engine.tally import Tally


def test_a_run_begins_with_what_its_design_cannot_have_meant() -> None:
    event = RunStarted(Path("a.db"), 2, 0, 4, 0, {"a": "m"}, ("left out",), 0, ("not meant",))
    assert list(Tally().take(event)) == ["2 dialogues on m → a.db", "left out", "not meant"]


def test_of_dialogues_that_were_given_no_turns_are_counted() -> None:
    tally = Tally()
    list(tally.take(RunStarted(Path("a.db"), 4, 1, 0, 0, {})))
    assert tally.rates == "1/4 dialogues · 0 failed"
    assert tally.share == 0.25
