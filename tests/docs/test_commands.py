"""Every command that a page shows is one of simulate's, has the options it is shown with, and runs.

Numbers are made small, models and chatbots are local servers (`tests/docs/world.py`). What is not
run says so on the page, in the title of its block.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import typer.main

import simulate
from docs.site.layout import ROOT
from simulate.cli import app
from tests.conftest import Command as Call
from tests.docs.commands import PAGES, blocks, commands
from tests.docs.world import Servers, World, servers

COMMANDS = [command for page in PAGES for command in commands(page)]
OTHERS = {
    "bash": "this is what runs the tests",
    "dask": "it takes several machines",
    "export": "it sets a variable of the shell",
    "pip": "tests install nothing",
    "pytest": "this is what runs the tests",
    "python": "its scripts are run by tests/test_examples.py and tests of benchmarks and docs",
    "Rscript": "tests/test_examples.py runs it where R is installed",
    "sed": "it renews the constraints",
    "uv": "it renews the constraints",
    "uvx": "tests install nothing",
}
"""Programs that are not ours, and why no test of this file runs them."""

WITH_COMMANDS = list(dict.fromkeys(c.page for c in COMMANDS if c.ours and not c.not_run))
_seen: set[tuple[str, ...]] = set()


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def test_no_command_stands_where_no_test_looks_for_it() -> None:
    stray = [
        (_name(page), first)
        for page in PAGES
        for first, language, _, text in blocks(page)
        if language not in ("sh", "console")
        and text.startswith(("simulate ", "$ simulate ", "uv run"))
        and not (language == "text" and page.name == "README.md")  # what a run prints
    ]
    assert stray == []
    assert {c.words[0] for c in COMMANDS if not c.ours and not c.not_run} <= {*OTHERS}
    assert len([c for c in COMMANDS if c.ours]) > 90


def test_commands_have_the_options_that_they_are_shown_with() -> None:
    whole = typer.main.get_command(app)
    for command in COMMANDS:
        if command.ours and "Slurm" not in command.not_run:
            words = list(command.words[1:])
            _parse(whole, words[: words.index(">")] if ">" in words else words)


def _parse(command: Any, words: list[str]) -> None:
    """Parse a command as far as its options go; a wrong one is a usage error."""
    context = command.make_context("simulate", words)
    while hasattr(command, "commands"):
        name, command, words = command.resolve_command(
            context, [*context._protected_args, *context.args]
        )
        context = command.make_context(name, words, parent=context)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with servers(tmp_path_factory.mktemp("made")) as found:
        yield found


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_COMMANDS, ids=_name)
def test_the_commands_of_a_page_run(
    page: Path,
    shared: Servers,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: Call,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "EXAMPLE_KEY": "k",
        "OPENAI_API_KEY": "k",
        "OPENAI_BASE_URL": shared.endpoint,
        "SIMULATE_MODEL": shared.model,
        "TEAM": "t",
        "XDG_DATA_HOME": str(tmp_path / "data"),
    }.items():
        monkeypatch.setenv(name, value)
    here = World(tmp_path, shared, _must_pass(command))
    here.prepare(page)
    shown = {c.words: c.line for c in commands(page) if c.ours and not c.not_run}
    for words, line in shown.items():
        if len(shown) == 1 and words in _seen:
            continue  # another page shows the same
        _seen.add(words)
        code, _, err = command(*here.typed(words, line))
        finds = code == 1 and {"--max-failure-rate", "try"}.intersection(words)
        assert code == 0 or finds, f"{_name(page)}:{line}: {err}"


def _must_pass(command: Call) -> Callable[..., None]:
    def run(*words: object) -> None:
        code, _, err = command(*words)
        assert code == 0, err

    return run


def test_python_on_pages_compiles_and_names_only_what_there_is() -> None:
    shown = 0
    for page in PAGES:
        for first, language, _, text in blocks(page):
            if language == "python":
                shown += 1
                flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
                tree = compile(text, f"{_name(page)}:{first}", "exec", flags)
                names = {
                    node.attr
                    for node in ast.walk(tree)
                    if isinstance(node, ast.Attribute)
                    and isinstance(node.value, ast.Name)
                    and node.value.id == "simulate"
                }
                unknown = {n for n in names if not hasattr(simulate, n) and not _is_room(n)}
                assert unknown == set(), f"{_name(page)}:{first}"
    assert shown > 10


def _is_room(name: str) -> bool:
    return find_spec(f"simulate.{name}") is not None
