"""Whatever the levels of an outcome are, each can be answered, or they are refused."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from simulate.errors import ParseError
from simulate.reference import Variable
from simulate.scenario import Outcome
from simulate.verbalized import METHODS, MethodSpec, Task

MARKED = [
    "{}",
    "({})",
    "[{}]",
    '"{}"',
    "'{}'",
    "“{}”",
    "{}.",
    "{}!",
    " {} ",
    "1) {}",
    "{} 👍️",
    "{}…",
]
WORDS = st.one_of(
    st.sampled_from(["yes", "no", "true", "None", "1", "2", "+1", "1.0", "007", "10,000", "18–24"]),
    st.text(max_size=6),
    st.text("aAß.!'\"’[]{}(): 1２", max_size=5),
)
LEVELS = st.lists(
    st.builds(lambda form, word: form.format(word), st.sampled_from(MARKED), WORDS),
    min_size=2,
    max_size=5,
)


def choice(levels: list[str], kind: str = "choice", **fields: Any) -> Outcome:
    asked = {"speaker": "ada", "question": "?"}
    return Outcome.model_validate({"kind": kind, "levels": levels, "asked": asked, **fields})


def answered(outcome: Outcome, method: str, answer: str) -> str:
    """Return the value that an outcome has with this answer of the model."""
    spec = MethodSpec(name=method) if method == "direct" else MethodSpec(name=method, k=1)
    task = Task(
        question="?",
        form=outcome.form,
        value_schema=outcome.value_schema,
        read=outcome.read,
        levels=outcome.answers,
    )
    steps = METHODS[method](spec, task)
    next(steps)
    with pytest.raises(StopIteration) as done:
        steps.send(answer)
    return str(done.value.value.texts[0])


def listed(value: object) -> str:
    return json.dumps({"responses": [{"value": value, "probability": 1}]})


@given(LEVELS)
def test_each_level_that_is_accepted_is_chosen_by_its_exact_text(levels: list[str]) -> None:
    try:
        outcome = choice(levels)
    except ValueError:
        assume(False)
    for level in levels:
        assert answered(outcome, "direct", level) == level
        assert answered(outcome, "direct", json.dumps({"value": level})) == level
        assert answered(outcome, "vs", listed(level)) == level
        with suppress(ValueError):
            number = json.loads(level)
            if type(number) in (int, float) and number == number:
                assert answered(outcome, "vs", listed(number)) == level


@pytest.mark.parametrize(
    ("levels", "raw", "level"),
    [
        (["Yes!", "No."], "yes", "Yes!"),
        (["Yes!", "No."], "NO", "No."),
        (['"quoted"', "plain"], "“Quoted”.", '"quoted"'),
        (["1", "2"], 1, "1"),
        (["1", "2"], 2.0, "2"),
        (["-1", "0", "+1"], 1, "+1"),
        (["-1", "0", "+1"], "−1", "-1"),
        (["1.000", "2.000"], 1000, "1.000"),
        (["1.000", "2.000"], 2, "2.000"),
        (["0.50", "1.00"], "0,5", "0.50"),
        (["yes", "no", "unsure"], True, "yes"),
        (["true", "false"], False, "false"),
        (["N", "S", "E", "W"], "n", "N"),
        (["ＡＢ", "Ｃ"], "ab", "ＡＢ"),
        (["I don’t know", "I know"], "I don't  know.", "I don’t know"),
        (["18–24", "25–34"], "18-24", "18–24"),
        (["❤️", "👎"], "❤", "❤️"),
        (["!", "."], "!", "!"),
    ],
)
def test_a_level_is_chosen_by_what_models_make_of_it(
    levels: list[str], raw: object, level: str
) -> None:
    assert choice(levels).read(raw) == level


@pytest.mark.parametrize(
    ("raw", "level"),
    [
        (1, "1 (strongly disagree)"),
        ("3", "3"),
        ("Strongly agree.", "5 (strongly agree)"),
        ("1 (strongly disagree)", "1 (strongly disagree)"),
    ],
)
def test_a_labelled_level_is_meant_by_its_number_or_by_its_words(raw: object, level: str) -> None:
    likert = choice(["1 (strongly disagree)", "2", "3", "4", "5 (strongly agree)"], "ordinal")
    assert likert.read(raw) == level
    assert Variable.of_outcome("x", likert).encode(raw) == float(level[0]) - 1


def test_a_number_that_begins_no_level_is_none() -> None:
    likert = choice(["1 (no)", "2", "3 (yes)"], "ordinal")
    for raw in (0, 4, "12", "maybe", "1 (yes)"):
        with pytest.raises(ParseError, match="is not one of"):
            likert.read(raw)


@pytest.mark.parametrize(
    ("levels", "raw"),
    [
        (["1", "2"], True),
        (["1", "2"], "12"),
        (["N", "S", "E", "W"], "no"),
        (["yes", "no"], None),
        (["yes", "no"], 1),
        (["5 (always)", "1 (never)"], float("nan")),
    ],
)
def test_what_means_no_level_is_refused(levels: list[str], raw: object) -> None:
    with pytest.raises(ParseError, match="is not one of"):
        choice(levels).read(raw)


def test_a_number_that_two_levels_could_be_is_refused_with_both() -> None:
    with pytest.raises(ParseError, match="can be “1” or “1000”"):
        choice(["1", "1000"]).read("1.000")


@pytest.mark.parametrize("kind", ["choice", "ordinal"])
@pytest.mark.parametrize(
    ("levels", "why"),
    [
        (["Yes", "yes."], "tell “Yes” and “yes.” apart"),
        (["1", "x", "+1"], "tell “1” and “\\+1” apart"),
        (["1000", "1.000"], "tell “1000” and “1.000” apart"),
        (["👍", "👍️"], "apart"),
        (["it's", "it’s"], "apart"),
        (["", "x"], "level “”, which"),
        (["\u200b", "x"], "is empty"),
        (['{"value": 1}', "x"], "cannot be told from the form of an answer"),
        (["[1]", "x"], "cannot be told from the form of an answer"),
        (["<think>", "x"], "cannot be told from the form of an answer"),
    ],
)
def test_levels_that_no_answer_can_tell_apart_are_refused(
    kind: str, levels: list[str], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        choice(levels, kind)
