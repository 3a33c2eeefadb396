"""Draw reweigh.png and print the table: what 200 dialogues are worth under another rule.

    uv run python docs/recorded-distributions/reweigh_figure.py

Each user turn has five replies, stated as .45, .25, .15, .10 and .05, and was drawn as stated. The
effective size is exact: that of one turn, 1 / Σ p²/q, to the power of the turns.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from simulate.comparison.reweighing.rule import TurnRule
from simulate.report.figure_layout import finish
from simulate.report.plotting import BAND, COLOURS, GREY, STYLES, new_figure, styled, write_figure
from simulate.statistics.importance import NEEDED_SIZE
from simulate.verbalized import Candidate, DrawSettings, ReplyDistribution
from simulate.verbalized.draws import recorded

STATED = (0.45, 0.25, 0.15, 0.10, 0.05)
DIALOGUES = 200
TURNS = (1, 2, 3, 5, 10, 20)
RULES = {
    "temper 0.8": DrawSettings(temper=0.8),
    "temper 1.1": DrawSettings(temper=1.1),
    "temper 1.25": DrawSettings(temper=1.25),
    "temper 1.5": DrawSettings(temper=1.5),
    "temper 2": DrawSettings(temper=2),
    "uniform": DrawSettings("uniform"),
    "mode": DrawSettings("mode"),
}
DRAWN = ("temper 0.8", "temper 1.25", "temper 1.5", "temper 2", "uniform", "mode")


def share(settings: DrawSettings) -> float:
    """Return the effective size of one turn, as a share of the dialogues."""
    candidates = tuple(Candidate(str(p), p) for p in STATED)
    draw = recorded(ReplyDistribution.from_probabilities(candidates), DrawSettings(), "reply", 0)
    wanted = TurnRule(settings).chances(draw)
    return float(1 / (wanted**2 / draw.chances).sum())


def table() -> str:
    """Return the table of the documentation in Markdown."""
    lines = [f"| to | {' | '.join(f'{t} turns' if t > 1 else '1 turn' for t in TURNS)} |"]
    lines += ["|---" * (1 + len(TURNS)) + "|"]
    for name, settings in RULES.items():
        sizes = [DIALOGUES * share(settings) ** turns for turns in TURNS]
        cells = [f"{size:.0f}" if size >= NEEDED_SIZE else f"*{size:.0f}*" for size in sizes]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table and draw the figure."""
    print(table())
    turns = np.arange(1, 21)
    with styled():
        figure, axes = new_figure(1, 1, 2.6)
        ax = axes[0, 0]
        ax.axhspan(0, NEEDED_SIZE, color=BAND, alpha=0.5, lw=0)
        ax.text(12, 30, "refused", ha="center", va="center", color=GREY)
        legend = []
        for name, colour, style in zip(DRAWN, COLOURS, STYLES, strict=True):
            sizes = DIALOGUES * share(RULES[name]) ** turns
            legend.append((ax.plot(turns, sizes, color=colour, ls=style, lw=1.6)[0], name))
        ax.set(
            xlabel="turns of simulated users in a dialogue",
            ylabel=f"what {DIALOGUES} dialogues are worth",
            xlim=(1, 20),
            ylim=(0, DIALOGUES),
            xticks=[1, 5, 10, 15, 20],
        )
        title = "The longer the dialogues and the farther the rule, the less a run is worth"
        notes = [
            "Five replies a turn, stated as .45, .25, .15, .10 and .05, drawn as stated; exact."
        ]
        finish(figure, title, notes=notes, legend=legend, legend_title="re-weighed to")
    write_figure(figure, Path(__file__).with_name("reweigh.png"))


if __name__ == "__main__":
    main()
