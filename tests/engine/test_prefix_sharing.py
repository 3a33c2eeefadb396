"""Dialogues of one persona share answers as long as all their requests are the same."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulate.engine import run, run_sync
from simulate.engine.executor import PlayOne, Stopped
from simulate.engine.merging import merge
from simulate.engine.plan import make_plan
from simulate.engine.prefix_sharing import siblings_of_new
from simulate.engine.run_context import Work
from simulate.engine.shards import part_of
from simulate.errors import ModelError, RunFileError
from simulate.models import ChatReply, ChatRequest, ScriptedModel
from simulate.runfile import open_run
from simulate.runfile.call_sums import call_sums
from simulate.runfile.shard import Shard
from simulate.scenario import Scenario, load_scenario
from simulate.tui.dialogue_text import calls_text
from tests.conftest import AsJson, Command
from tests.enumerated import nine_paths
from tests.made_runs import exported

REPLICATES = 10


def doors(**fields: Any) -> Scenario:
    return nine_paths().scenario(defaults={"replicates": REPLICATES}, **fields)


def told(path: Path) -> list[dict[str, Any]]:
    """Return all that a run exports but its id and what its dialogues took."""
    return [{k: v for k, v in line.items() if k != "usage"} for line in exported(path)]


class Noisy:
    """A model whose distributions hang on the seed: it is sure of one candidate, or of none."""

    name = "noisy"
    concurrency = 64

    def __init__(self, delays: bool = False, fails: int = 0) -> None:
        self.asked: Counter[str] = Counter()
        self._delays, self._fails = delays, fails

    async def complete(self, request: ChatRequest) -> ChatReply:
        seed = request.seed or 0
        self.asked[json.dumps([request.messages, seed])] += 1
        for _ in range(seed % 7 if self._delays else 0):
            await asyncio.sleep(0)
        if self._fails:
            self._fails -= 1
            raise ModelError("nobody answers")
        found = nine_paths().answer(request)
        if isinstance(found, str):
            return ChatReply(found)
        responses = [dict(each) for each in found["responses"]]
        if "text" in responses[0]:
            shares = (0.8, 0.1, 0.1) if seed % 2 else (0.1, 0.1, 0.8)
            for each, share in zip(responses, shares, strict=True):
                each["probability"] = share
        return ChatReply(json.dumps({"responses": responses}))

    async def aclose(self) -> None:
        """Nothing is open."""


def test_replicates_that_share_distributions_are_as_those_that_each_pay(tmp_path: Path) -> None:
    tree = nine_paths()
    results = {}
    for name, share in (("each", False), ("shared", True)):
        out = tmp_path / f"{name}.db"
        results[name] = run_sync(
            doors(), model=tree.model(), n=40, seed=3, out=out, share_prefix=share
        )
    assert told(tmp_path / "shared.db") == told(tmp_path / "each.db")
    assert results["each"].calls == 40 * 5
    paths = [
        tuple(t["chosen"] for t in d["turns"] if t["chosen"] is not None)
        for d in told(tmp_path / "shared.db")
    ]
    people = [paths[i : i + REPLICATES] for i in range(0, 40, REPLICATES)]
    # Of each persona: two calls before the first choice, two after each of them, one after both.
    expected = sum(2 + 2 * len({p[0] for p in each}) + len(set(each)) for each in people)
    assert results["shared"].calls == expected


def test_who_pays_hangs_on_no_concurrency(tmp_path: Path) -> None:
    for at_once in (1, 3, 40):
        out = tmp_path / f"{at_once}.db"
        run_sync(
            doors(),
            model=Noisy(delays=True),
            n=2 * REPLICATES,
            seed=3,
            out=out,
            share_prefix=True,
            concurrency=at_once,
        )
    lines = [exported(tmp_path / f"{at_once}.db") for at_once in (1, 3, 40)]
    assert lines[0] == lines[1] == lines[2]


def test_the_first_prompt_of_all_cells_is_paid_once(tmp_path: Path) -> None:
    moods = {
        mood: {"speakers": {"guest": {"instructions": f"You are a {mood} guest."}}}
        for mood in ("calm", "hasty", "merry")
    }
    model, out = Noisy(), tmp_path / "run.db"
    cells = doors(conditions={"mood": moods})
    run_sync(cells, model=model, n=2 * REPLICATES, out=out, share_prefix=True)
    requests = {key: len(json.loads(key)[0]) for key in model.asked}
    first = [key for key, length in requests.items() if length == min(requests.values())]
    assert [model.asked[key] for key in first] == [1, 1]  # of two personas
    with open_run(out) as file:
        first_calls = [next(file.calls(planned.id)) for planned, _ in file.planned()]
    assert [call.taken for call in first_calls].count(False) == 2
    assert not first_calls[0].taken


def test_a_direct_reply_of_a_user_is_shared_by_no_replicates(tmp_path: Path) -> None:
    scenario = doors(method={"name": "direct", "k": 1})
    model = Noisy()
    run_sync(scenario, model=model, n=REPLICATES, out=tmp_path / "run.db", share_prefix=True)
    seeds = {json.loads(key)[1] for key in model.asked}
    assert len(seeds) > REPLICATES


def test_an_answer_that_was_taken_is_found_where_it_was_paid_for(tmp_path: Path) -> None:
    out = tmp_path / "run.db"
    result = run_sync(doors(), model=Noisy(), n=REPLICATES, seed=3, out=out, share_prefix=True)
    with open_run(out) as file:
        shares = file.shares()
        each = {planned.id: list(file.calls(planned.id)) for planned, _ in file.planned()}
        spent = {number: file.dialogue(number).spent.calls for number in each}
    assert shares is not None
    assert (shares.asked, shares.paid) == (5 * REPLICATES, result.calls)
    assert all(len(calls) == 5 for calls in each.values())
    assert spent == {n: sum(not call.taken for call in calls) for n, calls in each.items()}
    for calls in each.values():
        for call in calls:
            if call.shared is not None and call.shared.payer is not None:
                paid = [c for c in each[call.shared.payer] if c.seed == call.seed]
                assert [c.reply.text for c in paid if c.reply] == [call.reply and call.reply.text]
                assert [c.prompt for c in paid] == [call.prompt]
                assert call.usage.prompt_tokens == 0


def test_the_table_of_calls_says_whose_each_is(tmp_path: Path) -> None:
    out = tmp_path / "run.db"
    result = run_sync(doors(), model=Noisy(), n=3, seed=3, out=out, share_prefix=True)
    rows = result.to_frame("calls").to_dicts()
    keys = [line["dialogue"] for line in exported(out)]
    assert [row["taken_from"] for row in rows if row["call"] == 0] == [None, keys[0], keys[0]]
    assert sum(row["requests"] for row in rows) == result.calls < len(rows)


def test_an_answer_that_was_asked_for_twice_is_found_where_it_was_paid_for(tmp_path: Path) -> None:
    class Stammers(Noisy):
        async def complete(self, request: ChatRequest) -> ChatReply:
            again = any(message["content"] == "Er." for message in request.messages)
            found = await super().complete(request)
            return found if again or request.schema is None else ChatReply("Er.")

    out = tmp_path / "run.db"
    run_sync(doors(), model=Stammers(), n=3, seed=3, out=out, share_prefix=True)
    with open_run(out) as file:
        paid, taken, _ = (list(file.calls(planned.id)) for planned, _ in file.planned())
    assert [call.problem is None for call in paid[:3]] == [True, False, True]
    assert taken[1].taken
    assert taken[1].reply is not None
    assert taken[1].reply.text == (paid[2].reply and paid[2].reply.text)


def test_who_cannot_use_an_answer_asks_again_by_itself(tmp_path: Path) -> None:
    """Somebody else speaks in it where the partner is Bob, and nobody where it is Ann."""

    def answer(request: ChatRequest) -> str | dict[str, Any]:
        if request.schema is None:
            return "Well."
        again = any(message["role"] == "assistant" for message in request.messages)
        text = "Hi." if again else "Bob: Hi.\nHello."
        return {"responses": [{"text": text, "probability": 1}]}

    names = "attributes: {name: {kind: category, counts: {Ann: 1, Bob: 1}}}\nprose: A person.\n"
    (tmp_path / "people.yaml").write_text(f"population: people\n{names}")
    (tmp_path / "talk.yaml").write_text(
        """
scenario: talk
population: people.yaml
speakers:
  guest: {plays: user, instructions: You are a guest., method: {name: vs, k: 1}}
  guide: {plays: assistant, population: people.yaml, instructions: You guide.}
turns: {first: guest, maximum: 1}
defaults: {replicates: 8}
"""
    )
    out = tmp_path / "run.db"
    model = ScriptedModel(answer)
    run_sync(tmp_path / "talk.yaml", model=model, n=8, seed=2, out=out, share_prefix=True)
    partners = [line["personas"]["guide"]["attributes"]["name"] for line in exported(out)]
    assert partners[0] == "Ann"
    assert "Bob" in partners
    said = {"Ann": "Bob: Hi.\nHello.", "Bob": "Hi."}
    assert [line["turns"][0]["text"] for line in exported(out)] == [said[p] for p in partners]
    with open_run(out) as file:
        for number, partner in enumerate(partners):
            asked = [call.reply and call.reply.text for call in file.calls(number) if not call.turn]
            assert len(asked) == 1 + (partner == "Bob")


@pytest.mark.parametrize("after", [1, 4, 9, 17])
def test_a_run_that_goes_on_finds_the_answers_on_file(tmp_path: Path, after: int) -> None:
    whole, parts = tmp_path / "whole.db", tmp_path / "parts.db"
    settings: dict[str, Any] = {"n": 2 * REPLICATES, "seed": 3, "share_prefix": True}
    run_sync(doors(), model=Noisy(), out=whole, **settings)

    class Ends(Noisy):
        async def complete(self, request: ChatRequest) -> ChatReply:
            if sum(self.asked.values()) >= after:
                stop.set()
                await asyncio.sleep(60)
            return await super().complete(request)

    async def interrupted() -> None:
        await run(doors(), model=Ends(), out=parts, stop=stop, concurrency=4, **settings)

    stop = asyncio.Event()
    asyncio.run(interrupted())
    run_sync(doors(), model=Noisy(), out=parts, resume=True, concurrency=8, **settings)
    assert exported(parts) == exported(whole)


def test_a_payer_that_gets_no_answer_leaves_it_to_the_next(tmp_path: Path) -> None:
    out = tmp_path / "run.db"
    settings: dict[str, Any] = {"n": REPLICATES, "seed": 3, "out": out, "share_prefix": True}
    result = run_sync(doors(), model=Noisy(fails=2), **settings)
    assert (result.completed, result.failed) == (REPLICATES - 2, 2)
    with open_run(out) as file:
        payers = {
            call.shared.payer
            for planned, _ in file.planned()
            for call in file.calls(planned.id)
            if call.shared is not None and call.shared.number == 0
        }
    assert payers == {2}
    model = Noisy()
    result = run_sync(doors(), model=model, resume=True, **settings)
    assert result.completed == REPLICATES
    assert not any("You guide" in key and "door" not in key for key in model.asked)


def test_a_run_goes_on_only_as_it_was_begun(tmp_path: Path) -> None:
    out = tmp_path / "run.db"
    run_sync(doors(), model=Noisy(), n=1, out=out, share_prefix=True)
    with pytest.raises(RunFileError, match="there with --share-prefix, here without"):
        run_sync(doors(), model=Noisy(), n=2, out=out, resume=True)


@pytest.fixture(scope="module")
def noisy_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("noisy") / "run.db"
    run_sync(doors(), model=Noisy(), n=30 * REPLICATES, seed=1, out=out, share_prefix=True)
    return out


def test_the_expected_outcome_is_the_same_from_fewer_calls(noisy_run: Path) -> None:
    """By enumeration: a noisy model states .8/.1/.1 or .1/.1/.8, each half of the time."""
    tree = nine_paths()
    even = (0.45, 0.1, 0.45)
    expected = sum(even[i] * even[j] * tree.mean((i, j)) for i in range(3) for j in range(3))
    with open_run(noisy_run) as file:
        shares = file.shares()
        each = [row.candidates or () for row in file.outcome_rows("gift")]
    found = np.array([sum(float(c.value or 0) * c.weight for c in row) for row in each])
    people = found.reshape(-1, REPLICATES).mean(axis=1)
    error = people.std(ddof=1) / np.sqrt(len(people))
    assert shares is not None
    assert shares.paid < 0.4 * shares.asked
    assert abs(people.mean() - expected) < 3 * error
    # And by far more than independent dialogues would err.
    assert error > 1.5 * found.std(ddof=1) / np.sqrt(len(found))


def test_a_persons_replicates_are_told_to_be_worth_fewer(
    noisy_run: Path, command: Command, as_json: AsJson
) -> None:
    code, told, _ = command("summary", noisy_run)
    assert code == 0
    assert "calls saved" in told
    (outcome,) = as_json("summary", noisy_run)["outcomes"]
    (note,) = outcome["cells"][0]["notes"]
    worth = re.fullmatch(
        r"300 dialogues of 30 personas that share answers are worth (\d+) independent ones "
        r"\(design effect ([\d.]+)\)",
        note,
    )
    assert worth is not None
    assert 30 <= int(worth[1]) < 150
    assert float(worth[2]) == pytest.approx(300 / int(worth[1]), rel=0.03)
    with open_run(noisy_run) as file:
        text = calls_text(list(file.calls(1)))
        took = call_sums(file, 1)
    assert "taken from dialogue 0" in text
    assert (took[0, None].calls, took[0, None].taken_from) == (0, 0)


def test_the_command_says_what_it_saved_and_at_most_takes(tmp_path: Path, command: Command) -> None:
    (tmp_path / "answers.yaml").write_text("- Hello.\n")
    words = ["run", "element", "--method", "direct", "--model", f"scripted:{tmp_path}/answers.yaml"]
    more = ["-n", "2", "--share-prefix"]
    _, told, _ = command(*words, *more, "--dry-run")
    assert "it takes fewer calls than that" in told
    code, _, told = command(*words, *more, "--out", tmp_path / "run.db")
    assert code == 0
    assert "0 of 2 calls saved (0%) by shared answers: no two dialogues of a persona" in told


class Backwards:
    """Plays all dialogues at once, the last of the plan first."""

    async def execute(
        self, work: Iterable[Work], play: PlayOne, stop: asyncio.Event | None
    ) -> Stopped | None:
        await asyncio.gather(*(play(each) for each in reversed(list(work))))
        return None


def test_an_executor_may_play_in_any_order(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"n": 2 * REPLICATES, "seed": 3, "share_prefix": True}
    for name, executor in (("forwards", None), ("backwards", Backwards())):
        out = tmp_path / f"{name}.db"
        run_sync(doors(), model=Noisy(delays=True), out=out, executor=executor, **settings)
    assert told(tmp_path / "backwards.db") == told(tmp_path / "forwards.db")


def test_shards_share_what_the_whole_run_shares(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"n": 2 * REPLICATES, "seed": 3, "share_prefix": True}
    whole, merged = tmp_path / "whole.db", tmp_path / "merged.db"
    run_sync(doors(), model=Noisy(), out=whole, **settings)
    parts = [tmp_path / f"{i}.db" for i in (1, 2)]
    for i, part in enumerate(parts, 1):
        run_sync(doors(), model=Noisy(), out=part, shard=f"{i}/2", **settings)
    merge(parts, out=merged)
    assert exported(merged) == exported(whole)
    with open_run(merged) as here, open_run(whole) as there:
        assert here.shares() == there.shares()
        assert list(here.calls(11)) == list(there.calls(11))


def test_an_answer_whose_call_is_gone_is_told_as_damage(tmp_path: Path) -> None:
    out = tmp_path / "run.db"
    run_sync(doors(), model=Noisy(), n=2, seed=3, out=out, share_prefix=True)
    connection = sqlite3.connect(out)
    with connection:
        connection.execute("DELETE FROM call WHERE dialogue = 0 AND turn = 0")
    connection.close()
    with open_run(out) as file, pytest.raises(RunFileError, match=r"shared_call.*is not there"):
        list(file.calls(1))


def test_how_many_siblings_a_dialogue_of_a_new_plan_has_is_counted_without_making_any() -> None:
    plan = make_plan(load_scenario("dictator"), None, 7, 0)
    shard = part_of(plan, Shard.read("2/3")).dialogues
    for dialogues in (plan.dialogues, shard):
        known = siblings_of_new(dialogues)
        persons = Counter(each.persona for each in dialogues)
        assert [known(each).left for each in dialogues] == [persons[d.persona] for d in dialogues]
