"""A run grows: what reaches no prompt, no draw and no outcome is no part of its identity."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import make_plan, run
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


def test_a_population_of_the_same_name_that_says_something_else_is_said_to_have_changed(
    tmp_path: Path,
) -> None:
    simulated(tmp_path / "a.db", 2)
    connection = sqlite3.connect(tmp_path / "a.db")
    with connection:
        connection.execute(
            "UPDATE meta SET value = json_set(value, '$.prose', 'Hm.') WHERE key = 'population'"
        )
        connection.execute("UPDATE meta SET value = '\"x\"' WHERE key = 'fingerprint'")
    connection.close()
    with pytest.raises(RunFileError, match=r"population \(crowdworkers has changed since\); take"):
        simulated(tmp_path / "a.db", 2, resume=True)


def test_a_title_may_change_before_a_run_goes_on(tmp_path: Path) -> None:
    simulated(tmp_path / "a.db", 2)
    assert len(simulated(tmp_path / "a.db", 3, resume=True, title="A better title")) == 6


def test_the_fingerprint_does_not_depend_on_n_or_on_what_nobody_is_told() -> None:
    same = {fingerprint(), fingerprint(n=9), fingerprint(title="x"), fingerprint(source="y")}
    assert len(same | {fingerprint(defaults={"n": 7})}) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"description": "Three talk."},
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


def test_a_table_with_unequal_weights_cannot_grow_and_says_so(tmp_path: Path) -> None:
    rows = [{"id": name, "weight": weight} for name, weight in (("a", 1), ("b", 2), ("c", 5))]
    table = Population.model_validate({"population": "table", "personas": rows})
    scenario, model = Scenario.model_validate({**DATA, "conditions": {}}), ScriptedModel(answers)
    settings: dict[str, Any] = {"population": table, "model": model, "out": tmp_path / "a.db"}
    asyncio.run(run(scenario, n=3, **settings))
    with pytest.raises(RunFileError, match="cannot grow: the people of its population"):
        asyncio.run(run(scenario, n=8, resume=True, **settings))


def test_people_of_a_table_who_come_twice_get_a_name_that_nobody_has() -> None:
    rows = [{"id": name} for name in ("x", "x#2")]
    table = Population.model_validate({"population": "table", "personas": rows})
    assert [p.id for p in table.sample(4, 0)] == ["x", "x#2", "x#3", "x#2#2"]


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
