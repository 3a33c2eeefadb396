"""What drives a method: its calls, the draws that come before its reply, and who answers."""

from __future__ import annotations

import asyncio

import pytest

from simulate.engine.sampling import Asked, obtain
from simulate.errors import InputError
from simulate.models import ScriptedModel
from simulate.verbalized import (
    Ask,
    Candidate,
    Pick,
    RecordedDraw,
    ReplyDistribution,
    StepsOf,
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


def test_where_nothing_can_be_drawn_a_draw_before_the_reply_is_refused() -> None:
    with pytest.raises(InputError, match="a method that draws the mood before it answers"):
        asyncio.run(obtain(in_a_mood(), asked(None)))
