"""Totals are summed in one place, and a cost that is partly unknown is unknown everywhere."""

import sqlite3
from pathlib import Path

import pytest

from simulate.runfile import RunReader
from simulate.runfile.run_progress import run_progress
from tests.conftest import AsJson


def with_costs(path: Path, *costs: float | None) -> None:
    """Give the first dialogues a cost; the others have made no call."""
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE dialogue SET calls = 0, cost_usd = NULL")
        connection.executemany(
            "UPDATE dialogue SET calls = 1, cost_usd = ? WHERE id = ?",
            [(cost, number) for number, cost in enumerate(costs)],
        )
    connection.close()


def test_the_cost_of_a_run_is_the_sum_over_its_dialogues(own_run: Path) -> None:
    with_costs(own_run, 0.1, 0.3)
    with RunReader(own_run) as run:
        assert run.totals().cost_usd == pytest.approx(0.4)
        assert run.usage()["cost_usd"] == pytest.approx(0.4)


def test_the_cost_of_a_run_is_unknown_where_that_of_one_dialogue_is(own_run: Path) -> None:
    with_costs(own_run, 0.4, None)
    with RunReader(own_run) as run:
        assert run.totals().cost_usd is None
        assert run.usage()["cost_usd"] is None
        assert run_progress(run, run.totals()).totals.cost_usd is None


def test_the_live_page_says_that_a_cost_is_unknown(own_run: Path, as_json: AsJson) -> None:
    with_costs(own_run, 0.4, None)
    assert as_json("view", own_run, "--screen", "live")["totals"]["cost_usd"] is None


def test_the_cells_add_up_to_the_run(small_run: Path) -> None:
    with RunReader(small_run) as run:
        cells, whole = run.counts().values(), run.totals()
        for name in ("completed", "failed", "running", "planned"):
            assert sum(cell[name] for cell in cells) == getattr(whole, name)
        assert sum(sum(cell.values()) for cell in cells) == whole.dialogues


def test_a_run_without_calls_has_no_cost(own_run: Path) -> None:
    with_costs(own_run)
    with RunReader(own_run) as run:
        assert (run.totals().calls, run.totals().cost_usd) == (0, None)
