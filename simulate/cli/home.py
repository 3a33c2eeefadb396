"""What `simulate` shows without a command: which scenarios and runs there are, and what to do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from simulate.cli.called import called

if TYPE_CHECKING:
    from simulate.runfile.run_folder import RunSummary
    from simulate.scenario.listing import Titled

RUNS = Path("runs")
ROOMY = 48
"""Lines from which on each scenario has one of its own."""
MOST_RUNS = 12
NAMES = 36
"""Columns that the name of a run takes at most."""
NEXT = (
    ("run donation", "four dialogues, compared with 982 humans"),
    ("scenario new NAME", "writes a scenario of your own to begin with"),
    ("doctor", "which models answer, and what is lacking"),
    ("--help", "all commands; each has --help with an example"),
)


def print_home() -> None:
    """Print scenarios, runs and commands, in as many lines as the terminal has, if it can be."""
    from rich.text import Text

    from simulate.runfile.run_folder import runs_in
    from simulate.scenario.listing import titled
    from simulate.terminal.safe_console import SafeConsole
    from simulate.terminal.safe_text import shortened

    console, name = SafeConsole(), called()
    rows = shutil.get_terminal_size().lines
    lines = [
        ("Dialogues of simulated people: each reply is drawn from a distribution.", ""),
        (f"Scenarios: {name} run NAME", "bold"),
        *((line, "") for line in _scenarios(titled(), console.width, rows >= ROOMY)),
    ]
    after = [
        ("What next", "bold"),
        *((f"  {name} {command:<18} {what}", "") for command, what in NEXT),
    ]
    room = max(1, rows - len(lines) - len(after) - 2)
    lines.append((f"Runs in {RUNS}/: {name} view", "bold"))
    lines += [(line, "") for line in _runs(runs_in(RUNS), min(room, MOST_RUNS))]
    for line, style in (*lines, *after):
        console.print(Text(shortened(line, console.width), style))


def _scenarios(found: list[Titled], width: int, each_alone: bool) -> Iterator[str]:
    """Yield the scenarios: a line each, or one of many for those that are alike."""
    from simulate.scenario.listing import SORTS

    for sort, heading in SORTS.items():
        some = [each for each in found if each.sort == sort]
        if each_alone or sort == "dialogue":
            yield from (f"  {each.name:<18} {each.title}" for each in some)
        elif some:
            told = f"  {heading}: {', '.join(each.name for each in some)}"
            yield from wrap(told, width, subsequent_indent="    ", break_on_hyphens=False)


def _runs(found: list[RunSummary], most: int) -> Iterator[str]:
    """Yield the runs, the newest first."""
    if not found:
        yield "  none yet"
    shown = found if len(found) <= most else found[: max(1, most - 1)]
    longest = min(NAMES, max((len(run.path.stem) for run in shown), default=0))
    for run in shown:
        yield f"  {run.path.stem:<{longest}}  {_told(run)}"
    if len(shown) < len(found):
        yield f"  … and {len(found) - len(shown):,} older"


def _told(run: RunSummary) -> str:
    if run.problem is not None:
        return f"cannot be opened: {run.problem}"
    said = f"{run.completed:,} of {run.dialogues:,} dialogues"
    said += f", {run.failed:,} failed" if run.failed else ""
    begun = run.created[:16].replace("T", " ")
    return f"{said}, begun {begun} UTC" if begun else said
