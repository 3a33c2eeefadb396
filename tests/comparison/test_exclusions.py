"""Dialogues that a rule of the scenario leaves out of every analysis."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulate.comparison import compare
from simulate.comparison.sample import Sample
from simulate.comparison.samples import from_export, from_run
from simulate.comparison.typical import typical_replies
from simulate.reference import Reference
from simulate.runfile import open_run
from simulate.runfile.exclusions_told import exclusions_told
from simulate.runfile.export_reader import DialogueExport
from simulate.runfile.run_view import RunView
from simulate.tui.dialogue_data import read_transcript
from simulate.tui.widgets.columns import dialogue_columns
from tests.conftest import AsJson, Command
from tests.made_runs import MakeRun

RULES = {"much": {"when": {"donation": {"above": 1.5}}, "why": "Nobody has that much."}}


@pytest.fixture
def run(make_run: MakeRun) -> Path:
    answers = {"vs": [0.5, 2.0, 1.0, "failed", None], "direct": [2.0, 2.0, 0.0]}
    return make_run(answers, fields={"exclude": RULES})


def samples(path: Path, donations: Reference, *, with_excluded: bool = False) -> list[Sample]:
    with open_run(path, with_excluded=with_excluded) as file:
        return from_run(file, "donation", donations.variable)


def test_what_a_rule_leaves_out_is_no_value_and_counted_by_cell_and_rule(
    run: Path, donations: Reference
) -> None:
    vs, direct = samples(run, donations)
    assert (vs.n, vs.failed, vs.missing, vs.excluded) == (2, 1, 1, {"much": 1})
    assert (direct.n, direct.excluded, direct.left_out) == (1, {"much": 2}, "2 excluded")


def test_the_other_way_counts_it_in(run: Path, donations: Reference) -> None:
    assert [s.n for s in samples(run, donations, with_excluded=True)] == [3, 3]


def test_an_export_keeps_it_with_the_rule_and_a_comparison_of_the_export_leaves_it_out(
    run: Path, donations: Reference, tmp_path: Path, command: Command
) -> None:
    out = tmp_path / "run.jsonl"
    command("export", run, "--format", "jsonl", "--out", out)
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["excluded"] for line in lines].count("much") == 3
    assert len(lines) == 8
    read = from_export(DialogueExport(out), "donation", donations.variable)
    assert [(s.n, s.excluded) for s in read] == [(2, {"much": 1}), (1, {"much": 2})]
    whole = DialogueExport(out, with_excluded=True)
    assert [s.n for s in from_export(whole, "donation", donations.variable)] == [3, 3]


def test_the_completed_dialogues_of_a_run_are_those_that_count(run: Path) -> None:
    with open_run(run) as file:
        assert len(list(file.completed())) == 4
    with open_run(run, with_excluded=True) as file:
        assert len(list(file.completed())) == 7


def test_it_is_said_how_many_each_rule_leaves_out_and_why(run: Path) -> None:
    told = "rule much: 3 dialogues {} (vs 1, direct 2): Nobody has that much."
    with open_run(run) as file:
        assert list(exclusions_told(file)) == [told.format("left out")]
    with open_run(run, with_excluded=True) as file:
        assert list(exclusions_told(file)) == [told.format("counted in all the same")]


def test_a_comparison_counts_and_tells_it(run: Path, donations: Reference) -> None:
    found = compare(str(run), donations, draws=200)
    assert [row.sample.excluded for row in found.samples] == [{"much": 1}, {"much": 2}]
    assert any(note.startswith("rule much: 3 dialogues left out") for note in found.notes)
    assert [
        row.n for row in compare(str(run), donations, draws=200, with_excluded=True).samples
    ] == [3, 3]


def test_the_json_of_a_comparison_has_the_counts(run: Path, as_json: AsJson) -> None:
    found = as_json("compare", run, "--draws", "200")
    assert [row["excluded"] for row in found["rows"][:2]] == [{"much": 1}, {"much": 2}]
    assert as_json("compare", run, "--draws", "200", "--with-excluded")["rows"][0]["n"] == 3


def test_the_terminal_ui_shows_which_dialogues_a_rule_leaves_out(run: Path) -> None:
    view = RunView(run)
    rows = view.dialogues(range(view.count()))
    status = next(each for each in dialogue_columns(view, rows) if each.key == "status")
    assert [status.text(row) for row in rows].count("○") == 3
    told = {t.status for row in rows if (t := read_transcript(view, row.id)) is not None}
    assert told == {"planned", "failed", "completed", "completed, excluded (much)"}
    view.close()


def test_what_users_of_dialogues_that_are_left_out_say_is_neither_typical_nor_tail(
    run: Path,
) -> None:
    with open_run(run) as file:
        found = typical_replies(file, cells=("direct",))
    assert (found.dialogues, found.of) == (1, 1)
    assert "2 dialogues left out by a rule of the scenario" in found.notes
