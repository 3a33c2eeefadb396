"""One turn of a run with its candidates: the idea at a glance."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from simulate.cli.distribution_table import distribution_table
from simulate.runfile import RunReader
from simulate.runfile.draw_statistics import widest_turn
from simulate.terminal.safe_text import beginning


def print_showcase(run: RunReader, console: Console) -> None:
    """Print the first user turn that was drawn from the widest distribution, and what led to it."""
    found = widest_turn(run)
    if found is None:
        return
    dialogue, index = run.dialogue(found[0]), found[1]
    turn = dialogue.turns[index]
    console.print()
    console.print(Text(f"One turn of dialogue {dialogue.key}, as it was drawn", style="bold"))
    if index > 0:
        before = dialogue.turns[index - 1]
        console.print(Text(f"{before.speaker}: {beginning(before.text)}"))
    below = turn.threshold
    for draw in turn.chain:
        title = f"{turn.speaker}: what could come next, and the {draw.what} that was drawn (▶)"
        console.print(distribution_table(draw.distribution, draw.chosen, title, below))
    entropy = turn.entropy or 0.0
    console.print(f"Entropy {entropy:.2f} nats. Every turn keeps its distribution like this.\n")
