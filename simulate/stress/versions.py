"""Two versions of a target, on the same personas under common random numbers.

A pair is the two dialogues of one persona and replicate. Only pairs in which both verdicts are
decided count; the others are counted by reason. Test and interval are those of
`statistics.pairing`, with personas as clusters. p_holm is over the checks; "any check" is tested
alone, as the first question. How many more pairs would tell is asked at the level that Holm asks of
the check.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from simulate.errors import StatisticsError
from simulate.statistics.confidence import CONFIDENCE, Interval
from simulate.statistics.pairing import PairedDifference, paired_difference, pairs_needed
from simulate.statistics.permutation import holm
from simulate.statistics.rows import cluster_index
from simulate.stress.rates import ANY, check_names, verdict_of
from simulate.stress.records import Observed
from simulate.terminal.numbers import p_text

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

    Both are of the same cell. The level of the tests is 1 − confidence.

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
    found = [_compared(pairs, name, confidence) for name in shared]
    adjusted = holm([each.p for each in found])
    rows = [
        _concluded(name, each, len(pairs), p, confidence)
        for name, each, p in zip(shared, found, adjusted, strict=True)
    ]
    whole = _compared(pairs, ANY, confidence)
    return Pairing(
        pairs=len(pairs),
        unpaired=dict(unpaired),
        any=_concluded(ANY, whole, len(pairs), whole.p, confidence),
        checks=tuple(rows),
        only_one=tuple(n for n in dict.fromkeys([*names, *others]) if n not in shared),
    )


def _by_identity(observed: Sequence[Observed], side: str) -> dict[tuple[str, int], Observed]:
    counts = Counter((o.persona, o.replicate) for o in observed)
    for (persona, replicate), count in counts.items():
        if count > 1:
            raise StatisticsError(
                f"{side}: persona {persona} has replicate {replicate} twice: compare one cell at a "
                "time"
            )
    return {(o.persona, o.replicate): o for o in observed}


def _left_out(side: str, observed: Observed | None) -> str | None:
    """Return why a dialogue cannot be half of a pair; None where it can."""
    if observed is None:
        return f"{side}: missing"
    if not observed.verdicts:
        return f"{side}: {observed.fault or 'no verdict'}"
    return None


def _compared(
    pairs: Sequence[tuple[Observed, Observed]], check: str, confidence: float
) -> PairedDifference:
    """Compare the pairs in which both verdicts are decided."""
    decided = [
        (a == "fail", b == "fail", one.person)
        for one, other in pairs
        if (a := verdict_of(one, check)) in ("pass", "fail")
        and (b := verdict_of(other, check)) in ("pass", "fail")
    ]
    return paired_difference(
        np.array([a for a, _, _ in decided], dtype=np.int64),
        np.array([b for _, b, _ in decided], dtype=np.int64),
        cluster_index(person for _, _, person in decided),
        confidence,
    )


def _concluded(
    name: str, found: PairedDifference, pairs: int, p_holm: float | None, confidence: float
) -> PairedCheck:
    """Return what is said of a check; `pairs` counts those with an undecided verdict too."""
    row = PairedCheck(
        name, found.n, found.clusters, found.first_only, found.second_only, found.both,
        pairs - found.n, found.difference, found.interval, found.p, p_holm, "cannot tell", None,
        f"{name}: cannot tell: no pair is decided",
    )  # fmt: skip
    if found.p is None or p_holm is None or found.difference is None or found.interval is None:
        return row
    level, n = 1 - confidence, found.n
    shown = (
        f"{_points(found.difference)} points ({confidence:.0%} interval "
        f"{_points(found.interval[0])} to {_points(found.interval[1])}), {p_text(p_holm)}"
        + ("" if name == ANY else " by Holm")
    )
    if p_holm <= level and found.difference != 0:
        conclusion: Conclusion = "worse" if found.difference > 0 else "better"
        sentence = f"{name}: {conclusion} than the baseline: {shown}, {n:,} pairs"
        return replace(row, conclusion=conclusion, sentence=sentence)
    told = f"{name}: cannot tell with {n:,} pairs: {shown}"
    if found.difference == 0:
        why = "no pair differs" if not found.first_only else "as many pairs differ either way"
        return replace(
            row, sentence=f"{told}; no number of pairs would, if the rates are as equal as seen "
            f"({why})"
        )  # fmt: skip
    # Holm asks more of p than the level: as much more as the adjusted p is larger.
    asked = level * found.p / p_holm
    needed = pairs_needed(found.first_only / n, found.second_only / n, asked, found.design_effect)
    more = max(1, needed - n)
    return replace(
        row, more=more, sentence=f"{told}; about {more:,} more would, if pairs go on to differ as "
        "they did"
    )  # fmt: skip


def _points(share: float) -> str:
    return f"{100 * share:+.1f}" if round(100 * share, 1) else "0.0"
