"""One turn of a run with its candidates: the idea at a glance."""

from __future__ import annotations

import json

from rich.console import Console
from rich.text import Text

from simulate.cli.distribution_table import distribution_table, shown
from simulate.runfile import RunReader

__all__ = ["print_showcase"]


def print_showcase(run: RunReader, console: Console) -> None:
    """Print the first user turn that was drawn from the widest distribution, and what led to it."""
    found = next(
        run.rows(
            "SELECT dialogue, position, speaker, candidates, chosen, entropy FROM turn "
            "WHERE candidates IS NOT NULL ORDER BY entropy DESC, dialogue, position LIMIT 1"
        ),
        None,
    )
    if found is None:
        return
    dialogue, position, speaker, candidates, chosen, entropy = found
    key = next(run.rows("SELECT key FROM dialogue WHERE id = ?", (dialogue,)))[0]
    console.print()
    console.print(Text(f"One turn of dialogue {key}, as it was drawn", style="bold"))
    if position > 0:
        before = run.dialogue(dialogue).turns[position - 1]
        console.print(Text(f"{before.speaker}: {shown(before.text)}"))
    drawn = [(text, p, w) for text, p, w, _ in json.loads(candidates)]
    console.print(
        distribution_table(
            drawn, chosen, f"{speaker}: what could come next, and the reply that was drawn (▶)"
        )
    )
    console.print(f"Entropy {entropy:.2f} nats. Every turn keeps its distribution like this.\n")
