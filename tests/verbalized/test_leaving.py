"""The mark that ends a conversation, in every form in which models write it."""

import json
from contextlib import suppress

import pytest

from simulate.errors import ParseError
from simulate.verbalized import METHODS, WORDINGS, MethodSpec, Task
from simulate.verbalized.leaving import without_end_mark
from simulate.verbalized.parse import parse_candidates, parse_reasoned, parse_reply
from tests.yardstick import within

ALONE = [
    *["[END]", "[end]", "**[end]**.", "[End]!", "(END)", "[ END ]", "— [END]", "“[END]”", "[/END]"],
    *["`[END]`", "<END>", "[END].", "[end of conversation]", "(End of the chat)", "\n[END]\n"],
    *["{END}", "【END】", "[END", "[END]" * 2, "[END] " * 50, "[end]\n\n" * 3],
    *["END", "**END**", "*waves* [END]", "[END] [END]", "### [END]", "[END.]"],
]
AS_ASKED = ["Bye. [END]", "Bye.[END]", "Bye.\n\n[END]"]
AFTER_WORDS = [
    *[
        "Bye. [end]",
        "Bye. **[END]**.",
        "Bye. — [END]",
        "“Bye. [END]”",
        "“Bye.” [END]",
        "[END] Bye.",
    ],
    *["Bye.\nEND", "Bye. (END OF CHAT)", "*waves* Bye. [END]", "Bye. *waves* [End]."],
    "Bye. [END] *leaves the chat*",
]


def in_json(text: str, *, may_end: bool = True) -> tuple[str, bool, str]:
    written = json.dumps({"responses": [{"text": text, "probability": 1}]})
    stated = parse_candidates(written, wording=WORDINGS["implicit"], may_end=may_end)
    return stated.candidates[0].text, stated.candidates[0].ends, stated.parse


@pytest.mark.parametrize("text", ALONE)
def test_the_mark_alone_is_a_leave_without_a_word(text: str) -> None:
    candidate, parse = parse_reply(text, may_end=True)
    assert (candidate.text, candidate.ends) == ("", True)
    assert parse == ("clean" if text.strip() == "[END]" else "repaired")
    assert in_json(text) == ("", True, "repaired")


@pytest.mark.parametrize("text", [*AS_ASKED, *AFTER_WORDS])
def test_the_mark_beside_words_ends_the_conversation_and_is_not_said(text: str) -> None:
    candidate, parse = parse_reply(text, may_end=True)
    assert (candidate.text, candidate.ends) == ("Bye.", True)
    assert parse == ("clean" if text in AS_ASKED else "repaired")
    assert in_json(text) == ("Bye.", True, "repaired")


@pytest.mark.parametrize("text", [*AS_ASKED, *AFTER_WORDS[:6]])
def test_who_may_not_end_the_conversation_does_not_say_the_mark_either(text: str) -> None:
    candidate, parse = parse_reply(text)
    assert (candidate.text, candidate.ends, parse) == ("Bye.", False, "repaired")
    assert in_json(text, may_end=False) == ("Bye.", False, "repaired")
    with pytest.raises(ParseError, match="empty"):
        parse_reply("[END]")


def test_a_candidate_without_words_that_ends_is_a_leave_in_any_form_of_json() -> None:
    candidate, parse = parse_reasoned(
        '{"reasoning": "Enough.", "text": "", "ends": true}', may_end=True
    )
    assert (candidate.text, candidate.ends, parse) == ("", True, "clean")
    answer = '{"responses": [{"text": "", "ends": true, "probability": 0.4},'
    answer += ' {"text": "Ok.", "ends": false, "probability": 0.6}]}'
    stated = parse_candidates(answer, wording=WORDINGS["implicit"], may_end=True)
    assert [(c.text, c.ends) for c in stated.candidates] == [("", True), ("Ok.", False)]
    assert stated.parse == "clean"
    assert [c.shown for c in stated.candidates] == ["(leaves without a word)", "Ok."]


@pytest.mark.parametrize("item", ['{"text": "", "probability": 1}', '{"text": " ", "ends": false}'])
def test_a_reply_without_words_that_does_not_end_is_none(item: str) -> None:
    with pytest.raises(ParseError, match="is empty"):
        parse_candidates('{"responses": [' + item + "]}", wording=None, may_end=True)


def test_words_after_the_mark_are_asked_for_again() -> None:
    with pytest.raises(ParseError, match="words follow"):
        parse_reply("Bye. [END] (The persuadee has left the chat.)", may_end=True)


@pytest.mark.parametrize(
    "text", ["In the end.", "the end", "The END", "I read it to the (end)", "at the END\nof it"]
)
def test_the_word_itself_is_said(text: str) -> None:
    assert parse_reply(text, may_end=True)[0].text == text


def test_a_text_that_is_no_turn_of_a_conversation_may_end_with_the_mark() -> None:
    steps = METHODS["direct"](MethodSpec(), Task())
    next(steps)
    text = "*sighs* “He never came back.” (END)"
    with pytest.raises(StopIteration) as done:
        steps.send(text)
    assert done.value.value.texts == (text,)


def test_equal_leaves_without_a_word_are_joined_and_kept_apart_from_words() -> None:
    each = [{"text": t, "ends": True, "probability": 0.25} for t in ["", "[END]", "Bye"]]
    answer = {"responses": each}
    found = parse_candidates(json.dumps(answer), wording=WORDINGS["implicit"], may_end=True)
    merged = found.weighed(WORDINGS["implicit"]).merged()
    assert [(c.text, c.probability) for c in merged.candidates] == [("", 0.5), ("Bye", 0.25)]


@pytest.mark.parametrize("noise", ["[END", "[", " ", "END ", "*", "[END] ", "(END)", "—", "]"])
def test_noise_is_read_in_linear_time(noise: str) -> None:
    with within(40), suppress(ParseError):
        without_end_mark("a" + noise * (200_000 // len(noise)), may_end=True)
