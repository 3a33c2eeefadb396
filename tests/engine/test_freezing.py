"""A run is held to its frozen plan, quotes it, and refuses what no longer fits."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import estimate, make_plan, run
from simulate.engine.freezing import freeze, write_frozen
from simulate.errors import InputError, RunFileError
from simulate.models import ScriptedModel
from simulate.population import Population
from simulate.runfile import RunReader, open_run
from simulate.scenario import Scenario
from simulate.scenario.frozen import Frozen, read_frozen

PEOPLE = Population.model_validate(
    {"population": "people", "attributes": {"age": {"kind": "integer", "counts": {30: 1, 60: 1}}}}
)
OTHERS = Population.model_validate(
    {"population": "people", "attributes": {"age": {"kind": "integer", "counts": {30: 1, 70: 1}}}}
)
GIVEN = {
    "kind": "amount",
    "support": [0, 2],
    "asked": {"speaker": "ada", "question": "How much do you give?\nPlease say: no, 0x1F or 1e5."},
}
FIELDS: dict[str, Any] = {
    "scenario": "talk",
    "title": "A talk",
    "turns": {"maximum": 1, "opening": "Hello\n  you: “yes”\n"},
    "speakers": {
        "bot": {"plays": "assistant", "instructions": "{{ variables.tone }}"},
        "ada": {"plays": "user"},
    },
    "conditions": {"tone": {t: {"variables": {"tone": t}} for t in ("warm", "curt")}},
    "outcomes": {"given": GIVEN, "happy": {**GIVEN, "support": [1, 5]}},
    "design": {"between": ["tone"]},
    "contrasts": {"tone": {"cells": ["warm", "curt"], "meaning": "warmth"}},
    "analysis": {"primary": ["given"], "smallest_effect": {"given": 1e-05}},
    "exclude": {"odd": {"when": {"happy": {"below": 2}}, "why": "did not attend"}},
}


def scenario(**changes: Any) -> Scenario:
    return Scenario.model_validate({**FIELDS, **changes})


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.yaml"
    write_frozen(freeze(make_plan(scenario(), PEOPLE, 3, 7)), path)
    return path


def play(out: Path, told: Scenario | None = None, **options: Any) -> None:
    given = {"seed": 7, "population": PEOPLE, "model": ScriptedModel(["1"]), **options}
    asyncio.run(run(told or scenario(), out=out, **given))


def test_a_frozen_plan_is_read_as_it_was_written(plan: Path) -> None:
    frozen = read_frozen(plan)
    assert frozen.scenario == scenario()
    assert (frozen.plan.n, frozen.plan.seed, frozen.plan.cells) == (3, 7, ["warm", "curt"])
    assert frozen.dialogues == 6
    assert plan.read_text("utf-8") == frozen.text
    assert "deposit it first" in frozen.text.splitlines()[1]


def test_a_frozen_plan_is_never_overwritten_unless_asked(plan: Path) -> None:
    frozen = read_frozen(plan)
    with pytest.raises(InputError, match="is there already: choose another name, or give --force"):
        write_frozen(frozen, plan)
    write_frozen(frozen, plan, force=True)


@pytest.mark.parametrize("edit", [("n: 3", "n: 4"), ("why: did", "why: he did")])
def test_a_plan_that_was_edited_is_refused(plan: Path, edit: tuple[str, str]) -> None:
    plan.write_text(plan.read_text("utf-8").replace(*edit), "utf-8")
    with pytest.raises(InputError, match=r"sha256: the plan was edited after it was frozen"):
        read_frozen(plan)


def test_what_is_no_plan_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.yaml"
    path.write_text("scenario: talk\n")
    with pytest.raises(InputError, match=r"other.yaml:1: is no frozen plan; `simulate plan"):
        read_frozen(path)


def test_a_run_quotes_its_plan_and_takes_its_n(plan: Path, tmp_path: Path) -> None:
    play(tmp_path / "run.db", plan=plan)
    with open_run(tmp_path / "run.db") as file:
        assert file.n == 3
        assert file.frozen is not None
        assert file.frozen.text == plan.read_text("utf-8")
        assert file.meta["frozen"]["sha256"] == read_frozen(plan).sha256


@pytest.mark.parametrize(
    ("changes", "options", "told"),
    [
        ({"analysis": {"primary": ["happy"]}}, {}, 'analysis.primary.0: there "given", here'),
        ({"contrasts": {}}, {}, "contrasts: only there"),
        ({"exclude": {}}, {}, "exclude: only there"),
        ({"design": {}}, {}, "design: only there"),
        ({"turns": {"maximum": 2}}, {}, "turns.maximum: there 1, here 2"),
        ({}, {"n": 4}, "n: there 3, here 4"),
        ({}, {"seed": 8}, "seed: there 7, here 8"),
        ({}, {"population": OTHERS}, "population.sha256"),
    ],
)
def test_a_run_that_is_not_as_planned_is_refused_with_the_field(
    changes: dict[str, Any], options: dict[str, Any], told: str, plan: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="no longer fits scenario talk") as refused:
        play(tmp_path / "run.db", scenario(**changes), plan=plan, **options)
    assert told in str(refused.value)
    assert not (tmp_path / "run.db").exists()


def test_a_dry_run_is_held_to_the_plan_too(plan: Path) -> None:
    given: dict[str, Any] = {"population": PEOPLE, "model": ScriptedModel([]), "plan": plan}
    assert asyncio.run(estimate(scenario(), seed=7, **given)).dialogues == 6
    with pytest.raises(InputError, match="seed: there 7, here 0"):
        asyncio.run(estimate(scenario(), **given))


def test_what_reaches_no_analysis_may_change(plan: Path, tmp_path: Path) -> None:
    play(tmp_path / "run.db", scenario(title="Another title", source="A paper"), plan=plan)


def test_a_resumed_run_keeps_its_plan_and_does_not_outgrow_it(plan: Path, tmp_path: Path) -> None:
    out = tmp_path / "run.db"
    play(out, plan=plan)
    play(out, resume=True)
    play(out, resume=True, plan=plan)
    with pytest.raises(RunFileError, match="was begun with a plan of n 3, and cannot grow to 5"):
        play(out, resume=True, n=5)
    with open_run(out) as file:
        assert file.frozen == read_frozen(plan)


def test_no_plan_comes_after_a_run_has_begun(plan: Path, tmp_path: Path) -> None:
    play(tmp_path / "run.db", n=3)
    with pytest.raises(RunFileError, match="was begun without a plan, and none can come before"):
        play(tmp_path / "run.db", resume=True, plan=plan)


def test_a_plan_says_what_is_planned_and_what_is_not(plan: Path) -> None:
    frozen: Frozen = read_frozen(plan)
    assert frozen.primary == ("given",)
    assert [frozen.planned(name) for name in ("given", "happy", "tone")] == [True, False, True]
    assert frozen.plans("given", "curt", "warm")
    assert not frozen.plans("happy", "curt", "warm")
    added = {"reverse": {"cells": ["curt", "warm"], "meaning": "curtness"}, **FIELDS["contrasts"]}
    assert frozen.unplanned(scenario(contrasts=added)) == (
        "happy: measured, and no primary outcome of the plan",
        "reverse: a contrast that was not planned",
    )


def test_a_run_file_whose_quoted_plan_was_edited_says_so(plan: Path, tmp_path: Path) -> None:
    import sqlite3

    play(tmp_path / "run.db", plan=plan)
    with sqlite3.connect(tmp_path / "run.db") as file:
        file.execute("UPDATE meta SET value = replace(value, 'n: 3', 'n: 2') WHERE key = 'frozen'")
    file.close()
    with RunReader(tmp_path / "run.db") as run_file, pytest.raises(RunFileError, match="edited"):
        _ = run_file.frozen
