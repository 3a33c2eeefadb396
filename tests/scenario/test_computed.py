"""Computed outcomes: differences, scores, checks and points, from other outcomes alone."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from simulate.scenario import Scenario
from simulate.scenario.applicability import MISSING, NOT_APPLICABLE, Answer
from simulate.scenario.computing import computed_answer, fold_of

JUDGED = {"judged": {"question": "?"}}
ITEM = {"kind": "ordinal", "levels": [1, 2, 3, 4, 5], **JUDGED}


def scenario(**outcomes: Any) -> Scenario:
    return Scenario.model_validate(
        {
            "scenario": "x",
            "speakers": {"bot": {"plays": "assistant"}, "ada": {"plays": "user"}},
            "outcomes": {
                "a": ITEM,
                "b": ITEM,
                "c": ITEM,
                "paid": {"kind": "amount", "support": [0, 2], "unit": "USD", **JUDGED},
                "books": {"kind": "count", "support": [0, 3], **JUDGED},
                "deal": {"kind": "yesno", **JUDGED},
                "word": {"kind": "choice", "levels": ["x", "y"], **JUDGED},
                **outcomes,
            },
        }
    )


def value(computed: dict[str, Any], measured: dict[str, Any], **fields: Any) -> Answer:
    outcomes = scenario(found={"computed": computed, **fields}).outcomes
    fold = fold_of(outcomes["found"], outcomes, {"persona": {"price": 3}})
    answers = {name: v if isinstance(v, Answer) else Answer(v) for name, v in measured.items()}
    return computed_answer(fold, answers)


@pytest.mark.parametrize(
    ("computed", "measured", "result"),
    [
        ({"difference": ["a", "b"]}, {"a": "4", "b": "1"}, 3),
        ({"mean": ["a", "b", "c"], "reversed": ["c"]}, {"a": "4", "b": "3", "c": "5"}, 8 / 3),
        ({"sum": ["a", "b"], "reversed": ["b"]}, {"a": "4", "b": "1"}, 9),
        ({"sum": ["deal", "books"]}, {"deal": True, "books": 2}, 3),
        ({"when": {"a": 3, "word": ["x"]}}, {"a": "3", "word": "x"}, True),
        ({"when": {"a": [1, 3], "word": "y"}}, {"a": "3", "word": "x"}, False),
        ({"when": {"paid": {"above": 1}}}, {"paid": 1.5}, True),
    ],
)
def test_a_value_follows_from_other_values(
    computed: dict[str, Any], measured: dict[str, Any], result: object
) -> None:
    assert value(computed, measured) == Answer(result)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("computed", "measured", "result"),
    [
        ({"difference": ["a", "b"]}, {"a": "4", "b": MISSING}, MISSING),
        ({"sum": ["a", "b"]}, {"a": "4", "b": NOT_APPLICABLE}, MISSING),
        ({"mean": ["a", "b"]}, {"a": "4", "b": MISSING}, MISSING),
        ({"mean": ["a", "b"], "at_least": 1}, {"a": "4", "b": MISSING}, Answer(4.0)),
        ({"mean": ["a", "b"], "at_least": 1}, {"a": MISSING, "b": MISSING}, MISSING),
        ({"when": {"a": 3}}, {"a": MISSING}, MISSING),
        ({"when": {"a": 3, "deal": True}}, {"a": MISSING, "deal": False}, Answer(False)),
        ({"when": {"a": 3}}, {"a": NOT_APPLICABLE}, Answer(False)),
    ],
)
def test_with_too_few_values_it_is_missing_and_never_guessed(
    computed: dict[str, Any], measured: dict[str, Any], result: Answer
) -> None:
    assert value(computed, measured) == result


def test_an_expression_computes_points_from_outcomes_and_the_persona() -> None:
    rule = {"expression": "books * persona.price + (2 if deal else 0)"}
    fields = {"kind": "count", "support": [0, 11]}
    assert value(rule, {"books": 2, "deal": True}, **fields) == Answer(8)
    assert value(rule, {"books": 2, "deal": MISSING}, **fields) == MISSING
    truth = value({"expression": "books > 1"}, {"books": 2}, kind="yesno")
    assert truth == Answer(True)


@pytest.mark.parametrize(
    ("computed", "derived"),
    [
        ({"difference": ["a", "b"]}, ("count", (-4, 4), None)),
        ({"mean": ["a", "b"]}, ("amount", (1, 5), None)),
        ({"sum": ["books", "deal"]}, ("count", (0, 4), None)),
        ({"sum": ["paid"]}, ("amount", (0, 2), "USD")),
        ({"when": {"a": 3}}, ("yesno", None, None)),
    ],
)
def test_kind_support_and_unit_follow_from_the_parts(
    computed: dict[str, Any], derived: tuple[Any, ...]
) -> None:
    found = scenario(found={"computed": computed}).outcomes["found"]
    assert (found.kind, found.support, found.unit) == derived


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ({"computed": {"mean": ["a"], "sum": ["b"]}}, "give exactly one of difference, mean"),
        ({"computed": {"mean": ["a", "e"]}}, "outcomes.found.computed: there is no outcome “e”"),
        ({"computed": {"mean": ["a", "a"]}}, "mean: “a” is named twice"),
        ({"computed": {"mean": ["a"], "reversed": ["b"]}}, "reversed: “b” is not among those"),
        ({"computed": {"sum": ["a"], "at_least": 1}}, "at_least is for mean"),
        ({"computed": {"mean": ["a", "paid"], "at_least": 1}}, "units differ"),
        ({"computed": {"mean": ["a", "books"], "at_least": 1}}, "different scales"),
        ({"computed": {"sum": ["a", "word"]}}, "computed.sum: “word” is of kind choice"),
        ({"computed": {"when": {"a": 9}}}, "outcomes.found.computed.when.a: the answer “9”"),
        ({**ITEM, "applies_if": {"a": "{{ cell.x }}"}}, "outcomes.found.applies_if.a: the answer"),
        ({"computed": {"difference": ["a", "found"]}}, "in a circle: found → found"),
        ({"computed": {"sum": ["a"]}, "support": [0, 9]}, "outcomes.found.support: is [1.0, 5.0]"),
        ({"computed": {"sum": ["a"]}, "levels": ["1", "2"]}, "it has no levels"),
        ({"computed": {"expression": "a + 1"}}, "say of which kind the value is"),
        ({"computed": {"expression": "a +"}, "kind": "amount", "support": [0, 1]}, "expression"),
        ({"computed": {"expression": "1"}, "kind": "amount", "support": [0, 1]}, "no outcome"),
        ({"computed": {"when": {"a": 3}}, "not_applicable": "x"}, "nobody is asked"),
        (
            {"computed": {"when": {"a": 3}}, "judged": {"question": "?"}},
            "given: judged and computed",
        ),
    ],
)
def test_what_cannot_be_computed_is_refused_with_its_field(found: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError) as error:
        scenario(found=found)
    assert why in str(error.value)


def test_what_is_computed_stands_as_soon_as_its_parts_do_and_may_decide_what_is_asked() -> None:
    data = scenario(
        low={"computed": {"mean": ["a", "b"]}},
        later={**ITEM, "applies_if": {"low": {"below": 3}}},
    ).model_dump()
    asked = [{"ask": ["a", "b"]}, {"ask": ["later"]}]
    (cell,) = Scenario.model_validate({**data, "steps": asked}).cells()
    assert [step.asked for step in cell.steps[:2]] == [["a", "b", "low"], ["later"]]
    with pytest.raises(ValidationError, match=r"“low” depends on “b” \(computed\): ask for “b”"):
        Scenario.model_validate({**data, "steps": [{"ask": ["a", "low"]}, {"ask": ["b"]}]})
