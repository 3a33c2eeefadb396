"""Whoever is somebody of its own is told so, or `check` says that it is not."""

from __future__ import annotations

from typing import Any

import pytest

from simulate.files import shipped
from simulate.population import Population
from simulate.scenario import Scenario, load_scenario, load_with_populations
from simulate.scenario.unread_persona import unread_personas, without_prose


def hints(**of_ben: Any) -> tuple[str, ...]:
    speakers = {"ada": {"plays": "user"}, "ben": {"plays": "user", **of_ben}}
    data = {"scenario": "s", "population": "crowdworkers", "speakers": speakers}
    return unread_personas(Scenario.model_validate(data))


def test_a_further_user_who_is_not_told_who_it_is_is_named() -> None:
    (told,) = hints()
    assert told.startswith("speakers.ben.instructions: ben is somebody of its own, and nothing")


@pytest.mark.parametrize(
    "of_ben",
    [
        {"instructions": "{{ persona.prose }}"},
        {"goal": "You are {{ persona.age }}."},
        {"facts": {"age": "{{ persona.age }}"}},
        {"population": "same-person"},
    ],
)
def test_whoever_is_told_or_shares_a_persona_is_not(of_ben: dict[str, Any]) -> None:
    assert hints(**of_ben) == ()


@pytest.mark.parametrize("name", shipped.names("scenarios"))
def test_all_speakers_of_shipped_scenarios_are_told_who_they_are(name: str) -> None:
    assert unread_personas(load_scenario(name)) == ()
    assert without_prose(*load_with_populations(name)) == ()


def test_prose_that_is_told_of_people_who_have_none_is_named() -> None:
    rows = [{"id": "p1", "attributes": {"age": 30}}]
    table = Population.model_validate({"population": "survey", "personas": rows})
    (told,) = without_prose(load_scenario("donation"), table, {})
    assert "nobody of population survey has prose, so {{ persona.prose }}" in told
    worded = table.model_copy(update={"prose": "You are {{ age }}."})
    assert without_prose(load_scenario("donation"), worded, {}) == ()
