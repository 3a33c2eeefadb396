"""What drives a method: its calls, the draws that come before its reply, and who answers."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from simulate.engine import run
from simulate.engine.sampling import Asked, obtain
from simulate.errors import EndpointError, InputError
from simulate.models import ScriptedModel
from simulate.runfile import open_run
from simulate.scenario import Scenario
from simulate.verbalized import (
    METHODS,
    Ask,
    Candidate,
    Method,
    MethodSpec,
    Pick,
    RecordedDraw,
    ReplyDistribution,
    Steps,
    StepsOf,
    Task,
    recorded,
)

MOODS = ReplyDistribution.from_probabilities((Candidate("calm", 0.4), Candidate("angry", 0.6)))


def in_a_mood() -> StepsOf[str]:
    """Draw a mood, and ask for a reply in it from the model of that part."""
    mood: RecordedDraw = yield Pick("mood", MOODS)
    said: str = yield Ask(({"role": "user", "content": "Now?"},), part=mood.candidate.text)
    return said


def asked(u: float | None) -> Asked:
    def pick(choice: Pick) -> RecordedDraw:
        assert u is not None
        return recorded(choice.distribution, choice.settings, choice.what, u)

    return Asked(
        None,
        ScriptedModel(["Well."], name="own"),
        (),
        lambda ask: ask,
        pick=None if u is None else pick,
        parts={"angry": ScriptedModel(["Hmpf!"], name="other")},
    )


@pytest.mark.parametrize(("u", "said", "model"), [(0.1, "Well.", "own"), (0.9, "Hmpf!", "other")])
def test_a_draw_before_the_reply_decides_which_model_answers(
    u: float, said: str, model: str
) -> None:
    found, calls = asyncio.run(obtain(in_a_mood(), asked(u)))
    assert (found, [call.model for call in calls]) == (said, [model])


class TwoMoods(Method):
    """Draws a mood twice before it speaks, and one for the whole dialogue."""

    template = ""

    def __call__(self, spec: MethodSpec, task: Task) -> Steps:
        first: RecordedDraw = yield Pick("mood", MOODS)
        second: RecordedDraw = yield Pick("mood", MOODS)
        always: RecordedDraw = yield Pick("mood", MOODS, once=True)
        text: str = yield Ask(({"role": "user", "content": f"{first.u} {second.u} {always.u}"},))
        return ReplyDistribution.single(Candidate(text))


def test_each_draw_before_a_reply_has_a_random_number_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(METHODS._found, "two-moods", TwoMoods())
    moody = {"plays": "user", "method": "two-moods"}
    data = {"scenario": "moods", "speakers": {"ada": moody, "bob": moody}, "turns": {"maximum": 3}}
    scenario, model = Scenario.model_validate(data), ScriptedModel(["Hm."])
    asyncio.run(run(scenario, n=2, model=model, out=tmp_path / "a.db"))
    with open_run(tmp_path / "a.db") as file:
        turns = [turn for planned, _ in file.planned() for turn in file.dialogue(planned.id).turns]
    drawn = [draw.u for turn in turns for draw in (*turn.picks[:2], turn.draws[-1])]
    assert len(set(drawn)) == len(drawn) == 36
    assert len({turn.picks[2].u for turn in turns}) == 4


def test_where_nothing_can_be_drawn_a_draw_before_the_reply_is_refused() -> None:
    with pytest.raises(InputError, match="a method that draws the mood before it answers"):
        asyncio.run(obtain(in_a_mood(), asked(None)))


def letters() -> StepsOf[str]:
    """Ask for the likeliest first tokens, and return them as they come."""
    found: str = yield Ask(({"role": "user", "content": "A or B?"},), logprobs=20)
    return found


def test_tokens_and_their_log_probabilities_are_the_text_of_a_call_and_kept_with_it() -> None:
    model = ScriptedModel(lambda request: {"B": -0.5, "A": -1.5})
    found, calls = asyncio.run(obtain(letters(), replace(asked(None), model=model)))
    assert json.loads(found) == {"B": -0.5, "A": -1.5}
    assert calls[0].reply is not None
    assert calls[0].reply.text == found


def test_hostile_tokens_are_text_that_can_be_stored() -> None:
    odd = {"\ud800": -0.5, "\x00": -1.0, "<think>": -2.0, "A": -3.0}
    model = ScriptedModel(lambda request: odd)
    found, _ = asyncio.run(obtain(letters(), replace(asked(None), model=model)))
    assert found.encode()
    assert json.loads(found)["A"] == -3
    assert len(json.loads(found)) == 4


def test_a_model_that_gives_a_text_where_tokens_are_wanted_is_one_clear_line() -> None:
    with pytest.raises(EndpointError, match="model own returns no log-probabilities"):
        asyncio.run(obtain(letters(), asked(None)))
