"""Two versions of a target, on the same personas under common random numbers.

A pair is the two dialogues of one persona and replicate. Only pairs in which both verdicts are
decided count; the others are counted by reason.

**Test.** With d_g the failures of the new version less those of the baseline among persona g's
pairs, each d_g is as likely +|d_g| as −|d_g| if the versions are equal. The distribution of Σ d_g
over these signs is computed exactly. With one pair a persona this is McNemar's exact test of the
discordant pairs. Reported is the two-sided mid-p value: the chance of a sum that is farther, plus
half the chance of one as far; the exact value is too large with few pairs (Fagerland, Lydersen and
Laake 2013). p_holm is over the checks; "any check" is tested alone, as the first question.

**Interval** of the difference of the rates: with b and c the pairs in which only the new and only
the baseline version fails, and n pairs worth n′ = n/deff independent ones (over personas),

    d ± z √((p + q − (p − q)²) / (n′ + 2)),   p = (b n′/n + 1)/(n′ + 2), q likewise,

around d = p − q (Bonett and Price 2012). The bootstrap over personas was tried: with few
discordant pairs it covers too rarely, and with none it is of width 0; see
docs/stress-statistics.md.

**How many more.** From the observed shares of discordant pairs, p and q, a test at level α with
power 1 − β takes about (z_α √(p + q) + z_β √(p + q − (p − q)²))² / (p − q)² independent pairs
(Connor 1987), times deff; α is the level that Holm asks of the check.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simulate.errors import StatisticsError
from simulate.statistics.confidence import CONFIDENCE, Interval, quantile
from simulate.statistics.permutation import holm
from simulate.statistics.proportions import cluster_index
from simulate.stress.records import Observed
from simulate.stress.statistics.rates import ANY, check_names, verdict_of

__all__ = ["POWER", "PairedCheck", "Pairing", "pairing", "sign_flip_p"]

POWER = 0.8
Conclusion = Literal["worse", "better", "cannot tell"]


@dataclass(frozen=True, slots=True)
class PairedCheck:
    """One check in both versions.

    Attributes:
        check: its name, or `ANY`.
        n: pairs in which both verdicts are decided.
        personas: of how many personas.
        new_only: pairs in which only the new version fails.
        baseline_only: pairs in which only the baseline fails.
        both: pairs in which both fail.
        undecided: pairs in which a verdict is missing, abstained or in error.
        difference: the new rate less the baseline's, in [−1, 1]; None without a pair.
        interval: of it; None without a pair.
        p: two-sided mid-p; None without a pair.
        p_holm: after Holm over the checks; of `ANY` p itself.
        conclusion: of the new version against the baseline.
        more: about how many more pairs would tell with a power of 80 %; None where the
            conclusion stands, and where no number would.
        sentence: the conclusion in words.
    """

    check: str
    n: int
    personas: int
    new_only: int
    baseline_only: int
    both: int
    undecided: int
    difference: float | None
    interval: Interval | None
    p: float | None
    p_holm: float | None
    conclusion: Conclusion
    more: int | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Pairing:
    """A new version against the baseline.

    Attributes:
        pairs: dialogues that both versions have with some verdict.
        unpaired: reason to how many persons and replicates were left out, such as
            `baseline: infrastructure` or `new: missing`.
        any: of any check.
        checks: of each check that both versions have.
        only_one: checks that only one version has, and that are not compared.
    """

    pairs: int
    unpaired: Mapping[str, int]
    any: PairedCheck
    checks: tuple[PairedCheck, ...]
    only_one: tuple[str, ...]


def pairing(
    new: Sequence[Observed], baseline: Sequence[Observed], confidence: float = CONFIDENCE
) -> Pairing:
    """Compare two versions pair by pair; see the module.

    Args:
        new: dialogues with the new version, of one cell.
        baseline: dialogues with the baseline, of the same cell.
        confidence: of the intervals; the level of the tests is 1 − confidence.

    Raises:
        StatisticsError: one version has two dialogues of the same persona and replicate.
    """
    ours, theirs = _by_identity(new, "new"), _by_identity(baseline, "baseline")
    unpaired: Counter[str] = Counter()
    pairs: list[tuple[Observed, Observed]] = []
    for identity in dict.fromkeys([*theirs, *ours]):
        a, b = ours.get(identity), theirs.get(identity)
        reason = _left_out("new", a) or _left_out("baseline", b)
        if reason or a is None or b is None:
            unpaired[reason or "missing"] += 1
        else:
            pairs.append((a, b))
    names, others = check_names(new), check_names(baseline)
    shared = [name for name in names if name in others]
    rows = [_compared(pairs, name, confidence) for name in shared]
    adjusted = iter(holm([row.p for row in rows if row.p is not None]))
    rows = [
        _concluded(
            replace(row, p_holm=None if row.p is None else next(adjusted)), pairs, confidence
        )
        for row in rows
    ]
    whole = _compared(pairs, ANY, confidence)
    return Pairing(
        pairs=len(pairs),
        unpaired=dict(unpaired),
        any=_concluded(replace(whole, p_holm=whole.p), pairs, confidence),
        checks=tuple(rows),
        only_one=tuple(n for n in dict.fromkeys([*names, *others]) if n not in shared),
    )


def sign_flip_p(differences: Sequence[int] | NDArray[np.int64]) -> float:
    """Return the exact two-sided mid-p value of Σ d under random signs of each d, in (0, 1].

    P(|S| > |s|) + P(|S| = |s|)/2, with S = Σ ±|d|. With each d in {−1, 0, 1} it is the mid-p of
    McNemar's exact test. It is 1 where all d are 0.
    """
    sizes = np.abs(np.asarray(differences, dtype=np.int64))
    observed = abs(int(np.sum(differences)))
    total = int(sizes.sum())
    if not total:
        return 1.0
    from scipy.special import gammaln

    # Distribution of Σ |d| over the positive signs, from 0 to `total`, one size at a time.
    chances = np.ones(1)
    for size, count in sorted(Counter(sizes[sizes > 0].tolist()).items()):
        spread = np.zeros(size * count + 1)
        k = np.arange(count + 1)
        logs = gammaln(count + 1) - gammaln(k + 1) - gammaln(count - k + 1) - count * math.log(2)
        spread[::size] = np.exp(logs)
        chances = np.convolve(chances, spread)
    sums = np.abs(2 * np.arange(total + 1) - total)
    farther, as_far = chances[sums > observed].sum(), chances[sums == observed].sum()
    return float(min(1.0, farther + as_far / 2))


def _by_identity(observed: Sequence[Observed], side: str) -> dict[tuple[str, int], Observed]:
    found: dict[tuple[str, int], Observed] = {}
    for o in observed:
        identity = (o.persona, o.replicate)
        if identity in found:
            raise StatisticsError(
                f"{side}: persona {o.persona} has replicate {o.replicate} twice: compare one cell "
                "at a time"
            )
        found[identity] = o
    return found


def _left_out(side: str, observed: Observed | None) -> str | None:
    """Return why a dialogue cannot be half of a pair; None where it can."""
    if observed is None:
        return f"{side}: missing"
    if not observed.verdicts:
        return f"{side}: {observed.fault or 'no verdict'}"
    return None


def _differences(
    pairs: Sequence[tuple[Observed, Observed]], check: str
) -> tuple[NDArray[np.int64], NDArray[np.int64], list[str]]:
    """Return (n,) failures of the new and of the baseline, and whose, of pairs both decided."""
    decided = [
        (a == "fail", b == "fail", one.persona)
        for one, other in pairs
        if (a := verdict_of(one, check)) in ("pass", "fail")
        and (b := verdict_of(other, check)) in ("pass", "fail")
    ]
    ours = np.array([a for a, _, _ in decided], dtype=np.int64)
    theirs = np.array([b for _, b, _ in decided], dtype=np.int64)
    return ours, theirs, [persona for _, _, persona in decided]


def _compared(
    pairs: Sequence[tuple[Observed, Observed]], check: str, confidence: float
) -> PairedCheck:
    ours, theirs, personas = _differences(pairs, check)
    n = len(ours)
    base = PairedCheck(
        check, n, len(set(personas)), int((ours > theirs).sum()), int((theirs > ours).sum()),
        int((ours & theirs).sum()), len(pairs) - n, None, None, None, None, "cannot tell", None, "",
    )  # fmt: skip
    if not n:
        return base
    index = cluster_index(personas)
    sums = np.bincount(index, weights=ours - theirs).astype(np.int64)
    deff = _design_effect(ours - theirs, index)
    return replace(
        base,
        difference=float((ours - theirs).mean()),
        interval=_interval(base.new_only, base.baseline_only, n, deff, confidence),
        p=sign_flip_p(sums),
    )


def _design_effect(differences: NDArray[np.int64], index: NDArray[np.int64]) -> float:
    """Return by how much personas with several pairs widen the variance of the mean, ≥ 1."""
    n, sizes = len(differences), np.bincount(index)
    clusters = len(sizes)
    if clusters == n:
        return 1.0
    most = float((sizes**2).sum()) / n
    centred = differences - differences.mean()
    spread = float((centred**2).sum())
    if spread <= 0 or clusters < 2:
        return most
    sums = np.bincount(index, weights=centred)
    found = clusters / (clusters - 1) * float((sums**2).sum()) / spread
    return min(most, max(1.0, found))


def _interval(b: int, c: int, n: int, deff: float, confidence: float) -> Interval:
    size = n / deff
    p, q = ((count / deff + 1) / (size + 2) for count in (b, c))
    half = quantile(confidence) * math.sqrt((p + q - (p - q) ** 2) / (size + 2))
    return max(-1.0, p - q - half), min(1.0, p - q + half)


def _concluded(
    row: PairedCheck, pairs: Sequence[tuple[Observed, Observed]], confidence: float
) -> PairedCheck:
    name, level = row.check, 1 - confidence
    if row.p is None or row.p_holm is None or row.difference is None or row.interval is None:
        return replace(row, sentence=f"{name}: cannot tell: no pair is decided")
    shown = (
        f"{_points(row.difference)} points ({confidence:.0%} interval "
        f"{_points(row.interval[0])} to {_points(row.interval[1])}), p {_p(row.p_holm)}"
        + ("" if name == ANY else " by Holm")
    )
    if row.p_holm <= level and row.difference != 0:
        conclusion: Conclusion = "worse" if row.difference > 0 else "better"
        sentence = f"{name}: {conclusion} than the baseline: {shown}, {row.n:,} pairs"
        return replace(row, conclusion=conclusion, sentence=sentence)
    told = f"{name}: cannot tell with {row.n:,} pairs: {shown}"
    if row.difference == 0:
        why = "no pair differs" if not row.new_only else "as many pairs differ either way"
        return replace(
            row, sentence=f"{told}; no number of pairs would, if the rates are as equal as seen "
            f"({why})"
        )  # fmt: skip
    ours, theirs, personas = _differences(pairs, name)
    deff = _design_effect(ours - theirs, cluster_index(personas))
    # Holm asks more of p than the level: as much more as the adjusted p is larger.
    asked = level * row.p / row.p_holm
    more = max(1, _needed(row.new_only / row.n, row.baseline_only / row.n, asked, deff) - row.n)
    return replace(
        row, more=more, sentence=f"{told}; about {more:,} more would, if pairs go on to differ as "
        "they did"
    )  # fmt: skip


def _points(share: float) -> str:
    return f"{100 * share:+.1f}" if round(100 * share, 1) else "0.0"


def _p(value: float) -> str:
    if value < 0.001:
        return "< .001"
    return "= 1" if value >= 0.9995 else f"= {value:.3f}".replace("0.", ".", 1)


def _needed(p: float, q: float, level: float, deff: float) -> int:
    """Return about how many pairs tell p from q with a power of `POWER`; see the module."""
    from scipy.special import ndtri

    both, difference = p + q, p - q
    tested = quantile(1 - level) * math.sqrt(both)
    wanted = float(ndtri(POWER)) * math.sqrt(both - difference**2)
    return math.ceil(deff * ((tested + wanted) / difference) ** 2)
