import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.errors import ParseError
from simulate.files.templates import render
from simulate.verbalized import METHODS, WORDINGS, Ask, MethodSpec, ReplyDistribution, Task
from simulate.verbalized.parse import parse_candidates, parse_reasoned, parse_reply
from simulate.verbalized.prompts import shipped
from simulate.verbalized.spoken import SpeakerNames, plain_name, spoken
from tests.yardstick import within

NAMES = SpeakerNames(
    own=frozenset({"persuadee", "anna", "anna lee"}),
    roles=frozenset({"user"}),
    others=frozenset({"persuader", "assistant"}),
)


def by_itself(text: str) -> tuple[str, str]:
    candidate, parse = parse_reply(text, names=NAMES)
    return candidate.text, parse


def among_candidates(text: str) -> tuple[str, str]:
    written = json.dumps({"responses": [{"text": text, "probability": 1}]})
    stated = parse_candidates(written, wording=WORDINGS["implicit"], names=NAMES)
    return stated.candidates[0].text, stated.parse


def after_reasoning(text: str) -> tuple[str, str]:
    candidate, parse = parse_reasoned(json.dumps({"reasoning": "Hm", "text": text}), names=NAMES)
    return candidate.text, parse


Reading = Callable[[str], tuple[str, str]]
READINGS = pytest.mark.parametrize("read", [by_itself, among_candidates, after_reasoning])


@READINGS
@pytest.mark.parametrize(
    "text",
    [
        "Persuadee: Hello.",
        "persuadee : Hello.",
        "**Persuadee:** Hello.",
        "**Persuadee**: Hello.",
        "[Persuadee] Hello.",
        "[Persuadee]: Hello.",
        "The persuadee: Hello.",
        "PERSUADEE：Hello.",
        "Persuadee (Anna Lee): Hello.",
        "Anna: Hello.",
        "Anna Lee: Hello.",
        "User: Hello.",
        "### Persuadee:\nHello.",
        "### Persuadee\nHello.",
        "**Persuadee**\nHello.",
        "User: Persuadee: Hello.",
        "Hello.<|im_end|>",
        "<think>Hm.</think>Persuadee: Hello.",
    ],
)
def test_what_stands_before_the_speakers_own_words_is_taken_off(read: Reading, text: str) -> None:
    assert read(text) == ("Hello.", "repaired")


def test_the_label_is_taken_off_each_of_the_speakers_lines() -> None:
    assert by_itself("Persuadee: Hello.\nPersuadee: Bye.") == ("Hello.\nBye.", "repaired")


@READINGS
@pytest.mark.parametrize(
    "text",
    [
        "Persuader: Hello.",
        "assistant: Hello.",
        "Hello.\nPersuader: And you?",
        "Persuadee: Hello.\n**Persuader:** And you?",
        "Hello.\n\n[Persuader] And you?",
        "Will you give?\nPersuadee: Not today.",
        "### Persuader\nHello.",
        "Not today. Persuader: And you?",
        "“Not today.” **Persuader**: And you?",
        "不。Persuader：And you?",
        "Persuadee: Not today. Persuadee: Never.",
    ],
)
def test_what_somebody_else_says_is_no_reply(read: Reading, text: str) -> None:
    with pytest.raises(ParseError, match=r"who speaks|somebody else speaks|two speak"):
        read(text)


@READINGS
@pytest.mark.parametrize(
    "text",
    [
        "Thought: they want money.\nAnswer: Hello.",
        "**Thinking:** they want money.\n\n**Response:** Hello.",
        "Hello.\n\n### Instruction:\nSay more\n\n### Response:\nBye.",
    ],
)
def test_labelled_reasoning_and_the_headings_of_a_template_are_no_reply(
    read: Reading, text: str
) -> None:
    with pytest.raises(ParseError, match=r"reasoning beside|template"):
        read(text)


@pytest.mark.parametrize("field", ["speaker", "role", "Author"])
def test_a_candidate_of_another_speaker_is_refused(field: str) -> None:
    def read(speaker: str) -> str:
        items = [{field: speaker, "text": "Hello.", "probability": 1}]
        written = json.dumps({"responses": items})
        stated = parse_candidates(written, wording=WORDINGS["implicit"], names=NAMES)
        return stated.candidates[0].text

    assert read("Persuadee") == "Hello."
    with pytest.raises(ParseError, match="said by somebody else"):
        read("Persuader")


@READINGS
@pytest.mark.parametrize("text", ["Persuadee:", "**Persuadee:**", "<|im_end|>", "<think>Hm"])
def test_a_label_or_markup_alone_is_an_empty_reply(read: Reading, text: str) -> None:
    with pytest.raises(ParseError, match="empty"):
        read(text)


@READINGS
@pytest.mark.parametrize(
    "text",
    [
        "Note: I give a dollar.",
        "PS: no.\nHim: never.",
        "I said to the persuader: no.",
        "Let me ask the Persuader: why?",
        "Persuadee is what they call me.",
        "See you at 10:30.",
        "Thought: it is late.",
        "1. Assistant: who answers\n2. Persuader: who asks",
        "My answer. Short: no.",
        "# Response: yes",
        "> Persuader: you promised\nI did not.",
        "Call me\nUser: bob",
        "```yaml\nassistant: on\npersuader: off\n```\nThat is it.",
        "# Plan\n- one: two\n\n| a | b |\n|:--|--:|",
        "def f(x: int):\n    return {x: [1]}",
    ],
)
def test_other_words_before_a_colon_stay(read: Reading, text: str) -> None:
    assert read(text) == (text, "clean")


def test_without_names_a_label_stays() -> None:
    assert parse_reply("Persuader: Hello.")[0].text == "Persuader: Hello."


def test_a_reply_may_end_behind_a_special_token() -> None:
    candidate, _ = parse_reply("Bye. [END]<|im_end|>", may_end=True)
    assert (candidate.text, candidate.ends) == ("Bye.", True)


def test_reasoning_reaches_no_answer() -> None:
    steps = METHODS["direct"](
        MethodSpec(), Task(question="How much?", form="a number", value_schema={}, read=str)
    )
    next(steps)
    with pytest.raises(StopIteration) as done:
        steps.send('<think>Perhaps {"value": 1}?</think>{"value": 2}')
    found: ReplyDistribution = done.value.value
    assert found.texts == ("2",)


def test_nothing_but_reasoning_is_asked_for_again() -> None:
    steps = METHODS["direct"](MethodSpec(), Task(person="Ada"))
    next(steps)
    again = steps.send("<think>Perhaps I")
    assert isinstance(again, Ask)
    assert "beside reasoning" in (again.problem or "")


MARKS = "<[◁*_(\"'“”„«»‹›「『‘"


@given(st.text(st.characters(exclude_characters=MARKS, exclude_categories=["Cs"])))
def test_a_text_without_markup_and_labels_is_the_very_same(text: str) -> None:
    head = text.lstrip().casefold()
    if ":" not in text and "：" not in text and not head.startswith(("assistant\n", "analysis")):
        assert spoken(text, NAMES)[0] is text


@given(st.text())
def test_what_was_taken_off_is_not_found_again(text: str) -> None:
    try:
        said, _ = spoken(f"Persuadee: {text}", NAMES)
    except ParseError:
        return
    assert plain_name(said.partition(":")[0]) != "persuadee"


@pytest.mark.parametrize(
    "noise", ["a:\n", "[", "(", "**", "\n", " ", "a(", "persuadee:\n", "persuadee:", "```"]
)
def test_noise_is_read_in_linear_time(noise: str) -> None:
    with within(80):
        spoken("Persuadee: " + noise * (100_000 // len(noise)), NAMES)


@pytest.mark.parametrize("place", ["turn", "told"])
@pytest.mark.parametrize("form", ["{} Sure.", "{}\nSure.", "Sure.\n{}", "{}: “Sure.”"])
def test_the_mark_of_a_request_is_not_said(place: str, form: str) -> None:
    told = {"part": "mark", "place": place}
    mark = render(shipped("shared"), told, "prompt shared")
    assert spoken(form.format(mark), None)[0] == "Sure."
    assert spoken(form.format(mark.upper()), None) == ("Sure.", True)


def test_a_mark_within_what_is_said_stays() -> None:
    said = "They wrote [your turn] to me, no idea why"
    assert spoken(said, None) == (said, False)
