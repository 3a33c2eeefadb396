import sqlite3
from pathlib import Path

from simulate.runfile.run_folder import run_summary, runs_in


def test_a_run_is_summed_up_in_one_line(small_run: Path) -> None:
    found = run_summary(small_run)
    assert (found.scenario, found.created[:10]) == ("donation", "2026-01-02")
    assert (found.dialogues, found.left, found.problem) == (16, 0, None)
    assert found.failed > 0


def test_other_files_of_a_folder_are_left_out(own_run: Path) -> None:
    (own_run.parent / "notes.db").write_text("not a run")
    sqlite3.connect(own_run.parent / "other.db").execute("CREATE TABLE t (x)").connection.close()
    assert [run.path for run in runs_in(own_run.parent)] == [own_run]


def test_a_run_of_a_newer_simulate_is_listed_with_its_problem(own_run: Path) -> None:
    with sqlite3.connect(own_run) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert "schema version 99" in (runs_in(own_run.parent)[0].problem or "")


def test_a_folder_that_is_not_there_has_no_runs(tmp_path: Path) -> None:
    assert runs_in(tmp_path / "nowhere") == []


def test_a_link_that_leads_nowhere_hides_no_run(own_run: Path) -> None:
    (own_run.parent / "gone.db").symlink_to("nowhere.db")
    (own_run.parent / "circle.db").symlink_to("circle.db")
    assert [run.path for run in runs_in(own_run.parent)] == [own_run]
