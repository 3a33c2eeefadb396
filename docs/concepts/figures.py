"""Draw the figures of the three concepts.

    uv run python -m docs.concepts.figures

The first and the third are of the made-up people of `docs/demo.py`: they show what is done with
distributions, and are no finding. The second is of the gifts of 982 people.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

import simulate
from docs.demo import demo_run
from simulate.reference import load
from simulate.report.figure_layout import finish
from simulate.report.plotting import BAND, COLOURS, new_figure, styled
from simulate.runfile import open_run

HERE = Path(__file__).parent
PEOPLE = 150
SIZES = (20, 40, 80, 160, 320)
TEMPERS = (0.6, 0.8, 1.0, 1.25, 1.5, 2.0)


def first_replies(run: Path) -> dict[str, Counter[str]]:
    """Return how often each text was the first reply of a persuadee, by cell."""
    said: dict[str, Counter[str]] = {"direct": Counter(), "vs": Counter()}
    with open_run(run) as file:
        for dialogue in file.read():
            first = next(turn for turn in dialogue.turns if turn.speaker == "persuadee")
            said[dialogue.cell.label][first.text] += 1
    return said


def verbalized_sampling(run: Path) -> Figure:
    """Show what as many people say first, asked for one reply and for a distribution."""
    figure, axes = new_figure(1, 2, 2.3, sharex=True)
    for ax, (cell, said), colour in zip(axes[0], first_replies(run).items(), COLOURS, strict=False):
        texts = said.most_common()[::-1]
        shares = [count / said.total() for _, count in texts]
        ax.barh(range(len(texts)), shares, color=colour, alpha=0.45, height=0.75)
        for i, (text, _) in enumerate(texts):
            words = text if len(text) < 34 else text[:32].rsplit(" ", 1)[0] + "…"
            ax.text(0.02, i, words, va="center", fontsize=7)
        ax.set(xlim=(0, 1), ylim=(-0.6, 4.6), yticks=[], xlabel="share of dialogues")
        ax.set_title(f"asked for {'one reply' if cell == 'direct' else 'a distribution'}")
    title = "Asked for one reply, everybody says the same; asked for a distribution, five things"
    return finish(figure, title, notes=[f"{PEOPLE} made-up people: no finding about any model."])


def floors() -> Figure:
    """Show how far fresh samples of people lie from all of them, by their size."""
    people = load("persuasionforgood-donations")
    share = people.counts / people.n
    random, cumulative = np.random.default_rng(1), np.cumsum(share)
    found = [
        np.abs(np.cumsum(random.multinomial(n, share, 4000), axis=1) / n - cumulative).max(1)
        for n in SIZES
    ]
    figure, axes = new_figure(1, 1, 2.6)
    ax = axes[0, 0]
    low, high = np.quantile(found, [0.05, 0.95], axis=1)
    ax.fill_between(SIZES, low, high, color=BAND, lw=0, label="90 % of fresh samples")
    ax.plot(SIZES, np.mean(found, axis=1), color="black", marker="o", label="floor: their mean")
    ax.set(xscale="log", xticks=SIZES, xlabel="people in the sample", ylabel="KS distance", ylim=0)
    ax.xaxis.set_major_formatter("{x:.0f}")
    ax.minorticks_off()
    title = "The fewer people you look at, the further they lie from people, by chance alone"
    note = f"All: {people.n} dialogues of PersuasionForGood (Wang et al. 2019)."
    handles, labels = ax.get_legend_handles_labels()
    return finish(figure, title, notes=[note], legend=list(zip(handles, labels, strict=True)))


def re_weighing(run: Path) -> Figure:
    """Show the mean gift of one finished run under flatter and sharper draws."""
    figure, axes = new_figure(1, 1, 2.6)
    ax = axes[0, 0]
    values: list[tuple[float, float, float, float]] = []
    for temper in TEMPERS:
        row = next(r for r in simulate.reweigh(run, temper=temper).rows if r.name == "vs")
        if row.mean.value is not None and row.mean.interval is not None:
            values.append((temper, row.mean.value, *row.mean.interval))
    x, mean, low, high = (np.array(column) for column in zip(*values, strict=True))
    ax.errorbar(x, mean, (mean - low, high - mean), color=COLOURS[0], marker="o", capsize=3)
    if refused := [t for t in TEMPERS if t not in x]:
        ax.axvspan(min(refused) - 0.12, max(TEMPERS) + 0.1, color=BAND, lw=0)
        ax.text((min(refused) + max(TEMPERS)) / 2, mean.mean(), "refused", ha="center")
    ax.axvline(1, color="#888888", ls=":", lw=1)
    ax.set(xlabel="temper (1: as stated; above: flatter)", ylabel="mean gift (USD)")
    title = "One run answers for other draw rules, until too few dialogues carry the weight"
    note = f"{PEOPLE} made-up people, asked for a distribution (vs); intervals 95 %."
    return finish(figure, title, notes=[note])


def main() -> None:
    """Draw all three beside this file."""
    with tempfile.TemporaryDirectory() as folder, styled():
        run = demo_run(Path(folder) / "demo.db", PEOPLE)
        draw: dict[str, Callable[[], Any]] = {
            "verbalized-sampling": lambda: verbalized_sampling(run),
            "floors": floors,
            "re-weighing": lambda: re_weighing(run),
        }
        for name, made in draw.items():
            made().savefig(HERE / f"{name}.png", dpi=120)


if __name__ == "__main__":
    main()
