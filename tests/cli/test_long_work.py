from __future__ import annotations

from io import StringIO

from rich.console import Console

from simulate.cli.long_work import LongWork


def shown(*, terminal: bool, before_s: float) -> str:
    console = Console(file=StringIO(), force_terminal=terminal, width=80)
    with LongWork(console, before_s) as progress:
        for done in (3, 4):
            progress(done, 20, "vs: KS\x1b[2J")
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_a_terminal_is_told_how_far_a_long_work_is_and_what_it_is_at() -> None:
    text = shown(terminal=True, before_s=0.0)
    assert "4/20" in text
    assert "vs: KS" in text
    assert "\x1b[2J" not in text


def test_nothing_is_told_of_a_short_work_nor_elsewhere_than_on_a_terminal() -> None:
    assert shown(terminal=True, before_s=1000.0) == ""
    assert shown(terminal=False, before_s=0.0) == ""
