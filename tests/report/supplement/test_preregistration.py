"""A frozen plan in the form of a preregistration, and what a run that is held to it reports."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from simulate.comparison.planned_power import planned_power
from simulate.engine import make_plan, run
from simulate.engine.freezing import freeze, write_frozen
from simulate.models import ScriptedModel
from simulate.population import Population
from simulate.report.document import Facts, Items, Paragraph, Table, Verbatim
from simulate.report.supplement import Document, preregistration, supplement, to_markdown
from simulate.runfile import open_run
from simulate.scenario import Scenario
from simulate.scenario.frozen import DEPOSIT, read_frozen
from simulate.terminal.numbers import number
from tests.conftest import Command

GIVEN = {
    "kind": "amount",
    "unit": "EUR",
    "support": [0, 2],
    "asked": {"speaker": "ada", "question": "How much do you give?"},
}
FIELDS: dict[str, Any] = {
    "scenario": "talk",
    "title": "A talk",
    "turns": {"maximum": 1},
    "speakers": {
        "bot": {"plays": "assistant", "instructions": "{{ variables.tone }}"},
        "ada": {"plays": "user"},
    },
    "conditions": {"tone": {t: {"variables": {"tone": t}} for t in ("warm", "curt")}},
    "outcomes": {"given": GIVEN, "happy": {**GIVEN, "support": [1, 5]}},
    "design": {"between": ["tone"]},
    "contrasts": {"tone": {"cells": ["warm", "curt"], "meaning": "warmth moves people"}},
    "analysis": {"primary": ["given"], "smallest_effect": {"given": 0.25}},
    "exclude": {"odd": {"when": {"happy": {"below": 2}}, "why": "did not attend"}},
}
PEOPLE = Population.model_validate(
    {"population": "people", "attributes": {"age": {"kind": "integer", "counts": {30: 1, 60: 1}}}}
)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plan") / "plan.yaml"
    scenario = Scenario.model_validate(FIELDS)
    write_frozen(freeze(make_plan(scenario, PEOPLE, 3, 7)), path)
    return path


def texts(document: Document) -> dict[str, str]:
    """Return all that each section says, by its title."""
    found: dict[str, str] = {}
    for section in document.sections:
        parts: list[str] = []
        for block in section.blocks:
            match block:
                case Paragraph(text):
                    parts.append(text)
                case Items(items):
                    parts += items
                case Facts(rows) | Table(_, rows):
                    parts += [cell for row in rows for cell in row]
                case Verbatim(_, shown):
                    parts += [text for _, text in shown]
        found[section.title] = "\n".join(parts)
    return found


def test_a_plan_answers_what_registries_ask(plan: Path) -> None:
    frozen = read_frozen(plan)
    document = preregistration(frozen)
    said = texts(document)
    assert document.title == "Preregistration: A talk"
    lead = to_markdown(Document("t", document.lead, ()))
    assert DEPOSIT in lead
    assert frozen.sha256 in lead
    assert "warmth moves people" in said["Hypotheses"]
    assert "between persons, assigned at random" in said["Design"]
    assert "How much do you give?" in said["Outcomes"]
    assert "given\nprimary" in said["Outcomes"]
    assert "happy\nexploratory" in said["Outcomes"]
    assert "tone\ngiven\nwarm − curt" in said["Analyses"]
    assert "did not attend" in said["Exclusions"]
    assert "given: 0.25" in said["Sample size and power"]
    (power,) = planned_power(frozen.scenario, 3)
    assert number(power.detectable) in said["Sample size and power"]
    assert said["The plan, word for word"] == plan.read_text()


def test_what_a_plan_does_not_say_is_named_and_blank(plan: Path) -> None:
    document = preregistration(read_frozen(plan))
    blank = [
        block.text
        for section in document.sections
        for block in section.blocks
        if isinstance(block, Paragraph) and block.tone == "blank"
    ]
    for what in ("authors", "were run", "sign", "power", "model", "analyses"):
        assert any(what in each for each in blank), what
    assert to_markdown(document).count("**To be filled in:**") == len(blank)


def test_a_run_that_is_held_to_a_plan_says_what_was_planned_and_what_was_not(
    plan: Path, tmp_path: Path
) -> None:
    path = tmp_path / "run.db"
    scenario = Scenario.model_validate(FIELDS)
    answer = '{"responses": [{"value": 1, "probability": 1}]}'
    options: dict[str, Any] = {"seed": 7, "population": PEOPLE, "model": ScriptedModel([answer])}
    asyncio.run(run(scenario, out=path, plan=plan, **options))
    with open_run(path) as file:
        document = supplement(file)
        excluded = len(file.rules_of_dialogues())
    said = texts(document)
    assert read_frozen(plan).sha256 in said["Plan"]
    assert "The scenario is the one that was planned." in said["Plan"]
    assert "measured, and no primary outcome of the plan: happy" in said["Plan"]
    assert f"did not attend\n{excluded}" in said["Plan"]
    assert "left out by what was measured in them (odd)" in said["Limits"]
    stated = "contrasts that the scenario states"
    assert "planned" in said[f"given: {stated}"]
    assert "not planned" not in said[f"given: {stated}"]
    assert "not planned" in said[f"happy: {stated}"]
    assert "No plan was frozen" not in said["Limits"]


def test_a_plan_is_reported_by_the_same_command(plan: Path, command: Command) -> None:
    code, out, _ = command("report", plan)
    assert code == 0
    assert out.startswith("# Preregistration: A talk\n")
    code, _, err = command("report", plan, "--guide-llm")
    assert (code, err.count("\n")) == (2, 1)
    assert "--guide-llm is for a run" in err
    other = plan.with_name("scenario.yaml")
    other.write_text("scenario: talk\n")
    code, _, err = command("report", other)
    assert (code, "is no frozen plan" in err) == (2, True)
    code, _, err = command("report", "nowhere.db", "--html", plan)
    assert (code, err.count("\n")) == (2, 1)
