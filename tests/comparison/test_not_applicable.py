"""What does not apply in a comparison: a level of its own, counted, and never a number."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from simulate.comparison import Comparison, compare_samples
from simulate.comparison.samples import from_run
from simulate.engine import run_sync
from simulate.errors import StatisticsError
from simulate.models import ScriptedModel
from simulate.reference import Reference, Variable
from simulate.report.comparison_document import comparison_document
from simulate.report.comparison_table import comparison_table
from simulate.report.document_html import to_html
from simulate.runfile import open_run
from simulate.scenario import Scenario
from tests.verbalized.recorded import stated

PRICE: dict[str, Any] = {"kind": "amount", "support": [0, 100], "not_applicable": "no deal"}
VARIABLE = Variable("price", "amount", support=(0, 100))
Answers = Sequence[Sequence[tuple[Any, float]]]


def run_of(path: Path, answers: Answers, outcome: dict[str, Any] = PRICE) -> Path:
    """Write a run in which the n-th dialogue states the n-th distribution."""
    told = iter(answers)
    scenario = Scenario.model_validate(
        {
            "scenario": "prices",
            "speakers": {"one": {"plays": "user", "method": {"name": "vs", "k": 2}}},
            "turns": {"maximum": 1, "opening": "Which price?"},
            "outcomes": {"price": {**outcome, "answered": {}}},
        }
    )
    model = ScriptedModel(lambda _: json.dumps(stated(*next(told), key="value")))
    result = run_sync(scenario, n=len(answers), model=model, out=path, concurrency=1)
    assert result.failed == 0
    return path


def sample_of(path: Path, variable: Variable = VARIABLE, *, drawn: bool = False) -> Any:
    with open_run(path) as file:
        return from_run(file, "price", variable, drawn=drawn)[0]


NEVER, TEN = [("n/a", 0.5), ("does not apply", 0.5)], [(10, 0.5), (10, 0.5)]
RARELY = [("n/a", 0.75), (50, 0.25)]


def test_what_does_not_apply_is_counted_and_is_no_number(tmp_path: Path) -> None:
    sample = sample_of(run_of(tmp_path / "r.db", [NEVER, TEN, NEVER, TEN, TEN]))
    assert (sample.n, sample.not_applicable, sample.missing) == (3, 2.0, 0)
    assert sample.not_applicable_share == pytest.approx(0.4)
    assert sample.rows.values.tolist() == [10] * 6


def test_a_stated_distribution_counts_with_the_chance_that_the_outcome_applies(
    tmp_path: Path,
) -> None:
    sample = sample_of(run_of(tmp_path / "r.db", [RARELY, TEN, NEVER]))
    assert sample.not_applicable == pytest.approx(1.75)
    assert sample.not_applicable_share == pytest.approx(1.75 / 3)
    # The mean price of those who pay one: (.25 · 50 + 1 · 10) / 1.25.
    assert sample.rows.mean == pytest.approx(18)


def test_of_drawn_values_whole_dialogues_are_counted(tmp_path: Path) -> None:
    path = run_of(tmp_path / "r.db", [RARELY] * 20)
    with open_run(path) as file:
        never = sum(not row.applies for row in file.outcome_rows("price"))
    sample = sample_of(path, drawn=True)
    assert 0 < never < 20
    assert (sample.n, sample.not_applicable) == (20 - never, never)


def test_no_chance_of_it_leaves_a_sample_as_it_was(tmp_path: Path) -> None:
    sample = sample_of(run_of(tmp_path / "r.db", [TEN, TEN]))
    assert (sample.n, sample.not_applicable, sample.not_applicable_share) == (2, 0.0, 0.0)
    assert not sample.rows.log_weights.any()


def test_a_reference_that_has_the_level_has_it_compared_as_a_level(tmp_path: Path) -> None:
    levels = ["stayed", "left"]
    outcome = {"kind": "choice", "levels": levels, "not_applicable": "they never came"}
    answers = [[("n/a", 0.5), ("left", 0.5)], [("stayed", 0.5), ("left", 0.5)]]
    path = run_of(tmp_path / "r.db", answers, outcome)
    with_level = Variable("stay", "choice", levels=("stayed", "left", "not applicable"))
    sample = sample_of(path, with_level)
    assert (sample.n, sample.not_applicable) == (2, 0.0)
    assert np.bincount(sample.rows.values.astype(int), sample.rows.shares).tolist() == [0.5, 1, 0.5]
    without = sample_of(path, Variable("stay", "choice", levels=tuple(levels)))
    assert without.not_applicable == pytest.approx(0.5)


def compared(path: Path) -> Comparison:
    reference = Reference("prices", VARIABLE, np.array([10.0, 50.0]), np.array([30, 30]))
    return compare_samples([sample_of(path)], reference)


def test_the_share_stands_beside_n_in_the_table_the_page_and_in_json(tmp_path: Path) -> None:
    found = compared(run_of(tmp_path / "r.db", [NEVER, TEN, TEN, RARELY]))
    assert found.rows[0].to_dict()["not_applicable"] == {"n": 1.75, "share": 1.75 / 4}
    console = Console(width=120)
    with console.capture() as told:
        console.print(comparison_table(found))
    assert "44% not applicable" in told.get()
    assert "44% not applicable" in to_html(comparison_document(found))


def test_where_it_applies_to_nobody_there_is_no_number_and_one_line_says_why(
    tmp_path: Path,
) -> None:
    path = run_of(tmp_path / "r.db", [NEVER] * 48)
    with pytest.raises(StatisticsError, match=r"no sample has a value.*all: 48 not applicable"):
        compared(path)
