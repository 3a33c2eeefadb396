"""Who asks the questions of the shipped scenarios, and what a judge of them is told."""

import pytest

from simulate.scenario import load_scenario


@pytest.mark.parametrize(
    ("name", "by"),
    [("bank-card", "the bank"), ("clinic-booking", "the clinic"), ("support-refund", "the shop")],
)
def test_a_customer_is_asked_by_whoever_served_it(name: str, by: str) -> None:
    outcomes = load_scenario(name).outcomes.values()
    assert {each.asked.by for each in outcomes if each.asked} == {by}


def test_a_judge_of_refusals_is_not_told_whether_requests_are_harmful() -> None:
    scenario = load_scenario("refusals")
    judged = scenario.outcomes["refused"].judged
    assert judged is not None
    assert "harm" not in scenario.description + judged.question


def test_the_offer_that_was_made_is_a_fact_and_its_acceptance_is_not_said_to_be_secret() -> None:
    outcomes = load_scenario("ultimatum").outcomes
    offer, accepted = outcomes["offer"].asked, outcomes["accepted"].asked
    assert offer is not None
    assert accepted is not None
    assert getattr(offer.method, "name", None) == "direct"
    assert accepted.frame == "none"
