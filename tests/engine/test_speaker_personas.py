"""Speakers beside the first user that are a person of their own."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from simulate.engine import estimate, make_plan, run
from simulate.errors import EndpointError, InputError, PopulationError, RunFileError
from simulate.models import ChatRequest, ScriptedModel
from simulate.population import Partner, Partners, Persona, Population
from simulate.runfile import open_run
from simulate.runfile.export import table_rows
from simulate.runfile.run_view import RunView
from simulate.scenario import Scenario, load_scenario
from simulate.tui.analyses import Selected
from simulate.tui.headless import screen_data
from tests.made_runs import gone_at

AGES = {"kind": "integer", "counts": dict.fromkeys(range(100), 1)}
ADAS: dict[str, Any] = {"population": "adas", "attributes": {"age": AGES}, "prose": "{{ age }}."}
BOBS: dict[str, Any] = {**ADAS, "population": "bobs", "prose": "I am {{ age }}."}
TABLE = {"population": "table", "personas": [{"id": "a", "weight": 3}, {"id": "b"}]}
DATA: dict[str, Any] = {
    "scenario": "pair",
    "speakers": {
        "bob": {"plays": "assistant", "instructions": "Bob, {{ persona.prose }}"},
        "ada": {"plays": "user", "instructions": "Ada, {{ persona.prose }} {{ facts.age }}"},
    },
    "turns": {"maximum": 1},
    "conditions": {"method": {"direct": {}, "cot": {"speakers": {"ada": {"method": "cot"}}}}},
    "defaults": {"replicates": 2},
}
DATA["speakers"]["ada"]["facts"] = {"age": "{{ persona.age }}"}


def scenario(**changes: Any) -> Scenario:
    return Scenario.model_validate({**DATA, **changes})


def answers(request: ChatRequest) -> Any:
    said = f"{request.messages[0]['content']} {request.seed}"
    return said if request.schema is None else {"reasoning": "Hm.", "text": said}


def options(bobs: Any = BOBS) -> dict[str, Any]:
    return {
        "population": Population.model_validate(ADAS),
        "speaker_populations": {"bob": Population.model_validate(bobs)},
    }


def simulated(path: Path, n: int, model: Any = None, **settings: Any) -> list[dict[str, Any]]:
    given = {**options(settings.pop("bobs", BOBS)), **settings}
    asyncio.run(run(scenario(), n=n, out=path, model=model or ScriptedModel(answers), **given))
    with open_run(path) as file:
        return [{k: v for k, v in d.items() if k != "run"} for d in file.dialogues()]


def test_a_speaker_with_a_population_is_told_of_its_own_persona(tmp_path: Path) -> None:
    for dialogue in simulated(tmp_path / "a.db", 4):
        ada, bob = dialogue["persona"], dialogue["personas"]["bob"]
        said = {turn["speaker"]: turn["text"].rpartition(" ")[0] for turn in dialogue["turns"]}
        age = ada["attributes"]["age"]
        assert said == {
            "bob": f"Bob, I am {bob['attributes']['age']}.",
            "ada": f"Ada, {age}. {age}",
        }


def test_who_it_talks_to_depends_on_persona_and_replicate_and_not_on_the_cell(
    tmp_path: Path,
) -> None:
    found = simulated(tmp_path / "a.db", 8)
    who = {(d["persona"]["id"], d["replicate"]): set[str]() for d in found}
    for each in found:
        who[each["persona"]["id"], each["replicate"]].add(str(each["personas"]["bob"]))
    assert all(len(people) == 1 for people in who.values())
    assert len(set.union(*who.values())) == 8
    assert len({d["personas"]["bob"]["attributes"]["age"] for d in found}) > 4


def test_a_run_with_two_populations_grows_and_goes_on_as_if_it_had_not_stopped(
    tmp_path: Path,
) -> None:
    whole = simulated(tmp_path / "a.db", 4)
    with pytest.raises(EndpointError):
        simulated(tmp_path / "b.db", 2, gone_at(5, answers))
    simulated(tmp_path / "b.db", 2, resume=True)
    assert simulated(tmp_path / "b.db", 4, resume=True) == whole
    with open_run(tmp_path / "b.db") as file:
        assert len(file.personas) == 2
        assert file.meta["populations"]["bob"]["population"] == "bobs"
        assert next(file.calls(0)).history[0]["content"].startswith("Bob, I am ")
        assert file.examined(0).speakers["bob"].instructions.startswith("Bob, I am ")


def test_a_run_does_not_go_on_with_other_people_for_a_speaker(tmp_path: Path) -> None:
    simulated(tmp_path / "a.db", 2)
    noted = {**BOBS, "notes": "A typing error mended."}
    assert simulated(tmp_path / "a.db", 2, bobs=noted, resume=True)
    older = {**BOBS, "prose": "I am old."}
    with pytest.raises(RunFileError, match="another population of bob"):
        simulated(tmp_path / "a.db", 2, bobs=older, resume=True)


def test_people_of_a_table_come_by_their_weights_and_may_be_the_same_in_two_dialogues(
    tmp_path: Path,
) -> None:
    found = simulated(tmp_path / "a.db", 4, bobs=TABLE)
    assert {d["personas"]["bob"]["id"] for d in found} <= {"bob:a", "bob:b"}
    table = Population.model_validate(TABLE)
    partners = Partners(0, None, {"bob": Partner(table)})
    drawn = [partners.beside(Persona(f"p{i}"))["bob"].id for i in range(1000)]
    assert drawn.count("bob:a") / 1000 == pytest.approx(0.75, abs=0.04)


def test_tables_have_who_each_speaker_was(tmp_path: Path) -> None:
    found = simulated(tmp_path / "a.db", 2)
    with open_run(tmp_path / "a.db") as file:
        for dialogue, row in zip(found, table_rows(file), strict=True):
            bob = dialogue["personas"]["bob"]
            assert row["personas.bob"] == bob["id"]
            assert row["personas.bob.age"] == bob["attributes"]["age"]
            assert row["persona.age"] == dialogue["persona"]["attributes"]["age"]


def test_a_population_of_nobody_else_leaves_a_plan_as_it_was() -> None:
    people = Population.model_validate(ADAS)
    plans = [make_plan(scenario(), people, 2, 0), make_plan(scenario(), people, 2, 0, {})]
    beside = make_plan(scenario(), people, 2, 0, options()["speaker_populations"])
    assert plans[0].fingerprint == plans[1].fingerprint != beside.fingerprint
    assert {d.key for d in plans[0].dialogues}.isdisjoint(d.key for d in beside.dialogues)


def test_a_population_beside_the_scenario_is_a_speakers(tmp_path: Path) -> None:
    people = "population: p\npersonas: [{id: x, prose: You are X.}]\n"
    (tmp_path / "people.yaml").write_text(people)
    text = (
        "scenario: s\nspeakers:\n"
        "  bob: {plays: assistant, population: people.yaml, instructions: '{{ persona.prose }}'}\n"
        "  ada: {plays: user}\n"
    )
    (tmp_path / "s.yaml").write_text(text)
    assert load_scenario(tmp_path / "s.yaml").speakers["bob"].population == "people.yaml"
    asyncio.run(run(tmp_path / "s.yaml", n=1, model=ScriptedModel(answers), out=tmp_path / "a.db"))
    with open_run(tmp_path / "a.db") as file:
        dialogue = file.dialogue(0)
        assert dialogue.personas["bob"].prose == "You are X."
        assert dialogue.turns[0].text.startswith("You are X.")
    (tmp_path / "s.yaml").write_text(text.replace("people.yaml", "nobody.yaml"))
    with pytest.raises(PopulationError, match=r"nobody\.yaml"):
        load_scenario(tmp_path / "s.yaml")


def test_a_template_that_no_persona_of_a_speaker_fits_is_told_beforehand(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(
        "scenario: s\nspeakers:\n"
        "  bob: {plays: assistant, population: crowdworkers, instructions: '{{ persona.hat }}'}\n"
        "  ada: {plays: user}\n"
    )
    with pytest.raises(InputError, match=r"s\.yaml:\d+: speakers\.bob\.instructions: .*hat"):
        load_scenario(tmp_path / "s.yaml")


@pytest.mark.parametrize(
    ("speaker", "plays", "why"),
    [
        ("ada", "user", "speakers.ada.population: the persona of the first user is from the"),
        ("bob", "target", "population is set, but this speaker plays target"),
    ],
)
def test_a_population_of_a_speaker_that_cannot_have_one_is_refused(
    speaker: str, plays: str, why: str
) -> None:
    speakers = {**DATA["speakers"]}
    speakers[speaker] = {**speakers[speaker], "plays": plays, "population": "crowdworkers"}
    with pytest.raises(ValidationError, match=why):
        scenario(speakers=speakers)


@pytest.mark.parametrize("speaker", ["ada", "cleo"])
def test_a_population_is_given_to_no_speaker_that_cannot_have_one(speaker: str) -> None:
    people = Population.model_validate(ADAS)
    with pytest.raises(InputError, match=f"population of speaker {speaker}: must be of .*: bob"):
        make_plan(scenario(), people, 2, 0, {speaker: people})


def test_a_persona_whose_id_another_speakers_could_have_is_refused() -> None:
    named = Population.model_validate({"population": "t", "personas": [{"id": "bob:a"}]})
    with pytest.raises(InputError, match=r"population t: persona .*bob:a.* begins with “bob:”"):
        make_plan(scenario(), named, 1, 0, options()["speaker_populations"])


def test_what_a_run_takes_is_estimated_with_the_personas_of_all_speakers() -> None:
    found = asyncio.run(estimate(scenario(), n=2, model=ScriptedModel(answers), **options()))
    assert found.calls == 8


def test_the_card_of_a_persona_shows_whom_it_talked_to(tmp_path: Path) -> None:
    (first, *_) = simulated(tmp_path / "a.db", 2)
    view = RunView(tmp_path / "a.db")
    card = screen_data("persona", tmp_path, view, Selected(dialogue=0))
    view.close()
    assert card["personas"]["bob"]["attributes"] == first["personas"]["bob"]["attributes"]


TWO: dict[str, Any] = {
    "scenario": "two",
    "speakers": {
        "ada": {"plays": "user", "instructions": "Ada, {{ persona.prose }}"},
        "bob": {"plays": "user", "instructions": "Bob, {{ persona.prose }}"},
    },
    "turns": {"maximum": 1},
}


def who(**of_bob: Any) -> list[dict[str, Any]]:
    """Return each dialogue's personas by speaker, as a plan has them."""
    two = {**TWO, "speakers": {**TWO["speakers"], "bob": {**TWO["speakers"]["bob"], **of_bob}}}
    plan = make_plan(Scenario.model_validate(two), Population.model_validate(ADAS), 8, 0)
    known = {each.id: each for each in plan.personas}
    return [plan.personas_beside(d, known[d.persona]) for d in plan.dialogues]


def test_a_further_user_is_somebody_else_from_the_scenarios_population() -> None:
    ages = [each["bob"].attributes["age"] for each in who()]
    assert len(set(ages)) > 4


def test_a_further_user_is_the_first_one_where_the_scenario_says_so() -> None:
    assert who(population="same-person") == [{}] * 8


def test_a_run_of_two_users_says_how_it_goes_on_with_one_persona_for_both(tmp_path: Path) -> None:
    """As a file of an earlier version would be resumed, which had one persona for both."""
    shared = {**TWO["speakers"]["bob"], "population": "same-person"}
    old = {**TWO, "speakers": {**TWO["speakers"], "bob": shared}}
    people = Population.model_validate(ADAS)
    given: dict[str, Any] = {"model": ScriptedModel(answers), "out": tmp_path / "a.db"}
    given["population"] = people
    asyncio.run(run(Scenario.model_validate(old), n=1, **given))
    with pytest.raises(RunFileError, match=r"bob: only here; `population: same-person` at bob is"):
        asyncio.run(run(Scenario.model_validate(TWO), n=1, resume=True, **given))


def test_matched_people_are_on_file_and_a_rule_is_a_part_of_what_a_run_is(tmp_path: Path) -> None:
    near = {"match": {"age": {"rule": "same", "within": 9}}}
    matched = {**TWO["speakers"]["bob"], "population": near}
    two = {**TWO, "speakers": {**TWO["speakers"], "bob": matched}}
    given: dict[str, Any] = {"model": ScriptedModel(answers), "out": tmp_path / "a.db"}
    given["population"] = Population.model_validate(ADAS)
    asyncio.run(run(Scenario.model_validate(two), n=4, **given))
    with open_run(tmp_path / "a.db") as file:
        assert file.meta["partners"] == {"bob": {"population": "adas", **near}}
        assert "populations" not in file.meta
        for each in file.dialogues():
            ages = (each["persona"], each["personas"]["bob"])
            one, other = (persona["attributes"]["age"] for persona in ages)
            assert abs(one - other) <= 9
    matched["population"] = {"match": {"age": {"rule": "different", "within": 9}}}
    with pytest.raises(RunFileError, match=r"bob\.match\.age\.rule: there \"same\""):
        asyncio.run(run(Scenario.model_validate(two), n=4, resume=True, **given))


@pytest.mark.parametrize(
    ("population", "why"),
    [
        ({"with": "ada", "distinct": True}, "bob.population.with: nothing is matched"),
        ({"with": "cleo", "match": {"age": "same"}}, "with: must be the first user .ada., or a"),
    ],
)
def test_a_rule_that_names_nobody_is_refused(population: Any, why: str) -> None:
    bob = {"plays": "user", "population": population}
    with pytest.raises(ValidationError, match=why):
        Scenario.model_validate({**TWO, "speakers": {**TWO["speakers"], "bob": bob}})


@pytest.mark.parametrize(
    ("population", "why"),
    [
        ("{match: {sex: equal}}", r"population\.match\.sex: must be 'same', 'different' or 'cross"),
        (
            "{match: {age: {within: -1}}}",
            r"population\.match\.age\.within: must be greater than",
        ),
        ("{matc: {sex: same}}", r"population\.matc: .* did you mean “match”"),
        (
            "{match: {hat: same}}",
            r"population\.match\.hat: population crowdworkers has no attribute",
        ),
        (
            "{match: {age: same}}",
            r"population\.match\.age: is a number: say up to which difference",
        ),
        ("{from: nobody.yaml}", r"nobody\.yaml"),
        ("12", r"population: must be a text, got “12”: put it in quotes"),
    ],
)
def test_a_rule_that_is_wrong_is_told_with_its_line(
    tmp_path: Path, population: str, why: str
) -> None:
    (tmp_path / "s.yaml").write_text(
        "scenario: s\npopulation: crowdworkers\nspeakers:\n  ada: {plays: user}\n"
        f"  ben: {{plays: user, population: {population}}}\n"
    )
    with pytest.raises(InputError, match=why) as told:
        load_scenario(tmp_path / "s.yaml")
    assert "nobody" in population or f"{tmp_path}/s.yaml:5: speakers.ben" in str(told.value)
