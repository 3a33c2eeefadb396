"""Draw few-humans.png, and print how often the intervals of few-humans.md cover.

    uv run python docs/recorded-distributions/few_humans_figure.py [--coverage]

The figure is exact (`simulate.statistics.prediction_powered.worth`). Coverage is simulated: human
values are heaped gifts of $0, .50, 1 and 2, which 40, 20, 25 and 15 % of people give.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from scipy.special import stdtrit

from simulate.report.figure_layout import finish
from simulate.report.plotting import COLOURS, STYLES, new_figure, styled, write_figure
from simulate.statistics.humans_needed import Arm, humans_needed
from simulate.statistics.prediction_powered import correlation_interval, tuned_mean, worth
from simulate.statistics.rows import Floats

HUMANS = 40
OTHERS = (40, 200, 1_000, 10_000)
LEVELS, SHARES = np.array([0.0, 0.5, 1.0, 2.0]), np.array([0.4, 0.2, 0.25, 0.15])
CUTS = np.array([-0.2533, 0.2533, 1.0364])
ONE = np.asarray(1.0)
DRAWS = 4_000


def draw(path: Path) -> None:
    """Write the figure."""
    rho = np.linspace(0, 0.95, 96)
    wanted = 2 * float(stdtrit(99, 0.975)) / 10  # the width that 100 humans alone give
    with styled():
        figure, axes = new_figure(1, 2, 2.6)
        left, right = axes[0]
        legend = []
        for others, colour, style in zip(OTHERS, COLOURS, STYLES, strict=False):
            shown = {"color": colour, "linestyle": style}
            (line,) = left.plot(rho, worth(rho, np.ones_like(rho), HUMANS, others), **shown)
            legend.append((line, f"{others:,} others"))
            arms = [Arm(1.0, float(r), 1.0, others) for r in rho]
            asked = [humans_needed(wanted, [arm], 0.95, simulations=True) for arm in arms]
            right.plot(rho, asked, **shown)
        (line,) = left.plot(rho, HUMANS / (1 - rho**2), color="0.6", linewidth=0.8, ls="-")
        legend.append((line, "n/(1 − ρ²)"))
        left.axhline(HUMANS, color="0.8", linewidth=0.8, zorder=0)
        left.set(ylim=(30, 200), title="what 40 humans are worth")
        right.axhline(100, color="0.8", linewidth=0.8, zorder=0)
        right.set(ylim=(0, 110), title="humans to ask, where 100 alone would do")
        for at in (left, right):
            at.set(xlabel="correlation ρ of simulated and human values", xlim=(0, 0.95))
        left.set_ylabel("humans")
        title = "Simulations are worth humans only where they correlate with them"
        finish(figure, title, notes=["Exact, of means."], legend=legend)
    write_figure(figure, path)


def gifts(
    rho: float, n: int, others: int, rng: np.random.Generator, draws: int
) -> tuple[Floats, Floats, Floats]:
    """Return (draws, n) gifts, what is simulated of those who gave them, and of others."""
    f = rng.standard_normal((draws, n))
    latent = rho * f + np.sqrt(1 - rho**2) * rng.standard_normal((draws, n))
    return LEVELS[np.searchsorted(CUTS, latent)], f, rng.standard_normal((draws, others))


def coverage(n: int, others: int, rho: float) -> str:
    """Return a line of the table: coverage and width of the mean, coverage of the worth."""
    rng = np.random.default_rng([round(100 * rho), n, others])
    many = gifts(rho, 400_000, 1, rng, 1)
    true = np.asarray(np.corrcoef(many[0], many[1])[0, 1] if rho else 0.0)
    inside, widths, alone, valued = [], [], [], []
    for _ in range(20):
        human, simulated, of_others = gifts(rho, n, others, rng, DRAWS // 20)
        found = tuned_mean(human, simulated, of_others)
        half = stdtrit(found.degrees, 0.975) * np.sqrt(found.variance)
        inside.append(np.abs(found.value - LEVELS @ SHARES) <= half)
        widths.append(half)
        alone.append(stdtrit(n - 1, 0.975) * np.sqrt(found.human_variance))
        ends = correlation_interval(human, simulated, 0.95)
        low, expected, high = (worth(each, ONE, n, others) for each in (ends[0], true, ends[1]))
        valued.append((low <= expected) & (expected <= high))
    return (
        f"| {n} | {others:,} | {rho:g} | {np.mean(inside):.3f} | "
        f"{np.mean(widths) / np.mean(alone):.2f} | {np.mean(valued):.3f} |"
    )


def main() -> None:
    """Write the figure; with `--coverage` print the table as well."""
    draw(Path(__file__).with_name("few-humans.png"))
    if "--coverage" in sys.argv:
        for n in (20, 30, 40, 100, 200):
            for others in (40, 1_000, 10_000):
                for rho in (0.0, 0.3, 0.6, 0.9):
                    print(coverage(n, others, rho), flush=True)


if __name__ == "__main__":
    main()
