"""Which scores fit which forecasts, over which positions, and the skill over baselines."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from simulate.calibration.forecasts import (
    NONE,
    Flags,
    Forecasts,
    TextForecasts,
    paired,
)
from simulate.randomness import generator
from simulate.statistics.rows import Floats, Indices
from simulate.statistics.scoring import (
    FLOORS,
    brier,
    crps,
    energy_score,
    log_score,
    ranked_probability,
    subsampled,
)
from simulate.statistics.skill import Mean, Skill, mean, skill

EVERYWHERE = "all turns"
BEFORE = "before an amount was stated"
MOST_PLACES = 6
"""Of more different turns than these, several are put together."""
ENERGY = "energy score"
PLAIN = "energy score, plain"
LOG_SCORES = {f"log score, floor {floor:g}": floor for floor in FLOORS}

Scored = Mapping[str, Floats]
"""Name of a score to (n,) its values."""


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One score of one method over some positions.

    Attributes:
        score: its name; the lower, the better.
        where: over which positions.
        mean: its mean, with the interval by person.
        skills: baseline to the skill over it at the positions that both have.
    """

    score: str
    where: str
    mean: Mean
    skills: Mapping[str, Skill]


def binary(forecasts: Forecasts) -> Forecasts:
    """Return forecasts of one event: of amounts, that it is more than the lowest.

    Those of two levels, or of more that are no amounts, are returned as they are.
    """
    if forecasts.codes is None or len(forecasts.levels) == 2:
        return forecasts
    lowest = forecasts.levels[0]
    nothing = forecasts.stated[:, 0]
    return replace(
        forecasts,
        levels=(lowest, f"more than {lowest}"),
        stated=np.column_stack([nothing, 1 - nothing]),
        happened=(forecasts.happened > 0).astype(np.int64),
        codes=None,
        ordered=False,
    )


def level_scores(forecasts: Forecasts) -> Scored:
    """Return all scores of forecasts over levels, in the order in which they are shown."""
    f, event = forecasts, binary(forecasts)
    found = {}
    if f.codes is not None:
        found["CRPS"] = crps(f.stated, f.codes, f.codes[f.happened], f.answers)
    found["Brier"] = brier(event.stated, event.happened, f.answers)
    if f.ordered and f.codes is None:
        outside = f.levels[-1] == NONE
        found["RPS"] = ranked_probability(f.stated, f.happened, f.answers, outside=outside)
    if f.answers is None:
        for name, floor in LOG_SCORES.items():
            found[name] = log_score(event.stated, event.happened, floor)
    return found


def text_scores(methods: Sequence[TextForecasts], seed: int) -> tuple[int, dict[str, Scored]]:
    """Return the energy scores of methods, of as many texts for each; see `statistics.scoring`.

    At each position as many texts of each method count as the shortest list there has.

    Args:
        methods: of which those that list one text only take no part.
        seed: of the texts that are taken where a method lists more than another.

    Returns:
        How many texts at most, and the scores by method.
    """
    listed = {t.method: t for t in methods if t.weights.shape[1] > 1}
    k = min((t.weights.shape[1] for t in listed.values()), default=0)
    fewest: dict[Hashable, int] = {}
    for texts in listed.values():
        for at, n in zip(texts.positions, (texts.weights > 0).sum(axis=1).tolist(), strict=True):
            fewest[at.key] = min(n, fewest.get(at.key, n))
    found: dict[str, Scored] = {}
    for name, texts in listed.items():
        counts = np.array([fewest[at.key] for at in texts.positions], dtype=np.int64)
        weights = subsampled(texts.weights, counts, generator(seed, f"texts/{name}"))
        score = partial(energy_score, weights, texts.to_truth, texts.between)
        found[name] = {ENERGY: score(fair=True), PLAIN: score(fair=False)}
    return k, found


def score_rows(
    ours: Forecasts | TextForecasts,
    scores: Scored,
    baselines: Sequence[tuple[Forecasts | TextForecasts, Scored]],
    *,
    by_turn: bool,
) -> tuple[ScoreRow, ...]:
    """Return the mean scores of a method, and its skill over baselines.

    Args:
        ours: the method's forecasts.
        scores: theirs.
        baselines: forecasts of the same, with their scores.
        by_turn: whether turns have rows of their own.
    """
    clusters = ours.clusters
    others = [(each.method, theirs, paired(ours, each)) for each, theirs in baselines]
    found = []
    for where, here in _places(ours, by_turn=by_turn):
        for name, values in scores.items():
            if name in LOG_SCORES and where != EVERYWHERE:
                continue  # they are there to show what the floor does
            skills = {
                method: _skill(values, theirs[name], pairs, here, clusters)
                for method, theirs, pairs in others
                if name in theirs
            }
            found.append(ScoreRow(name, where, mean(values[here], clusters[here]), skills))
    return tuple(found)


def _skill(
    ours: Floats, theirs: Floats, pairs: tuple[Indices, Indices], here: Flags, clusters: Indices
) -> Skill:
    mine, other = pairs
    kept = here[mine]
    return skill(ours[mine[kept]], theirs[other[kept]], clusters[mine[kept]])


def _places(forecasts: Forecasts | TextForecasts, *, by_turn: bool) -> Iterator[tuple[str, Flags]]:
    yield EVERYWHERE, np.ones(forecasts.n, np.bool_)
    before = np.array([not at.amount_stated for at in forecasts.positions])
    if before.any() and not before.all():
        yield BEFORE, before
    if by_turn:
        parts = np.array_split(np.unique(forecasts.turns), MOST_PLACES)
        for turns in (each.tolist() for each in parts if len(each)):
            told = f"turn {turns[0]}" + (f" to {turns[-1]}" if len(turns) > 1 else "")
            yield told, np.isin(forecasts.turns, turns)
