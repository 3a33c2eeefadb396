"""`simulate scenario`: list, show and new; and what `simulate` shows without a command."""

import json
import os
import re
from pathlib import Path

import pytest

from simulate.cli.home import print_home
from simulate.files import shipped
from simulate.scenario.listing import SORTS, titled
from tests.conftest import Command
from tests.endpoint import Serve
from tests.made_runs import MakeRun


@pytest.mark.parametrize("name", ["list", "show", "new"])
def test_each_command_has_help_with_an_example(cli: Command, name: str) -> None:
    code, out, _ = cli("scenario", name, "--help")
    assert code == 0
    assert f"simulate scenario {name}" in out


def test_the_list_says_of_each_what_is_measured_and_compared_in_which_cells(cli: Command) -> None:
    code, out, _ = cli("scenario", "list")
    assert code == 0
    assert all(f"  {name}" in out for name in shipped.names("scenarios"))
    facts = "donation, pledge · compared with persuasionforgood-donations · 2 cells: direct, vs"
    assert " ".join(out.split()).count(facts) == 1
    assert [out.index(heading) for heading in SORTS.values()] == sorted(
        out.index(heading) for heading in SORTS.values()
    )


def test_the_list_is_one_json_object(cli: Command) -> None:
    code, out, err = cli("scenario", "list", "--json")
    found = {each["name"]: each for each in json.loads(out)["scenarios"]}
    assert (code, err) == (0, "")
    assert found["dice"]["compare"] == {"face": "fair-die"}
    assert found["donation-talk"]["sort"] == "variation"


def test_a_scenario_is_shown_as_it_is_resolved(cli: Command) -> None:
    code, out, _ = cli("scenario", "show", "donation-2x2")
    assert code == 0
    assert "persuadee, plays user:" in out  # which stands in the scenario that it extends
    assert "draw: probability, uniform" in out
    assert "donation (amount, USD, 0 to 2, compared with persuasionforgood-donations)" in " ".join(
        out.split()
    )


def test_a_resolved_scenario_is_one_json_object(cli: Command) -> None:
    code, out, _ = cli("scenario", "show", "dice", "--json")
    assert code == 0
    assert json.loads(out)["scenario"]["outcomes"]["face"]["kind"] == "count"


def test_a_new_scenario_can_be_checked_and_run_as_it_is(cli: Command, serve: Serve) -> None:
    code, out, _ = cli("scenario", "new", "moving-house")
    assert code == 0
    assert "simulate run moving-house.yaml" in out
    code, out, err = cli("check", "moving-house.yaml")
    assert (code, err) == (0, "")
    code, _, err = cli("run", "moving-house.yaml", "--model", serve().spec, "-n", 1, "--json")
    assert code == 0, err


def test_a_new_scenario_replaces_nothing_unless_it_is_forced_to(
    cli: Command, tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text("scenario: mine\n")
    code, _, err = cli("scenario", "new", "mine")
    assert code == 2
    assert "mine.yaml is there already" in err
    assert (tmp_path / "mine.yaml").read_text() == "scenario: mine\n"
    assert cli("scenario", "new", "mine", "--force")[0] == 0
    assert "What the experiment varies" in (tmp_path / "mine.yaml").read_text()


def test_a_copy_of_a_shipped_scenario_has_a_name_of_its_own(cli: Command, tmp_path: Path) -> None:
    assert cli("scenario", "new", "ours.yaml", "--from", "donation")[0] == 0
    copy = (tmp_path / "ours.yaml").read_text("utf-8")
    assert re.findall(r"(?m)^scenario: .*$", copy) == ["scenario: ours"]
    assert cli("check", "ours.yaml")[0] == 0


@pytest.mark.parametrize(
    ("name", "why"),
    [("a b", "cannot be the name"), ("", "cannot be the name"), ("x/y", "x/y.yaml")],
)
def test_a_name_that_cannot_be_one_is_refused(cli: Command, name: str, why: str) -> None:
    code, _, err = cli("scenario", "new", name)
    assert code == 2
    assert why in err


def test_the_title_of_each_shipped_scenario_is_there_for_a_list() -> None:
    assert all(each.title for each in titled())


def test_without_a_command_there_are_scenarios_runs_and_what_to_do_next(
    make_run: MakeRun,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "runs").mkdir()
    make_run({"vs": [0.5, "failed"], "direct": [1.0, 1.0]}, name="runs/first.db")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((80, 24)))
    monkeypatch.setenv("COLUMNS", "80")
    print_home()
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert len(lines) < 24
    assert max(map(len, lines)) <= 80
    assert "donation           Persuasion for Good" in out
    assert "first  3 of 4 dialogues, 1 failed" in out
    assert "simulate run donation" in out
    assert all(name in out for name in shipped.names("scenarios"))


def test_without_a_command_and_without_a_terminal_there_is_help(cli: Command) -> None:
    _, out, err = cli()
    assert "Usage: simulate" in out + err
