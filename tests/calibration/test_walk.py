"""A walk through human dialogues: what is asked, and what no prompt may hold."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulate import ScriptedModel, open_run
from simulate.calibration.acts import levels_of
from simulate.calibration.altered import renaming
from simulate.calibration.moves import Move, Persons, chosen, known_talks
from simulate.calibration.situation import load_situation
from simulate.calibration.walk import ORIGINAL, POPULATION_QUERY, History, Walk, walk_of
from simulate.calibration.walk_forecasts import Thing, WalkForecasts
from simulate.calibration.walk_reader import read_walk
from simulate.engine import run
from simulate.errors import InputError, ReferenceDataError, StatisticsError
from simulate.models import ChatRequest
from simulate.reference.human_talks import HumanTalk, human_talks
from tests.calibration.invented_talks import donation, invented, said, states
from tests.runfile.forged import forge

SITUATION = load_situation()
PERSONS = Persons(SITUATION)
PLAIN = (History(ORIGINAL, SITUATION.names),)


def walk(talks: Sequence[HumanTalk], histories: Sequence[History] = PLAIN, **given: Any) -> Walk:
    moves = chosen(talks, list(SITUATION.roles), dialogues=4, turns=2, split=None, seed=3)
    return walk_of(SITUATION, levels_of(talks, SITUATION), moves, histories, PERSONS, **given)


def play(made: Walk, out: Path, seen: list[ChatRequest] | None = None, **given: Any) -> Path:
    model = ScriptedModel(states(seen=seen))
    played = run(made.scenario, n=made.n, model=model, population=made.population, out=out, **given)
    assert asyncio.run(played).failed == 0
    return out


@pytest.fixture(scope="module")
def talks(tmp_path_factory: pytest.TempPathFactory) -> tuple[HumanTalk, ...]:
    return human_talks(invented(tmp_path_factory.mktemp("release")))


def test_no_prompt_holds_what_came_next_nor_an_act_nor_the_donation(
    talks: tuple[HumanTalk, ...], tmp_path: Path
) -> None:
    rename = renaming(SITUATION.renamed)
    renamed = {
        talk.key: [type(t)(t.speaker, rename(t.text), t.acts) for t in talk.turns] for talk in talks
    }
    names = {name: rename(value) for name, value in SITUATION.names.items()}
    histories = (*PLAIN, History("renamed", names, renamed))
    made = walk(talks, histories, methods=["vs", POPULATION_QUERY])
    path = play(made, tmp_path / "walk.db")
    checked = 0
    with open_run(path) as file:
        for dialogue in file.read():
            told = dialogue.persona.attributes
            number, turn = int(str(told["dialogue"])[1:]), int(str(told["turn"]))
            for call in file.calls(dialogue.id):
                prompt = "\n".join(message["content"] for message in call.prompt)
                for later in range(turn, 8):
                    assert f"Sentence {later} of talk" not in prompt
                if dialogue.cell.label.startswith("vs"):
                    before = said(number, turn - 1)
                    assert (before if told["history"] == ORIGINAL else rename(before)) in prompt
                assert f"{donation(number)}" not in prompt
                if told["history"] == "renamed":
                    assert "Save the Children" not in prompt
                checked += 1
    assert checked == made.calls > 0


def test_the_calls_are_known_beforehand(talks: tuple[HumanTalk, ...], tmp_path: Path) -> None:
    made = walk(talks)
    seen: list[ChatRequest] = []
    play(made, tmp_path / "walk.db", seen)
    # 4 dialogues, 2 turns of each role: an act and a text of each, the donation of the persuadee.
    assert len(seen) == made.calls == 4 * 2 * (2 + 3)
    assert made.moves == 16


def test_a_walk_that_was_stopped_goes_on(talks: tuple[HumanTalk, ...], tmp_path: Path) -> None:
    made, seen = walk(talks), list[ChatRequest]()
    model = ScriptedModel(states(seen=seen))
    given: dict[str, Any] = {"n": made.n, "population": made.population, "model": model}
    given["out"] = tmp_path / "walk.db"
    first = asyncio.run(run(made.scenario, budget_tokens=1500, concurrency=1, **given))
    assert first.left > 0
    again = asyncio.run(run(made.scenario, resume=True, **given))
    assert again.left == 0
    assert len(seen) == made.calls


def test_what_was_stated_is_read_with_what_happened(
    talks: tuple[HumanTalk, ...], tmp_path: Path
) -> None:
    made = walk(talks)
    with open_run(play(made, tmp_path / "walk.db")) as file:
        found = read_walk(file, talks, SITUATION)
    assert len({(s.move.talk.key, s.move.turn) for s in found.all()}) == made.moves
    assert found.methods == ("vs",)
    assert {role: len(each) for role, each in found.acts.items()} == {
        "persuader": 8,
        "persuadee": 8,
    }
    named = ["a consent to give", "a greeting", "a question about the charity", "thanks"]
    assert found.levels["persuadee"] == (*named, "none of these")
    (stated, *_) = found.acts["persuadee"]
    total = sum(map(len, found.levels["persuadee"]))
    assert dict(stated.values)["thanks"] == pytest.approx(len("thanks") / total)
    assert all(dict(s.values)[True] == pytest.approx(0.2) for s in found.leaving)
    assert len(found.outcomes["donation"]) == 8


def test_an_outcome_that_is_none_of_its_levels_is_left_out(
    talks: tuple[HumanTalk, ...], tmp_path: Path
) -> None:
    changed = {"kind": "choice", "levels": ["0.13", "much"], "support": None, "unit": None}
    outcome = SITUATION.outcomes["donation"].model_copy(update=changed)
    other = SITUATION.model_copy(update={"outcomes": {"donation": outcome}})
    moves = chosen(talks, ["persuadee"], dialogues=24, turns=1, split=None, seed=3)
    made = walk_of(other, {}, moves, PLAIN, PERSONS, asks=["outcome"])
    with open_run(play(made, tmp_path / "walk.db")) as file:
        found = WalkForecasts(file, {"all": talks}, other)
    little = [move for move in moves if move.talk.outcomes["donation"] == 0.13]
    stated = found.forecasts(Thing("donation", "persuadee"), "vs", reference=talks[0].reference)
    assert stated.happened.tolist() == [0] * len(little)
    assert 0 < stated.n < len(moves)


def test_a_run_that_is_no_walk_is_refused(talks: tuple[HumanTalk, ...], tmp_path: Path) -> None:
    from tests.made_runs import scenario_of

    out = tmp_path / "run.db"
    asyncio.run(run(scenario_of(), n=1, model=ScriptedModel(["1"]), out=out, methods=["direct"]))
    with open_run(out) as file, pytest.raises(StatisticsError, match="is no walk through human"):
        read_walk(file, talks, SITUATION)


def test_a_walk_needs_the_reference_that_it_walks_through(
    talks: tuple[HumanTalk, ...], tmp_path: Path
) -> None:
    path = play(walk(talks), tmp_path / "walk.db")
    with open_run(path) as file:
        with pytest.raises(ReferenceDataError, match="is in no reference that is given"):
            read_walk(file, talks[:3], SITUATION)
        changed = [replace(talk, turns=talk.turns[2:]) for talk in talks]
        with pytest.raises(ReferenceDataError, match="after other words than stand in the"):
            read_walk(file, changed, SITUATION)
        with pytest.raises(StatisticsError, match="outcome donation is not the same in the walk"):
            read_walk(file, talks, SITUATION.model_copy(update={"outcomes": {}}))
    forge(path, "persona", "UPDATE persona SET attributes = json_set(attributes, '$.turn', 'x')")
    with open_run(path) as file, pytest.raises(ReferenceDataError, match="forecasts turn “x”"):
        read_walk(file, talks, SITUATION)


def test_turns_are_drawn_from_all_parts_of_a_dialogue_by_a_seed(
    talks: tuple[HumanTalk, ...],
) -> None:
    def drawn(seed: int) -> list[Move]:
        return chosen(talks, ["persuadee"], dialogues=6, turns=2, split="report", seed=seed)

    assert drawn(1) == drawn(1) != drawn(2)
    assert all(move.split == "report" and move.role == "persuadee" for move in drawn(1))
    first, second = (move.turn for move in drawn(1)[:2])
    assert first <= 3 < second


def test_humans_without_what_their_persona_is_told_by_are_refused(tmp_path: Path) -> None:
    spec = invented(tmp_path)
    info = tmp_path / "full_info.csv"
    info.write_text(info.read_text().replace("Liberal", "").replace("Postgraduate", ""))
    talks = human_talks(spec)
    with pytest.raises(
        ReferenceDataError, match=r"0 persons .* lack columns .* by: education, ideology\. Give"
    ):
        known_talks(talks, SITUATION, PERSONS)
    assert len(known_talks(talks, SITUATION, Persons(SITUATION, told=False))[0]) == 24


def test_fewer_than_20_humans_are_refused(tmp_path: Path) -> None:
    talks = human_talks(invented(tmp_path, dialogues=9))
    with pytest.raises(ReferenceDataError, match="18 persons in it can be walked through, fewer"):
        known_talks(talks, SITUATION, PERSONS)


def test_other_roles_are_refused_with_their_names(tmp_path: Path) -> None:
    talks = human_talks(invented(tmp_path))
    other = SITUATION.model_copy(
        update={"roles": dict(zip("ab", SITUATION.roles.values(), strict=True))}
    )
    with pytest.raises(
        ReferenceDataError, match="nobody speaks as a or b; there speak: persuader, persuadee"
    ):
        known_talks(talks, other, Persons(other, told=False))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"methods": ["nonsense"]}, "there is no method “nonsense”"),
        ({"asks": []}, "nothing of what is asked for can be forecast"),
        ({"asks": ["text"], "methods": ["direct"]}, "a text takes a method that lists several"),
    ],
)
def test_a_walk_that_cannot_be_is_refused(
    talks: tuple[HumanTalk, ...], given: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        walk(talks, **given)
