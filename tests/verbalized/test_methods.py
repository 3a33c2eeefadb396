from typing import Any

import pytest

from simulate.errors import InputError, ParseError
from simulate.verbalized import METHODS, TRIES, Ask, MethodSpec, Pick, ReplyDistribution, Task

GOOD = '{"responses": [{"text": "Sure.", "probability": 0.3}, {"text": "No.", "probability": 0.1}]}'
PERSON = Task(person="the persuadee")


def drive(spec: MethodSpec, task: Task, *answers: str | ParseError) -> Any:
    """Play recorded answers to a method; return the asks and what came out."""
    steps = METHODS[spec.name](spec, task)
    asks: list[Ask | Pick] = [next(steps)]
    for answer in answers:
        try:
            asks.append(
                steps.throw(answer) if isinstance(answer, ParseError) else steps.send(answer)
            )
        except StopIteration as done:
            return asks, done.value
    return asks, None


def test_direct_gives_the_one_reply_that_was_written() -> None:
    _, distribution = drive(MethodSpec(name="direct"), PERSON, "Hello.")
    assert isinstance(distribution, ReplyDistribution)
    assert (distribution.texts, distribution.mass) == (("Hello.",), None)


def test_direct_asks_an_assistant_with_nothing_but_the_history() -> None:
    asks, _ = drive(MethodSpec(name="direct"), Task(), "Hello.")
    assert asks[0].messages == ()


def test_vs_goes_from_prompt_to_weights() -> None:
    asks, distribution = drive(MethodSpec(name="vs", k=2), PERSON, GOOD)
    request = asks[0].messages[0]["content"]
    assert "Write 2 replies" in request
    assert "the persuadee" not in request
    assert request.endswith('JSON only: {"responses": [{"text": …, "probability": …}, …]}')
    assert distribution.weights.tolist() == pytest.approx([0.75, 0.25])
    assert distribution.parse == "clean"


def test_vs_asks_for_the_schema_of_its_k_candidates() -> None:
    asks, _ = drive(MethodSpec(name="vs", k=2), PERSON)
    responses = asks[0].schema["properties"]["responses"]
    assert (responses["minItems"], responses["maxItems"]) == (2, 2)
    assert list(responses["items"]["properties"]) == ["text", "probability"]


def test_k_auto_leaves_the_number_to_the_model() -> None:
    asks, distribution = drive(MethodSpec(name="vs", k="auto"), PERSON, GOOD)
    assert "every reply that is at all likely" in asks[0].messages[0]["content"]
    assert "minItems" not in asks[0].schema["properties"]["responses"]
    assert distribution.parse == "clean"


def test_a_tail_threshold_stands_in_the_prompt() -> None:
    asks, _ = drive(MethodSpec(name="vs", below=0.1), PERSON)
    assert "below 0.1" in asks[0].messages[0]["content"]


def test_a_wording_changes_prompt_and_schema() -> None:
    asks, _ = drive(MethodSpec(name="vs", wording="nll"), PERSON)
    assert '"nll":' in asks[0].messages[0]["content"]
    assert "nll" in asks[0].schema["properties"]["responses"]["items"]["properties"]


def test_a_candidate_is_asked_whether_it_ends_the_talk_only_where_it_may() -> None:
    asks, _ = drive(MethodSpec(name="vs"), Task(person="Ada", may_end=True))
    assert "ends" in asks[0].schema["properties"]["responses"]["items"]["properties"]
    assert '"ends"' in asks[0].messages[0]["content"]


def test_an_unreadable_text_is_asked_for_again_with_the_reason() -> None:
    asks, distribution = drive(MethodSpec(name="vs", k=2), PERSON, "Hm.", GOOD)
    assert asks[1].messages[:1] == asks[0].messages
    assert asks[1].messages[1] == {"role": "assistant", "content": "Hm."}
    assert "there is no JSON" in asks[1].messages[2]["content"]
    assert asks[1].problem is not None
    assert distribution.texts == ("Sure.", "No.")


def test_after_the_last_try_the_reason_is_raised() -> None:
    with pytest.raises(ParseError, match="there is no JSON"):
        drive(MethodSpec(name="vs"), PERSON, *["Hm."] * TRIES)


def test_a_reply_that_never_came_whole_is_asked_for_again_unquoted() -> None:
    asks, distribution = drive(MethodSpec(name="vs", k=2), PERSON, ParseError("cut off"), GOOD)
    assert asks[1].messages[0] == asks[0].messages[0]
    assert asks[1].messages[1] == {"role": "assistant", "content": "(no whole answer)"}
    assert asks[1].problem == "cut off"
    assert distribution is not None


def test_a_users_template_replaces_the_shipped_prompt() -> None:
    spec = MethodSpec(name="vs", k=3, prompt='Say {{ k }} as {{ person }}: {"responses": …}')
    asks, _ = drive(spec, PERSON)
    assert asks[0].messages[0]["content"] == 'Say 3 as the persuadee: {"responses": …}'


def test_a_users_template_with_an_unknown_variable_is_refused() -> None:
    with pytest.raises(InputError, match="'kk' is undefined"):
        drive(MethodSpec(name="vs", prompt="{{ k }} {{ kk }}"), PERSON)


def test_a_question_is_answered_from_a_distribution_too() -> None:
    task = Task(person="Ada", question="How much?", form="a number", read=lambda v: f"{v:.2f}")
    text = '{"responses": [{"value": 0, "probability": 0.6}, {"value": 1, "probability": 0.4}]}'
    asks, distribution = drive(MethodSpec(name="vs", k=2), task, text)
    assert asks[0].messages[0]["content"].startswith("How much?")
    assert distribution.texts == ("0.00", "1.00")


@pytest.mark.parametrize("field", [{"k": 0}, {"k": "many"}, {"below": 0}, {"below": 1.5}])
def test_a_spec_refuses_values_out_of_range(field: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(field))):
        MethodSpec.model_validate({"name": "vs", **field})
