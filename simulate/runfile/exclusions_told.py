"""What is told of the dialogues that rules of a scenario leave out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from simulate.runfile.reader import RunReader
from simulate.terminal.safe_text import counted


def exclusions_told(run: RunReader) -> Iterator[str]:
    """Say how many dialogues of each cell each rule leaves out, and why; nothing for none."""
    rules = run.rules_of_dialogues()
    if not rules:
        return
    cells = {planned.id: planned.cell for planned, _ in run.planned()}
    counts = Counter((rule, run.cells[cells[place]].label) for place, rule in rules.items())
    for rule, declared in run.scenario.exclude.items():
        each = {c.label: n for c in run.cells if (n := counts[rule, c.label])}
        if not each:
            continue
        shown = ", ".join(f"{cell} {n:,}" for cell, n in each.items())
        how = "counted in all the same" if run.with_excluded else "left out"
        all_of_them = counted(sum(each.values()), "dialogue")
        yield f"rule {rule}: {all_of_them} {how} ({shown}): {declared.why}"
