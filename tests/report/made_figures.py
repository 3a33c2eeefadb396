"""Every kind of figure, made of numbers that are known, with names as the caller wants them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simulate.calibration.assessment import assess
from simulate.calibration.result import Calibration
from simulate.calibration.wordings import Wordings
from simulate.calibration.wordings.criteria import Measured
from simulate.comparison import Comparison, Sample, Settings, compare_samples
from simulate.comparison.entropy_by_turn import AtReply, EntropyByTurn
from simulate.comparison.leverage import Leverage, TurnLeverage
from simulate.comparison.multiverse import Multiverse
from simulate.comparison.multiverse.result import UniverseContrast
from simulate.comparison.prediction_powered.result import Estimated, Number, PredictionPowered
from simulate.comparison.reweighing.result import Reweighed, ReweighedRow
from simulate.comparison.summary import OutcomeSummary
from simulate.comparison.summary.contrasts import CellDifference
from simulate.comparison.variance_sources import VarianceSources
from simulate.notebook import Width
from simulate.population.achieved import Achieved, Margin, Share
from simulate.reference import Reference, Variable
from simulate.report import figures
from simulate.report.calibration_figures import hazards, reliability_diagrams
from simulate.report.effects_figure import effects
from simulate.report.entropy_figure import entropy_figure
from simulate.report.leverage_figure import leverage_figure
from simulate.report.multiverse_figure import curve
from simulate.report.population_figure import population_figure
from simulate.report.prediction_powered_figure import prediction_powered_figure
from simulate.report.reply_distribution_figure import distribution_figure
from simulate.report.reweighed_figure import reweighed_figure
from simulate.report.stress_figures import failure_rates
from simulate.report.wordings_figure import wordings_figure
from simulate.statistics.importance import WeightedMean, WeightedRate, WeightQuality
from simulate.statistics.joint_permutation import JointTest
from simulate.statistics.mean_contrasts import MeanContrast
from simulate.statistics.ordered_criteria import Criterion, decide
from simulate.statistics.proportions import Proportion, wilson
from simulate.statistics.turn_effects import TurnEffects
from simulate.stress.analysis import Analysis, CellAnalysis
from simulate.stress.persona_groups import Groups
from simulate.stress.rates import ANY, Rate, Rates, Tally
from simulate.verbalized import Candidate, ReplyDistribution
from tests.calibration.made_forecasts import made_forecasts
from tests.calibration.test_result import made_calibration

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Word = Callable[[str], str]
"""What a name becomes."""


def plain(name: str) -> str:
    return name


def hostile(name: str) -> str:
    return f"$x_{{1}}$ {name}\n\x1b[2J\u202e友達 \\frac{{1}} " + "long_name" * 9


def steps(count: int) -> np.ndarray:
    return np.linspace(-1, 1, count)


@cache
def compared(word: Word, cells: int, unit: str | None = "USD") -> Comparison:
    rng = np.random.default_rng(3)
    humans = np.array([0.0, 0.1, 0.5, 1.0, 2.0])
    variable = Variable(word("gift"), "amount", unit=unit, support=(0.0, 2.0))
    reference = Reference(
        word("people"), variable, humans, np.array([300, 90, 200, 160, 90]),
        source=word("Ann et al. 2019, Gifts"),
    )  # fmt: skip
    samples = [
        Sample.of(word(f"cell {i}"), rng.choice([0.0, 0.5, 2.0], 40 + i).tolist())
        for i in range(cells)
    ]
    settings = Settings(draws=200, margins={"ks": 0.2})
    return compare_samples(samples, reference, settings=settings)


@cache
def levelled(word: Word, levels: int, kind: str = "choice") -> Comparison:
    names = tuple(word(f"level {i}") for i in range(levels))
    variable = Variable(word("mood"), kind, levels=names)
    counts = np.arange(levels, 0, -1)
    humans = Reference(word("people"), variable, np.arange(levels, dtype=float), counts)
    samples = [
        Sample.of(word(f"cell {i}"), [float((i + j) % levels) for j in range(60)]) for i in range(2)
    ]
    return compare_samples(samples, humans, settings=Settings(draws=200))


def summary(word: Word, count: int) -> OutcomeSummary:
    found = [
        CellDifference(
            word(f"tone {i}"), word("plain"), "mean",
            MeanContrast(80, at, (at - 0.2, at + 0.2), 0.001 if abs(at) > 0.2 else 0.4),
            0.004 if abs(at) > 0.2 else 0.6, name="planned" if i % 2 else "",
        )
        for i, at in enumerate(steps(count).tolist())
    ]  # fmt: skip
    sources = VarianceSources("gift", {}, {}, None)
    variable = Variable(word("gift"), "amount", unit="USD", support=(0.0, 2.0))
    return OutcomeSummary(word("gift"), variable, (), tuple(found), (), (), sources, margin=0.1)


def narrowing(word: Word, cells: int) -> list[EntropyByTurn]:
    return [
        EntropyByTurn(
            word(f"cell {i}"), "user", "vs", stated=True, dialogues=60, personas=60, first=4.0,
            middle=3.5, last=3.0, ratio=1.3, interval=(1.1, 1.5), k=5,
            by_reply=tuple(AtReply(t, 70 - 5 * t, 4.6 - 0.3 * t - 0.2 * i) for t in range(1, 9)),
        )
        for i in range(cells)
    ]  # fmt: skip


def leverage(word: Word, turns: int, dialogues: int = 1) -> Leverage:
    found = [
        TurnLeverage(
            word(f"d{i % dialogues}"), i, word("guest"),
            TurnEffects(
                0.5, (0.3, 0.5, 0.9), 0.1, (-0.1, 0.3), 0.02 + 0.004 * i,
                (0.01, 0.05 + 0.004 * i), (9, 9, 9),
            ),
            None, (0, 1, 2), (0.6, 0.3, 0.1), 1,
        )
        for i in range(turns)
    ]  # fmt: skip
    return Leverage(Path("a.db"), word("gift"), "USD", tuple(found), 0.95, "as stated")


def multiverse(word: Word, universes: int) -> Multiverse:
    at = np.linspace(-0.1, 0.6, universes)
    kinds = {word("wording"): [word("first"), word("second")], "k": ["3", "5", "10"]}
    found = [
        UniverseContrast(
            {kind: of[i % len(of)] for kind, of in kinds.items()}, "a",
            "re-weighed" if i % 3 else "run", MeanContrast(60, x, (x - 0.2, x + 0.2), 0.2),
        )
        for i, x in enumerate(at.tolist())
    ]  # fmt: skip
    band = np.stack([at - 0.5, at], axis=1)
    test = JointTest(at, float(np.median(at)), 0.03, 0.9, 0.1, (-0.2, 0.2), band, 999, exact=False)
    return Multiverse(
        "gifts", word("warm"), word("plain"), "", word("gift"), None, "USD", kinds, tuple(found),
        test, 60, False, None, "", False, Path("grid"), {},
    )  # fmt: skip


def wordings(word: Word) -> Wordings:
    def criterion(name: str, gap: float) -> Criterion:
        def difference(a: int, b: int, confidence: float) -> tuple[float, float]:
            middle = gap if a < b else -gap
            return middle - 0.1, middle + 0.1

        return Criterion(name, 0.05, (max(gap, 0.0), max(-gap, 0.0)), difference, 30)

    made = [criterion("validity", 0.02), criterion("calibration", 0.7), criterion("tokens", 0.01)]
    measured = [Measured(each.name, each.margin, each, "made") for each in made]
    measured.insert(2, Measured("next-act", 0.05, None, "no dialogues"))
    labels = word("first"), word("second")
    decision = decide(tuple(made), None, 2)
    return Wordings("a.db", word("donation"), word("model"), labels, tuple(measured), decision)


@cache
def calibration(word: Word, parts: int, what: str = "act") -> Calibration:
    rng = np.random.default_rng(2)
    levels = ("stays", "leaves") if what == "leaving" else ("agrees", "asks", "declines")
    made = made_forecasts(rng, people=60, turns=4, levels=levels, what=what)
    part = replace(assess(made), what=word(what), role=word("persuadee"))
    found = replace(made_calibration(), parts=(part,) * parts, references=(word("people"),))
    return replace(found, model=word("model"), margin=0.1)


def population(word: Word, attributes: int) -> Achieved:
    margins = [
        Margin(
            word(f"attribute {i}"), "choice", "years" if i else None,
            tuple(
                Share(word(f"level {j}"), 0.2 + 0.02 * (i % 2), 0.2, 0.2 + 0.01 * (j - 1), 0.015)
                for j in range(2 + i % 6)
            ),
            None, "stated",
        )
        for i in range(attributes)
    ]  # fmt: skip
    found = Achieved(word("crowd"), 1000, 7, tuple(margins))
    pairs = tuple(Share(f"a–b {r:.1f}", r, r, r + 0.02, 0.05) for r in steps(5).tolist())
    return replace(found, correlations=pairs)


def _rate(name: str, hits: int, n: int) -> Rate:
    share = Proportion(hits, n, n, hits / n, wilson(hits / n, n), float(n))
    tally = Tally(share, 3, 0, None)
    weighted = WeightedRate(share.value, share.interval, n, float(n), 0.01, None)
    return Rate(name, tally, weighted, tally)


def stress(word: Word, cells: int) -> Analysis:
    found = []
    for cell in range(cells):
        of = [_rate(word(f"check {i}"), 4 * i + cell, 100) for i in range(1, 5)]
        total = _rate(ANY, 30 + cell, 100)
        rates = Rates(100, 100, total, tuple(of), total, 0, {}, {})
        groups = Groups(ANY, 100, (), 0, "")
        found.append(CellAnalysis(word(f"cell {cell}"), {}, "bot", 100, 100, rates, groups, (), ()))
    return Analysis(Path("a.db"), "r1", word("refund"), 0, {}, tuple(found), (), 0.95)


def reweighed(word: Word, cells: int) -> Reweighed:
    quality = WeightQuality(200, 200, 120.0, 110.0, 0.3, 0.02, None)
    refused = replace(quality, effective_n=9.0, refused="too few")
    rows = [
        ReweighedRow(
            Sample.of(word(f"cell {i}"), [0.0, 1.0]),
            WeightedMean(0.4 + 0.1 * i, (0.3 + 0.1 * i, 0.5 + 0.1 * i), quality)
            if i % 3 < 2
            else WeightedMean(None, None, refused),
            {}, (0.5, (0.45, 0.55)), None,
        )
        for i in range(cells)
    ]  # fmt: skip
    variable = Variable(word("gift"), "amount", unit="USD", support=(0.0, 2.0))
    return Reweighed(
        outcome=word("gift"), event=None, variable=variable, rule="tempered by 1.5", map=None,
        population=None, reference=None, rows=tuple(rows), notes=(), confidence=0.95,
    )  # fmt: skip


def few_humans(word: Word, rows: int) -> PredictionPowered:
    found = [
        Estimated(
            word(f"cell {i}"), ("mean", "share of 0", "median")[i % 3], 40, 1000, 900.0,
            Number(0.5, (0.2, 0.8)), Number(0.6, (0.55, 0.65)), Number(0.52, (0.3, 0.7)), (),
            Number(61.0, (44.0, 83.0)),
        )
        for i in range(rows)
    ]  # fmt: skip
    refused = Estimated(word("cell x"), "mean", 9, 1000, 900.0, refused="fewer than 20 humans")
    return PredictionPowered(
        word("gift"), "USD", word("asked.csv"), (*found, refused), (), (), {}, 0.95
    )


def replies(word: Word, count: int) -> ReplyDistribution:
    stated = tuple(Candidate(word(f"Well, reply {i}."), 1 / (i + 2)) for i in range(count))
    return ReplyDistribution.from_probabilities(stated)


MADE: dict[str, Callable[[Word, Width], Figure]] = {
    "ecdf": lambda word, width: figures.ecdf(compared(word, 3), width),
    "ecdf-levels": lambda word, width: figures.ecdf(levelled(word, 7, "ordinal"), width),
    "histogram": lambda word, width: figures.histogram(compared(word, 3), width),
    "shares": lambda word, width: figures.ecdf(levelled(word, 5), width),
    "forest": lambda word, width: figures.forest(compared(word, 3), width),
    "effects": lambda word, width: effects(summary(word, 5), width),
    "entropy": lambda word, width: entropy_figure(narrowing(word, 2), width),
    "leverage": lambda word, width: leverage_figure(leverage(word, 6), width),
    "multiverse": lambda word, width: curve(multiverse(word, 12), width),
    "wordings": lambda word, width: wordings_figure(wordings(word), width),
    "reliability": lambda word, width: reliability_diagrams(calibration(word, 2), width),
    "hazard": lambda word, width: hazards(calibration(word, 1, "leaving"), width),
    "population": lambda word, width: population_figure(population(word, 4), width),
    "stress": lambda word, width: failure_rates(stress(word, 2), width),
    "reweigh": lambda word, width: reweighed_figure(reweighed(word, 3), width),
    "few-humans": lambda word, width: prediction_powered_figure(few_humans(word, 3), width),
    "replies": lambda word, width: distribution_figure(replies(word, 4), width),
}
"""Each kind of figure."""

EXTREME: dict[str, Callable[[Word, Width], Figure]] = {
    "ecdf": lambda word, width: figures.ecdf(compared(word, 9, None), width),
    "histogram": lambda word, width: figures.histogram(compared(word, 9, None), width),
    "shares": lambda word, width: figures.ecdf(levelled(word, 40), width),
    "forest": lambda word, width: figures.forest(compared(word, 9, None), width),
    "effects": lambda word, width: effects(summary(word, 40), width),
    "effects-none": lambda word, width: effects(summary(word, 0), width),
    "effects-one": lambda word, width: effects(summary(word, 1), width),
    "entropy": lambda word, width: entropy_figure(narrowing(word, 8), width),
    "entropy-none": lambda word, width: entropy_figure([], width),
    "leverage": lambda word, width: leverage_figure(leverage(word, 60, 12), width),
    "leverage-one": lambda word, width: leverage_figure(leverage(word, 1), width),
    "multiverse": lambda word, width: curve(multiverse(word, 120), width),
    "reliability": lambda word, width: reliability_diagrams(calibration(word, 5), width),
    "population": lambda word, width: population_figure(population(word, 30), width),
    "stress": lambda word, width: failure_rates(stress(word, 10), width),
    "reweigh": lambda word, width: reweighed_figure(reweighed(word, 12), width),
    "few-humans": lambda word, width: prediction_powered_figure(few_humans(word, 0), width),
    "replies": lambda word, width: distribution_figure(replies(word, 30), width),
}
"""The same where there is very much, or nothing."""
