from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.errors import ParseError
from simulate.scenario import Outcome

ASKED = {"speaker": "ada", "question": "?"}


def outcome(kind: str = "amount", **fields: Any) -> Outcome:
    if kind in ("amount", "count"):
        fields.setdefault("support", [0, 2])
    if not {"judged", "matched"} & set(fields):
        fields.setdefault("asked", ASKED)
    return Outcome.model_validate({"kind": kind, **fields})


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (0.5, 0.5),
        (1, 1.0),
        ("0.50", 0.5),
        ("$0.50", 0.5),
        ("0.5 USD", 0.5),
        (" 2 ", 2.0),
        (0, 0.0),
        ("0,50", 0.5),
        ("1,5 USD", 1.5),
    ],
)
def test_each_spelling_of_an_amount_has_its_reading(raw: object, value: float) -> None:
    o = outcome(unit="USD")
    assert o.answer(o.read(raw)).value == value


@pytest.mark.parametrize(
    "raw",
    [
        None,
        True,
        "",
        "€1",
        "half",
        "50 cents",
        "$",
        [],
        {},
        float("nan"),
        "1e999",
        "0.5.5",
        "0,5,0",
    ],
)
def test_what_is_no_amount_is_refused(raw: object) -> None:
    with pytest.raises(ParseError, match="is not a number from 0 to 2, in USD"):
        outcome(unit="USD").read(raw)


@pytest.mark.parametrize("raw", [-0.01, 2.01, "1,000", 50])
def test_an_amount_outside_the_support_is_refused_and_never_clipped(raw: object) -> None:
    with pytest.raises(ParseError, match="outside the support"):
        outcome().read(raw)


@pytest.mark.parametrize(
    ("kind", "support", "raw", "value"),
    [
        ("amount", [0, 2], "1.000", 1),
        ("amount", [500, 2_000_000], "1.000", 1000),
        ("amount", [500, 2_000_000], "1,000", 1000),
        ("amount", [0, 2_000_000], "1.000.000", 1_000_000),
        ("amount", [0, 2_000_000], "1 234,50", 1234.5),
        ("amount", [0, 2_000_000], "1'234.50", 1234.5),
        ("amount", [0, 2_000_000], "12,34,567", 1_234_567),
        ("amount", [0, 2_000_000], "0,125", 0.125),
        ("amount", [0, 2_000_000], 1.000, 1),
        ("count", [0, 2_000_000], "1,234", 1234),
    ],
)
def test_a_number_with_marks_is_the_only_one_that_can_be_an_answer(
    kind: str, support: list[float], raw: object, value: float
) -> None:
    o = outcome(kind, support=support)
    assert o.answer(o.read(raw)).value == value


@pytest.mark.parametrize("kind", ["amount", "count"])
@pytest.mark.parametrize("raw", ["1.000", "1,000", "$1,000", "1.000 USD"])
def test_a_number_with_two_readings_within_the_support_is_refused_with_both(
    kind: str, raw: str
) -> None:
    with pytest.raises(ParseError, match=r"can be 1(000)? or 1(000)?: write digits without"):
        outcome(kind, support=[0, 2_000_000], unit="USD").read(raw)


def test_a_number_that_no_computer_holds_is_no_answer() -> None:
    with pytest.raises(ParseError, match="is not a number from 0 to 2"):
        outcome().read(10**400)


@given(st.floats(0, 2))
def test_an_amount_survives_its_canonical_spelling(value: float) -> None:
    o = outcome()
    assert o.answer(o.read(o.read(value))).value == value


def test_a_count_is_a_whole_number() -> None:
    o = outcome("count")
    assert o.answer(o.read("2")).value == 2
    with pytest.raises(ParseError, match="whole number"):
        o.read(1.5)


@pytest.mark.parametrize(
    ("raw", "value"), [("Yes.", True), (True, True), ("NO", False), (False, False), ("true", True)]
)
def test_yes_and_no_are_read_in_any_case(raw: object, value: bool) -> None:
    o = outcome("yesno")
    assert o.answer(o.read(raw)).value is value


def test_a_choice_is_one_of_its_levels() -> None:
    o = outcome("choice", levels=["Tea", "Coffee"])
    assert o.read(" tea. ") == "Tea"
    with pytest.raises(ParseError, match='one of "Tea", "Coffee"'):
        o.read("milk")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"kind": "amount"}, "needs support"),
        ({"kind": "amount", "support": [2, 0]}, "in order"),
        ({"kind": "amount", "support": [0, float("inf")]}, "two numbers in order"),
        ({"kind": "amount", "support": [0, 1e300]}, "numbers in order, within"),
        ({"kind": "count", "support": [0, 1.5]}, "whole numbers"),
        ({"kind": "choice"}, "needs levels"),
        ({"kind": "choice", "levels": ["a", "A"]}, "that differ"),
        ({"kind": "yesno", "support": [0, 1]}, "takes no support"),
        ({"kind": "yesno", "judged": {"question": "?"}}, "given: asked and judged"),
    ],
)
def test_an_outcome_that_breaks_a_rule_is_refused(fields: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Outcome.model_validate({"asked": ASKED, **fields})


def test_an_outcome_needs_a_way_of_measuring() -> None:
    with pytest.raises(ValueError, match="given: none"):
        Outcome.model_validate({"kind": "yesno"})


TALK = [("ada", "I could give $0.50."), ("bob", "Only $1?"), ("ada", "Fine, $0.75 then.")]


@pytest.mark.parametrize(("take", "value"), [("first", 0.5), ("last", 0.75)])
def test_a_pattern_takes_the_first_or_the_last_match(take: str, value: float) -> None:
    rule = {"pattern": r"\$(\d+\.\d+)", "speaker": "ada", "take": take}
    o = outcome(matched=rule)
    assert o.answer(o.match(TALK) or "").value == value


def test_an_outcome_that_nothing_matches_is_missing() -> None:
    assert outcome(matched={"pattern": r"€(\d+)"}).match(TALK) is None


def test_a_yes_or_no_outcome_that_nothing_matches_is_no() -> None:
    assert outcome("yesno", matched={"pattern": "never"}).match(TALK) == "no"


def test_a_pattern_that_is_no_regular_expression_is_refused() -> None:
    with pytest.raises(ValueError, match="not a regular expression"):
        outcome(matched={"pattern": "("})
