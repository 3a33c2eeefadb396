from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulate.cli.compare import margins
from simulate.errors import StatisticsError
from tests.conftest import AsJson, Command
from tests.made_runs import MakeRun


@pytest.fixture
def finished(make_run: MakeRun) -> Path:
    verbalized = [[(0.0, 0.5), (0.5, 0.3), (1.0, 0.2)]] * 38
    return make_run({"vs": [*verbalized, "failed", None], "direct": [1.0] * 30 + [2.0] * 10})


def test_the_json_has_the_fixed_shape(finished: Path, as_json: AsJson) -> None:
    found = as_json("compare", finished, "--draws", "200")
    assert (found["outcome"], found["unit"]) == ("donation", "USD")
    assert found["reference"]["name"] == "persuasionforgood-donations/donation"
    assert found["reference"]["n"] == 982
    row = found["rows"][0]
    assert (row["sample"], row["kind"], row["n"], row["failed"]) == ("vs", "sample", 38, 1)
    assert row["mean"] == pytest.approx(0.35)
    assert {"ks", "wasserstein", "l1", "tv", "js", "energy"} <= row["distances"].keys()
    for distance in row["distances"].values():
        assert {"value", "interval", "floor", "p"} <= distance.keys()
        assert {"mean", "p95"} <= distance["floor"].keys()
        assert len(distance["interval"]) == 2
    assert [r["kind"] for r in found["rows"]] == ["sample"] * 2 + ["baseline"] * 4


def test_an_interval_that_is_not_given_is_null_with_a_reason(
    make_run: MakeRun, as_json: AsJson
) -> None:
    run = make_run({"vs": [1.0] * 5})
    found = as_json("compare", f"{run}:vs", "--draws", "200")
    ks = found["rows"][0]["distances"]["ks"]
    assert ks["interval"] is None
    assert ks["interval_reason"].startswith("sample has 5 personas")


def test_a_margin_that_too_few_personas_cannot_bound_is_named(
    make_run: MakeRun, as_json: AsJson, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    words = ("compare", f"{make_run({'vs': [1.0] * 5})}:vs", "--draws", "200", "--margin", "tv=0.1")
    note = "TV under 0.1 cannot be said: sample has 5 personas; an interval needs at least 30"
    assert note in as_json(*words)["rows"][0]["notes"]
    out = command(*words)[1]
    assert f"vs: {note}" in out
    assert "one-sided" not in out


def test_a_bound_of_a_distance_that_the_table_does_not_hold_stands_below_it(
    finished: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    _, out, _ = command("compare", finished, "--draws", "200", "--margin", "tv=0.9")
    assert "vs: bound of TV" in out
    assert "one-sided 95% upper bound" in out


def test_a_narrow_table_keeps_the_unit_and_says_what_it_leaves_out(
    finished: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = command("compare", finished, "--draws", "200")
    assert "(USD)" in out
    assert "no room at this width for W1: 112 columns show it" in out


def test_means_over_verbalized_distributions_are_said_to_be_that(
    finished: Path, command: Command
) -> None:
    note = "means are expected values of the verbalized distributions"
    assert note in command("compare", finished, "--draws", "200")[1]
    assert note not in command("compare", finished, "--draws", "200", "--drawn")[1]


def test_one_cell_can_be_named(finished: Path, as_json: AsJson) -> None:
    found = as_json("compare", f"{finished}:direct", "--draws", "200")
    assert [r["sample"] for r in found["rows"] if r["kind"] == "sample"] == ["direct"]


def test_the_table_shows_samples_baselines_and_floors(
    finished: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    code, out, _ = command("compare", finished, "--draws", "200")
    assert code == 0
    for shown in ("vs", "direct", "human median", "human mode", "uniform", "fresh humans"):
        assert shown in out
    assert re.search(r"floor: \d+ fresh humans", out)
    assert "1 failed" in out
    assert "drop: 35 of 1,017 values outside [0, 2] left out" in out


def test_a_report_and_figures_are_written(finished: Path, tmp_path: Path, as_json: AsJson) -> None:
    html, figures = tmp_path / "report.html", tmp_path / "figures"
    words: list[object] = ["--draws", "200", "--html", html, "--figures", figures]
    found = as_json("compare", finished, *words)
    assert found["rows"]
    assert html.read_text().startswith("<!doctype html>")
    assert sorted(p.name for p in figures.iterdir()) == [
        f"donation-{name}.{ending}"
        for name in ("ecdf", "forest", "histogram")
        for ending in ("pdf", "png", "svg")
    ]


def test_a_plan_needs_no_sample(as_json: AsJson) -> None:
    words = ["--plan", "--reference", "persuasionforgood-donations", "--margin", "0.2"]
    found = as_json("compare", *words)
    assert found["distance"] == "ks"
    assert found["n"] >= 30


def test_language_joins_the_json(finished: Path, as_json: AsJson) -> None:
    words = ["--language", "persuasionforgood-language", "--draws", "200"]
    found = as_json("compare", finished, *words)
    assert found["language"][0]["outcome"] == "persuadee.distinct_1"
    assert found["language"][0]["reference"]["convention"] == "simulate-text/1"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["compare"], "give at least one SAMPLE"),
        (["compare", "nowhere.db"], "there is no file “nowhere.db”"),
        (["compare", "--plan"], "--plan needs --reference"),
        (["reference", "show", "nobody"], "there is no reference “nobody”"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    words: list[str], message: str, command: Command
) -> None:
    code, out, err = command(*words)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("options", [[], ["--missing", "-99"]])
def test_a_reference_that_is_a_missing_file_is_told_as_that(
    options: list[str], finished: Path, command: Command
) -> None:
    code, _, err = command("compare", finished, "--reference", "data/no.xlsx:gave", *options)
    assert code == 2
    assert "there is no file “data/no.xlsx”" in err


def test_a_margin_is_a_number_or_names_its_distance() -> None:
    assert margins(["0.1", "wasserstein=0.05"]) == {"": 0.1, "wasserstein": 0.05}
    with pytest.raises(StatisticsError, match="neither a number nor DISTANCE=NUMBER"):
        margins(["ks:0.1"])


def test_the_references_are_listed(as_json: AsJson) -> None:
    found = as_json("reference", "list")
    by_name = {entry["name"]: entry for entry in found["references"]}
    assert by_name["persuasionforgood-donations"]["n"] == 1017
    assert by_name["persuasionforgood-donations"]["licence"] == "Apache-2.0"
    assert by_name["fair-die"]["n"] is None


def test_declared_shares_are_shown_without_an_n(as_json: AsJson, command: Command) -> None:
    face = as_json("reference", "show", "fair-die")["variables"][0]
    assert (face["n"], face["people"], face["mean"]) == (None, None, 3.5)
    assert face["shares"][0] == [1.0, pytest.approx(1 / 6)]
    out = command("reference", "show", "fair-die")[1]
    assert "declared shares; cleaning drop: 0.0% of values outside [1, 6] left out" in out
    assert "values: 1 (16.7%), 2 (16.7%)" in out


def test_a_reference_is_shown_with_source_cleaning_and_values(
    as_json: AsJson, command: Command
) -> None:
    name = "persuasionforgood-donations"
    found = as_json("reference", "show", name, "--cleaning", "clip")
    donation = found["variables"][0]
    assert donation["n"] == 1017
    assert donation["counts"][0] == [0.0, 472]
    code, out, _ = command("reference", "show", f"{name}/donation")
    assert code == 0
    assert "n = 982 from 747 people" in out
    assert "pledge" not in out


def test_a_table_is_imported_and_can_be_compared_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Command, as_json: AsJson
) -> None:
    monkeypatch.setenv("SIMULATE_REFERENCES", str(tmp_path / "references"))
    survey = tmp_path / "survey.csv"
    survey.write_text("gave\n" + "\n".join(["0", "1", "2"] * 20))
    words = ["--column", "gave", "--unit", "USD", "--support", "0", "2", "--licence", "CC0-1.0"]
    imported = as_json("reference", "import", "table", survey, *words)
    assert imported["reference"] == "survey"
    assert (
        "Use it: simulate compare RUN --reference survey"
        in command("reference", "import", "table", survey, *words, "--force")[1]
    )
    found = as_json(
        "compare", survey, "--column", "gave", "--reference", "survey", "--draws", "200"
    )
    assert found["rows"][0]["distances"]["ks"]["value"] == 0
    assert found["reference"]["licence"] == "CC0-1.0"


def test_what_would_be_passed_over_is_refused(finished: Path, command: Command) -> None:
    code, _, err = command("compare", finished, "--embeddings", "offline")
    assert code == 2
    assert "--embeddings is for --language" in err


def test_a_run_file_is_no_reference(finished: Path, command: Command) -> None:
    code, _, err = command("compare", finished, "--reference", str(finished))
    assert code == 2
    assert "a run file is a SAMPLE" in err


@pytest.mark.parametrize("other", ["link", "copy"])
def test_a_run_is_no_second_sample_by_another_name(
    finished: Path, tmp_path: Path, command: Command, other: str
) -> None:
    twin = tmp_path / "twin.db"
    twin.symlink_to(finished) if other == "link" else twin.write_bytes(finished.read_bytes())
    code, _, err = command("compare", str(finished), str(twin))
    assert (code, err.count("\n")) == (2, 1)
    assert "are one run" in err
    code, _, err = command("compare", "--draws", 200, f"{finished}:vs", f"{twin}:direct")
    assert code == 0, err


def test_the_margin_that_the_scenario_plans_is_taken_unless_another_is_given(
    make_run: MakeRun, as_json: AsJson
) -> None:
    planned = {"analysis": {"margins": {"donation": {"tv": 0.1}}}}
    run = f"{make_run({'vs': [1.0] * 5}, fields=planned)}:vs"
    for words, margin in (((), 0.1), (("--margin", "tv=0.3"), 0.3)):
        row = as_json("compare", run, "--draws", "200", *words)["rows"][0]
        assert any(f"TV under {margin:g} cannot be said" in note for note in row["notes"])


@pytest.mark.parametrize("columns", [40, 50])
def test_a_very_narrow_comparison_is_not_cut_and_says_where_the_rest_is(
    finished: Path, command: Command, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    _, out, _ = command("compare", finished, "--draws", "200")
    assert "no room at this width for KS, W1" in " ".join(out.split())
    assert "--json" in out
    assert "…" not in out
    assert max(map(len, out.splitlines())) <= columns
