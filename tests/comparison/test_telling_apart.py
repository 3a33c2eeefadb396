"""Simulated users told from people: the same words, other words, one place at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulate.comparison.talks import talks_of_people
from simulate.comparison.telling_apart import tell_apart
from simulate.errors import StatisticsError
from simulate.runfile import open_run
from tests.conftest import AsJson, Command
from tests.made_runs import MakeRun

SAID = ("Sure, why not.", "no thanks", "I would like to help them", "How much?", "maybe later")


def people(count: int, said: Sequence[str] = SAID) -> list[dict[str, Any]]:
    """Return dialogues of so many people, who say any of some sentences."""
    rng = np.random.default_rng(1)
    return [
        {
            "dialogue": f"d{number}",
            "participants": {"persuader": "asks", "persuadee": f"p{number}"},
            "turns": [
                {"speaker": speaker, "text": str(rng.choice(list(said)))}
                for speaker in ("persuader", "persuadee") * 2
            ],
        }
        for number in range(count)
    ]


def test_users_who_always_say_the_same_are_told_from_people(make_run: MakeRun) -> None:
    with open_run(make_run({"vs": [1.0] * 30, "direct": [1.0] * 3})) as run:
        vs, direct = tell_apart(run, people(60))
    assert (vs.cell, vs.speaker, vs.found.persons) == ("vs", "persuadee", (60, 30))
    assert vs.found.observations == (120, 60)
    assert vs.found.area is not None
    assert vs.found.area > 0.95
    assert vs.found.interval is not None
    assert vs.found.interval[0] > 0.8
    assert vs.floor is not None
    assert vs.floor.persons == 30
    assert 0.3 < vs.floor.mean < 0.6
    assert (direct.found.area, direct.floor) == (None, None)


def test_users_who_say_what_people_say_are_not_told_from_them(make_run: MakeRun) -> None:
    same = "I would like to help them"
    with open_run(make_run({"vs": [1.0] * 30}, text=same)) as run:
        vs = tell_apart(run, people(60, [same]))[0]
    assert vs.found.area == 0.5


def test_people_who_are_called_something_else_are_named(make_run: MakeRun) -> None:
    records = [{"dialogue": "d", "turns": [{"speaker": "user", "text": "Hi."}]}]
    with (
        open_run(make_run({"vs": [1.0]})) as run,
        pytest.raises(StatisticsError, match="no turn of persuadee; there speak: user"),
    ):
        tell_apart(run, records)


def test_the_command_adds_it_where_there_are_transcripts(
    make_run: MakeRun, tmp_path: Path, as_json: AsJson, command: Command
) -> None:
    run = make_run({"vs": [1.0] * 30})
    human = tmp_path / "people.jsonl"
    human.write_text("".join(f"{json.dumps(record)}\n" for record in people(30)))
    words = ["compare", run, "--language", "persuasionforgood-language", "--draws", "200"]
    printed = as_json(*words, "--transcripts", human)
    found, alike = printed["told_apart"], printed["consistency"]
    assert [row["cell"] for row in found] == ["vs", "direct"]
    assert found[0]["found"]["area"] > 0.9
    assert [row["name"] for row in alike] == ["people", "vs", "direct"]
    code, _, err = command("compare", run, "--transcripts", human)
    assert (code, "--transcripts is for --language" in err) == (2, True)
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    for path, message in (
        (tmp_path / "none.jsonl", "cannot be read"),
        (empty, "no dialogue in it"),
    ):
        code, _, err = command(*words, "--transcripts", path)
        assert (code, err.count("\n")) == (2, 1)
        assert message in err


def test_people_without_a_name_are_each_another_one() -> None:
    turns = [{"speaker": "persuadee", "text": "Hi."}]
    assert [who for who, _ in talks_of_people([{"turns": turns}] * 3, "persuadee")] == [
        "0",
        "1",
        "2",
    ]
