"""What is said of one method's forecasts of one thing: scores, skill, reliability and bias.

All numbers are of the report split; what is fitted, is to the people of the select split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulate.calibration.baselines import act_bigram, human_marginal
from simulate.calibration.bias import GivenOutcome, TraitBias, by_trait, given_outcome
from simulate.calibration.forecasts import Forecasts, TextForecasts
from simulate.calibration.hazard import HazardRow, hazard
from simulate.calibration.scores import (
    ScoreRow,
    binary,
    level_scores,
    score_rows,
    text_scores,
)
from simulate.errors import StatisticsError
from simulate.population.protected import Protects, is_protected
from simulate.randomness import generator
from simulate.statistics.reliability_curve import (
    Bin,
    CalibrationError,
    Decomposition,
    binned,
    calibration_error,
    decomposition,
    isotonic,
    sharpness,
)
from simulate.statistics.rows import Floats
from simulate.statistics.skill import FEWEST_PERSONS, Mean, mean
from simulate.verbalized.probability_map import LEAVING, REPLIES

TEXT = "text"
"""What forecasts of the next text are called."""
ANY_LEVEL = "any level"
HISTOGRAM = 20


@dataclass(frozen=True, eq=False)
class Reliability:
    """Whether what was given a probability of p came true in a share p of cases.

    Attributes:
        event: what is given a probability; `any level` where each level is a case of its own.
        bins: the cases in bins of equally many.
        histogram: how many cases have a probability in each of 20 equal parts of [0, 1].
        curve: (m,) probabilities, and the share that came true by isotonic regression.
        error: the calibration error.
        decomposition: of the Brier score.
        sharpness: mean entropy of the forecasts in nats; low is sharp.
        human_entropy: entropy of what happened in nats: that of who states the human marginal.
    """

    event: str
    bins: tuple[Bin, ...]
    histogram: tuple[int, ...]
    curve: tuple[Floats, Floats]
    error: CalibrationError
    decomposition: Decomposition
    sharpness: Mean
    human_entropy: float


@dataclass(frozen=True, eq=False)
class Assessment:
    """One method's forecasts of one thing.

    Attributes:
        what: is forecast: `act`, `leaving`, `text` or an outcome.
        role: whose.
        method: that stated it.
        n: forecasts that are scored.
        persons: how many people.
        failed: further positions at which nothing could be read, of both splits.
        scores: all of them; the first one is the headline.
        reliability: None of texts.
        by_trait: the bias by traits that are known beforehand.
        given_outcome: what was given to what happened, beside what a calibrated forecaster shows.
        hazard: of leaving, by turn.
        texts: how many texts of each row are scored; 0 where levels are.
        nearest: mean distance of the nearest text to what was said: it describes, and ranks
            nothing, as the longer list has the nearer one; None where levels are scored.
        left_out: sentences on baselines that could not be fitted or compared.
    """

    what: str
    role: str
    method: str
    n: int
    persons: int
    failed: int
    scores: tuple[ScoreRow, ...]
    reliability: Reliability | None = None
    by_trait: tuple[TraitBias, ...] = ()
    given_outcome: tuple[GivenOutcome, ...] = ()
    hazard: tuple[HazardRow, ...] = ()
    texts: int = 0
    nearest: Mean | None = None
    left_out: tuple[str, ...] = ()

    @property
    def headline(self) -> ScoreRow:
        """The score to quote, over all turns."""
        return self.scores[0]

    def within(self, margin: float) -> bool | None:
        """Tell whether the calibration error is shown to lie under a margin; None of texts."""
        if self.reliability is None:
            return None
        interval = self.reliability.error.interval
        return interval is not None and interval[1] < margin


def assess(
    ours: Forecasts,
    others: Sequence[Forecasts] = (),
    *,
    protects: Protects = is_protected,
    seed: int = 0,
) -> Assessment:
    """Score forecasts over levels.

    Args:
        ours: forecasts of people of both splits, in one role.
        others: forecasts of the same by other methods, which are baselines.
        protects: tells whether an attribute is protected.
        seed: of what is simulated.

    Raises:
        StatisticsError: fewer than 20 people are on the report split, or nobody on the other.
    """
    known, report = ours.of_split("select"), ours.of_split("report")
    persons = _enough(report)
    baselines = [human_marginal(known, report)]
    if any(at.previous_act for at in report.positions):
        baselines.append(act_bigram(known, report))
    baselines += [other.of_split("report") for other in others]
    scored = [(each, level_scores(each)) for each in baselines]
    # An outcome stays the same while it is forecast again and again; acts and leaving do not.
    again = len({at.dialogue for at in report.positions}) < report.n
    by_turn = again and ours.what not in (REPLIES, LEAVING)
    return Assessment(
        ours.what,
        report.positions[0].role,
        ours.method,
        report.n,
        persons,
        ours.failed,
        score_rows(report, level_scores(report), scored, by_turn=by_turn),
        _reliability(report, seed),
        by_trait(report, protects),
        given_outcome(report),
        hazard(report) if ours.what == LEAVING else (),
    )


def assess_texts(
    ours: TextForecasts, others: Sequence[TextForecasts] = (), *, seed: int = 0
) -> Assessment:
    """Score forecasts of texts; methods that list one text only are left out, and said so.

    Raises:
        StatisticsError: fewer than 20 people are on the report split, or only one text is listed.
    """
    methods = [each.of_split("report") for each in (ours, *others)]
    persons = _enough(methods[0])
    k, found = text_scores(methods, seed)
    if ours.method not in found:
        raise StatisticsError(f"{ours.method} lists one text at a time, which is no distribution")
    scored = [(each, found[each.method]) for each in methods[1:] if each.method in found]
    left_out = tuple(
        f"{each.method} lists one text only, which has no fair energy score"
        for each in others
        if each.method not in found
    )
    return Assessment(
        TEXT,
        methods[0].positions[0].role,
        ours.method,
        methods[0].n,
        persons,
        ours.failed,
        score_rows(methods[0], found[ours.method], scored, by_turn=False),
        texts=k,
        nearest=mean(np.nanmin(methods[0].to_truth, axis=1), methods[0].clusters),
        left_out=left_out,
    )


def _enough(report: Forecasts | TextForecasts) -> int:
    """Return how many people are on the report split, or refuse where they are too few."""
    persons = report.persons
    if persons < FEWEST_PERSONS:
        what = report.what if isinstance(report, Forecasts) else TEXT
        raise StatisticsError(
            f"{what}: {persons} people are on the report split, and {FEWEST_PERSONS} are needed: "
            "take more dialogues"
        )
    return persons


def _reliability(report: Forecasts, seed: int) -> Reliability:
    event = binary(report)
    clusters = event.clusters
    if len(event.levels) == 2:
        name, stated = event.levels[1], event.stated[:, 1]
        happened = event.happened.astype(np.float64)
    else:
        name, stated = ANY_LEVEL, event.stated.ravel()
        happened = np.eye(len(event.levels))[event.happened].ravel()
        clusters = np.repeat(clusters, len(event.levels))
    shares = np.bincount(event.happened, minlength=len(event.levels)) / event.n
    rng = generator(seed, f"calibration/{report.what}/{report.method}")
    return Reliability(
        name,
        binned(stated, happened, clusters),
        tuple(np.histogram(stated, HISTOGRAM, (0, 1))[0].tolist()),
        isotonic(stated, happened),
        calibration_error(event.stated, event.happened, event.clusters),
        decomposition(event.stated, event.happened, rng),
        mean(sharpness(event.stated), event.clusters),
        float(sharpness(shares[None])[0]),
    )
