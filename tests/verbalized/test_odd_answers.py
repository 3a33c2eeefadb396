"""Every answer of the corpus is read as what it says, or refused."""

from __future__ import annotations

import pytest

from simulate.errors import ParseError
from simulate.verbalized import WORDINGS, parse_distribution
from tests.verbalized.odd_answers import AS_ASKED, READ, REFUSED


@pytest.mark.parametrize("name", READ)
def test_an_answer_that_says_one_thing_is_read_as_that(name: str) -> None:
    answer, said = READ[name]
    read = parse_distribution(answer, wording=WORDINGS["implicit"])
    assert list(read.texts) == [text for text, _ in said]
    assert [c.probability for c in read.candidates] == pytest.approx([p for _, p in said])
    assert read.parse == ("clean" if name in AS_ASKED else "repaired")


@pytest.mark.parametrize("name", REFUSED)
def test_an_answer_that_has_no_reading_or_two_is_refused(name: str) -> None:
    with pytest.raises(ParseError):
        parse_distribution(REFUSED[name], wording=WORDINGS["implicit"])


def test_replies_of_a_list_without_numbers_are_whole_literals() -> None:
    with pytest.raises(ParseError, match="broken"):
        parse_distribution(REFUSED["quotes around parts"], wording=None)


@pytest.mark.parametrize(
    "answer",
    ['{"1": "a", "2": "b"}', '["a", "b"]', '{"responses": {"reply 1": "a", "reply 2": "b"}}'],
)
def test_replies_without_numbers_may_be_bare_or_numbered(answer: str) -> None:
    assert parse_distribution(answer, wording=None).texts == ("a", "b")
