"""Typicality bias: do people prefer the text that a base model finds likelier?

A preference pair is a prompt with two answers of equal correctness, one of which people preferred.
With Δ = ln p(preferred) − ln p(other) under a base model, the preference is modelled by

    P(preferred beats other) = 1 / (1 + exp(−α Δ))

a logistic regression on the difference without an intercept: the two answers of a pair have no
order. α = 0 means that likeliness does not matter, α > 0 that the typical text is preferred.

A longer text is less likely, and people may prefer it for its length. So the headline is α *at
equal length*: the difference L of the two texts in tokens of the base model stands beside Δ,

    P(preferred beats other) = 1 / (1 + exp(−α Δ − β L))

and the α of the source, without L, beside it.

Source: Zhang et al. 2025, Verbalized Sampling, arXiv 2510.01171, section 3, where α is .57 ± .07
(Llama 3.1 405B base) and .65 ± .07 (GLM 4.5 base) on 6,874 pairs. The scale of Δ decides the size
of α, so three are reported: sums in nats, means per token in nats, and per standard deviation.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simulate.errors import InputError, StatisticsError, quote, unreadable
from simulate.models.logprobs import TextScorer
from simulate.randomness import generator
from simulate.statistics.confidence import Interval
from simulate.statistics.intervals import percentile_interval
from simulate.statistics.logistic import slopes_through_origin

DRAWS = 1000
BLOCK = 50
FEWEST_PROMPTS = 30
SEPARATOR = "\n\n"
"""Stands between prompt and text."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A prompt, the text that was preferred, and the other one."""

    prompt: str
    preferred: str
    other: str


@dataclass(frozen=True)
class Alpha:
    """The coefficient of the regression on one scale of Δ.

    Attributes:
        scale: what Δ is measured in.
        value: α without the length, as in the source.
        interval: 95 %, a bootstrap over prompts; None with fewer than 30 prompts, or where more
            than a few resamples have no finite α.
        at_equal_length: α with the length difference beside it, the headline; None where there is
            no finite one, or length and likeliness cannot be told apart.
        at_equal_length_interval: of that.
        per_token: β, by how much the log odds rise with each token by which a text is longer.
    """

    scale: str
    value: float
    interval: Interval | None
    at_equal_length: float | None
    at_equal_length_interval: Interval | None
    per_token: float | None


@dataclass(frozen=True)
class Typicality:
    """What the pairs say.

    Attributes:
        model: the base model's name.
        pairs: n.
        prompts: how many different prompts; they are resampled.
        unequal: pairs left out, since their answers are not equally correct.
        share: share of pairs in which the likelier text (in nats) was preferred; ties count half.
        alphas: α on each scale.
    """

    model: str
    pairs: int
    prompts: int
    unequal: int
    share: float
    alphas: tuple[Alpha, ...]


def read_pairs(path: Path) -> tuple[list[Pair], int]:
    """Read preference pairs: JSON lines with `prompt`, `chosen` and `rejected`, each a text.

    Where a line also has `chosen_correctness` and `rejected_correctness` and they differ, it is
    left out and counted: only pairs of equal correctness tell.

    Returns:
        The pairs, and how many were left out.

    Raises:
        InputError: the file cannot be read, a line is no pair, or no pair is left; the message
            has the line.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {unreadable(error)}") from None
    pairs: list[Pair] = []
    unequal = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except (ValueError, RecursionError):
            raise InputError(f"{path}:{number}: not JSON: {quote(line, 60)}") from None
        found = [data.get(k) if isinstance(data, dict) else None for k in FIELDS]
        texts = [t for t in found if isinstance(t, str) and t.strip()]
        if len(texts) < len(FIELDS):
            raise InputError(
                f"{path}:{number}: a pair has the texts {', '.join(FIELDS)}, none of them empty: "
                f"{quote(line, 60)}"
            )
        if data.get("chosen_correctness") != data.get("rejected_correctness"):
            unequal += 1
            continue
        pairs.append(Pair(*texts))
    if not pairs:
        left = f" ({unequal:,} of unequal correctness left out)" if unequal else ""
        raise InputError(f"{path}: there is no preference pair in it{left}")
    return pairs, unequal


FIELDS = ("prompt", "chosen", "rejected")


async def typicality(
    pairs: Sequence[Pair],
    scorer: TextScorer,
    *,
    unequal: int = 0,
    draws: int = DRAWS,
    seed: int = 0,
    listener: Callable[[int], None] | None = None,
) -> Typicality:
    """Score the texts of all pairs, and regress the preference on the difference.

    `unequal` pairs were left out beforehand. The listener is told how many pairs are scored.

    Raises:
        EndpointError: the model cannot score.
        StatisticsError: α is not finite, since likeliness and preference always agree or never.
    """
    sums, means, lengths = (np.zeros(len(pairs)) for _ in range(3))
    done = 0

    async def score(i: int) -> None:
        nonlocal done
        before = pairs[i].prompt + SEPARATOR
        ours = await scorer.score(before, pairs[i].preferred)
        theirs = await scorer.score(before, pairs[i].other)
        sums[i] = ours.log_probability - theirs.log_probability
        means[i] = ours.log_probability / ours.tokens - theirs.log_probability / theirs.tokens
        lengths[i] = ours.tokens - theirs.tokens
        done += 1
        if listener is not None:
            listener(done)

    await score(0)  # alone, so that a model which cannot score says so once
    results = await asyncio.gather(
        *(score(i) for i in range(1, len(pairs))), return_exceptions=True
    )
    for problem in results:
        if problem is not None:
            raise problem
    number = {p: i for i, p in enumerate(dict.fromkeys(pair.prompt for pair in pairs))}
    owner = np.array([number[pair.prompt] for pair in pairs])
    spread = float(np.sqrt(np.mean(sums**2)))
    scales = (("nats", sums), ("nats per token", means), ("root mean square", sums / (spread or 1)))
    alphas = tuple(alpha(delta, lengths, owner, name, draws, seed) for name, delta in scales)
    share = float(np.mean((sums > 0) + 0.5 * (sums == 0)))
    return Typicality(scorer.name, len(pairs), len(number), unequal, share, alphas)


def alpha(
    delta: NDArray[np.float64],
    length: NDArray[np.float64],
    owner: NDArray[np.int64],
    scale: str = "nats",
    draws: int = DRAWS,
    seed: int = 0,
) -> Alpha:
    """Fit P(preferred) = σ(α Δ) and σ(α Δ + β L) by maximum likelihood.

    Args:
        delta: (n,) Δ of each pair, preferred less other.
        length: (n,) L of each pair in tokens, preferred less other.
        owner: (n,) which prompt each pair belongs to, from 0.
        scale: what Δ is measured in.
        draws: resamples of prompts for the interval.
        seed: of the resampling.

    Raises:
        StatisticsError: α without the length is not finite, or every Δ is 0.
    """
    if not delta.any():
        raise StatisticsError("the model finds both texts of every pair equally likely: no α")
    if (delta >= 0).all() or (delta <= 0).all():
        which = "likelier" if delta.sum() > 0 else "less likely"
        raise StatisticsError(
            f"α is not finite: in all {len(delta):,} pairs the preferred text is the {which} one; "
            "give more pairs"
        )
    (value,), (interval, *_) = _fitted(delta[:, None], owner, f"typicality/{scale}", draws, seed)
    both = np.column_stack([delta, length])
    if not length.any():
        return Alpha(scale, value, interval, value, interval, None)
    if np.linalg.matrix_rank(both / _size(both)) < 2:
        return Alpha(scale, value, interval, None, None, None)
    slopes, intervals = _fitted(both, owner, f"typicality/{scale}", draws, seed)
    if not np.isfinite(slopes).all():
        return Alpha(scale, value, interval, None, None, None)
    return Alpha(scale, value, interval, slopes[0], intervals[0], slopes[1])


def _fitted(
    deltas: NDArray[np.float64], owner: NDArray[np.int64], what: str, draws: int, seed: int
) -> tuple[list[float], list[Interval | None]]:
    """Return the coefficient of each column, and its interval where there is one."""
    size = _size(deltas)
    scaled = deltas / size
    values = slopes_through_origin(scaled, np.ones((1, len(deltas))))[0] / size
    prompts = int(owner.max()) + 1
    if prompts < FEWEST_PROMPTS:
        return values.tolist(), [None] * len(values)
    rng = generator(seed, what)
    found = np.concatenate(
        [
            slopes_through_origin(scaled, times[:, owner].astype(np.float64))
            for times in (
                rng.multinomial(prompts, np.full(prompts, 1 / prompts), size=BLOCK)
                for _ in range(-(-draws // BLOCK))
            )
        ]
    )
    with np.errstate(invalid="ignore"):  # between −∞ and a number
        ends = [percentile_interval(column) for column in (found / size).T]
    return values.tolist(), [each if np.isfinite(each).all() else None for each in ends]


def _size(deltas: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (p,) the root mean square of each column."""
    return np.asarray(np.sqrt(np.mean(deltas**2, axis=0)), dtype=np.float64)
