"""Quotation marks around all of a reply quote nobody."""

import pytest

from simulate.verbalized.parse import parse_reply
from simulate.verbalized.quotation import unquoted
from tests.yardstick import within

LONG = "it is a charity that helps children all over the world, in war and in peace"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('"Not today."', "Not today."),
        ("“Not today.”", "Not today."),
        ("„Heute nicht.“", "Heute nicht."),
        ("„Dziś nie.”", "Dziś nie."),
        ("«Pas aujourd’hui»", "Pas aujourd’hui"),
        ("« Pas aujourd’hui »", "Pas aujourd’hui"),
        ("»Heute nicht.«", "Heute nicht."),
        ("「今日はちょっと」", "今日はちょっと"),
        ("'Not today.'", "Not today."),
        ("'I don't know, it's late'", "I don't know, it's late"),
        ("‘I don’t know’", "I don’t know"),
        ("\"I said 'no' to him.\"", "I said 'no' to him."),
        (f'"I think {LONG}."', f"I think {LONG}."),
        (f"“{LONG}.”", f"{LONG}."),
        (f'"So {LONG}?"', f"So {LONG}?"),
        (f'"That\'s good, {LONG}."', f"That's good, {LONG}."),
        (f'"Well, {LONG}."', f"Well, {LONG}."),
        ('“"No."”', "No."),
    ],
)
def test_marks_around_all_of_a_reply_are_taken_off(text: str, said: str) -> None:
    candidate, parse = parse_reply(text)
    assert (candidate.text, parse) == (said, "repaired")


@pytest.mark.parametrize(
    "text",
    [
        '"Yes," she said, "but no."',
        "“Yes.” and “No.”",
        "“so “they” said”",
        'I said "no"',
        '"Save the Children" is one',
        '"Not today.',
        'Not today."',
        "'Tis the season, folks'",
        "'cause we were just chillin'",
        "'the dogs' bone'",
        "'",
        '""',
        '"',
        "``code``",
        "`pip install`",
        f'"{LONG}."',
    ],
)
def test_marks_that_may_quote_stay(text: str) -> None:
    candidate, parse = parse_reply(text)
    assert (candidate.text, parse) == (text, "clean")


@pytest.mark.parametrize("noise", ["'", "a'", '"', "“", " ", "h", "hm", "?"])
def test_noise_is_read_in_linear_time(noise: str) -> None:
    with within(40):
        for mark in ("'", '"'):
            unquoted(mark + noise * (200_000 // len(noise)) + mark)
