"""Each method from prompt to weights, on recorded answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from simulate.errors import EmptyDistributionError, InputError, ParseError
from simulate.verbalized import METHODS, Ask, MethodName, MethodSpec, Task
from tests.verbalized.recorded import BARE, PERSON, QUESTION, first_ask, play, stated


def test_direct_gives_the_one_reply_with_weight_one() -> None:
    distribution, asks = play(MethodSpec(name="direct"), PERSON, ["Hello."])
    assert distribution.texts == ("Hello.",)
    assert distribution.weights.tolist() == [1.0]
    assert asks[0].schema is None
    assert "Write what you say next" in asks[0].messages[0]["content"]


def test_direct_adds_nothing_to_a_bare_prompt() -> None:
    _, asks = play(MethodSpec(name="direct"), BARE, ["Hello."])
    assert asks[0].messages == ()


def test_cot_keeps_the_reply_and_not_the_reasoning() -> None:
    answer = {"reasoning": "The guest is tired.", "text": "Good night."}
    distribution, asks = play(MethodSpec(name="cot"), PERSON, [answer])
    assert distribution.texts == ("Good night.",)
    assert distribution.parse == "clean"
    assert asks[0].schema is not None
    assert list(asks[0].schema["properties"]) == ["reasoning", "text"]


def test_cot_without_its_reasoning_counts_as_repaired() -> None:
    distribution, _ = play(MethodSpec(name="cot"), PERSON, [{"text": "Good night."}])
    assert distribution.parse == "repaired"


def test_cot_says_whether_the_reply_ends_the_conversation() -> None:
    answer = {"reasoning": "Enough.", "text": "Bye.", "ends": True}
    distribution, asks = play(MethodSpec(name="cot"), Task(person="Ada", may_end=True), [answer])
    assert distribution.candidates[0].ends
    assert '"ends": whether you leave' in asks[0].messages[0]["content"]


def test_cot_refuses_prose_that_holds_no_reply() -> None:
    with pytest.raises(ParseError, match="no JSON in “I would say hello”"):
        play(MethodSpec(name="cot"), PERSON, ["I would say hello"] * 3)


def test_sequence_weighs_each_of_its_list_alike() -> None:
    answer = {"responses": [{"text": "Yes."}, {"text": "No."}, {"text": "Why?"}, {"text": "Hm."}]}
    distribution, asks = play(MethodSpec(name="sequence", k=4), PERSON, [answer])
    assert distribution.weights.tolist() == [0.25] * 4
    assert distribution.mass is None
    assert "4 replies" in asks[0].messages[0]["content"]
    assert "probability" not in asks[0].messages[0]["content"]


def test_sequence_takes_what_comes_where_k_is_auto() -> None:
    answer = {"responses": [{"text": "Yes."}, {"text": "No."}]}
    distribution, asks = play(MethodSpec(name="sequence", k="auto"), PERSON, [answer])
    assert distribution.parse == "clean"
    assert len(distribution) == 2
    assert "every reply that is at all likely" in asks[0].messages[0]["content"]


def test_sequence_shorter_than_asked_for_is_kept_and_marked() -> None:
    distribution, _ = play(MethodSpec(name="sequence", k=3), PERSON, [{"responses": ["a", "b"]}])
    assert distribution.parse == "repaired"
    assert distribution.weights.tolist() == [0.5, 0.5]


def test_multi_asks_k_times_with_the_earlier_replies_in_sight() -> None:
    distribution, asks = play(MethodSpec(name="multi", k=3), PERSON, ["Yes.", "No.", "Why?"])
    assert distribution.texts == ("Yes.", "No.", "Why?")
    assert distribution.weights.tolist() == [1 / 3] * 3
    assert [m["role"] for m in asks[2].messages] == ["user", "assistant"] * 2 + ["user"]
    assert [m["content"] for m in asks[2].messages if m["role"] == "assistant"] == ["Yes.", "No."]
    assert "(3 of 3)" in asks[2].messages[-1]["content"]


def test_multi_of_a_bare_prompt_begins_with_the_prompt_alone() -> None:
    _, asks = play(MethodSpec(name="multi", k=2), BARE, ["One joke.", "Another joke."])
    assert asks[0].messages == ()
    assert [m["role"] for m in asks[1].messages] == ["assistant", "user"]


def test_multi_forgets_an_answer_that_could_not_be_read() -> None:
    distribution, asks = play(MethodSpec(name="multi", k=2), PERSON, ["Yes.", " ", "No."])
    assert distribution.texts == ("Yes.", "No.")
    assert asks[2].problem == "the reply is empty"


def test_vs_weighs_candidates_by_their_stated_probabilities() -> None:
    answer = stated(("Yes.", 0.6), ("No.", 0.2))
    distribution, asks = play(MethodSpec(name="vs", k=2), PERSON, [answer])
    assert distribution.weights.tolist() == pytest.approx([0.75, 0.25])
    assert distribution.mass == pytest.approx(0.8)
    assert distribution.parse == "clean"
    assert "how likely it would be, from 0 to 1" in asks[0].messages[0]["content"]


def test_vs_cot_reasons_once_and_then_states_the_distribution() -> None:
    answer = {"reasoning": "It depends on rent.", **stated(("Yes.", 0.3), ("No.", 0.7))}
    distribution, asks = play(MethodSpec(name="vs-cot", k=2), PERSON, [answer])
    assert distribution.weights.tolist() == pytest.approx([0.3, 0.7])
    assert distribution.parse == "clean"
    assert asks[0].schema is not None
    assert list(asks[0].schema["properties"]) == ["reasoning", "responses"]


def test_vs_cot_without_its_reasoning_counts_as_repaired() -> None:
    distribution, _ = play(MethodSpec(name="vs-cot", k=1), PERSON, [stated(("Yes.", 0.3))])
    assert distribution.parse == "repaired"


def test_vs_multi_normalises_the_probabilities_of_all_rounds_together() -> None:
    first = stated(("Yes.", 0.8), ("No.", 0.4))
    second = stated(("Why?", 0.2), ("Hm.", 0.6))
    distribution, asks = play(MethodSpec(name="vs-multi", k=4), PERSON, [first, second])
    assert distribution.texts == ("Yes.", "No.", "Why?", "Hm.")
    assert distribution.weights.tolist() == pytest.approx([0.4, 0.2, 0.1, 0.3])
    assert distribution.mass == pytest.approx(2.0)
    assert "Round 2 of 2: write 2 more replies" in asks[1].messages[-1]["content"]


def test_vs_multi_splits_k_over_its_rounds() -> None:
    assert MethodSpec(name="vs-multi", k=7, rounds=3).batches() == (3, 2, 2)


def test_vs_multi_normalises_log_likelihoods_of_all_rounds_together() -> None:
    first = stated(("Yes.", 2000), field="nll")
    second = stated(("No.", 2001), field="nll")
    spec = MethodSpec(name="vs-multi", k=2, wording="nll")
    distribution, _ = play(spec, PERSON, [first, second])
    assert distribution.weights.tolist() == pytest.approx([0.7310586, 0.2689414])


VALUES: dict[str, list[Any]] = {
    "direct": [{"value": 1}],
    "cot": [{"reasoning": "…", "value": 1}],
    "sequence": [{"responses": [{"value": 1}, {"value": 0}]}],
    "multi": [{"value": 1}, {"value": 0}],
    "repeated": [{"value": 1}, {"value": 0}],
    "ssot": [{"string": "q7#v", "reasoning": "…", "value": 1}],
    "vs": [stated((1, 0.5), (0, 0.5), key="value")],
    "vs-cot": [{"reasoning": "…", **stated((1, 0.5), (0, 0.5), key="value")}],
    "vs-multi": [
        stated((1, 0.5), key="value"),
        stated((0, 0.5), key="value"),
    ],
}
OWN_TESTS = {"logprob", "mixture", "moments", "vs-act"}
"""Methods whose answers are no values one by one, each with a file of tests."""


def test_every_method_is_tested() -> None:
    assert set(METHODS) == VALUES.keys() | OWN_TESTS


@pytest.mark.parametrize("name", VALUES)
def test_every_method_answers_a_question_in_canonical_spelling(name: MethodName) -> None:
    spec = MethodSpec(name=name, k=2)
    distribution, asks = play(spec, QUESTION, VALUES[name])
    assert distribution.texts == (("1.0", "0.0") if spec.verbalizes else ("1.0",))
    assert distribution.parse == "clean"
    assert "How much do you give?" in asks[0].messages[0]["content"]


@pytest.mark.parametrize("name", VALUES)
def test_every_method_refuses_an_answer_outside_the_support(name: MethodName) -> None:
    bad = {"string": "", "reasoning": "", "value": 5, "responses": [{"value": 5, "probability": 1}]}
    with pytest.raises(ParseError, match="5 is outside the support"):
        play(MethodSpec(name=name, k=2), QUESTION, [bad] * 3)


@pytest.mark.parametrize("name", VALUES)
def test_every_method_takes_as_many_calls_as_it_says(name: MethodName) -> None:
    spec = MethodSpec(name=name, k=2)
    assert len(VALUES[name]) == spec.calls


@pytest.mark.parametrize("name", VALUES)
def test_every_method_asks_in_words_that_fit_a_bare_prompt(name: MethodName) -> None:
    ask = first_ask(MethodSpec(name=name), BARE)
    said = " ".join(m["content"] for m in ask.messages)
    assert "None" not in said
    assert "first person" not in said


@pytest.mark.parametrize("name", ["vs", "vs-cot", "vs-multi"])
def test_an_empty_tail_is_an_error_that_advises_a_larger_threshold(name: MethodName) -> None:
    spec = MethodSpec(name=name, below=0.005)
    with pytest.raises(EmptyDistributionError, match=r"choose a larger `below`, such as 0\.1"):
        play(spec, PERSON, ['{"responses": []}'] * 3)


def test_the_model_is_not_told_the_advice_that_is_for_the_user() -> None:
    steps = METHODS["vs"](MethodSpec(name="vs", below=0.005), PERSON)
    next(steps)
    ask = steps.send('{"responses": []}')
    assert isinstance(ask, Ask)
    assert "below`" not in ask.messages[-1]["content"]


def test_tail_prompting_states_its_threshold() -> None:
    ask = first_ask(MethodSpec(name="vs", below=0.05), PERSON)
    assert "only what has a probability below 0.05" in ask.messages[0]["content"]


@pytest.mark.parametrize("name", ["sequence", "vs", "vs-cot", "vs-multi"])
def test_a_template_that_lost_its_k_is_refused(name: MethodName) -> None:
    spec = MethodSpec(name=name, k=4, prompt="Say some things.")
    with pytest.raises(InputError, match="does not use the variable k, so it cannot ask for"):
        next(METHODS[name](spec, PERSON))


def test_a_template_needs_no_k_where_the_model_decides() -> None:
    spec = MethodSpec(name="vs", k="auto", prompt="Say some things. {{ json_form }}")
    ask = first_ask(spec, PERSON)
    assert ask.messages[0]["content"].startswith("Say some things. JSON only: {")


def test_a_template_that_lost_the_form_of_the_answer_is_refused() -> None:
    for method, says_it in (("vs", "{{ k }}"), ("sequence", "{{ several }}"), ("ssot", "Write.")):
        spec = MethodSpec(name=method, prompt=says_it)
        with pytest.raises(InputError, match="does not use the variable json_form"):
            next(METHODS[method](spec, PERSON))


def test_a_template_that_shows_a_reply_in_words_is_refused() -> None:
    prompt = '{{ k }} {"responses": [{"text": "Fine by me.", "{{ field }}": {{ example }}}, …]}'
    spec = MethodSpec(name="vs", prompt=prompt)
    with pytest.raises(InputError, match=r"shows the reply “Fine by me\.”, .*prompt_version: 1"):
        next(METHODS["vs"](spec, PERSON))
    assert first_ask(spec, replace(PERSON, prompt_version=1)).messages
    for shown in ("…", "<reply>", "..."):
        asked = MethodSpec(name="vs", prompt=prompt.replace("Fine by me.", shown))
        assert first_ask(asked, PERSON).messages


def test_a_fault_in_the_prompt_of_a_later_round_shows_before_any_call() -> None:
    prompt = "{{ k }}{{ json_form }}{% if round == 2 %}{{ nonsense }}{% endif %}"
    with pytest.raises(InputError, match="nonsense"):
        next(METHODS["vs-multi"](MethodSpec(name="vs-multi", prompt=prompt), PERSON))


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"name": "multi", "k": "auto"}, "k is auto, but multi"),
        ({"name": "vs-multi", "k": 2, "rounds": 3}, r"k \(2\) must be ≥ rounds \(3\)"),
        (
            {"name": "vs", "rounds": 3},
            "vs does not take it: leave it out, or take vs-multi",
        ),
        ({"name": "sequence", "below": 0.1}, "below is set, but method sequence does not take it"),
        ({"name": "cot", "wording": "nll"}, "wording is set, but method cot does not take it"),
        ({"name": ["vs"]}, "name\n.*valid string"),
        ({"name": "vs", "k": 0}, "greater than or equal to 1"),
        ({"name": "vs", "below": 0}, "greater than 0"),
        ({"name": "vs", "below": 1.01}, "less than or equal to 1"),
    ],
)
def test_options_that_a_method_cannot_take_are_refused(
    options: dict[str, object], rule: str
) -> None:
    with pytest.raises(ValueError, match=rule):
        MethodSpec.model_validate(options)


def test_another_method_keeps_the_options_that_it_takes() -> None:
    spec = MethodSpec(
        name="vs", k=7, draw="uniform", below=0.2, wording="nll", prompt="{{ k }}{{ json_form }}"
    )
    assert spec.named("sequence") == MethodSpec(name="sequence", k=7, draw="uniform")
    assert spec.named("vs-cot") == MethodSpec(
        name="vs-cot", k=7, draw="uniform", below=0.2, wording="nll"
    )
