import asyncio
import contextlib
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.engine import run
from simulate.errors import InputError, TargetTimeoutError
from simulate.models import ChatRequest, ScriptedModel
from simulate.runfile import open_run
from simulate.scenario import Scenario
from simulate.stress.cases.delta_debugging import is_sign, plain, reduced, shortened, signs_apart
from simulate.stress.cases.shrinking import Shrunk, shrink
from simulate.stress.examiner import Checks
from simulate.targets import Said, Target, TargetReply

TALK: dict[str, Any] = {
    "scenario": "talk",
    "speakers": {"ada": {"plays": "user", "method": "vs"}, "bot": {"plays": "target"}},
    "turns": {"maximum": 8},
    "checks": {"polite": {"lacks": ["idiot"]}},
}


class Parrot:
    """A target whose answers are a function of all that it heard in the session."""

    name = "parrot"
    concurrency = 8
    remembers = True

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.sessions: list[list[str]] = []

    async def open(
        self, session: str, *, instructions: str = "", history: Sequence[Said] = ()
    ) -> "ParrotSession":
        self.sessions.append([])
        return ParrotSession(self, self.sessions[-1])

    async def aclose(self) -> None:
        """Nothing is open."""


class ParrotSession:
    def __init__(self, target: Parrot, heard: list[str]) -> None:
        self.target, self.heard = target, heard

    async def greeting(self) -> TargetReply:
        return TargetReply(("Hello, idiot." if self.target.answer == "rude" else "Hello.",))

    async def reply(self, message: str) -> TargetReply:
        self.heard.append(message)
        said = self.target.answer(self.heard)
        return said if isinstance(said, TargetReply) else TargetReply((said,))

    async def state(self) -> Any:
        return None

    async def aclose(self) -> None:
        """Nothing is open."""


def user(*turns: Mapping[str, float]) -> ScriptedModel:
    """Return a user that says its turns in order, each a distribution over texts."""

    def answer(request: Any) -> Any:
        said = sum(m["role"] == "assistant" for m in request.messages)
        chosen = turns[min(said, len(turns) - 1)]
        return {"responses": [{"text": t, "probability": p} for t, p in chosen.items()]}

    return ScriptedModel(answer, name="user")


def only(*texts: str) -> ScriptedModel:
    return user(*({text: 1.0} for text in texts))


def shrunk(
    folder: Path,
    answer: Any,
    model: ScriptedModel,
    check: str = "polite",
    then: Any = None,
    dialogue: int = 0,
    **options: Any,
) -> Shrunk:
    """Run one dialogue, and shrink it against the same answers, or against others."""
    changes = {key: options.pop(key) for key in list(options) if key in TALK}
    judge = options.get("judge")
    scenario = Scenario.model_validate({**TALK, **changes})
    examiner = Checks(scenario.checks)

    async def work() -> Shrunk:
        path = folder / "a.db"
        target: Target = Parrot(answer)
        judges = {"judge": judge} if judge else {}
        await run(
            scenario,
            n=1,
            seed=options.pop("seed", 0),
            model=model,
            speaker_models=judges,
            target=target,
            out=path,
            examiner=examiner,
        )
        with open_run(path) as file:
            other = Parrot(answer if then is None else then)
            declared = {n: c for n, c in scenario.checks.items() if n == check}
            return await shrink(
                file,
                dialogue,
                check,
                target=other,
                examiner=Checks(declared),
                **options,
            )

    return asyncio.run(work())


def rude_at(*words: str) -> Any:
    """Return answers that are rude once all words were said in the session, in this order."""

    def answer(heard: list[str]) -> str:
        rest = iter(heard)
        return "You idiot." if all(any(w in text for text in rest) for w in words) else "Fine."

    return answer


TEN = [f"This is message {i}." for i in range(8)]


def test_only_the_turns_that_the_failure_needs_are_left(tmp_path: Path) -> None:
    texts = [*TEN[:2], "red", *TEN[3:5], "blue", *TEN[6:]]
    found = shrunk(tmp_path, rude_at("red", "blue"), only(*texts))
    assert (len(found.before), found.messages) == (8, ("red", "blue"))


def test_a_leave_without_a_word_is_no_message_that_is_said_again(tmp_path: Path) -> None:
    said = [("red", False), ("", True)]

    def leaving(request: ChatRequest) -> Any:
        text, ends = said.pop(0)
        return {"responses": [{"text": text, "ends": ends, "probability": 1}]}

    turns = {"maximum": 8, "may_end": ["ada"]}
    found = shrunk(tmp_path, rude_at("red"), ScriptedModel(leaving), turns=turns)
    assert [line.text for line in found.before] == ["red"]
    assert found.messages == ("red",)


def test_what_is_found_fails_when_it_is_said_again(tmp_path: Path) -> None:
    found = shrunk(tmp_path, rude_at("message 5"), only(*TEN))
    assert found.replay is not None
    assert found.replay.messages == found.messages
    assert found.replay.verdicts["polite"].verdict == "fail"


def test_turns_after_the_one_that_shows_the_failure_cost_one_replay(tmp_path: Path) -> None:
    sessions: dict[int, int] = {}

    def answer(heard: list[str]) -> str:
        sessions[id(heard)] = len(heard)
        return str(rude_at("message 0")(heard))

    shrunk(tmp_path, rude_at("message 0"), only(*TEN), then=answer)
    assert list(sessions.values())[:2] == [8, 1]


def test_a_message_goes_back_to_a_more_probable_candidate_that_fails_too(tmp_path: Path) -> None:
    first = {"nothing": 0.5, "red, kindly": 0.3, "red": 0.2}
    for seed in range(20):
        folder = tmp_path / str(seed)
        folder.mkdir()
        with contextlib.suppress(InputError):
            found = shrunk(folder, rude_at("red"), user(first), turns={"maximum": 1}, seed=seed)
            if found.before[0].text == "red":
                break
    assert found.unsimplified[0].text == "red, kindly"
    assert found.log_probability == pytest.approx(math.log(0.3))


def test_probabilities_before_and_after_are_those_on_file(tmp_path: Path) -> None:
    turns = [{"red": 0.5, "red!": 0.5}, {"b": 0.25, "c": 0.25, "d": 0.25, "e": 0.25}]
    found = shrunk(tmp_path, rude_at("red"), user(*turns), turns={"maximum": 2})
    assert found.log_probability_before == pytest.approx(math.log(0.5 * 0.25))
    assert found.log_probability == pytest.approx(math.log(0.5))


def test_the_wording_is_cut_down_to_the_words_that_count(tmp_path: Path) -> None:
    text = "Good morning to you. I think, and I mean it, that the red lamp is broken. Bye now."
    found = shrunk(tmp_path, rude_at("red"), only(text), turns={"maximum": 1})
    assert found.messages == ("red",)
    assert found.unsimplified[0].text == text
    assert found.after[0].text == "red"


def test_an_over_long_message_is_cut_with_few_replays(tmp_path: Path) -> None:
    text = "lorem ipsum dolor " * 1000 + "end"
    found = shrunk(tmp_path, rude_at("lorem"), only(text), turns={"maximum": 1})
    assert found.messages == ("lorem",)
    assert found.calls < 40


def test_a_dialogue_that_does_not_fail_again_is_left_as_it_is(tmp_path: Path) -> None:
    found = shrunk(tmp_path, rude_at("message"), only(*TEN), then=lambda heard: "Fine.")
    assert not found.fails_again
    assert found.after == found.before
    assert (found.failed, found.tries) == (0, 3)
    assert "does not fail again (0 of 3 replays failed)" in found.note


def test_a_target_that_fails_now_and_then_is_said_to(tmp_path: Path) -> None:
    calls = iter([False, True, False, False])
    rude: dict[int, bool] = {}

    def answer(heard: list[str]) -> str:
        if len(heard) == 1:
            rude[id(heard)] = next(calls)
        return "You idiot." if rude[id(heard)] else "Fine."

    found = shrunk(tmp_path, rude_at("message"), only(*TEN), then=answer)
    assert (found.failed, found.tries) == (1, 3)


def test_the_best_so_far_is_kept_when_the_calls_are_spent(tmp_path: Path) -> None:
    found = shrunk(tmp_path, rude_at("message 2"), only(*TEN), max_calls=15)
    assert found.spent
    assert found.calls <= 15
    assert 1 <= len(found.after) < 8
    assert found.replay is not None
    assert found.replay.messages == found.messages


def test_too_few_calls_for_one_replay_are_said(tmp_path: Path) -> None:
    found = shrunk(tmp_path, rude_at("message"), only(*TEN), max_calls=3)
    assert (found.calls, found.fails_again) == (0, False)
    assert "do not suffice" in found.note


def test_no_list_of_messages_is_replayed_twice(tmp_path: Path) -> None:
    spied = Parrot(rude_at("red", "blue"))
    texts = ["red", "x", "red", "y", "blue", "z", "blue", "w"]

    async def work() -> None:
        scenario = Scenario.model_validate(TALK)
        path = tmp_path / "a.db"
        await run(
            scenario,
            n=1,
            model=only(*texts),
            target=Parrot(spied.answer),
            out=path,
            examiner=Checks(scenario.checks),
        )
        with open_run(path) as file:
            examiner = Checks(scenario.checks)
            await shrink(file, 0, "polite", target=spied, examiner=examiner)

    asyncio.run(work())
    heard = [tuple(session) for session in spied.sessions]
    assert len(heard) == len(set(heard))


def test_shrinking_twice_gives_the_same(tmp_path: Path) -> None:
    results = []
    for name in "ab":
        (tmp_path / name).mkdir()
        results.append(shrunk(tmp_path / name, rude_at("message 2", "message 6"), only(*TEN)))
    assert results[0].after == results[1].after
    assert results[0].calls == results[1].calls


def test_a_target_that_stops_responding_is_shrunk_as_a_check_is(tmp_path: Path) -> None:
    def answer(heard: list[str]) -> str:
        if "message 6" in heard[-1]:
            raise TargetTimeoutError("no answer within 60 s")
        return "Fine."

    found = shrunk(tmp_path, answer, only(*TEN), check="responds")
    assert found.messages == ("message 6",)
    assert found.replay is not None
    assert "no answer within 60 s" in found.replay.verdicts["responds"].reason


def test_a_greeting_that_fails_needs_no_message(tmp_path: Path) -> None:
    class Rude(Parrot):
        async def open(self, *args: Any, **options: Any) -> ParrotSession:
            session = await super().open(*args, **options)
            session.target = Parrot("rude")
            session.target.answer = "rude"
            session.reply = _fine  # type: ignore[method-assign]
            return session

    async def _fine(message: str) -> TargetReply:
        return TargetReply(("Fine.",))

    async def work() -> Shrunk:
        scenario = Scenario.model_validate({**TALK, "turns": {"maximum": 3, "first": "bot"}})
        examiner = Checks(scenario.checks)
        path = tmp_path / "a.db"
        target = Rude("rude")
        await run(scenario, n=1, model=only("a"), target=target, out=path, examiner=examiner)
        with open_run(path) as file:
            return await shrink(file, 0, "polite", target=Rude("rude"), examiner=examiner)

    assert asyncio.run(work()).messages == ()


def test_the_message_with_which_a_user_left_is_not_said(tmp_path: Path) -> None:
    def leaving(request: Any) -> Any:
        said = sum(m["role"] == "assistant" for m in request.messages)
        text = "Bye" if said else "red"
        return {"responses": [{"text": text, "probability": 1, "ends": said > 0}]}

    found = shrunk(
        tmp_path,
        rude_at("red"),
        ScriptedModel(leaving),
        turns={"maximum": 5, "may_end": ["ada"]},
    )
    assert [line.text for line in found.before] == ["red", "Bye"]
    assert found.calls == 1
    assert found.messages == ("red",)


def test_a_check_that_asks_for_something_to_be_said_is_not_shortened(tmp_path: Path) -> None:
    checks = {"helps": {"contains": ["refund"]}}
    found = shrunk(tmp_path, rude_at("never"), only(*TEN), "helps", checks=checks)
    assert len(found.after) == 8
    assert "a shorter dialogue lacks it by itself" in found.note


def test_a_judged_check_needs_a_judge(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="check kind is judged by a model: say which"):
        shrunk_judged(tmp_path, with_judge=False)


def test_a_judge_is_asked_again_for_each_replay(tmp_path: Path) -> None:
    found = shrunk_judged(tmp_path, with_judge=True)
    assert found.messages == ("red",)
    assert found.replay is not None
    assert len(found.replay.verdicts["kind"].calls) == 1


def shrunk_judged(folder: Path, *, with_judge: bool) -> Shrunk:
    rubric = {"rubric": "Is it kind?", "levels": {"kind": "pass", "unkind": "fail"}}

    def level(request: Any) -> Any:
        unkind = any("You idiot." in message["content"] for message in request.messages)
        shown = {"quote": "You idiot." if unkind else "Fine.", "reason": "It says so."}
        return {
            "verdicts": [
                {"verdict": "unkind", "probability": float(unkind), **shown},
                {"verdict": "kind", "probability": 1.0 - unkind, **shown},
            ]
        }

    judge = ScriptedModel(level, name="judge")
    scenario = Scenario.model_validate({**TALK, "checks": {"kind": {"judged": rubric}}})

    async def work() -> Shrunk:
        path = folder / "a.db"
        examiner = Checks(scenario.checks)
        await run(
            scenario,
            n=1,
            model=only("a", "red", "b"),
            speaker_models={"judge": judge},
            target=Parrot(rude_at("red")),
            out=path,
            examiner=examiner,
        )
        with open_run(path) as file:
            return await shrink(
                file,
                0,
                "kind",
                target=Parrot(rude_at("red")),
                examiner=examiner,
                judge=judge if with_judge else None,
            )

    return asyncio.run(work())


def test_a_check_that_passes_cannot_be_shrunk(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="check “polite” says pass there"):
        shrunk(tmp_path, rude_at("never"), only(*TEN))


def test_a_run_file_does_not_choose_code_to_run(tmp_path: Path) -> None:
    speakers = {**TALK["speakers"], "bot": {"plays": "target", "target": "python:os:system"}}
    scenario = Scenario.model_validate({**TALK, "speakers": speakers})

    async def work() -> None:
        path = tmp_path / "a.db"
        examiner = Checks(scenario.checks)
        await run(
            scenario,
            n=1,
            model=only("red"),
            target=Parrot(rude_at("red")),
            out=path,
            examiner=examiner,
        )
        with open_run(path) as file:
            await shrink(file, 0, "polite", examiner=examiner)

    with pytest.raises(InputError, match="a run file is only data"):
        asyncio.run(work())


@pytest.mark.parametrize("needed", [(), (0,), (7,), (2, 5), (0, 3, 9), tuple(range(10))])
def test_a_list_is_reduced_to_what_is_needed(needed: tuple[int, ...]) -> None:
    tried = []

    async def fails(items: Sequence[int]) -> bool:
        tried.append(tuple(items))
        return set(needed) <= set(items)

    left = asyncio.run(reduced(range(10), fails, 0))
    assert left == list(needed)


def test_odd_text_becomes_plain_and_plain_text_stays() -> None:
    assert plain("Ｈｅｌｐ\u202e me!!!!!\x07 now") == "Help me! now"
    assert plain("It’s  5 € … “fine”.") == "It’s  5 € … “fine”."


def test_a_long_text_has_shorter_beginnings_and_a_short_one_none() -> None:
    assert [len(t) for t in shortened("x" * 500)] == [100, 200, 400]
    assert shortened("x" * 400) == []


@pytest.mark.parametrize(
    ("text", "needs", "left"),
    [
        ("red!!! (really), \u201cplease\u201d \U0001f600", "red", "red"),
        ("red!!!", "red!", "red!"),
        ("((red))", "(red)", "(red)"),
        ("red?! \u201cx\u201d", "red?", "red?"),
        ("A-48213, don't!", "A-48213, don't", "A-48213, don't"),
        ("?!?!", "?", "?"),
    ],
)
def test_punctuation_that_the_failure_does_not_need_goes(
    tmp_path: Path, text: str, needs: str, left: str
) -> None:
    found = shrunk(tmp_path, rude_at(needs), only(text), turns={"maximum": 1})
    assert found.messages == (left,)


@given(st.text(max_size=60))
def test_a_text_is_its_pieces_and_no_piece_holds_signs_and_words(text: str) -> None:
    pieces = signs_apart(text)
    assert "".join(pieces) == text
    assert all(len(piece) == 1 for piece in pieces if is_sign(piece[0]))
