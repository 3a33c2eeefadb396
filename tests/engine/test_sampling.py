"""What drives a method: its calls, the draws that come before its reply, and who answers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from simulate.engine import run
from simulate.engine.sampling import Asked, obtain
from simulate.errors import InputError
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
