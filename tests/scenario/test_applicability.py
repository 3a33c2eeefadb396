"""Outcomes that need not apply: how they are declared, asked for and read."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.errors import ParseError, ScenarioError
from simulate.scenario import DOES_NOT_APPLY, Answer, Outcome, Scenario, load_scenario
from simulate.scenario.applicability import MISSING, NOT_APPLICABLE
from simulate.verbalized import MethodSpec

JUDGED = {"judged": {"question": "?"}}
PRICE: dict[str, Any] = {"kind": "amount", "support": [0, 100], "unit": "USD", **JUDGED}
DEAL: dict[str, Any] = {"kind": "yesno", **JUDGED}


def price(**fields: Any) -> Outcome:
    return Outcome.model_validate({**PRICE, "not_applicable": "no deal was made", **fields})


def scenario(outcomes: dict[str, Any], **fields: Any) -> Scenario:
    speakers = {"ada": {"plays": "user"}, "bot": {"plays": "assistant"}}
    return Scenario.model_validate(
        {"scenario": "x", "speakers": speakers, "outcomes": outcomes, **fields}
    )


@pytest.mark.parametrize(
    "raw",
    [
        "does not apply",
        "Does not apply.",
        '"does not apply"',
        " DOESN’T APPLY ",
        "not applicable",
        "N/A",
        "does not apply (no deal was made)",
        "Does not apply: no deal was made.",
        "does not apply, because No deal was made",
    ],
)
def test_each_spelling_of_does_not_apply_is_read(raw: str) -> None:
    assert price().read(raw) == DOES_NOT_APPLY


@pytest.mark.parametrize(
    "raw",
    [
        *(None, "", "none", "does not", "apply", "nan/a", "n/a/b", "does not applying"),
        *("does not apply, but 40", "not applicable: 40", "does not apply if no deal was made"),
        "n/a x" + "." * 100_000 + "x",
    ],
)
def test_what_might_be_a_value_or_nothing_is_refused_with_both_forms(raw: object) -> None:
    with pytest.raises(ParseError, match=r'from 0 to 100.*or "does not apply" if no deal was made'):
        price().read(raw)


@given(st.floats(0, 100))
def test_a_number_is_read_as_ever_where_an_outcome_need_not_apply(value: float) -> None:
    o = price()
    assert o.answer(o.read(str(value))) == Answer(value)
    assert o.answer(o.read(o.read("n/a"))) == NOT_APPLICABLE


@given(st.text(max_size=40))
def test_no_other_text_is_read_as_does_not_apply(text: str) -> None:
    try:
        found = price().read(text)
    except ParseError:
        return
    said = text.casefold()
    assert (found == DOES_NOT_APPLY) == ("appl" in said or "n/a" in said)


def test_only_an_outcome_that_declares_it_can_be_answered_so() -> None:
    with pytest.raises(ParseError):
        Outcome.model_validate(PRICE).read(DOES_NOT_APPLY)
    with pytest.raises(ParseError):  # what decides is the deal, and who is asked has one
        Outcome.model_validate({**PRICE, "applies_if": {"deal": "yes"}}).read(DOES_NOT_APPLY)


def test_the_prompt_says_when_it_does_not_apply() -> None:
    assert price().form == (
        'a number from 0 to 100, in USD, or "does not apply" if no deal was made'
    )


def test_the_schema_allows_for_it() -> None:
    number, word = price().value_schema["anyOf"]
    assert number["type"] == "number"
    assert word == {"type": "string", "enum": [DOES_NOT_APPLY]}
    yesno = Outcome.model_validate({**DEAL, "not_applicable": "they left early"})
    assert yesno.value_schema["enum"] == ["yes", "no", DOES_NOT_APPLY]


@pytest.mark.parametrize(
    ("fields", "answers"),
    [
        ({"kind": "yesno"}, 2),
        ({"kind": "yesno", "not_applicable": "they left early"}, 3),
        ({"kind": "choice", "levels": ["a", "b", "c"]}, 3),
        ({"kind": "ordinal", "levels": ["a", "b"]}, 2),
        ({"kind": "count", "support": [0, 1]}, 2),
        ({"kind": "count", "support": [-2, 4]}, 7),
        ({"kind": "amount", "support": [0, 1]}, None),
    ],
)
def test_answers_are_counted_where_they_can_be(fields: dict[str, Any], answers: int | None) -> None:
    assert Outcome.model_validate({**JUDGED, **fields}).answers == answers


@pytest.mark.parametrize(
    ("method", "answers", "batches"),
    [
        ({"name": "vs"}, 2, (2,)),
        ({"name": "sequence", "k": 3}, 2, (2,)),
        ({"name": "multi"}, 2, (1, 1)),
        ({"name": "vs-multi", "k": 9, "rounds": 3}, 2, (1, 1)),
        ({"name": "vs", "k": 2}, 5, (2,)),
        ({"name": "vs", "k": "auto"}, 2, ("auto",)),
        ({"name": "vs"}, None, (5,)),
    ],
)
def test_no_more_candidates_are_asked_for_than_there_are_answers(
    method: dict[str, Any], answers: int | None, batches: tuple[Any, ...]
) -> None:
    assert MethodSpec.model_validate(method).at_most(answers).batches() == batches


def test_an_outcome_is_measured_after_those_that_it_depends_on() -> None:
    found = scenario(
        {
            "tip": {**PRICE, "applies_if": {"price": {"above": 0}}},
            "price": {**PRICE, "applies_if": {"deal": "yes"}},
            "mood": DEAL,
            "deal": DEAL,
        }
    )
    (cell,) = found.cells()
    assert cell.steps[-1].asked == ["mood", "deal", "price", "tip"]


@pytest.mark.parametrize(
    ("condition", "answer", "applies"),
    [
        ("yes", Answer(True), True),
        ("yes", Answer(False), False),
        (["yes", "no"], Answer(False), True),
        ("yes", MISSING, None),
        ("yes", NOT_APPLICABLE, False),
        ("does not apply", NOT_APPLICABLE, True),
    ],
)
def test_the_value_of_another_outcome_decides(
    condition: Any, answer: Answer, applies: bool | None
) -> None:
    deal = {**DEAL, "not_applicable": "they never met"}
    found = scenario({"price": {**PRICE, "applies_if": {"deal": condition}}, "deal": deal})
    assert found.applies("price", {"deal": answer}) is applies


@pytest.mark.parametrize(
    ("condition", "yes", "no"),
    [
        ({"above": 0}, [0.01, 100], [0]),
        ({"below": 3}, [0, 2.9], [3, 50]),
        ({"above": 0, "below": 3}, [1], [0, 3]),
        (2, [2.0], [2.5]),
        ([0, "$2"], [0, 2], [1]),
    ],
)
def test_numbers_decide_by_value_or_by_bounds(condition: Any, yes: Any, no: Any) -> None:
    found = scenario({"paid": PRICE, "why": {**DEAL, "applies_if": {"paid": condition}}})
    assert all(found.applies("why", {"paid": Answer(float(n))}) is True for n in yes)
    assert all(found.applies("why", {"paid": Answer(float(n))}) is False for n in no)


def test_all_conditions_must_hold_and_one_that_does_not_is_enough() -> None:
    both = {"a": "yes", "b": "yes"}
    found = scenario({"a": DEAL, "b": DEAL, "price": {**PRICE, "applies_if": both}})
    assert found.applies("price", {"a": Answer(True), "b": Answer(True)}) is True
    assert found.applies("price", {"a": Answer(False), "b": MISSING}) is False
    assert found.applies("price", {"a": Answer(True), "b": MISSING}) is None


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ("applies_if: {dael: yes}", "no such outcome; there are: deal"),
        ("applies_if: {price: 1}", "in a circle: price → price"),
        ("applies_if: {deal: maybe}", 'is not one of "yes", "no"'),
        ("applies_if: {deal: {above: 0}}", "above and below are for numbers"),
        ("applies_if: {deal: {}}", "give above, below, or both"),
        ("applies_if: {deal: {above: 3, at_most: 3}}", "no number lies there: > 3 and ≤ 3"),
        ("applies_if: {}", "at least 1"),
        ("not_applicable: ''", "at least 1 character"),
    ],
)
def test_a_condition_that_cannot_be_used_is_refused_with_its_line(
    tmp_path: Path, fields: str, why: str
) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(
        "scenario: x\n"
        "speakers: {ada: {plays: user}, bot: {plays: assistant}}\n"
        "outcomes:\n"
        "  deal: {kind: yesno, judged: {question: '?'}}\n"
        "  price:\n"
        "    kind: amount\n"
        "    support: [0, 100]\n"
        f"    {fields}\n"
        "    judged: {question: '?'}\n"
    )
    with pytest.raises(ScenarioError) as error:
        load_scenario(path)
    assert "s.yaml:8: " in str(error.value)
    assert why in str(error.value)


def test_steps_cannot_ask_for_an_outcome_before_those_that_it_depends_on() -> None:
    outcomes = {"deal": DEAL, "price": {**PRICE, "applies_if": {"deal": "yes"}}}
    with pytest.raises(ValueError, match=r"steps\.0\.ask: “price” depends on “deal”"):
        scenario(outcomes, steps=[{"ask": ["price", "deal"]}])


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"kind": "choice", "levels": ["a", "N/A"], "not_applicable": "x y"}, "level of its own"),
        ({"answered": {}, "judged": None, "applies_if": {"deal": "yes"}}, "before all others"),
        (
            {"kind": "yesno", "support": None, "judged": None}
            | {"matched": {"pattern": "deal"}, "not_applicable": "x y"},
            "has a value where nothing matches",
        ),
    ],
)
def test_an_outcome_that_cannot_fail_to_apply_so_is_refused(
    fields: dict[str, Any], why: str
) -> None:
    support = {"support": None} if "levels" in fields else {}
    with pytest.raises(ValueError, match=why):
        Outcome.model_validate({**PRICE, **support, **fields})


def test_a_level_of_that_name_stays_a_level_where_nothing_is_declared() -> None:
    o = Outcome.model_validate({**JUDGED, "kind": "choice", "levels": ["a", DOES_NOT_APPLY]})
    assert o.answer(o.read(DOES_NOT_APPLY)) == Answer(DOES_NOT_APPLY)


def test_where_nothing_matches_an_outcome_does_not_apply_only_if_it_says_so() -> None:
    rule = {"judged": None, "matched": {"pattern": r"\$(\d+)"}}
    assert price(**rule).match([("ada", "No, thanks.")]) == DOES_NOT_APPLY
    assert price(**rule, not_applicable=None).match([("ada", "No, thanks.")]) is None
    assert price(**rule).read_from("ada", "No.") == NOT_APPLICABLE
    assert price(**rule).read_from("ada", "$500") == MISSING
