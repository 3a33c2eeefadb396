"""Scores of stated distributions against what happened: the lower, the better.

Each is *proper*: nobody expects a lower score than who states what he believes (Gneiting and
Raftery 2007). With p the stated probabilities of K levels and y what happened:

- Brier: Σ (p_k − 1{y = k})², in [0, 2] (Brier 1950);
- ranked probability score of levels in order: Σ (P_k − 1{y ≤ k})² / (K − 1) with P the cumulative
  probabilities, in [0, 1]: it costs less to be near (Epstein 1969). A level outside the order is
  taken as the lowest and as the highest, and the score is the mean of both;
- log score: −ln ((1 − ε) p_y + ε/K), in nats. The floor ε keeps a level that was given 0 from
  costing without end; with it the score is proper only nearly, and depends on ε, so that it is
  shown for several;
- CRPS of a distribution on numbers: ∫ (F(x) − 1{y ≤ x})² dx = E|X − y| − ½ E|X − X′|, in the unit
  of the numbers (Matheson and Winkler 1976);
- energy score: the same with distances between texts in an embedding space.

**Fair scores.** The relative frequencies of m answers differ by chance from the distribution that
they are drawn from, which costs them Σ p (1 − p) / m of the Brier score on average. The *fair*
score takes that off, so that its expectation is the score of the distribution itself:
E|X − X′| is estimated from pairs of *different* answers (Ferro 2014). With weights w of k texts,

    Σ w_i d(x_i, y) − ½ Σ_{i≠j} w_i w_j d(x_i, x_j) / (1 − Σ w²).

It is exactly fair where the texts are independent draws. A list that avoids repeating itself is
none, and is flattered by it; the plain score, without the division, punishes any short list.
"""

from __future__ import annotations

import numpy as np

from simulate.statistics.rows import Floats, Indices

FLOORS = (0.001, 0.01, 0.05)
"""The ε for which log scores are shown."""


def brier(stated: Floats, happened: Indices, answers: Indices | None = None) -> Floats:
    """Return (n,) Brier scores, in [0, 2].

    Args:
        stated: (n, K) each row sums to 1.
        happened: (n,) the level that came true.
        answers: (n,) of how many answers the rows are the relative frequencies; then the fair
            score is returned, which may lie below 0, and NaN where there is one answer only.
    """
    came = np.eye(stated.shape[1])[happened]
    plain = ((stated - came) ** 2).sum(axis=1)
    return np.asarray(plain - _noise((stated * (1 - stated)).sum(axis=1), answers), np.float64)


def ranked_probability(
    stated: Floats,
    happened: Indices,
    answers: Indices | None = None,
    *,
    outside: bool = False,
) -> Floats:
    """Return (n,) ranked probability scores, in [0, 1].

    Args:
        stated: (n, K) of levels in order; each row sums to 1.
        happened: (n,) the level that came true.
        answers: see `brier`.
        outside: whether the last level stands outside the order.
    """
    if outside:
        last = stated.shape[1] - 1
        moved = np.roll(stated, 1, axis=1), np.where(happened == last, 0, happened + 1)
        highest = ranked_probability(stated, happened, answers)
        return np.asarray((highest + ranked_probability(*moved, answers)) / 2)
    below = np.cumsum(stated, axis=1)[:, :-1]
    came = happened[:, None] <= np.arange(below.shape[1])
    noise = _noise((below * (1 - below)).sum(axis=1), answers)
    return np.asarray((((below - came) ** 2).sum(axis=1) - noise) / below.shape[1])


def log_score(stated: Floats, happened: Indices, floor: float) -> Floats:
    """Return (n,) log scores in nats, at most −ln(ε/K).

    Args:
        stated: (n, K) each row sums to 1.
        happened: (n,) the level that came true.
        floor: ε in [0, 1]; with 0 a score may be infinite.
    """
    found = stated[np.arange(len(stated)), happened]
    with np.errstate(divide="ignore"):
        return np.asarray(-np.log((1 - floor) * found + floor / stated.shape[1]))


def crps(stated: Floats, codes: Floats, value: Floats, answers: Indices | None = None) -> Floats:
    """Return (n,) continuous ranked probability scores, in the unit of the codes.

    Args:
        stated: (n, K) each row sums to 1.
        codes: (K,) ascending.
        value: (n,) what happened, which need not be one of the codes.
        answers: see `brier`.
    """
    away = (stated * np.abs(codes - value[:, None])).sum(axis=1)
    below = np.cumsum(stated, axis=1)[:, :-1]
    spread = (below * (1 - below)) @ np.diff(codes)
    return np.asarray(away - spread - _noise(spread, answers))


def _noise(spread: Floats, answers: Indices | None) -> Floats | float:
    """Return (n,) what frequencies of so many answers cost by chance, estimated from them."""
    if answers is None:
        return 0.0
    return np.asarray(spread / np.where(answers > 1, answers - 1.0, np.nan))


def energy_score(weights: Floats, to_truth: Floats, between: Floats, *, fair: bool) -> Floats:
    """Return (n,) energy scores, in the unit of the distances; see the module.

    Args:
        weights: (n, k) each row sums to 1; 0 where there is no text.
        to_truth: (n, k) the distance of each text to what was said; NaN where there is no text.
        between: (n, k, k) of the texts to each other; NaN likewise.
        fair: NaN is returned where one text has all the weight.
    """
    away = (weights * np.where(weights > 0, to_truth, 0)).sum(axis=1)
    pairs = weights[:, :, None] * weights[:, None]
    apart = (pairs * np.where(pairs > 0, between, 0)).sum(axis=(1, 2))
    if not fair:
        return np.asarray(away - apart / 2)
    others = 1 - (weights**2).sum(axis=1)
    return np.asarray(away - apart / 2 / np.where(others > 1e-12, others, np.nan))


def subsampled(weights: Floats, k: int | Indices, rng: np.random.Generator) -> Floats:
    """Return weights of which k texts of each row are left, taken at random, all alike.

    So that methods that list more do not differ for that alone. Of rows with no more texts all
    are left.

    Args:
        weights: (n, K) of texts, 0 where there is none.
        k: ≥ 1, of all rows, or (n,) of each.
        rng: the generator of this choice.
    """
    order = np.argsort(np.where(weights > 0, rng.random(weights.shape), 2.0), axis=1)
    place = np.argsort(order, axis=1)
    left = weights * (place < np.reshape(k, (-1, 1)))
    return np.asarray(left / left.sum(axis=1, keepdims=True), dtype=np.float64)
