"""A speaker that plays target: its turns, its state, its failures, and how it is resumed."""

import asyncio
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import run
from simulate.engine.examiner import AskJudge, Examiner
from simulate.errors import EndpointError, InputError, TargetTimeoutError, TargetUnreachableError
from simulate.population import load_population
from simulate.runfile import CheckVerdict, Examined, open_run
from simulate.scenario import Scenario, load_scenario
from simulate.targets import TargetReply
from tests.made_runs import exported
from tests.stress.bot import Bot
from tests.stress.customer import customer
from tests.stress.inside import Inside
from tests.stress.talk import observe

PLANTED = Path(__file__).parent.parent / "stress" / "planted.yaml"


async def played(target: Any, out: Path, **settings: Any) -> Any:
    options: dict[str, Any] = {"n": 12, "seed": 3, **settings}
    return await run(PLANTED, model=customer(), target=target, out=out, **options)


def test_a_dialogue_with_a_target_is_on_file_with_its_messages_tools_and_state(
    tmp_path: Path,
) -> None:
    target = Inside(Bot())
    result = asyncio.run(played(target, tmp_path / "a.db"))
    assert (result.completed, result.failed) == (12, 0)
    dialogues = exported(tmp_path / "a.db")
    turns = [t for d in dialogues for t in d["turns"] if t["speaker"] == "bot"]
    several = [t for t in turns if "messages" in t]
    assert several
    assert all(t["text"] == "\n\n".join(t["messages"]) for t in several)
    assert {c["name"] for t in turns for c in t.get("tool_calls", [])} == {"refund"}
    assert all(
        d["state"]["turns"] == sum(t["speaker"] == "bot" for t in d["turns"]) for d in dialogues
    )
    assert all(t["candidates"] is None for t in turns)
    with open_run(tmp_path / "a.db") as file:
        assert file.meta["models"][0]["bot"] == "inside"


def test_each_dialogue_has_a_session_of_its_own_that_is_closed(tmp_path: Path) -> None:
    target = Inside(Bot())
    asyncio.run(played(target, tmp_path / "a.db"))
    assert len(set(target.opened)) == 12 + 1  # the probe's
    assert sorted(target.opened) == sorted(target.closed)


def test_the_export_is_the_same_at_any_concurrency(tmp_path: Path) -> None:
    for at_once in (1, 8):
        path = tmp_path / f"{at_once}.db"
        asyncio.run(played(Inside(Bot()), path, concurrency=at_once))
    assert exported(tmp_path / "1.db") == exported(tmp_path / "8.db")


def test_a_user_leaves_when_its_patience_ends(tmp_path: Path) -> None:
    asyncio.run(played(Inside(Bot()), tmp_path / "a.db"))
    with open_run(tmp_path / "a.db") as file:
        for number in range(12):
            dialogue = file.examined(number)
            own = sum(turn.speaker == "customer" for turn in dialogue.turns)
            patience = dialogue.persona.attributes["patience"]
            assert dialogue.speakers["customer"].patience == patience
            assert dialogue.left == (own == patience and not dialogue.turns[-1].ends)
            assert own <= patience  # type: ignore[operator]


class Unreliable(Inside):
    """Fails in its n-th message."""

    def __init__(self, error: Exception, after: int) -> None:
        super().__init__(Bot())
        self.error, self.after = error, after

    def answered(self, session: str, message: str) -> TargetReply:
        if self.messages >= self.after:
            raise self.error
        return super().answered(session, message)


def test_a_target_that_fails_is_a_finding_and_the_rest_goes_on(tmp_path: Path) -> None:
    target = Unreliable(TargetTimeoutError("target inside: no answer within 60 s"), after=10)
    result = asyncio.run(played(target, tmp_path / "a.db"))
    assert result.completed + result.failed == 12
    assert result.failed > 0
    with open_run(tmp_path / "a.db") as file:
        [(fault, reason, count, _)] = file.failures()
        seen = observe(file)
    assert (fault, reason) == ("target", "target inside: no answer within 60 s")
    assert sum(o.verdicts == {"responds": "fail"} for o in seen) == count == result.failed


def test_a_target_that_never_answered_anybody_ends_the_run(tmp_path: Path) -> None:
    target = Unreliable(TargetUnreachableError("target inside: cannot connect"), after=0)
    with pytest.raises(EndpointError, match="cannot connect"):
        asyncio.run(played(target, tmp_path / "a.db"))


@pytest.mark.parametrize("remembers", [True, False])
def test_an_interrupted_dialogue_goes_on_where_it_stood(tmp_path: Path, remembers: bool) -> None:
    asyncio.run(played(Inside(Bot(), remembers=remembers), tmp_path / "whole.db", n=24))

    async def in_parts() -> None:
        left, stops = 1, 0
        while left:
            stop = asyncio.Event()
            target = Interrupting(Bot(), stop, remembers=remembers)
            result = await played(
                target, tmp_path / "parts.db", n=24, resume=stops > 0, stop=stop, concurrency=2
            )
            left, stops = result.left, stops + 1
        assert stops > 2

    asyncio.run(in_parts())
    assert exported(tmp_path / "parts.db") == exported(tmp_path / "whole.db")


class Interrupting(Inside):
    """Stops the run after some messages."""

    def __init__(self, bot: Bot, stop: asyncio.Event, *, remembers: bool) -> None:
        super().__init__(bot, remembers=remembers)
        self.stop = stop

    def answered(self, session: str, message: str) -> TargetReply:
        if self.messages >= 22:
            self.stop.set()
        return super().answered(session, message)


class Never(Examiner):
    """An examiner that is interrupted each time."""

    def __init__(self, stop: asyncio.Event) -> None:
        self.stop = stop

    async def examine(self, dialogue: Examined, ask: AskJudge) -> Sequence[CheckVerdict]:
        self.stop.set()
        await asyncio.Event().wait()
        raise AssertionError("unreachable")


def test_a_target_whose_part_is_over_is_not_told_everything_again(tmp_path: Path) -> None:
    async def in_parts() -> tuple[Inside, Inside]:
        stop, path = asyncio.Event(), tmp_path / "a.db"
        first, second = Inside(Bot()), Inside(Bot())
        settings: dict[str, Any] = {"n": 1, "concurrency": 1}
        await played(first, path, examiner=Never(stop), stop=stop, **settings)
        await played(second, path, examiner=Agrees(), resume=True, probe=False, **settings)
        return first, second

    first, second = asyncio.run(in_parts())
    assert first.messages > 1
    assert second.opened == []
    with open_run(tmp_path / "a.db") as file:
        [dialogue] = file.dialogues()
    assert dialogue["status"] == "completed"
    assert dialogue["state"]["turns"] == first.messages - 1  # without the probe's


def test_a_target_that_answers_otherwise_when_it_is_told_again_cannot_go_on(
    tmp_path: Path,
) -> None:
    class Changed(Bot):
        def answer(self, session: str, message: str) -> Any:
            answer = super().answer(session, message)
            answer.messages.append("By the way!")
            return answer

    async def changed() -> Any:
        stop = asyncio.Event()
        first = Interrupting(Bot(), stop, remembers=True)
        await played(first, tmp_path / "b.db", stop=stop, concurrency=4)
        return await played(Inside(Changed()), tmp_path / "b.db", resume=True)

    result = asyncio.run(changed())
    assert result.failed > 0
    with open_run(tmp_path / "b.db") as file:
        assert {failure.fault for failure in file.failures()} == {"interruption"}
        assert "answers otherwise" in file.failures()[0].error


def test_a_target_that_nobody_attached_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="say which as target"):
        asyncio.run(played(None, tmp_path / "a.db"))


def test_a_scenario_file_may_not_name_code_unless_it_is_trusted(tmp_path: Path) -> None:
    text = PLANTED.read_text("utf-8").replace(
        "plays: target", "plays: target\n    target: {kind: python, function: 'os:getcwd'}"
    )
    text = text.replace("customers.yaml", "mine.yaml")
    (tmp_path / "mine.yaml").write_text(PLANTED.with_name("customers.yaml").read_text("utf-8"))
    (tmp_path / "bad.yaml").write_text(text, "utf-8")
    with pytest.raises(InputError, match="--allow-code"):
        asyncio.run(run(tmp_path / "bad.yaml", model=customer(), out=tmp_path / "a.db"))


class Agrees(Examiner):
    """An examiner that keeps what it saw."""

    def __init__(self) -> None:
        self.seen: list[Examined] = []

    async def examine(self, dialogue: Examined, ask: AskJudge) -> Sequence[CheckVerdict]:
        self.seen.append(dialogue)
        quote = dialogue.turns[0].text
        return [CheckVerdict("kind", "fail", "target", turn=0, reason="rude", quote=quote)]


def test_what_an_examiner_says_is_on_file_with_the_dialogue(tmp_path: Path) -> None:
    examiner = Agrees()
    asyncio.run(played(Inside(Bot()), tmp_path / "a.db", examiner=examiner))
    dialogues = exported(tmp_path / "a.db")
    assert all(d["verdicts"]["kind"]["verdict"] == "fail" for d in dialogues)
    with open_run(tmp_path / "a.db") as file:
        by_key = {file.examined(i).key: file.examined(i) for i in range(12)}
    assert {e.key: e for e in examiner.seen} == by_key


def test_the_weight_back_to_the_stated_probabilities_is_the_product_of_its_turns(
    tmp_path: Path,
) -> None:
    asyncio.run(played(Inside(Bot()), tmp_path / "a.db", n=30))
    with open_run(tmp_path / "a.db") as file:
        seen = observe(file)
        for o in seen:
            draws = [turn.draw for turn in file.dialogue(o.dialogue).turns]
            shares = [d.distribution.weights[d.chosen] for d in draws if d is not None]
            expected = [math.log(w / (0.8 * w + 0.2 / 5)) for w in shares]
            assert o.log_weights == pytest.approx(expected)
            assert sum(o.log_weights) == pytest.approx(math.fsum(expected))


def with_tail(share: float) -> Scenario:
    data = json.loads(load_scenario(PLANTED).model_dump_json())
    data["speakers"]["customer"]["tail"] = {"share": share, "below": 0.2}
    return Scenario.model_validate(data)


def test_turns_from_the_tail_are_asked_for_and_marked(tmp_path: Path) -> None:
    asyncio.run(
        run(
            with_tail(0.3),
            population=load_population(PLANTED.with_name("customers.yaml")),
            model=customer(),
            target=Inside(Bot()),
            n=30,
            out=tmp_path / "a.db",
        )
    )
    dialogues = exported(tmp_path / "a.db")
    own = [t for d in dialogues for t in d["turns"] if t["speaker"] == "customer"]
    share = sum("tail" in t for t in own) / len(own)
    assert 0.2 < share < 0.4
    with open_run(tmp_path / "a.db") as file:
        asked = [
            "below 0.2" in call.prompt[-1]["content"] for i in range(30) for call in file.calls(i)
        ]
        marked = {o.dialogue for o in observe(file) if o.tail}
    assert sum(asked) == sum("tail" in t for t in own)
    assert len(marked) > 10
