"""Branches: what they share with their parent, what is their own, and who does not see them."""

from __future__ import annotations

import asyncio
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulate.comparison import compare
from simulate.engine import run
from simulate.engine.branch_estimate import calls_of_branches
from simulate.engine.branch_point import BranchPoint
from simulate.engine.branching import BranchResult, Wanted, branch, branch_sync, branching
from simulate.engine.estimate import StandInTarget
from simulate.errors import EndpointError, InputError, ModelError, RunFileError
from simulate.models import ChatModel, ChatReply, ChatRequest, ScriptedModel, Usage
from simulate.population import Population
from simulate.runfile import Call, RunReader, export_csv, export_jsonl, open_run
from simulate.runfile.branches import branch_on_file, branches_told
from simulate.runfile.corrections import corrections
from simulate.runfile.dialogue_list import Order
from simulate.runfile.export_reader import DialogueExport
from simulate.runfile.run_view import RunView
from simulate.runfile.totals import totals_by_model
from simulate.scenario import Scenario
from simulate.tui.dialogue_data import read_transcript
from tests.enumerated import nine_paths, path_of
from tests.made_runs import gone_at
from tests.runfile.forged import forge

TREE = nine_paths()


def simulated(path: Path, n: int = 3, **options: Any) -> Path:
    given = {"n": n, "model": TREE.model(), "out": path, **options}
    asyncio.run(run(TREE.scenario(), **given))
    return path


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return simulated(tmp_path / "own.db")


def answer_of_tree(request: ChatRequest) -> Any:
    return TREE.answer(request)


def branched(path: Path, n: int = 1, **options: Any) -> BranchResult:
    """Return branches of dialogue 0, which takes the first door of both rooms, at its first."""
    given = {"turn": 1, "choose": 2, "model": TREE.model(), "dialogue": 0, **options}
    return branch_sync(path, given.pop("dialogue"), n=n, **given)


def jsonl(path: Path, *, with_branches: bool = False) -> str:
    out = io.StringIO()
    with open_run(path, with_branches=with_branches) as file:
        export_jsonl(file, out)
    return out.getvalue()


def lines(path: Path) -> list[dict[str, Any]]:
    """Return what stands of branches in an export, but for the id of the run."""
    read = [json.loads(line) for line in jsonl(path, with_branches=True).splitlines()]
    return [{k: v for k, v in each.items() if k != "run"} for each in read if "parent" in each]


def test_a_branch_takes_the_candidate_and_goes_on_by_itself(own: Path) -> None:
    found = branched(own, 12)
    assert (found.completed, found.failed, found.left) == (12, 0, 0)
    assert repr(found).endswith(f": 12 branches of {found.parent}, turn 1, candidate 2; 0 failed)")
    branches = lines(own)
    assert tuple(each["dialogue"] for each in branches) == found.keys
    assert {(each["parent"], each["root"]) for each in branches} == {(found.parent, found.parent)}
    paths = [path_of([turn["text"] for turn in each["turns"]]) for each in branches]
    assert {first for first, _ in paths} == {2}
    assert len({second for _, second in paths}) > 1
    for each in branches:
        assert [turn.get("given", False) for turn in each["turns"]] == [True, True, False, False]
        assert each["turns"][1]["chosen"] == 2
        assert each["usage"]["calls"] == 3


def test_a_branch_is_the_same_wherever_and_in_whatever_company_it_is_played(tmp_path: Path) -> None:
    one, other = simulated(tmp_path / "one.db"), simulated(tmp_path / "other.db")
    branched(one, 3)
    branched(other, 2, dialogue=1)
    branched(other, 2)
    branched(other, 3, concurrency=1)
    of_first = {each["dialogue"]: each for each in lines(other) if each["root"] == keys(one)[0]}
    assert list(of_first.values()) == lines(one)


@pytest.mark.parametrize("forged", [(77, 2), (1, 1)])
def test_a_branch_that_did_not_leave_where_it_says_is_damage(
    own: Path, forged: tuple[int, int]
) -> None:
    branched(own)
    forge(own, "branch", "UPDATE branch SET turn = ?, chosen = ?", forged)
    with pytest.raises(RunFileError, match=r"table branch, dialogue 3: turn \d+ does not take"):
        jsonl(own, with_branches=True)


def keys(path: Path) -> list[str]:
    with open_run(path) as file:
        return [planned.key for planned, _ in file.planned()]


def test_nobody_who_reads_the_run_meets_its_branches_unless_asked(own: Path) -> None:
    def seen(**options: Any) -> list[Any]:
        with open_run(own, **options) as file:
            table = io.StringIO()
            export_csv(file, table)
            frames = [file.to_frame(name).rows() for name in ("dialogues", "turns", "calls")]
            counted = (file.totals(), file.counts(), corrections(file), file.given_turns())
            return [jsonl(own, **options), table.getvalue(), *frames, *counted]

    before = seen()
    branched(own, 4)
    assert seen() == before
    of_all = seen(with_branches=True)
    assert all(one != other for one, other in zip(of_all[:7], before[:7], strict=True))
    with open_run(own) as file:
        assert file.paid().calls == file.usage()["calls"] + 12
        assert totals_by_model(file)[0].calls == file.usage()["calls"]
        assert branches_told(file) == [
            "4 branches are on file too, in 12 calls and 1,020 tokens, and not counted here: a "
            "reply was forced on them"
        ]


def test_comparisons_count_branches_only_where_asked_and_in_the_cluster_of_their_root(
    own: Path, tmp_path: Path
) -> None:
    branched(own, 4)
    table = tmp_path / "gifts.csv"
    table.write_text("gift\n0\n2\n0\n2\n")
    out = tmp_path / "all.jsonl"
    out.write_text(jsonl(own, with_branches=True), "utf-8")
    for source in (own, out):
        options: dict[str, Any] = {"outcome": "gift", "column": "gift", "draws": 200, "unit": "USD"}
        sizes = []
        for with_branches in (False, True):
            found = compare(str(source), str(table), with_branches=with_branches, **options)
            (sample,) = found.samples
            sizes.append((sample.n, sample.n_effective))
            assert any("counts branches" in note for note in sample.notes) is with_branches
        assert sizes == [(3, 3), (7, pytest.approx(49 / 27))]


def test_a_run_with_branches_resumes_and_grows_as_one_without(own: Path, tmp_path: Path) -> None:
    branched(own, 2)
    simulated(own, 5, resume=True)
    branched(own, 1, dialogue=6, choose=1)
    simulated(own, 6, resume=True)
    whole = simulated(tmp_path / "whole.db", 6)

    def without_id(path: Path) -> list[str]:
        return [line.split(",", 1)[1] for line in jsonl(path).splitlines()]

    assert without_id(own) == without_id(whole)
    view = RunView(own)
    assert list(view.ids(Order())) == [0, 1, 2, 5, 6, 8]
    assert view.find_dialogue(lines(own)[0]["dialogue"]) == 3
    transcript = read_transcript(view, 3)
    assert transcript is not None
    assert transcript.row.key == lines(own)[0]["dialogue"]
    told = f"completed, branch of {keys(own)[0]} (turn 1, candidate 2)"
    assert transcript.status == told
    view.close()


def test_a_branch_that_was_interrupted_goes_on_by_the_same_command(
    own: Path, tmp_path: Path
) -> None:
    whole = simulated(tmp_path / "whole.db")
    branched(whole, 3)
    for call in (2, 3, 4):
        with pytest.raises(EndpointError):
            branched(own, 3, model=gone_at(call, answer_of_tree, "doors"), concurrency=1)
    assert branched(own, 3).completed == 3
    assert branched(own, 3).completed == 3
    assert lines(own) == lines(whole)


def test_what_failed_on_the_way_to_the_model_is_played_again(own: Path) -> None:
    class Broken(ScriptedModel):
        async def complete(self, request: ChatRequest) -> ChatReply:
            raise ModelError("no answer")

    broken = Broken(lambda request: "", TREE.model().name)
    assert branched(own, 2, model=broken).failed == 2
    assert branched(own, 2).completed == 2


def test_a_budget_counts_what_branches_have_taken(own: Path) -> None:
    class Costly(ScriptedModel):
        async def complete(self, request: ChatRequest) -> ChatReply:
            reply = await TREE.model().complete(request)
            return replace(reply, usage=Usage(10, 0, 10))

    model = Costly(lambda request: "", TREE.model().name)
    branched(own, 2, model=model)
    with open_run(own) as file:
        spent, of_run = file.paid(), file.totals().spent
    assert spent.prompt_tokens - of_run.prompt_tokens == 60
    most = spent.prompt_tokens + spent.completion_tokens + 1
    assert branched(own, 3, model=model, budget_tokens=most).left == 1
    assert branched(own, 3, model=model, budget_tokens=10 * most).completed == 3


SPEAKERS: dict[str, Any] = {
    "chair": {"plays": "user", "method": {"name": "vs", "k": 2}},
    "ada": {
        "plays": "user",
        "instructions": "You are {{ persona.prose }}.",
        "method": {"name": "vs", "k": 2},
    },
    "ben": {"plays": "assistant"},
}
PARTS = {
    "listing": {"weight": 1, "method": {"name": "vs", "k": 3}},
    "other": {"weight": 1, "method": {"name": "vs", "k": 2}},
}
TALK = [{"speaker": "ben", "text": "Hello."}, {"speaker": "ada", "text": "Hi."}]
ASKED = {"speaker": "ada", "question": "How glad?"}
MOOD = {
    "levels": [1, 2, 3],
    "asked": {"speaker": "ada"},
    "items": {"glad": "Glad?", "calm": "Calm?", "rich": "Rich?"},
    "order": "random",
}
SCENARIOS: dict[str, dict[str, Any]] = {
    "a moderator calls on who speaks": {
        "turns": {"order": "moderator", "moderator": "chair", "maximum": 3}
    },
    "a part of a mixture is drawn once": {
        "speakers": {**SPEAKERS, "ada": {"plays": "user", "method": {"name": "mixture",
                     "per": "dialogue", "parts": PARTS}}},
        "turns": {"maximum": 2},
    },
    "the talk remembers questions in an order of their own": {
        "batteries": {"mood": MOOD},
        "outcomes": {"after": {"kind": "amount", "support": [0, 2], "asked": ASKED}},
        "steps": [
            {"ask": {"outcomes": ["mood"], "remembers": "talk"}},
            {"say": 1},
            {"show": {"to": "ada", "text": "It rains, {{ persona.id }}."}},
            {"say": 1},
            {"ask": ["after"]},
        ],
    },
    "the talk of the persona is given": {
        "speakers": {name: SPEAKERS[name] for name in ("ben", "ada")},
        "steps": [{"given": "persona"}, {"say": 2}],
    },
}  # fmt: skip
PEOPLE = Population.model_validate(
    {"population": "two", "personas": [{"id": name, "prose": name, "talk": TALK} for name in "ab"]}
)


def answers(request: ChatRequest) -> Any:
    if request.schema is None:
        return f"Number {request.seed}."
    said = json.dumps(request.schema)
    if '"enum": ' in said:
        names = json.loads(said.partition('"enum": ')[2].partition("]")[0] + "]")
        return {"responses": [{"value": n, "probability": 1 / len(names)} for n in names]}
    item = request.schema["properties"]["responses"]["items"]["properties"]
    field = "value" if "value" in item else "text"
    each = [f"{i}" if field == "value" else f"Reply {request.seed}.{i}" for i in (1, 2)]
    return {"responses": [{field: word, "probability": 0.5} for word in each]}


async def replayed(path: Path, model: ChatModel) -> list[tuple[list[Call], list[Call], bool]]:
    """Branch off at each turn to the candidate that was drawn; return the next calls of both."""
    found = []
    async with branching(path, model=model) as session:
        file = session.file
        parent = file.dialogue(0)
        for turn in parent.turns:
            if turn.draw is None or turn.given:
                continue
            point = BranchPoint(file.scenario, parent, turn.index)
            wanted = Wanted(point, turn.draw.chosen, 0)
            await session.play([wanted])
            there = branch_on_file(session.file, wanted.key)
            assert there is not None
            assert there.status == "completed"
            begun = file.dialogue(there.id).turns[: turn.index + 1]
            assert list(begun) == point.turns(turn.draw.chosen)
            after = [c for c in file.calls(0) if comes_after(file, c, turn.index)]
            ends_there = len(parent.turns) == turn.index + 1
            found.append((after, list(file.calls(there.id)), ends_there))
    return found


def comes_after(file: RunReader, call: Call, turn: int) -> bool:
    if call.turn is not None:
        return call.turn > turn
    steps = file.rows("SELECT what, turn FROM step WHERE dialogue = 0 AND kind = 'ask'")
    return int(dict(steps).get(call.outcome, turn + 1)) > turn


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_branch_begins_in_the_very_state_of_its_parent(name: str, tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    scenario = Scenario.model_validate({"scenario": "s", "speakers": SPEAKERS, **SCENARIOS[name]})
    model = ScriptedModel(answers)
    asyncio.run(run(scenario, n=1, population=PEOPLE, model=model, out=path))
    replays = asyncio.run(replayed(path, model))
    assert replays
    for after, own, ends_there in replays:
        assert bool(after) is bool(own)
        if after and (not ends_there or len(after) == 1):
            assert own[0].prompt == after[0].prompt
            assert own[0].seed != after[0].seed


def test_what_was_asked_before_is_the_parents_answer_and_is_not_asked_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / "run.db"
    name = "the talk remembers questions in an order of their own"
    scenario = Scenario.model_validate({"scenario": "s", "speakers": SPEAKERS, **SCENARIOS[name]})
    model = ScriptedModel(answers)
    asyncio.run(run(scenario, n=1, population=PEOPLE, model=model, out=path))
    with open_run(path) as file:
        at = next(t for t in file.dialogue(0).turns if t.draw is not None)
        asked = file.dialogue(0).asked
    assert at.draw is not None
    found = asyncio.run(branch(path, 0, turn=at.index, choose=1 - at.draw.chosen, model=model))
    with found.open() as file:
        parent, own = file.dialogue(0), file.dialogue(1)
        assert own.asked == asked
        assert {c.outcome for c in file.calls(1) if c.turn is None} == {"after"}
        assert len(asked) == 4
        for label in asked[:-1]:
            assert own.outcomes[label].value == parent.outcomes[label].value
            assert own.outcomes[label].draw is None


def test_a_dry_run_counts_the_calls_and_not_those_on_file(own: Path) -> None:
    where: dict[str, Any] = {"turn": 1, "choose": 2}
    assert asyncio.run(calls_of_branches(own, 0, **where, n=5)) == 15
    branched(own, 2)
    assert asyncio.run(calls_of_branches(own, 0, **where, n=5)) == 9
    assert asyncio.run(calls_of_branches(own, 0, turn=3, choose=1)) == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"choose": 0}, "candidate 0 is the one that was drawn"),
        ({"choose": 3}, "has no candidate 3; its candidates are 0 to 2"),
        ({"turn": 4}, "has no turn 4; its turns are 0 to 3"),
        ({"turn": 0}, r"turn 0 \(guide\): what plays assistant has no distribution of replies; "
                      "turns that have: 1, 3"),
        ({"dialogue": 9}, "has no dialogue “9”; give its number, 0 to 2, or its key"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_refused_before_a_call(
    own: Path, given: dict[str, Any], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        branched(own, model=gone_at(1, answer_of_tree, "doors"), **given)


def test_turns_before_a_branch_belong_to_its_parent(own: Path) -> None:
    (key,) = branched(own).keys
    with pytest.raises(InputError, match="it was given by its parent; branch off dialogue"):
        branched(own, dialogue=key)
    again = branched(own, dialogue=key, turn=3)
    (_, second) = lines(own)
    assert (second["parent"], second["root"]) == (key, keys(own)[0])
    assert again.keys == (second["dialogue"],)


def test_a_reply_of_probability_0_or_of_the_same_words_is_no_other_reply(tmp_path: Path) -> None:
    def same(request: ChatRequest) -> Any:
        if request.schema is None:
            return "Well?"
        texts = [("Yes.", 0.7), ("Yes.", 0.3), ("No.", 0.0), ("Maybe.", 0.0)]
        return {"responses": [{"text": t, "probability": p} for t, p in texts]}

    path, model = tmp_path / "run.db", ScriptedModel(same)
    speakers = {name: SPEAKERS[name] for name in ("ben", "ada")}
    scenario = Scenario.model_validate(
        {"scenario": "s", "speakers": speakers, "turns": {"maximum": 1}}
    )
    asyncio.run(run(scenario, n=1, model=model, out=path))
    with open_run(path) as file:
        drawn = file.dialogue(0).turns[1].draw
    assert drawn is not None
    for choose, told in ((2, "has the probability 0"), (1 - drawn.chosen, "has the words of")):
        with pytest.raises(InputError, match=told):
            asyncio.run(branch(path, 0, turn=1, choose=choose, model=model))


def test_a_method_without_a_distribution_and_a_dialogue_that_goes_on_have_no_branches(
    tmp_path: Path,
) -> None:
    path = tmp_path / "run.db"
    scenario = TREE.scenario(conditions={"method": {"direct": {"speakers": {"guest": {
        "method": "direct"}}}}}, outcomes={})  # fmt: skip
    model = ScriptedModel(lambda request: "Fine.")
    broken = gone_at(4, lambda request: "Fine.")
    with pytest.raises(EndpointError):
        asyncio.run(run(scenario, n=1, model=broken, out=path))
    with pytest.raises(InputError, match="it is running, and only a completed dialogue"):
        asyncio.run(branch(path, 0, turn=1, choose=0, model=model))
    asyncio.run(run(scenario, n=1, model=model, out=path, resume=True))
    with pytest.raises(InputError, match="its method kept no distribution; no turn has"):
        asyncio.run(branch(path, 0, turn=1, choose=0, model=model))


def test_a_branch_is_played_by_the_models_of_its_run(own: Path) -> None:
    with pytest.raises(RunFileError, match="was begun with another model of guide, guest, judge"):
        branched(own, model=ScriptedModel(lambda request: "", "another"))


def test_the_command_plays_branches_and_says_what_it_would_take(
    own: Path, tmp_path: Path, command: Any, as_json: Any
) -> None:
    where = ("branch", own, 0, "--turn", 1, "--choose", 2)
    assert as_json(*where, "-n", 4, "--dry-run") == {"branches": 4, "calls_at_most": 12}
    code, _, err = command(*where, "--model", "scripted:nothing.yaml")
    assert (code, err.count("\n")) == (2, 1)
    code, _, err = command("branch", own, 0)
    assert (code, err.count("\n")) == (2, 1)
    branched(own, 2)
    code, out, _ = command("export", own, "--with", "branches")
    assert (code, out.count('"parent"')) == (0, 2)
    folder = tmp_path / "tables"
    assert command("export", own, "--with", "branches", "--tables", folder)[0] == 0
    assert "root" in (folder / "dialogues.csv").read_text().partition("\n")[0].split(",")
    assert not DialogueExport(written(tmp_path, out)).branches


def written(folder: Path, text: str) -> Path:
    path = folder / "out.jsonl"
    path.write_text(text, "utf-8")
    return path


def with_target(path: Path, target: Any) -> Path:
    """Return a run in which the guide is the system under test."""
    scenario = TREE.scenario()
    speakers = {**scenario.model_dump()["speakers"], "guide": {"plays": "target"}}
    scenario = TREE.scenario(speakers=speakers, turns={"first": "guest", "maximum": 2})
    asyncio.run(run(scenario, n=1, model=TREE.model(), target=target, out=path))
    return path


def test_a_model_under_test_is_told_what_was_said_and_any_other_system_has_no_branches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bot.yaml").write_text("- Which door do you take?\n- And now?\n")
    path = with_target(tmp_path / "model.db", "model:scripted:bot.yaml")
    calls = asyncio.run(calls_of_branches(path, 0, turn=2, choose=2))
    found = branched(path, turn=2)
    with found.open() as file:
        own, parent = file.dialogue(1), file.dialogue(0)
        assert own.status == "completed"
        assert own.turns[1] == replace(parent.turns[1], given=True)
        assert own.turns[3].latency_s is not None
        assert own.spent.calls == calls == 1
    other = with_target(tmp_path / "system.db", StandInTarget())
    with pytest.raises(InputError, match="guide is an external system, which keeps what was said"):
        branched(other, turn=2)
