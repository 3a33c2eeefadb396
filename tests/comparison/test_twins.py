"""Twins of two cells: which pairs there are, in which order, and where and why two part."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from simulate.comparison.summary import summaries
from simulate.comparison.twins import Twins, example_of, parting, twins, with_contrast
from simulate.engine import run
from simulate.engine.branching import branch_sync
from simulate.errors import StatisticsError
from simulate.models import ChatRequest, ScriptedModel
from simulate.report.document_markdown import to_markdown
from simulate.report.twins_document import twins_document
from simulate.runfile import open_run
from tests.enumerated import nine_paths
from tests.made_runs import LEFT, MakeRun, write_run

TREE = nine_paths()
BLUNT = {"guide": {"instructions": "You guide a guest. Be blunt with them."}}
EVEN = {"guest": {"method": {"draw": "uniform"}}}
CONDITIONS: dict[str, Any] = {
    "tone": {"kind": {}, "blunt": {"speakers": BLUNT}},
    "draw": {"stated": {}, "even": {"speakers": EVEN}},
}


def answer(request: ChatRequest) -> Any:
    said = TREE.answer(request)
    blunt = any("blunt" in each["content"] for each in request.messages)
    return f"Well? {said}" if blunt and isinstance(said, str) else said


@pytest.fixture(scope="module")
def four_cells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("twins") / "run.db"
    scenario = TREE.scenario(conditions=CONDITIONS)
    model = ScriptedModel(answer, "doors")
    asyncio.run(run(scenario, n=20, model=model, out=path))
    branch_sync(path, 0, turn=1, choose=2, n=2, model=model)
    return path


def of_cells(path: Path, a: int, b: int) -> Twins:
    with open_run(path) as file:
        return with_contrast(file, twins(file, a=a, b=b))


def test_the_largest_difference_comes_first_and_branches_are_no_twins(four_cells: Path) -> None:
    found = of_cells(four_cells, 0, 1)
    assert found.names == ("kind+stated", "kind+even")
    assert found.counts.pairs == found.counts.compared == len(found) == 20
    sizes = abs(found.differences).tolist()
    assert sizes == sorted(sizes, reverse=True)
    with open_run(four_cells) as file:
        for pair in found.at(0, 20):
            a, b = file.dialogue(pair.a), file.dialogue(pair.b)
            assert (a.persona, a.replicate, a.cell.index) == (b.persona, b.replicate, 0)
            assert pair.difference == a.outcomes["gift"].value - b.outcomes["gift"].value  # type: ignore[operator]


def test_the_mean_difference_is_that_of_the_summary(four_cells: Path) -> None:
    found = of_cells(four_cells, 0, 1)
    with open_run(four_cells) as file:
        (summary,) = summaries(file, "gift", contrasts=["kind+stated,kind+even"])
    same = next(c for c in summary.contrasts if (c.a, c.b) == found.names)
    assert found.contrast is not None
    assert found.contrast[0].contrast == same.contrast


def test_where_pairs_part_is_where_their_texts_first_differ(four_cells: Path) -> None:
    found = of_cells(four_cells, 0, 1)
    with open_run(four_cells) as file:
        for detail in found.top:
            texts = [
                [turn.text for turn in file.dialogue(each).turns]
                for each in (detail.pair.a, detail.pair.b)
            ]
            differing = [i for i, (x, y) in enumerate(zip(*texts, strict=True)) if x != y]
            assert detail.turn == (differing[0] if differing else -1)
    assert sum(found.parted.values()) == found.looked == 20


def test_another_draw_of_the_same_candidates_is_told_with_its_random_number(
    four_cells: Path,
) -> None:
    found = of_cells(four_cells, 0, 1).example
    assert found is not None
    assert found.parting.u[0] == found.parting.u[1] is not None
    assert found.parting.reasons[-1].startswith(
        "another one of the same 3 candidates was drawn with other chances (u = "
    )


def test_other_instructions_are_quoted_from_where_they_differ(four_cells: Path) -> None:
    found = of_cells(four_cells, 0, 2).example
    assert found is not None
    assert found.parting.told == (
        "Turn 0 (guide) is the first that differs: guide has other instructions (A: “…guest.”, "
        "B: “…guest. Be blunt with them.”); another text was written, and nothing was drawn."
    )


def test_dialogues_that_said_the_same_do_not_part(four_cells: Path) -> None:
    with open_run(four_cells) as file:
        same = file.dialogue(0)
        assert parting(file, same, same).told == "The same was said in both."


def test_failed_missing_and_unfinished_pairs_are_counted_and_come_last(make_run: MakeRun) -> None:
    path = make_run({"vs": [1.0, "failed", None, 2.0, 0.0], "direct": [0.5, 1.0, 1.0, 2.0, LEFT]})
    with open_run(path) as file:
        found = with_contrast(file, twins(file))
    assert found.counts[:6] == (2, 1, 1, 0, 0, 1)
    assert [each.state for each in found.at(0, 9)] == [
        "compared",
        "compared",
        "failed",
        "missing",
        "unfinished",
    ]
    assert [each.difference for each in found.at(0, 2)] == [0.5, 0.0]
    assert found.counts.told == [
        "1 pair of which one failed",
        "1 pair of which one has no value",
        "1 pair still to be played",
    ]
    assert found.looked == 4


def test_a_run_with_one_cell_says_what_it_takes(make_run: MakeRun) -> None:
    path = make_run({"all": [1.0]}, conditions={"method": {"all": {}}})
    with open_run(path) as file:
        found = with_contrast(file, twins(file))
    assert found.sentence.startswith("This run has one cell (all): twins need two.")
    assert to_markdown(twins_document(found)).count("\n") < 5


def test_cells_between_persons_have_no_twins_and_it_says_so(tmp_path: Path) -> None:
    design = {"design": {"between": ["method"]}}
    path = write_run(tmp_path / "run.db", {"vs": [1.0], "direct": [0.5]}, fields=design)
    with open_run(path) as file:
        found = with_contrast(file, twins(file))
    assert found.sentence.startswith("No persona meets both vs and direct: the design is between")
    assert len(found) == 0


def test_a_cell_or_outcome_that_is_not_there_is_refused(four_cells: Path) -> None:
    with open_run(four_cells) as file:
        with pytest.raises(StatisticsError, match="there is no cell 9; it has 4"):
            twins(file, a=9)
        with pytest.raises(StatisticsError, match="there is no outcome joy; it has: gift"):
            twins(file, "joy")


def test_what_is_said_of_twins_is_one_json_object(four_cells: Path) -> None:
    told = of_cells(four_cells, 0, 1).to_dict()
    assert list(told) == [
        "run",
        "sentence",
        "parting_told",
        "cells",
        "a",
        "b",
        "outcome",
        "unit",
        "counts",
        "contrast",
        "parted",
        "largest",
        "showing",
        "of",
        "pairs",
        "notes",
    ]
    assert told["largest"]["parting"]["turn"] in (1, 3)
    assert told["pairs"][0] == {"a": 0, "b": 1, "difference": -2.0, "state": "compared"}


def test_the_document_shows_what_differs_and_not_what_is_the_same_twice(four_cells: Path) -> None:
    found = of_cells(four_cells, 0, 1)
    text = to_markdown(twins_document(found))
    assert "(the same)" in text
    assert "≠ " in text
    with open_run(four_cells) as file:
        assert example_of(file, found, 99) is None


def test_methods_that_differ_are_told_before_the_instructions_that_ask_for_them(
    small_run: Path,
) -> None:
    found = of_cells(small_run, 0, 1)
    assert found.example is not None
    reasons = found.example.parting.reasons
    assert reasons[0] == "its method is direct in A, and vs in B"
    assert reasons[-1].startswith("A wrote one reply, no list, and B drew one of ")
    assert "by design: its method is direct in A, and vs in B. Which turn decided" in (
        found.parting_told
    )


def test_dialogues_that_share_answers_are_twins_as_any_others(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    model = ScriptedModel(answer, "doors")
    scenario = TREE.scenario(conditions=CONDITIONS)
    asyncio.run(run(scenario, n=2, model=model, out=path, share_prefix=True))
    found = of_cells(path, 0, 1)
    assert found.counts.compared == 2
    assert 0 not in found.parted
