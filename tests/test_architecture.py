"""How the modules of `simulate` hang together, besides the import contracts in pyproject.toml."""

import ast
import graphlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import simulate

ROOT = Path(simulate.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
SQL = re.compile(r"\b(SELECT|PRAGMA|INSERT INTO|DELETE FROM|UPDATE \w+ SET|sqlite3\.connect)\b")


def name_of(file: Path) -> str:
    parts = file.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


MODULES = {name_of(file): file for file in FILES}


def imports_of(file: Path) -> set[str]:
    """Return the modules of ours that a file imports, wherever in the file it does."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in MODULES else node.module)
    return found & MODULES.keys()


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {name: imports_of(file) - {name} for name, file in MODULES.items()}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(f"a circle of imports: {' <- '.join(error.args[1])}")


def test_no_sql_stands_outside_the_room_of_the_run_file() -> None:
    elsewhere = [file for file in FILES if ROOT / "runfile" not in file.parents]
    found = [f.relative_to(ROOT).as_posix() for f in elsewhere if SQL.search(f.read_text("utf-8"))]
    assert found == []


def test_only_view_opens_the_terminal_ui() -> None:
    importers = {
        name
        for name, file in MODULES.items()
        if not name.startswith("simulate.tui")
        and any(each.startswith("simulate.tui") for each in imports_of(file))
    }
    assert importers == {"simulate.cli.view", "simulate.cli.view_app"}


def test_every_file_of_the_repository_has_a_plain_name() -> None:
    git = shutil.which("git")
    if git is None or not (ROOT.parent / ".git").exists():
        pytest.skip("no git, or no clone")
    done = subprocess.run(
        [git, "-C", str(ROOT.parent), "ls-files", "-z"], check=True, stdout=subprocess.PIPE
    )
    names = done.stdout.decode().split("\0")
    assert [name for name in names if not re.fullmatch(r"[\w./+@-]*", name, re.ASCII)] == []
