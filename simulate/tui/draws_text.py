"""What is said below the plots of what was drawn: entropy, and stated beside drawn."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

from rich.text import Text

from simulate.terminal.bars import sparkline
from simulate.terminal.safe_text import line
from simulate.tui.distribution_data import Draws


def entropy_text(draws: Sequence[Draws], labels: Sequence[str]) -> Text:
    """Return how wide the distributions of each side are, over all turns and turn by turn."""
    text = Text()
    for letter, label, (_, entropy, _) in zip("AB", labels, draws, strict=False):
        if not entropy:
            text.append(f"{letter} {line(label)}: draws from no distribution\n", "dim")
            continue
        turns = sum(e.turns for e in entropy)
        mean = sum(e.mean * e.turns for e in entropy) / turns
        text.append(f"{letter} {line(label)}: ", "bold")
        text.append(f"mean {mean:.2f} nats over {turns:,} distributions; by turn ")
        text.append(", ".join(f"{e.position}: {e.mean:.2f}" for e in entropy[:12]))
        text.append(" …\n" if len(entropy) > 12 else "\n")
        sizes = [exp(e.mean) for e in entropy]
        text.append(f"  effective size {sizes[0]:.1f} at the first, {sizes[-1]:.1f} at the last ")
        text.append(f"{sparkline(sizes, 1.0, max(sizes))}\n")
    return text


def calibration_text(draws: Sequence[Draws], labels: Sequence[str]) -> Text:
    """Return what each side stated beside what was drawn of it."""
    text = Text()
    for letter, label, (_, _, stated) in zip("AB", labels, draws, strict=False):
        if not stated.bins:
            text.append(f"{letter} {line(label)}: states no probabilities\n", "dim")
            continue
        part = f"{stated.turns:,} turns"
        if stated.read != stated.turns:
            part = f"{stated.read:,} of {part}"
        text.append(f"{letter} {line(label)}", "bold")
        text.append(f", {part}: stated → drawn (candidates)\n")
        text.append(
            "   ".join(f"{b.stated:.2f} → {b.drawn:.2f} ({b.candidates:,})" for b in stated.bins)
            + "\n"
        )
    return text
