from __future__ import annotations

import pytest

from simulate.calibration.wordings.answers import Answers, is_echo, is_flat
from simulate.verbalized import Candidate, ReplyDistribution

SHOWN = (
    'JSON only: {"responses": [{"text": "Fine by me.", "ends": false}]}',
    "You and a stranger, both crowd workers, get $2 each to chat.",
)


@pytest.mark.parametrize(
    ("text", "echo"),
    [
        ("fine by me", True),
        ("…", True),
        ("<...>", True),
        ("You and a stranger, BOTH crowd workers.", True),
        ("a stranger", False),
        ("Fine by me, thanks.", False),
        ("👍", False),
        ("", False),
    ],
)
def test_an_echo_says_what_the_model_was_shown(text: str, echo: bool) -> None:
    assert is_echo(["Why do you ask?", text], SHOWN) is echo


@pytest.mark.parametrize(
    ("stated", "flat"),
    [
        ((0.2, 0.2, 0.2, 0.2, 0.2), True),
        ((0.34, 0.33, 0.33), True),
        ((0.9, 0.9, 0.85), True),
        ((0.3, 0.2, 0.2), False),
        ((0.5, 0.5), False),
    ],
)
def test_a_flat_list_says_nothing_of_how_likely_its_replies_are(
    stated: tuple[float, ...], flat: bool
) -> None:
    candidates = tuple(Candidate(f"reply {place}", p) for place, p in enumerate(stated))
    assert is_flat(ReplyDistribution.from_probabilities(candidates)) is flat


def test_a_dialogue_that_failed_by_what_the_model_wrote_counts_as_all_faulty() -> None:
    assert Answers(answers=10, faulty=2, dialogues=2, failed=1).loss == pytest.approx(0.6)
    assert Answers(dialogues=1, failed=1).loss == 1
