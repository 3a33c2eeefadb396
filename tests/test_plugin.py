"""A package of somebody else, installed from its wheel, adds one of each kind of thing."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PLUGIN = Path(__file__).parent / "plugin"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that the toy package is installed in."""
    folder = tmp_path_factory.mktemp("plugin")
    source = folder / "source"
    shutil.copytree(PLUGIN, source)
    wheels, packages = folder / "wheels", folder / "packages"
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)]
    subprocess.run(build, cwd=source, check=True, capture_output=True, timeout=50)
    [wheel] = wheels.glob("*.whl")
    install = ["uv", "pip", "install", "-q", "--no-deps", "--no-index", "--target", str(packages)]
    subprocess.run([*install, "--python", sys.executable, str(wheel)], check=True, timeout=50)
    return packages


@pytest.fixture
def here(tmp_path: Path) -> Path:
    for name in ("tip.yaml", "answers.yaml"):
        shutil.copy(PLUGIN / name, tmp_path)
    return tmp_path


def simulate(
    here: Path, installed: Path | None, *arguments: str, code: int = 0
) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"SIMULATE_REFERENCES": str(here), "PYTHONPATH": ""}
    if installed is not None:
        environment["PYTHONPATH"] = str(installed)
    command = [sys.executable, "-m", "simulate", *arguments]
    done = subprocess.run(
        command, cwd=here, env=environment, capture_output=True, text=True, check=False, timeout=50
    )
    assert done.returncode == code, done.stderr
    return done


def told(here: Path, installed: Path, *arguments: str, code: int = 0) -> Any:
    return json.loads(simulate(here, installed, *arguments, "--json", code=code).stdout)


def test_a_scenario_that_names_what_a_package_adds_can_be_checked(
    here: Path, installed: Path
) -> None:
    (here / "echo.yaml").write_text("kind: echo\nbefore: Yes.\n")
    found = told(here, installed, "check", "tip.yaml", "echo.yaml")
    assert [file["what"].split(",")[0] for file in found["files"]] == [
        "scenario tip",
        "target echo:Yes.",
    ]


def test_without_the_package_a_name_of_its_is_told_with_the_line(here: Path) -> None:
    done = simulate(here, None, "check", "tip.yaml", code=2)
    assert "tip.yaml:5: speakers.guest.method.name: there is no method “ranked”" in done.stderr
    assert "tip.yaml:12: outcomes.tip.kind: there is no outcome kind “percent”" in done.stderr
    assert "tip.yaml:15: checks.polite.calm: there is no such field here" in done.stderr


def test_a_method_a_target_and_an_outcome_kind_of_a_package_make_a_run(
    here: Path, installed: Path
) -> None:
    model = ("--model", "scripted:answers.yaml", "-n", "8")
    simulate(here, installed, "run", "tip.yaml", *model, "--out", "run.db")
    exported = simulate(here, installed, "export", "run.db", "--format", "jsonl").stdout
    dialogue = json.loads(exported.splitlines()[0])
    assert {turn["text"][:4] for turn in dialogue["turns"] if turn["speaker"] == "waiter"} == {
        "Sir:"
    }
    weights = [c["weight"] for c in dialogue["outcomes"]["tip"]["candidates"]]
    assert weights == pytest.approx([6 / 11, 3 / 11, 2 / 11])

    compared = told(here, installed, "compare", "run.db", "--draws", "200")
    assert compared["reference"]["name"] == "toy-tips"
    assert 0 < compared["rows"][0]["distances"]["hellinger"]["value"] < 1
    assert any(row["sample"].startswith("all give 10 %") for row in compared["rows"])


def test_a_check_of_a_package_finds_what_a_target_does(here: Path, installed: Path) -> None:
    run = ("stress", "tip.yaml", "--model", "scripted:answers.yaml", "-n", "4", "--out", "run.db")
    found = told(here, installed, *run, "--target", "echo:Hear, hear!!")
    [cell] = found["cells"]
    [polite] = [c for c in cell["rates"]["checks"] if c["check"] == "polite"]
    assert polite["drawn"]["failed"]["hits"] == 4


def test_an_importer_of_a_package_reads_human_data(here: Path, installed: Path) -> None:
    (here / "tips.txt").write_text("10\n15\n10\n")
    simulate(here, installed, "reference", "import", "lines", "tips.txt", "--kind", "percent")
    shown = told(here, installed, "reference", "show", "tips")
    assert shown["variables"][0]["kind"] == "percent"
    assert shown["variables"][0]["counts"] == [[10.0, 2], [15.0, 1]]
    assert "toy-tips" in simulate(here, installed, "reference", "list").stdout


def test_the_doctor_says_what_packages_add(here: Path, installed: Path) -> None:
    code = "from simulate.cli.doctor import _plugins; print(*(p['name'] for p in _plugins()))"
    environment = os.environ | {"PYTHONPATH": str(installed)}
    command = [sys.executable, "-c", code]
    out = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert sorted(out.stdout.split()) == [
        "calm",
        "echo",
        "hellinger",
        "lines",
        "percent",
        "ranked",
        "toy-tips",
    ]


def test_the_page_on_extending_shows_the_files_of_the_package_as_they_are() -> None:
    page = (ROOT / "docs" / "extending.md").read_text("utf-8")
    shown = dict(re.findall(r"`([\w./]+)`:\n\n```\w+\n(.*?)```", page, re.DOTALL))
    files = [PLUGIN / "pyproject.toml", *sorted((PLUGIN / "toy_plugin").glob("[!_]*.*"))]
    names = [file.relative_to(PLUGIN).as_posix() for file in files]
    assert sorted(shown) == sorted(names)
    assert {name: (PLUGIN / name).read_text("utf-8") for name in names} == shown
