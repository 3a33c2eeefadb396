"""`donation` and what extends it: nobody is told the result, and prompts are short."""

import asyncio
import hashlib
import re
from pathlib import Path
from statistics import median

import pytest

from simulate.engine import run
from simulate.engine.estimate import StandIn
from simulate.files.templates import render
from simulate.models.tokens import tokens_in
from simulate.runfile import open_run
from simulate.scenario import load_scenario, load_with_population, template_values

TELLS = re.compile("some give|many give|every cent|People like you|persuade")


@pytest.mark.parametrize("name", ["donation", "donation-2x2", "donation-talk"])
def test_the_persuadee_is_told_neither_the_topic_nor_what_others_do(name: str) -> None:
    scenario = load_scenario(name)
    for cell in scenario.cells():
        assert not TELLS.search(cell.speakers["persuadee"].instructions)
    told = scenario.speakers["persuadee"].instructions
    assert "Save the Children" not in told
    assert "charit" not in told


@pytest.mark.parametrize("name", ["donation", "donation-wordings", "dictator", "ultimatum"])
def test_who_a_speaker_is_stands_last_so_that_prompts_share_what_comes_before(name: str) -> None:
    for cell in load_scenario(name).cells():
        for speaker in cell.speakers.values():
            before, persona, after = speaker.instructions.partition("{{ persona.prose }}")
            assert "{{" not in before.replace("{{ request }}", "")
            assert not after.strip()
            assert persona or speaker.population is None


def test_a_turn_of_the_persuadee_adds_at_most_150_tokens_to_the_history(tmp_path: Path) -> None:
    model = StandIn("stand-in", None)
    path = tmp_path / "a.db"
    asyncio.run(run("donation", n=8, methods=["vs"], model=model, out=path))
    found = []
    with open_run(path) as file:
        for planned, _ in file.planned():
            for call in file.calls(planned.id):
                if call.speaker == "persuadee" and call.turn is not None:
                    (system,) = (m for m in call.history if m["role"] == "system")
                    own = [system, *call.request]
                    found.append(tokens_in("".join(message["content"] for message in own)))
    assert len(found) == 80
    assert median(found) <= 150


def test_no_prompt_of_a_speaker_names_its_role_or_its_cell(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    asyncio.run(run("donation-2x2", n=1, model=StandIn("stand-in", None), out=path))
    with open_run(path) as file:
        calls = [c for planned, _ in file.planned() for c in file.calls(planned.id) if c.speaker]
    assert calls
    for call in calls:
        sent = " ".join(m["content"] for m in call.prompt if m["role"] != "assistant")
        assert not re.search(r"persuad|uniform|\bauto\b|\bvs\b|\bmethod\b", sent)


def test_the_persuader_is_a_person_of_its_own_and_the_persuadee_may_leave() -> None:
    scenario = load_scenario("donation")
    assert scenario.speakers["persuader"].population == "crowdworkers"
    assert scenario.turns.may_end == ["persuadee"]


def test_a_donation_is_asked_for_as_an_act_in_the_same_words_by_all_who_extend_it() -> None:
    asked = [load_scenario(f"donation{name}").outcomes["donation"].asked for name in ("", "-2x2")]
    assert asked[0] == asked[1]
    assert asked[0] is not None
    assert (asked[0].frame, asked[0].by) == ("act", "the organisers of the task")
    assert "over" not in asked[0].question


def test_the_table_of_the_paper_keeps_the_prompts_that_it_was_made_with() -> None:
    scenario = load_scenario("donation-paper")
    assert {cell.prompt_version for cell in scenario.cells()} == {1}
    assert scenario.turns.may_end == []
    asked = scenario.outcomes["donation"].asked
    assert asked is not None
    texts = [each.instructions for each in scenario.speakers.values()] + [asked.question]
    assert hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16] == "04dc6752d7dbebf7"


def test_a_question_about_the_population_has_no_frame_and_its_probabilities_are_of_people() -> None:
    scenario, people = load_with_population("donation-talk")
    assert people is not None
    asked = scenario.outcomes["donation"].asked
    assert asked is not None
    persona = people.sample(1, 0)[0]
    frames = {}
    for cell in scenario.cells():
        values = template_values(cell, persona, "persuadee")
        frames[cell.label] = render(asked.frame, values, "frame")
    assert {label for label, frame in frames.items() if frame != "act"} == {"population"}
    assert frames["population"] == "none"
    stands_for = {c.label: c.speakers["persuadee"].stands_for for c in scenario.cells()}
    assert {label for label, each in stands_for.items() if each == "people"} == {"population"}


def test_the_wordings_cross_method_and_frame_with_what_the_persuadee_is_told() -> None:
    scenario = load_scenario("donation-wordings")
    cells = scenario.cells()
    assert len(cells) == 12
    instructions = {cell.label: cell.speakers["persuadee"].instructions for cell in cells}
    told = {cell.levels["told"] for cell in cells if TELLS.search(instructions[cell.label])}
    assert told == {"told"}
    assert set(scenario.conditions["frame"]) == {"act", "private-report", "none"}
