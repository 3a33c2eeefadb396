import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from simulate.errors import ParseError
from simulate.verbalized import (
    WORDINGS,
    Candidate,
    ReplyDistribution,
    parse_answer,
    parse_distribution,
)
from simulate.verbalized.json_text import read_json
from simulate.verbalized.parse import parse_reasoned, parse_reply

IMPLICIT = WORDINGS["implicit"]

# No control characters, whose escapes may be LaTeX (see `json_strings`), and no markup.
texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="<|>"), min_size=1
)


def is_plain(text: str) -> bool:
    """Tell whether a text is words alone, without markup, directions or marks around it."""
    with suppress(ParseError):
        return parse_reply(text) == (Candidate(text.strip()), "clean")
    return False


replies = texts.filter(is_plain)
pairs = st.lists(st.tuples(replies, st.floats(0.001, 1)), min_size=1, max_size=10)


def written(*candidates: tuple[Any, Any]) -> str:
    return json.dumps(
        {"responses": [{"text": t, "probability": p} for t, p in candidates]}, ensure_ascii=False
    )


def parse(text: str, k: int | None = None, **options: Any) -> ReplyDistribution:
    return parse_distribution(text, wording=options.pop("wording", IMPLICIT), k=k, **options)


def stated(distribution: ReplyDistribution) -> list[float | None]:
    return [c.probability for c in distribution.candidates]


@given(pairs)
def test_what_is_written_as_asked_is_read_back_unchanged(candidates: list[Any]) -> None:
    read = parse(written(*candidates), k=len(candidates))
    assert read.parse == "clean"
    assert list(read.texts) == [t.strip() for t, _ in candidates]
    assert stated(read) == [p for _, p in candidates]


@given(pairs, st.sampled_from(["json", "", "JSON"]))
@example([("},{", 1.0)], "json")
def test_a_code_fence_is_taken_off(candidates: list[Any], language: str) -> None:
    if any("```" in t for t, _ in candidates):
        return
    read = parse(f"```{language}\n{written(*candidates)}\n```")
    assert read.texts == parse(written(*candidates)).texts
    assert read.parse == "repaired"


@given(pairs, replies, replies)
@example([("a", 0.5)], "Sure, here you go:", "Hope that helps!")
def test_prose_around_the_json_is_left_out(candidates: list[Any], before: str, after: str) -> None:
    if set("{}[]`") & set(before + after):
        return
    read = parse(f"{before}\n{written(*candidates)}\n{after}")
    assert read.texts == parse(written(*candidates)).texts


@given(pairs, st.data())
@settings(max_examples=200)
def test_a_text_that_is_cut_off_is_refused_or_read_whole(candidates: list[Any], data: Any) -> None:
    whole = written(*candidates)
    cut = data.draw(st.integers(1, len(whole) - 1))
    try:
        read = parse(whole[:cut])
    except ParseError:
        return
    assert set(read.texts) <= {t.strip() for t, _ in candidates}


@pytest.mark.parametrize("cut", range(1, 85))
def test_no_cut_makes_a_reply_that_was_never_written(cut: int) -> None:
    whole = written(("I will give a dollar", 0.5), ("Not today, sorry", 0.25))[:-1]
    with pytest.raises(ParseError):
        parse(whole[:cut])


@pytest.mark.parametrize(
    "text",
    [
        '{"value": 1} or rather {"value": 0}',
        '```json\n{"value": 1}\n```\nBetter:\n```json\n{"value": 0}\n```',
        '{"responses": [{"text": "a", "probability": 1}]}\n{"responses": []}',
    ],
)
def test_of_two_different_json_values_none_is_guessed(text: str) -> None:
    with pytest.raises(ParseError, match=r"more than one|different blocks"):
        read_json(text)


def test_a_key_that_stands_twice_in_an_object_is_refused() -> None:
    with pytest.raises(ParseError, match="“text” stands twice"):
        read_json('{"text": "a", "probability": 0.3, "text": "b"}')


@pytest.mark.parametrize("key", ["replies", "candidates", "answers"])
def test_another_name_for_the_list_is_read_and_marked(key: str) -> None:
    read = parse(json.dumps({key: [{"reply": "a", "p": 0.5}]}))
    assert (read.texts, stated(read), read.parse) == (("a",), [0.5], "repaired")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ([0.3, 0.7], [0.3, 0.7]),
        (["0.3", ".7"], [0.3, 0.7]),
        (["30%", "70 %"], [0.3, 0.7]),
        ([30, 70], [0.3, 0.7]),
        ([100, 0], [1.0, 0.0]),
        ([1, 99], [0.01, 0.99]),
        ([0.9, 0.9], [0.9, 0.9]),
        ([1, 0], [1, 0]),
    ],
)
def test_each_spelling_of_a_probability_has_its_reading(
    raw: list[Any], expected: list[float]
) -> None:
    read = parse(written(("a", raw[0]), ("b", raw[1])))
    assert stated(read) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ([-0.1, 0.5], "must be ≥ 0"),
        ([0, 0], "all stated probabilities are zero"),
        ([1.2, 0.5], "above 1"),
        ([30, 0.5], "above 1"),
        ([300, 5], "above 1"),
        ([3, 2], "above 1"),
        ([1, 1.2], "above 1"),
        (["30%", 0.5], "some numbers have a percent sign"),
        (["high", 0.5], "not a number"),
        ([None, 0.5], "has no “probability”"),
        ([True, 0.5], "not a number"),
        ([[1], 0.5], "not a number"),
        ([float("nan"), 0.5], "not a number"),
        ([float("inf"), 0.5], "not a number"),
    ],
)
def test_a_probability_that_would_have_to_be_guessed_is_refused(raw: list[Any], why: str) -> None:
    with pytest.raises(ParseError, match=why):
        parse(written(("a", raw[0]), ("b", raw[1])))


def test_a_missing_probability_is_refused() -> None:
    with pytest.raises(ParseError, match="response 2 of 2 has no “probability”"):
        parse('{"responses": [{"text": "a", "probability": 0.5}, {"text": "b"}]}')


def test_a_huge_integer_is_refused() -> None:
    with pytest.raises(ParseError, match="not a number"):
        parse('{"responses": [{"text": "a", "probability": 1' + "0" * 400 + "}]}")


@pytest.mark.parametrize("k", [1, 3])
def test_another_number_of_candidates_is_kept_and_marked(k: int) -> None:
    read = parse(written(("a", 0.5), ("b", 0.5)), k=k)
    assert (len(read), read.parse) == (2, "repaired")


def test_equal_texts_are_kept_apart() -> None:
    assert parse(written(("a", 0.5), ("a", 0.2))).texts == ("a", "a")


def test_probabilities_need_not_sum_to_one() -> None:
    read = parse(written(("a", 0.9), ("b", 0.9)))
    assert read.mass == pytest.approx(1.8)
    assert read.weights.tolist() == [0.5, 0.5]


@pytest.mark.parametrize("text", ["Ich überlege noch 🤔", "考えておきます", "شكرا", "😀" * 50])
def test_any_language_and_emoji_are_read(text: str) -> None:
    assert parse(written((text, 1))).texts == (text,)


def test_a_lone_surrogate_becomes_a_replacement_character() -> None:
    assert parse('{"responses": [{"text": "a\\ud83d", "probability": 1}]}').texts == ("a\ufffd",)


@pytest.mark.parametrize("text", ["", " \n", '{"responses": []}', "[]", "null", "7", '"a"'])
def test_a_text_without_candidates_is_refused(text: str) -> None:
    with pytest.raises(ParseError):
        parse(text)


def test_an_empty_reply_among_the_candidates_is_refused() -> None:
    with pytest.raises(ParseError, match="the text of response 2 of 2 is empty"):
        parse(written(("a", 0.5), ("  ", 0.5)))


def test_a_message_quotes_at_most_two_hundred_characters_of_the_model() -> None:
    with pytest.raises(ParseError) as caught:
        parse("no json here \x1b[31m" + "x" * 5000)
    assert len(str(caught.value)) < 400
    assert "\x1b" not in str(caught.value)


@given(st.text(max_size=300))
@example("[" * 5000)
@example('{"responses":' * 2000)
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(ParseError):
        assert len(parse(text)) >= 1


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["responses", "text", "probability", "x"]), inner, max_size=3
            )
        ),
        max_leaves=20,
    )
)
def test_any_json_is_read_or_refused(value: Any) -> None:
    with suppress(ParseError):
        assert parse(json.dumps(value)).weights.sum() == pytest.approx(1)


@pytest.mark.parametrize("noise", ["{", "[", '"', "a{b}", "{}[]", "\\", "0,", "'"])
def test_a_hundred_kilobytes_of_noise_are_refused(noise: str) -> None:
    with pytest.raises(ParseError):
        parse(noise * (100_000 // len(noise)))


def test_a_candidate_may_end_the_conversation_only_where_that_is_asked_for() -> None:
    text = '{"responses": [{"text": "bye", "ends": true, "probability": 1}]}'
    assert parse(text, may_end=True).candidates[0].ends
    assert not parse(text).candidates[0].ends


@pytest.mark.parametrize(
    ("wording", "number", "probability"),
    [
        ("percentage", 30, 0.3),
        ("percentage", "0.5%", 0.005),
        ("perplexity", 4, None),
        ("nll", 1.6, None),
        ("confidence", 0.4, 0.4),
    ],
)
def test_each_wording_is_read_on_its_own_scale(
    wording: Any, number: float, probability: float | None
) -> None:
    rule = WORDINGS[wording]
    text = json.dumps({"responses": [{"text": "a", rule.field: number}]})
    assert stated(parse(text, wording=rule)) == [pytest.approx(probability)]


def test_a_perplexity_below_one_is_refused() -> None:
    with pytest.raises(ParseError, match="perplexity must be"):
        parse('{"responses": [{"text": "a", "perplexity": 0.5}]}', wording=WORDINGS["perplexity"])


def test_without_a_wording_each_candidate_weighs_the_same() -> None:
    read = parse('{"responses": [{"text": "a"}, {"text": "b"}]}', wording=None)
    assert read.weights.tolist() == [0.5, 0.5]


def test_a_plain_reply_is_its_text() -> None:
    assert parse_reply(" Hello there. ")[0].text == "Hello there."


def test_an_empty_plain_reply_is_refused() -> None:
    with pytest.raises(ParseError, match="empty"):
        parse_reply(" \n")


def test_a_plain_reply_ends_the_conversation_by_its_mark() -> None:
    candidate, _ = parse_reply("Bye then. [END]", may_end=True)
    assert (candidate.text, candidate.ends) == ("Bye then.", True)


@pytest.mark.parametrize("text", ['{"value": 0.5}', "0.5", '```json\n{"value": 0.5}\n```'])
def test_an_answer_is_read_from_json_or_bare(text: str) -> None:
    assert parse_answer(text, str)[0].text == "0.5"


def test_a_list_is_no_single_answer() -> None:
    with pytest.raises(ParseError, match="a list came"):
        parse_answer("[1, 2]", str)


@pytest.mark.parametrize(
    "text",
    [
        '{"data": {"value": 0.5}}',
        '{"name": "answer", "arguments": "{\\"value\\": 0.5}"}',
        '{"Value": 0.5}',
        '{"answer": "0.5"}',
        '"0.5"',
    ],
)
def test_an_answer_in_an_envelope_or_under_another_name_is_read_and_marked(text: str) -> None:
    candidate, parse = parse_answer(text, str)
    assert (candidate.text, parse) == ("0.5", "repaired")


@pytest.mark.parametrize(
    "text", ['{"answer": 0.5, "message": "1"}', '{"value": 0.5', '{"value": 1} or {"value": 0}']
)
def test_an_answer_that_is_broken_or_said_twice_is_refused(text: str) -> None:
    with pytest.raises(ParseError):
        parse_answer(text, str)


def test_a_reply_after_reasoning_is_read_out_of_its_envelope() -> None:
    text = '{"result": {"reasoning": "hm", "text": "No."}}'
    candidate, parse = parse_reasoned(text)
    assert (candidate.text, parse) == ("No.", "repaired")


@pytest.mark.parametrize("name", ["unit", "currency"])
def test_a_value_is_read_with_the_unit_that_stands_beside_it(name: str) -> None:
    def read(value: object, unit: str) -> str:
        return parse_answer(json.dumps({"value": value, name: unit}), str)[0].text

    assert (read(1, "cents"), read("1 USD", "USD")) == ("1 cents", "1 USD")


def test_digits_of_another_script_are_numbers() -> None:
    written = '{"responses": [{"text": "لا", "probability": "٠٫٢٥"}]}'
    found = parse_distribution(written, wording=WORDINGS["implicit"])
    assert found.candidates[0].probability == 0.25
