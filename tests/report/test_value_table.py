from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

import simulate
from simulate.cli.distribution_table import distribution_table
from simulate.report.tables import new_table, right
from simulate.verbalized import Candidate, ReplyDistribution
from tests.conftest import Command
from tests.made_runs import MakeRun

WIDTHS = (112, 80, 60, 44, 30)
VALUE = "+0.033 [-0.012, +0.078]"


def shown(table: Table, width: int) -> str:
    out = StringIO()
    Console(file=out, width=width).print(table)
    return out.getvalue()


def wide() -> Table:
    table = new_table(
        Column("a name that is folded", overflow="fold"), *right("personas", "n"), "first", "second"
    )
    for number in range(3):
        value = Text(VALUE).append(f"\np = .00{number + 1} (.0{number + 1}0)")
        table.add_row(
            Text(f"cell-{number} − another+long+cell"), f"1,00{number}", "7", value, VALUE
        )
    return table


@pytest.mark.parametrize("width", WIDTHS)
def test_no_value_is_cut_at_any_width(width: int) -> None:
    out = shown(wide(), width)
    assert "…" not in out
    assert out.count("+0.033") == 6
    assert out.count("[-0.012, +0.078]") == 6
    assert [out.count(f"p = .00{n}") for n in (1, 2, 3)] == [1, 1, 1]
    assert [out.count(f"(.0{n}0)") for n in (1, 2, 3)] == [1, 1, 1]
    assert "personas" in out
    assert max(map(len, out.splitlines())) <= width


def test_what_fits_stays_one_table_with_its_values_in_one_line() -> None:
    out = shown(wide(), 112)
    assert out.count("a name that is folded") == 1
    assert VALUE in out


def test_columns_that_do_not_fit_are_told_in_further_tables_with_the_first_column() -> None:
    out = shown(wide(), 60)
    assert out.count("cell-0") == 2


def test_a_part_of_a_table_keeps_its_sections() -> None:
    table = new_table("", *right("n", "m"))
    table.add_row("one", "1" * 30, "2" * 30)
    table.add_section()
    table.add_row("two", "3" * 30, "4" * 30)
    assert re.findall("[1234]+", shown(table, 50)) == ["1" * 30, "3" * 30, "2" * 30, "4" * 30]
    assert shown(table, 50).count("\n\n") + shown(table, 50).count(" \n") >= 2


@pytest.mark.parametrize("width", WIDTHS)
def test_the_distribution_of_a_turn_shows_every_probability(width: int) -> None:
    candidates = tuple(Candidate(f"reply {n} " + "word " * 30, (n + 1) / 10) for n in range(4))
    out = shown(
        distribution_table(ReplyDistribution.from_probabilities(candidates), 1, "title"), width
    )
    assert "…" not in out
    assert all(f"0.{n}0" in out for n in (1, 2, 3, 4))


def test_of_a_reply_of_megabytes_the_beginning_is_shown() -> None:
    candidates = (Candidate("x" * 15_000_000, 1.0),)
    out = shown(distribution_table(ReplyDistribution.from_probabilities(candidates), 0), 80)
    assert "(10,000 of 15,000,000 characters)" in out


@pytest.mark.parametrize(("width", "words"), [("60", "compare"), (None, "summary")])
def test_a_command_cuts_no_number_off_on_a_terminal_or_in_a_pipe(
    make_run: MakeRun,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    width: str | None,
    words: str,
) -> None:
    if width is None:
        monkeypatch.delenv("COLUMNS", raising=False)
    else:
        monkeypatch.setenv("COLUMNS", width)
    levels = {"strategy": ("reasons", "story"), "tone": ("warm", "factual")}
    conditions: dict[str, object] = {n: {level: {} for level in each} for n, each in levels.items()}
    names = [f"{a}+{b}" for a in levels["strategy"] for b in levels["tone"]]
    answers = {name: [0.25 * (i % (3 + at)) for i in range(24)] for at, name in enumerate(names)}
    code, out, _ = command(words, make_run(answers, conditions=conditions))
    assert code == 0
    assert "+factual" in out
    assert not re.findall(r"[\d.,(\[]…", out)


def test_every_table_of_a_command_is_one_that_cuts_nothing_off() -> None:
    home = Path(simulate.__file__).parent

    def made(text: str) -> bool:
        imported = re.search(r"^ *from rich.table import .*\bTable\b", text, re.MULTILINE)
        return imported is not None and re.search(r"(?<![\w.])Table\(", text) is not None

    found = [
        path.relative_to(home).as_posix()
        for path in home.rglob("*.py")
        if made(path.read_text(encoding="utf-8"))
    ]
    assert found == ["report/value_table.py"]
