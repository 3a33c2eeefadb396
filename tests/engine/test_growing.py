"""A run grows: what reaches no prompt, no draw and no outcome is no part of its identity."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import make_plan, run
from simulate.engine.differences import other_scenario
from simulate.errors import RunFileError
from simulate.models import ChatRequest, ScriptedModel
from simulate.population import Population, load_population
from simulate.runfile import open_run
from simulate.scenario import Scenario

DATA: dict[str, Any] = {
    "scenario": "growing",
    "title": "A title",
    "description": "Two talk.",
    "speakers": {
        "bot": {"plays": "assistant"},
        "ada": {"plays": "user", "instructions": "{{ persona.prose }}"},
    },
    "turns": {"maximum": 1},
    "conditions": {"method": {"direct": {}, "cot": {"speakers": {"ada": {"method": "cot"}}}}},
}


def answers(request: ChatRequest) -> Any:
    said = f"{request.messages[0]['content'][:40]} {request.seed}"
    return said if request.schema is None else {"reasoning": "Hm.", "text": said}


def simulated(
    path: Path, n: int | None, *, resume: bool = False, **changes: Any
) -> list[dict[str, Any]]:
    scenario = Scenario.model_validate({**DATA, **changes})
    population = load_population("crowdworkers")
    options: dict[str, Any] = {"population": population, "model": ScriptedModel(answers)}
    asyncio.run(run(scenario, n=n, out=path, resume=resume, **options))
    with open_run(path) as file:
        assert file.meta["n"] == n
        return [
            {k: v for k, v in d.items() if k not in ("run", "dialogue")} for d in file.dialogues()
        ]


def fingerprint(n: int = 2, seed: int = 0, **changes: Any) -> str:
    scenario = Scenario.model_validate({**DATA, **changes})
    return make_plan(scenario, load_population("crowdworkers"), n, seed).fingerprint


def test_a_run_that_has_grown_is_the_run_that_was_larger_from_the_beginning(tmp_path: Path) -> None:
    simulated(tmp_path / "a.db", 2)
    grown = simulated(tmp_path / "a.db", 5, resume=True)
    assert grown == simulated(tmp_path / "b.db", 5)


def test_a_run_does_not_shrink(tmp_path: Path) -> None:
    simulated(tmp_path / "a.db", 3)
    with pytest.raises(RunFileError, match=r"another n \(there 3, here 2; it may only grow\)"):
        simulated(tmp_path / "a.db", 2, resume=True)


def test_a_run_of_older_prompts_says_how_to_go_on_with_it(tmp_path: Path) -> None:
    simulated(tmp_path / "a.db", 2, prompt_version=1)
    with pytest.raises(RunFileError) as caught:
        simulated(tmp_path / "a.db", 3, resume=True)
    assert str(caught.value).endswith(
        "it was begun with another scenario (prompt_version: there 1, here 2); take the same "
        "(write `prompt_version: 1` in the scenario), or choose another file with --out"
    )
    assert len(simulated(tmp_path / "a.db", 3, resume=True, prompt_version=1)) == 6


def test_the_fingerprint_does_not_depend_on_n_or_on_what_nobody_is_told() -> None:
    same = {fingerprint(), fingerprint(n=9), fingerprint(title="x"), fingerprint(source="y")}
    same |= {fingerprint(description="Three talk."), fingerprint(population="elsewhere.yaml")}
    assert len(same | {fingerprint(defaults={"n": 7})}) == 1


@pytest.mark.parametrize(
    "judged",
    [
        {"outcomes": {"glad": {"kind": "yesno", "judged": {"question": "Is ada glad?"}}}},
        {"checks": {"kind": {"judged": {"rubric": "Kind?", "levels": {"y": "pass", "n": "fail"}}}}},
    ],
)
def test_a_judge_is_told_the_description(judged: dict[str, Any]) -> None:
    assert fingerprint(**judged) != fingerprint(**judged, description="Three talk.")


@pytest.mark.parametrize(
    "changes",
    [
        {"turns": {"maximum": 2}},
        {"steps": [{"say": 1}]},
        {"seed": 1},
        {"defaults": {"replicates": 2}},
    ],
)
def test_the_fingerprint_depends_on_what_reaches_a_prompt_or_a_draw(
    changes: dict[str, Any],
) -> None:
    assert fingerprint(**changes) != fingerprint()


def test_a_run_goes_on_with_its_own_n_where_none_is_given(tmp_path: Path) -> None:
    simulated(tmp_path / "a.db", 3)
    scenario = Scenario.model_validate(DATA)
    population = load_population("crowdworkers")
    model = ScriptedModel(answers)
    again = run(scenario, out=tmp_path / "a.db", resume=True, population=population, model=model)
    assert asyncio.run(again).completed == 6


@pytest.mark.parametrize("change", ["speakers", "conditions"])
def test_a_run_does_not_go_on_with_its_speakers_or_levels_in_another_order(
    tmp_path: Path, change: str
) -> None:
    simulated(tmp_path / "a.db", 2)
    turned = dict(reversed(DATA["speakers"].items()))
    if change == "conditions":
        turned = {"method": dict(reversed(DATA["conditions"]["method"].items()))}
    with pytest.raises(RunFileError, match="another scenario"):
        simulated(tmp_path / "a.db", 3, resume=True, **{change: turned})


def test_the_notes_of_a_population_are_no_part_of_a_run() -> None:
    scenario, people = Scenario.model_validate(DATA), load_population("crowdworkers")
    noted = people.model_copy(update={"notes": "A typing error mended."})
    plans = [make_plan(scenario, each, 2, 0) for each in (people, noted)]
    assert plans[0].fingerprint == plans[1].fingerprint


PEOPLE = """population: people
personas:
  - {id: ann, weight: 1, prose: You are Ann.}
  - {id: bob, weight: 2, prose: You are Bob.}
  - {id: cy, weight: 5, prose: You are Cy.}
"""
FILE = """scenario: talk
title: A talk
description: Two talk.
population: people.yaml
speakers:
  bot: {plays: assistant, instructions: You help.}
  ada: {plays: user, instructions: "{{ persona.prose }}"}
turns: {maximum: 1}
"""
SAME_FILE = """# Written anew.
scenario: talk
title: "A better title"
description: >
  Two people
  talk.
population: people/all.yaml   # moved
speakers:
  bot:
    instructions: 'You help.'
    plays: assistant
  ada:
    plays: user
    instructions: "{{ persona.prose }}"
turns:
  maximum: 1
"""
SAME_PEOPLE = """# Nothing but these three.
population: people
description: Three people.
personas:
- id: ann
  prose: "You are Ann."
- {id: bob, weight: 2.0, prose: You are Bob.}
- {id: cy, weight: 5, prose: You are Cy.}
"""


def from_file(path: Path, n: int, *, resume: bool = True, **options: Any) -> list[dict[str, Any]]:
    options = {"model": ScriptedModel(answers), **options}
    scenario = path.parent / "talk.yaml"
    asyncio.run(run(scenario, n=n, out=path, resume=resume, **options))
    with open_run(path) as file:
        return [{k: v for k, v in d.items() if k != "run"} for d in file.dialogues()]


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """Return a run of three people of a table with unequal weights."""
    (tmp_path / "people.yaml").write_text(PEOPLE)
    (tmp_path / "talk.yaml").write_text(FILE)
    from_file(tmp_path / "a.db", 3, resume=False)
    return tmp_path / "a.db"


def test_a_run_with_a_table_of_unequal_weights_grows(begun: Path) -> None:
    whole = from_file(begun.with_name("b.db"), 20, resume=False)
    assert from_file(begun, 4) == whole[:4]
    assert from_file(begun, 20) == whole


def test_another_way_of_writing_the_same_files_is_no_other_run(begun: Path) -> None:
    begun.with_name("people").mkdir()
    begun.with_name("people").joinpath("all.yaml").write_text(SAME_PEOPLE)
    begun.with_name("people.yaml").unlink()
    begun.with_name("talk.yaml").write_text(SAME_FILE)
    assert len(from_file(begun, 6)) == 6


def test_all_that_differs_is_listed_with_both_values_where_they_are_short(begun: Path) -> None:
    changed = FILE.replace("maximum: 1", "maximum: 2").replace("help.", "help " + "a lot " * 9)
    asked = "{glad: {kind: yesno, asked: {speaker: ada, question: Glad?}}}"
    begun.with_name("talk.yaml").write_text(f"{changed}outcomes: {asked}\n")
    other = PEOPLE.replace("2,", "3,").replace("Cy.", "Cyrus.").replace("id: ann", "id: \\e[1m")
    begun.with_name("people.yaml").write_text(other.replace("\\e[1m", '"\\e[1m"'))
    with pytest.raises(RunFileError) as caught:
        from_file(begun, 2, seed=5, model=ScriptedModel(answers, name="other"))
    assert str(caught.value) == (
        f"run file {begun} cannot be resumed: it was begun with another scenario "
        "(speakers.bot.instructions; turns.maximum: there 1, here 2; outcomes.glad: only here), "
        "population (personas.ann: only there; personas.bob.weight: there 2.0, here 3.0; "
        'personas.cy.prose: there "You are Cy.", here "You are Cyrus."; '
        "personas.\\x1b[1m: only here), seed (there 0, here 5), "
        "model of bot, ada, judge (there scripted, here other), "
        "n (there 3, here 2; it may only grow); take the same, or choose another file with --out"
    )


def test_many_differences_are_counted(begun: Path) -> None:
    rows = "".join(f"  - {{id: p{i}}}\n" for i in range(30))
    begun.with_name("people.yaml").write_text(PEOPLE + rows)
    with pytest.raises(RunFileError, match=r"personas.p11: only here; and 18 more\); take"):
        from_file(begun, 6)


def test_a_field_of_an_outcome_that_differs_is_named_by_its_path(tmp_path: Path) -> None:
    def outcomes(question: str) -> dict[str, Any]:
        asked = {"speaker": "ada", "question": question}
        return {"donation": {"kind": "yesno", "asked": asked}}

    scenarios = [Scenario.model_validate({**DATA, "outcomes": outcomes(q)}) for q in ("A?", "B?")]
    there, here = (each.model_dump(mode="json") for each in scenarios)
    assert other_scenario(there, here) == [
        'outcomes.donation.asked.question: there "A?", here "B?"'
    ]


def test_people_on_file_stay_who_they_are_and_are_not_drawn_again(tmp_path: Path) -> None:
    rows = [{"id": name, "prose": f"You are {name}."} for name in "abcdef"]
    people = Population.model_validate({"population": "six", "personas": rows})
    scenario = Scenario.model_validate(DATA)
    path, model = tmp_path / "a.db", ScriptedModel(answers)
    asyncio.run(run(scenario, n=2, out=path, population=people, model=model))
    # As if a version that draws others had begun it.
    last = people.sample(6, 0)[-1].id
    with sqlite3.connect(path) as connection:
        first = connection.execute("SELECT id FROM persona WHERE position = 0").fetchone()[0]
        connection.execute("PRAGMA foreign_keys = off")
        connection.execute("UPDATE persona SET id = ?, prose = 'Hm.' WHERE position = 0", (last,))
        renamed = "UPDATE dialogue SET persona = ?, key = '-' || key WHERE persona = ?"
        connection.execute(renamed, (last, first))
    connection.close()
    asyncio.run(run(scenario, n=6, out=path, population=people, model=model, resume=True))
    with open_run(path) as file:
        assert next(iter(file.personas)) == last
        assert file.personas[last].prose == "Hm."
        assert sorted(file.personas) == list("abcdef")
        assert len(list(file.dialogues())) == 12


def test_a_person_on_file_still_has_had_their_talk(tmp_path: Path) -> None:
    talk = [{"speaker": "bot", "text": "Hello."}, {"speaker": "ada", "text": "Go away."}]
    rows = [{"id": "ann", "talk": talk}]
    people = Population.model_validate({"population": "one", "personas": rows})
    scenario = Scenario.model_validate({**DATA, "steps": [{"given": "persona"}, {"say": 1}]})
    options: dict[str, Any] = {"population": people, "model": ScriptedModel(answers)}
    options |= {"n": 2, "out": tmp_path / "a.db"}

    async def stopped() -> None:
        stop = asyncio.Event()
        stop.set()
        await run(scenario, stop=stop, **options)

    asyncio.run(stopped())
    asyncio.run(run(scenario, resume=True, **options))
    with open_run(tmp_path / "a.db") as file:
        first = [[turn["text"] for turn in d["turns"]][:2] for d in file.dialogues()]
    assert first == [["Hello.", "Go away."]] * 4


@pytest.mark.parametrize(
    ("key", "value"), [("models", "5"), ("models", "[[1]]"), ("versions", "5"), ("n", '"x"')]
)
def test_a_damaged_fact_about_the_run_is_one_clear_error(
    tmp_path: Path, key: str, value: str
) -> None:
    simulated(tmp_path / "a.db", 2)
    connection = sqlite3.connect(tmp_path / "a.db")
    with connection:
        connection.execute("UPDATE meta SET value = ? WHERE key = ?", (value, key))
    connection.close()
    with pytest.raises(RunFileError, match="the file is damaged"):
        simulated(tmp_path / "a.db", 2, resume=True)
