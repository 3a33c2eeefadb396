"""Known truths: is a stated distribution right where the truth is known?

Each `KnownTruth` is a question whose answers have a known distribution: dice, coins, urns, and the
shipped references. A model states a distribution (Verbalized Sampling) a few times; and it is asked
directly n times. Reported are, with p the stated and q the true distribution over the K answers:

- TV: ½ Σ |p − q|, in [0, 1], of one stated distribution: the mean over those that were read;
- Brier: Σ (p − q)², in [0, 2]: by how much p's expected Brier score under q exceeds that of q; of
  one stated distribution likewise;
- Brier of their mean: Σ (E p − q)², by the unbiased U-statistic Σ_k (p_k − q_k)(p′_k − q_k) over
  all pairs of different stated distributions: without what they differ among themselves, which
  the former includes. It may come out below 0;
- log score: Σ q ln(q / p), in nats, of one stated distribution likewise, with 1 % of the uniform
  distribution mixed into both, so that an answer which p leaves out costs a finite amount;
- n draws from p, n direct answers, and n draws from the truth, each by its (expected) TV from q.
  The gain is the direct answers' TV less that of the draws: above 0, drawing from the stated
  distribution beats asking n times; below 0 it is worse (`statistics.drawing_gain`).

Sources: Brier 1950; Gneiting and Raftery 2007 (both scores are proper, and what is reported here
are their divergences).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulate.engine.sampling import Asked, CallsFailedError, obtain
from simulate.errors import InputError, SimulateError, StatisticsError
from simulate.limits import MOST_DIALOGUES, check_number
from simulate.models import ChatModel
from simulate.randomness import call_seed, generator
from simulate.reference import load
from simulate.runfile import Call
from simulate.scenario import Outcome
from simulate.statistics.distances import kl, tv
from simulate.statistics.drawing_gain import drawing_gain, expected_tv
from simulate.statistics.support import Support
from simulate.verbalized import LATEST, METHODS, MethodSpec, PromptVersion, Task, known_version

Masses = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class KnownTruth:
    """A question whose answers have a known distribution.

    Attributes:
        name: of the row.
        question: what is asked.
        outcome: the form of the answer.
        answers: the K answers in canonical spelling.
        shares: (K,) their true shares, sum to 1.
        source: where the truth is from.
    """

    name: str
    question: str
    outcome: Outcome
    answers: tuple[str, ...]
    shares: Masses
    source: str = "by construction"


@dataclass(frozen=True)
class TruthCheck:
    """One row: a truth, and how near the model came to it.

    Attributes:
        name: of the truth.
        answers: how many answers there are, K.
        stated: how many stated distributions were read.
        direct: how many direct answers were read, n.
        failed: calls after which nothing could be read.
        tv: mean TV of the stated distributions; None without one.
        tv_range: the smallest and the largest of them.
        brier: mean Brier divergence of one stated distribution.
        brier_of_mean: Brier divergence of their mean, unbiased; None with fewer than two.
        log_score: mean log-score divergence in nats.
        tv_drawn: expected TV of n draws from the stated distributions.
        tv_direct: TV of the n direct answers.
        tv_truth: expected TV of n draws from the truth: what n allows.
        gain: tv_direct − tv_drawn.
        gain_interval: of the gain; None with fewer than two stated distributions.
    """

    name: str
    answers: int
    stated: int
    direct: int
    failed: int
    tv: float | None = None
    tv_range: tuple[float, float] | None = None
    brier: float | None = None
    log_score: float | None = None
    tv_drawn: float | None = None
    tv_direct: float | None = None
    tv_truth: float | None = None
    gain: float | None = None
    gain_interval: tuple[float, float] | None = None
    brier_of_mean: float | None = None


@cache
def known_truths() -> tuple[KnownTruth, ...]:
    """Return the truths that are checked: dice, coins, urns and the shipped references."""
    urn = "An urn holds 100 balls: {}. One ball is drawn blindly. Which colour is it?"
    two_dice = [min(s - 1, 13 - s) / 36 for s in range(2, 13)]
    donations = load("persuasionforgood-donations", "donation")
    gives = float(donations.shares[donations.values > 0].sum())
    gifts = load("dictator-gifts")
    accepted = load("ultimatum-acceptance")
    return (
        _count("die", "A fair six-sided die is rolled. Which number comes up?", 1, [1 / 6] * 6),
        _count("two dice", "Two fair dice are rolled. What is their sum?", 2, two_dice),
        _choice("fair coin", "A fair coin is tossed. What comes up?", {"heads": 1, "tails": 1}),
        _choice(
            "bent coin",
            "A bent coin comes up heads in 80 of 100 tosses. It is tossed once. What comes up?",
            {"heads": 80, "tails": 20},
        ),
        _choice("urn 50:30:20", urn.format("50 red, 30 blue, 20 green"), _COLOURS),
        _choice("urn 97:3", urn.format("97 white, 3 black"), {"white": 97, "black": 3}),
        _choice(
            "donation > 0",
            "In 2018 a crowd worker in the United States was paid $2 for a chat, in which another "
            "worker asked for a donation to a children's charity. Afterwards and in private, did "
            "this worker give anything?",
            {"gave nothing": 1 - gives, "gave something": gives},
            f"{donations.name}, {donations.cleaning}",
        ),
        _choice(
            "dictator game",
            "In an experiment someone has 100 points, worth money, and may give any part of them "
            "to a stranger, who has no say. How much does this person give?",
            dict(zip(gifts.variable.levels or (), gifts.shares.tolist(), strict=True)),
            gifts.source,
        ),
        _choice(
            "ultimatum game",
            "In an experiment one stranger offers another a part of a sum of money. If the other "
            "takes the offer, both get their parts; if not, neither gets anything. What does the "
            "other do?",
            dict(
                zip(("leaves the offer", "takes the offer"), accepted.shares.tolist(), strict=True)
            ),
            accepted.source,
        ),
    )


_COLOURS = {"red": 50, "blue": 30, "green": 20}


def _choice(
    name: str, question: str, shares: dict[str, Any], source: str = "by construction"
) -> KnownTruth:
    outcome = Outcome.model_validate({"kind": "choice", "levels": list(shares), "answered": {}})
    weights = np.array(list(shares.values()), dtype=np.float64)
    return KnownTruth(name, question, outcome, tuple(shares), weights / weights.sum(), source)


def _count(name: str, question: str, first: int, shares: list[float]) -> KnownTruth:
    support = [first, first + len(shares) - 1]
    outcome = Outcome.model_validate({"kind": "count", "support": support, "answered": {}})
    answers = tuple(str(first + i) for i in range(len(shares)))
    return KnownTruth(name, question, outcome, answers, np.array(shares))


async def check_truths(
    model: ChatModel,
    spec: MethodSpec,
    *,
    n: int = 20,
    repeats: int = 5,
    truths: Sequence[KnownTruth] | None = None,
    seed: int = 0,
    prompt_version: int = LATEST,
    listener: Callable[[str], None] | None = None,
) -> list[TruthCheck]:
    """Hold stated distributions, and direct answers, against known truths.

    A call after which nothing can be read counts as failed and takes no part.

    Args:
        model: the model that is asked.
        spec: a method that gives a distribution. Where its k is a number, each question is asked
            with k = K, so that every answer can be stated.
        n: direct answers, and draws, for each truth, ≥ 1.
        repeats: how often a distribution is asked for, ≥ 1.
        truths: what is asked; `known_truths()` by default.
        seed: of the model's sampling and of the draws.
        prompt_version: of the shipped prompts.
        listener: told the name of each truth when its turn comes.

    Raises:
        InputError: n or repeats is below 1, the method gives one reply only, or it
            cannot be used for a truth.
        EndpointError: the model cannot be reached.
    """
    for name, number in (("n", n), ("repeats", repeats)):
        check_number(name, number, 1, MOST_DIALOGUES)
    version = known_version(prompt_version)
    rows = []
    truths = known_truths() if truths is None else truths
    if wrong := unfit_for_truths(spec, truths):
        raise InputError(wrong)
    for truth in truths:
        if listener is not None:
            listener(truth.name)
        asks = [(spec, i) for i in range(repeats)] + [(MethodSpec(), i) for i in range(n)]
        answers = [each.masses for each in await _all_asked(model, truth, asks, seed, version)]
        rows.append(_row(truth, answers[:repeats], answers[repeats:], seed))
    return rows


@dataclass(frozen=True, eq=False)
class StatedTruth:
    """What a model stated of a truth, once.

    Attributes:
        masses: (K,) what it put on each answer; None where nothing could be read.
        calls: how many calls it took.
        tokens: prompt and completion tokens of these.
    """

    masses: Masses | None
    calls: int
    tokens: int


async def state_truth(
    model: ChatModel,
    spec: MethodSpec,
    truth: KnownTruth,
    *,
    repeats: int,
    seed: int,
    prompt_version: PromptVersion,
) -> list[StatedTruth]:
    """Ask for the distribution of a truth some times, as `check_truths` does."""
    asks = [(spec, i) for i in range(repeats)]
    return await _all_asked(model, truth, asks, seed, prompt_version)


def unfit_for_truths(spec: MethodSpec, truths: Sequence[KnownTruth]) -> str | None:
    """Return why a method cannot be held against truths; None where it can."""
    if not spec.verbalizes or METHODS[spec.name].picks:
        return f"calibration needs a method that states a distribution, not {spec.name}"
    for truth in truths:
        if wrong := spec.unfit(truth.outcome.value_schema):
            return f"{truth.name}: {wrong}"
    return None


async def _all_asked(
    model: ChatModel,
    truth: KnownTruth,
    asks: Sequence[tuple[MethodSpec, int]],
    seed: int,
    version: PromptVersion,
) -> list[StatedTruth]:
    free = asyncio.Semaphore(model.concurrency)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(_asked(model, truth, *ask, seed, version, free)) for ask in asks
            ]
    except ExceptionGroup as failed:
        ours = failed.subgroup(SimulateError)
        if ours is None:
            raise
        raise ours.exceptions[0] from None
    return [task.result() for task in tasks]


async def _asked(
    model: ChatModel,
    truth: KnownTruth,
    spec: MethodSpec,
    number: int,
    seed: int,
    version: PromptVersion,
    free: asyncio.Semaphore,
) -> StatedTruth:
    if spec.verbalizes and spec.k != "auto":
        spec = spec.model_copy(update={"k": max(len(truth.answers), spec.calls)})
    outcome = truth.outcome
    task = Task(
        None,
        truth.question,
        outcome.form,
        outcome.value_schema,
        outcome.read,
        levels=len(truth.answers),
        prompt_version=version,
    )
    what = f"calibration:{truth.name}:{spec.name}"
    asked = Asked(None, model, (), lambda ask: call_seed(seed, what, replicate=number, ask=ask))
    async with free:
        try:
            distribution, calls = await obtain(METHODS[spec.name](spec, task), asked)
        except CallsFailedError as failed:
            return _stated(None, failed.calls)
    masses = np.zeros(len(truth.answers))
    for text, weight in zip(distribution.texts, distribution.weights, strict=True):
        masses[truth.answers.index(text)] += weight
    return _stated(masses, calls)


def _stated(masses: Masses | None, calls: Sequence[Call]) -> StatedTruth:
    tokens = sum(call.usage.prompt_tokens + call.usage.completion_tokens for call in calls)
    return StatedTruth(masses, len(calls), tokens)


def _row(
    truth: KnownTruth,
    stated: Sequence[Masses | None],
    direct: Sequence[Masses | None],
    seed: int,
) -> TruthCheck:
    q, levels = truth.shares, Support.of_levels(len(truth.shares))
    ours = np.array([p for p in stated if p is not None])
    answers = np.array([p for p in direct if p is not None])
    failed = len(stated) + len(direct) - len(ours) - len(answers)
    numbers: dict[str, Any] = {}
    n = len(answers)
    if len(ours):
        tvs = tv(ours, q, levels)
        numbers |= {
            "tv": float(tvs.mean()),
            "tv_range": (float(tvs.min()), float(tvs.max())),
            "brier": float(((ours - q) ** 2).sum(axis=1).mean()),
            "log_score": float(np.mean([kl(q, p) for p in ours])),
        }
    if len(ours) > 1:
        apart = ours - q
        pairs = len(ours) * (len(ours) - 1)
        numbers["brier_of_mean"] = float(
            (apart.sum(axis=0) ** 2 - (apart**2).sum(axis=0)).sum() / pairs
        )
    if n:
        numbers["tv_direct"] = float(tv(answers.mean(axis=0), q, levels))
        numbers["tv_truth"] = expected_tv(q, q, n)
    if n and len(ours):
        rng = generator(seed, f"calibration/{truth.name}")
        found = drawing_gain(ours, answers.sum(axis=0), q, rng)
        numbers |= {
            "tv_drawn": found.drawn,
            "gain": found.value,
            "gain_interval": found.interval,
        }
    return TruthCheck(truth.name, len(q), len(ours), n, failed, **numbers)


def verdict(rows: Sequence[TruthCheck]) -> tuple[int, int, int]:
    """Return on how many truths drawing is better, worse, and not told apart from asking.

    Better or worse where the interval of the gain leaves 0 out; each truth by itself, at 95 %.

    Raises:
        StatisticsError: no row has a gain.
    """
    ends = [r.gain_interval for r in rows if r.gain_interval]
    if not ends:
        raise StatisticsError("the model gave no answer that could be read: nothing is calibrated")
    better = sum(low > 0 for low, _ in ends)
    worse = sum(high < 0 for _, high in ends)
    return better, worse, len(ends) - better - worse
