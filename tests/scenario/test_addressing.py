"""Who is addressed in a turn is told by names that are set off in it."""

from __future__ import annotations

import pytest

from simulate.scenario.addressing import Addressing
from tests.yardstick import within

CALLED = Addressing(
    {
        "ada": {"ada", "ada lovelace"},
        "ben": {"ben"},
        "juror-1": {"juror 1"},
        "juror-12": {"juror 12"},
        "chair": {"chair", "the foreperson"},
        "zoe": {"Zoë"},
    }
)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("What do you say, Ada?", "ada"),
        ("Ada, what do you say?", "ada"),
        ("I see it so. Ben: your turn.", "ben"),
        ("Thanks, Ada. I disagree. And you, Ben?", "ben"),
        ("Ada, you said so; but what about that, ben", "ben"),
        ("**Ada Lovelace**, go on", "ada"),
        ("let us hear @ben now", "ben"),
        ("Juror 12, do you agree?", "juror-12"),
        ("juror-1 - do you?", None),
        ("Do you, juror_1?", "juror-1"),
        ("The foreperson, please.", "chair"),
        ("Was meinst du, ZOË?", "zoe"),
        ("我同意，ada，你呢？", "ada"),
        ("Fine.\nBen", "ben"),
        ("“Ben,” she said", "ben"),
        ("I agree with Ada.", None),
        ("Ada's point is right.", None),
        ("Adam, what do you say?", None),
        ("Cy, what do you say?", None),
        ("", None),
        ("Well, Cleo, I am for it.", None),
    ],
)
def test_a_name_that_is_set_off_addresses_somebody(text: str, who: str | None) -> None:
    assert CALLED.addressed(text, "cleo") == who


def test_nobody_addresses_itself() -> None:
    assert CALLED.addressed("Ben, I mean me, Ada.", "ada") == "ben"
    assert CALLED.addressed("It is me, Ada.", "ada") is None


@pytest.mark.parametrize("piece", [" ", ",", "ada", "ada ", ", ada", "*_'", "@", "juror ", "\n"])
def test_a_hostile_text_is_read_in_no_time(piece: str) -> None:
    with within(20):
        CALLED.addressed(piece * 200_000, "cleo")


def test_a_long_turn_may_address_somebody_at_its_beginning() -> None:
    assert CALLED.addressed("Ada, listen. " + "It goes on and on. " * 100, "ben") == "ada"
