"""Strata of a protected attribute in `compare`: told apart only beside thirty humans of each."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import simulate
from simulate.comparison.answer import answer
from simulate.comparison.humans_of_groups import human_counts
from simulate.comparison.reference_spec import load_respondents
from simulate.comparison.twins import twins, with_contrast
from simulate.errors import StatisticsError
from simulate.reference import Variable
from simulate.runfile import open_run
from simulate.runfile.run_view import RunView
from simulate.tui.distribution_data import distributions_data
from tests.comparison.test_summary_designs import PEOPLE
from tests.made_runs import MakeRun

STRATA = {"design": {"strata": {"sex": {"Female": "Female", "Male": "Male"}}}}
CELLS = [f"{method}+{sex}" for method in ("vs", "direct") for sex in ("Female", "Male")]


def human_table(folder: Path, women: int = 30, men: int = 30) -> str:
    path = folder / "people.csv"
    sexes = ["Female"] * women + ["Male"] * men
    lines = [f"p{i},{0.5 * (i % 3)},{sex}" for i, sex in enumerate(sexes)]
    path.write_text("id,donation,sex\n" + "\n".join(lines) + "\n")
    return f"{path}:donation"


def strata_run(make_run: MakeRun, **details: Any) -> Path:
    answers = {cell: [0.0, 0.5, 1.0, 2.0] * 3 for cell in CELLS}
    return make_run(answers, population=PEOPLE, fields=STRATA | details)


def rows_of(run: Path | str, **options: Any) -> list[str]:
    return [row.name for row in simulate.compare(str(run), draws=200, **options).samples]


def test_strata_of_a_protected_attribute_are_one_row_without_humans_of_each(
    make_run: MakeRun,
) -> None:
    found = simulate.compare(strata_run(make_run), draws=200)
    assert [(row.name, row.n) for row in found.samples] == [("vs", 24), ("direct", 24)]
    assert "groups by sex are not told apart" in found.samples[0].notes[0]


def test_strata_of_a_protected_attribute_have_a_row_each_beside_thirty_humans(
    make_run: MakeRun, tmp_path: Path
) -> None:
    run = strata_run(make_run)
    assert rows_of(run, reference=human_table(tmp_path)) == CELLS
    assert rows_of(run, reference=human_table(tmp_path, men=29)) == ["vs", "direct"]


def test_one_stratum_of_a_protected_attribute_is_refused_without_humans_of_it(
    make_run: MakeRun,
) -> None:
    run = strata_run(make_run)
    with pytest.raises(StatisticsError, match="groups by sex are not told apart"):
        simulate.compare(f"{run}:vs+Female", draws=200)


def test_a_planned_contrast_of_cells_that_count_as_one_is_made_over_them(
    make_run: MakeRun,
) -> None:
    stated = {"tone": {"cells": ["vs", "direct"], "meaning": "vs is closer"}}
    found = simulate.compare(strata_run(make_run, contrasts=stated), draws=200)
    assert [(each.name, each.a, each.b) for each in found.contrasts] == [("tone", "vs", "direct")]


def test_humans_in_words_count_for_no_range_of_a_number(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,donation,age\np1,1,young\np2,0,old\n")
    variable = Variable("donation", "amount")
    humans = load_respondents(f"{tmp_path / 't.csv'}:donation", variable)
    assert human_counts(humans, "age", [20, 30, 40, 50], ["20 to 30"]) == {}


def test_no_screen_has_a_number_of_a_group_without_humans_of_it(make_run: MakeRun) -> None:
    with closing(RunView(strata_run(make_run))) as view:
        shown = answer(view.reader, draws=50).to_dict()
        told = distributions_data(view)
    assert [g["name"] for g in shown["outcomes"][0]["histogram"]["groups"]][1:] == ["vs", "direct"]
    rows = told["outcomes"]["donation"]["comparison"]["rows"]
    assert [row["sample"] for row in rows if row["kind"] == "sample"] == ["vs", "direct"]
    assert set(told["entropy"]) == {"vs", "direct"}


def test_twins_of_one_group_are_listed_and_nothing_is_said_of_their_outcome(
    make_run: MakeRun,
) -> None:
    with open_run(strata_run(make_run)) as run:
        found = with_contrast(run, twins(run, "donation", 0, 2))
    assert found.names == ("vs+Female", "direct+Female")
    assert (len(found), found.contrast) == (12, ())
    assert "of donation nothing is said: the groups by sex are not told apart" in found.sentence
