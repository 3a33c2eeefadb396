"""Turn leverage from rollouts that the engine plays, on a tree of which every path is known."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from simulate.comparison.leverage import Leverage, explore_sync, foresee, leverage
from simulate.engine import run
from simulate.engine.branching import branch_sync
from simulate.errors import EndpointError, InputError, StatisticsError
from simulate.models import ScriptedModel
from simulate.report.plotting import write_figure
from simulate.runfile import open_run
from tests.enumerated import nine_paths, path_of
from tests.made_runs import gone_at

TREE = nine_paths()
BUDGET = 240


def simulated(path: Path, n: int = 2, **fields: Any) -> Path:
    asyncio.run(run(TREE.scenario(**fields), n=n, model=TREE.model(), out=path))
    return path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Leverage]:
    path = simulated(tmp_path_factory.mktemp("explored") / "run.db")
    return path, explore_sync(path, 0, budget_calls=BUDGET, model=TREE.model())


def calls_of_branches(path: Path) -> int:
    with open_run(path) as file:
        return file.paid().calls - file.totals().calls


def inside(number: dict[str, Any], truth: float) -> bool:
    low, high = number["interval"]
    return bool(low < truth < high)


def rows(found: Leverage) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = found.to_dict()["rows"]
    return told


def test_what_is_found_is_what_the_tree_says(whole: tuple[Path, Leverage]) -> None:
    path, found = whole
    with open_run(path) as file:
        taken = path_of([turn.text for turn in file.dialogue(0).turns])
    assert [each["turn"] for each in rows(found)] == [0, 1, 2, 3]
    first, last = (each for each in rows(found) if each["speaker"] == "guest")
    means = [TREE.expectation(begins=(k,)) for k in range(3)]
    expected = sum(w * mean for w, mean in zip(TREE.stated(()), means, strict=True))
    assert inside(first["surprise"], means[taken[0]] - expected)
    spread = sum(w * (m - expected) ** 2 for w, m in zip(TREE.stated(()), means, strict=True))
    assert inside(first["leverage"], spread)
    assert [each["mean"] for each in first["candidates"]] == pytest.approx(means, abs=0.3)
    # Nothing is drawn after the last turn, and the outcome's own distribution is integrated.
    ends = [TREE.mean((taken[0], k)) for k in range(3)]
    assert [each["mean"] for each in last["candidates"]] == pytest.approx(ends)
    assert last["leverage"]["interval"] is None


def test_rollouts_take_no_more_calls_than_the_budget_and_none_a_second_time(
    whole: tuple[Path, Leverage],
) -> None:
    path, found = whole
    before = calls_of_branches(path)
    assert 0.9 * BUDGET < before <= BUDGET
    broken = gone_at(1, TREE.answer, "doors")
    again = explore_sync(path, 0, budget_calls=BUDGET, model=broken)
    assert again.to_dict() == found.to_dict()
    assert calls_of_branches(path) == before


def test_a_run_says_what_was_explored_in_it(whole: tuple[Path, Leverage]) -> None:
    path, found = whole
    with open_run(path) as file:
        assert file.leverage().to_dict() == found.to_dict()
        assert file.leverage(0).sentence == found.sentence
        assert file.totals().dialogues == 2
        with pytest.raises(StatisticsError, match="no turn of dialogue 1 was explored yet"):
            file.leverage(1)
    frame = found.to_frame()
    assert frame.height == 4
    assert (
        frame["refused"].to_list()[::2]
        == ["not identified: what plays assistant states no distribution of its replies"] * 2
    )
    assert repr(found) == "Leverage(gift: 2 turns explored)"
    assert "no cause in people, and not for choosing messages" in found.notes[-1]
    assert "turn 1" in found._repr_html_()


def test_what_was_interrupted_ends_as_if_it_had_not_been(
    whole: tuple[Path, Leverage], tmp_path: Path
) -> None:
    path = simulated(tmp_path / "run.db")
    branch_sync(path, 0, turn=1, choose=2, n=1, model=TREE.model())
    for call in (9, 100):
        with pytest.raises(EndpointError):
            explore_sync(path, 0, budget_calls=BUDGET, model=gone_at(call, TREE.answer, "doors"))
    with open_run(path) as file, pytest.raises(StatisticsError, match="turn 1 are unfinished"):
        file.leverage()
    found = explore_sync(path, 0, budget_calls=BUDGET, model=TREE.model())
    assert rows(found) == rows(whole[1])


def test_a_budget_that_is_too_small_is_refused_with_the_smallest(tmp_path: Path) -> None:
    path = simulated(tmp_path / "run.db", 1)
    with pytest.raises(InputError) as caught:
        explore_sync(path, budget_calls=11, model=TREE.model())
    assert str(caught.value) == (
        "--budget-calls is 11, and two pilot and two fresh rollouts of each reply of one turn take "
        "up to 12 calls; of all 2 turns 48; give at least 12"
    )
    assert calls_of_branches(path) == 0
    found = explore_sync(path, budget_calls=12, model=TREE.model())
    assert [each["refused"] for each in rows(found)][1::2] == ["not explored", None]
    assert calls_of_branches(path) == 12


def test_rollouts_that_a_rule_leaves_out_are_no_values(tmp_path: Path) -> None:
    rule = {"much": {"when": {"gift": {"above": 1}}, "why": "nobody has so much"}}
    path = simulated(tmp_path / "run.db", 1, exclude=rule)
    found = explore_sync(path, 0, budget_calls=100, model=TREE.model())
    tried = [each for each in rows(found) if each["speaker"] == "guest"]
    assert {reply["mean"] for each in tried for reply in each["candidates"]} == {0.0}
    assert sum(each["lost"] for each in tried) > 0
    assert any("failed, left out, or it does not apply" in note for note in found.notes)


def test_a_dry_run_says_what_a_budget_is_enough_for(tmp_path: Path, as_json: Any) -> None:
    path = simulated(tmp_path / "run.db", 3)
    told = as_json("branch", path, "--explore", "--budget-calls", 100, "--dry-run")
    assert (told["turns_able"], told["calls_of_all_turns"]) == (6, 3 * 48)
    assert 0 < told["turns"] < 6
    with open_run(path) as file:
        plan = asyncio.run(foresee(file, 1, 4800))
        assert [p.index for p in plan.points] == [1, 3]
    assert plan.pilot == 10
    assert len(plan.pilots()) == 60


def test_outcomes_without_a_mean_and_unknown_ones_are_refused(tmp_path: Path) -> None:
    choice = {
        "kind": "choice",
        "levels": ["red", "blue"],
        "asked": {"speaker": "guest", "question": "Which?"},
    }
    path = simulated(tmp_path / "run.db", 1, outcomes={})
    told = {"gift": "there is no outcome “gift”", None: "has no outcome with a mean"}
    for name, why in told.items():
        with pytest.raises(StatisticsError, match=why):
            explore_sync(path, 0, budget_calls=BUDGET, outcome=name, model=TREE.model())
    scenario = TREE.scenario(outcomes={"door": choice})
    other = tmp_path / "other.db"

    def answer(request: Any) -> Any:
        said = f"{request.schema}"
        if "red" not in said:
            return TREE.answer(request)
        return {"responses": [{"value": v, "probability": 0.5} for v in ("red", "blue")]}

    model = ScriptedModel(answer, "doors")
    asyncio.run(run(scenario, n=1, model=model, out=other))
    with pytest.raises(StatisticsError, match="outcome door has no mean"):
        explore_sync(other, 0, budget_calls=BUDGET, outcome="door", model=model)


def test_a_run_whose_turns_are_not_drawn_from_several_replies_has_nothing_to_explore(
    tmp_path: Path,
) -> None:
    path = tmp_path / "run.db"
    asyncio.run(run(TREE.scenario(), n=1, methods=["direct"], model=TREE.model(), out=path))
    with pytest.raises(InputError, match="no turn"):
        explore_sync(path, budget_calls=BUDGET, model=TREE.model())


def test_the_command_prints_it_and_draws_it(
    whole: tuple[Path, Leverage], command: Any, tmp_path: Path
) -> None:
    path, found = whole
    told = ("branch", path, "--explore")
    assert command(*told)[0] == 2
    assert command(*told, "--budget-calls", 9, "--figure", "a.txt")[0] == 2
    for words in ((*told, "--budget-calls", 9, "--turn", 1), ("branch", path, 0, "--outcome", "x")):
        code, _, err = command(*words)
        assert (code, err.count("\n"), "--explore; leave them out" in err) == (2, 1, True)
    assert "</svg>" in write_figure(found.plot(), tmp_path / "leverage.svg").read_text()
    unfinished = dataclasses.replace(found, turns=(), stopped="told to stop")
    assert "nothing is estimated before all have ended" in unfinished.sentence
    assert leverage(path, 0).found[0][1] == found.found[0][1]
