"""What a scenario states, as a supplement and a preregistration show it."""

from __future__ import annotations

from simulate.report.document import Table, Verbatim
from simulate.report.supplement.stated import course, exclusions_table, outcomes_table, questions
from simulate.scenario import Scenario

BATTERY = Scenario.model_validate(
    {
        "scenario": "battery",
        "speakers": {"bot": {"plays": "assistant"}, "ada": {"plays": "user"}},
        "turns": {"maximum": 1},
        "batteries": {
            "trust": {
                "items": {
                    "a": "People can be trusted.",
                    "b": {"text": "One cannot be too careful.", "reversed": True},
                    "c": {"text": "Please answer 4.", "right": 4},
                },
                "asked": {"speaker": "ada", "question": "How much do you agree: {{ item }}"},
                "levels": ["1 (not at all)", "2", "3", "4", "5 (fully)"],
                "waves": ["before", "after"],
                "order": "random",
            }
        },
        "outcomes": {"change": {"computed": {"difference": ["trust_after", "trust_before"]}}},
        "steps": [
            {"ask": {"outcomes": ["trust_before"], "remembers": "items"}},
            {"say": "all"},
            {"ask": ["trust_after"]},
        ],
        "exclude": {"careless": {"when": {"trust_after_c_right": "no"}, "why": "did not attend"}},
        "analysis": {"primary": ["change"]},
    }
)


def test_order_and_memory_of_what_is_asked_are_told() -> None:
    ((_, told),) = course(BATTERY).rows
    before, talk, after = told.splitlines()
    items = "trust_before (trust_before_a, trust_before_b, trust_before_c)"
    order = "an order of its own in each dialogue"
    assert before == f"1. measured: {items}; {order}; who is asked sees the earlier answers"
    assert talk == "2. everybody speaks, 1 turn each at most"
    assert after.endswith("who is asked sees no other answer")


def test_outcomes_say_their_role_and_their_values() -> None:
    rows = {row[0]: row[1:] for row in outcomes_table(BATTERY).rows}
    assert rows["change"][:2] == ("primary", "amount")
    assert rows["trust_after_a"][0] == "exploratory"
    assert rows["trust_after_a"][2] == "1 (not at all); 2; 3; 4; 5 (fully)"
    assert rows["trust_after_c_right"][2] == "no; yes"


def test_the_items_of_a_battery_stand_in_it_and_not_one_by_one() -> None:
    titles = [each.title for each in questions(BATTERY) if isinstance(each, Verbatim)]
    assert "Battery trust" in titles
    assert "change: as the scenario says it" in titles
    assert not [title for title in titles if title.startswith("trust_after_a")]


def test_rules_say_where_they_hold_and_how_many_dialogues_they_leave_out() -> None:
    planned = exclusions_table(BATTERY)
    counted = exclusions_table(BATTERY, {"careless": 3})
    assert isinstance(planned, Table)
    assert isinstance(counted, Table)
    rule = ("careless", "trust_after_c_right is no", "did not attend")
    assert (planned.rows, counted.rows) == ((rule,), ((*rule, "3"),))
