"""How far verdicts of a judge agree with the labels that people gave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulate.statistics.chance_agreement import ChanceCorrected, chance_corrected
from simulate.statistics.proportions import Proportion, proportion
from simulate.statistics.rows import Rows


@dataclass(frozen=True, slots=True)
class Agreement:
    """Verdicts beside labels, of which one, such as `fail`, is what is looked for.

    Each number stands beside that of the naive baseline which knows how common the labels are and
    nothing else.

    Attributes:
        n: labelled dialogues.
        errors: those of them that the judge could not judge; they are in no number below.
        accuracy: share with the verdict that the label says; an abstention is not right. None
            where all are errors, as all below.
        baseline_accuracy: that of always giving the commoner label.
        found: of those labelled as what is looked for, the share with that verdict (sensitivity).
        spared: of the others, the share with the other verdict (specificity).
        kappa: Cohen's, over the dialogues that are decided: an abstention is missing there.
        ac1: Gwet's, likewise. Both are 0 where verdicts agree with labels as often as by chance,
            which a high accuracy may be where one label is rare; see `chance_agreement`.
        brier: mean of (stated probability of what is looked for − 1 where it is the label, else
            0)², in [0, 1]; lower is better (Brier 1950). None where no probability is stated.
        baseline_brier: that of always stating the share of the label.
        confusion: (label, verdict) to count; all pairs are there.
    """

    n: int
    errors: int
    accuracy: Proportion | None
    baseline_accuracy: float | None
    found: Proportion | None
    spared: Proportion | None
    kappa: ChanceCorrected
    ac1: ChanceCorrected
    brier: float | None
    baseline_brier: float | None
    confusion: Mapping[tuple[str, str], int]

    def to_dict(self) -> dict[str, Any]:
        """Return the agreement as plain JSON data."""

        def share(found: Proportion | None) -> dict[str, Any] | None:
            if found is None:
                return None
            return {"value": found.value, "n": found.n, "interval": found.interval}

        return {
            "n": self.n,
            "errors": self.errors,
            "accuracy": share(self.accuracy),
            "baseline_accuracy": self.baseline_accuracy,
            "found": share(self.found),
            "spared": share(self.spared),
            "kappa": self.kappa.to_dict(),
            "ac1": self.ac1.to_dict(),
            "brier": self.brier,
            "baseline_brier": self.baseline_brier,
            "confusion": {f"{label} as {said}": n for (label, said), n in self.confusion.items()},
        }


def agreement(
    labels: Sequence[str],
    verdicts: Sequence[str],
    probabilities: Sequence[float | None],
    *,
    looked_for: str,
    other: str,
    further: Sequence[str] = (),
) -> Agreement:
    """Compare verdicts with labels.

    Args:
        labels: (n,) each `looked_for` or `other`.
        verdicts: (n,) each one of these, of `further`, or `error` where the judge gave none.
        probabilities: (n,) that the judge states for `looked_for`, or None.
        looked_for: the label that is to be found, such as `fail`.
        other: the other label.
        further: what a judge may say besides.
    """
    counted = Counter(zip(labels, verdicts, strict=True))
    readable = (other, looked_for, *further)
    confusion = {(a, b): counted[a, b] for a in (other, looked_for) for b in (*readable, "error")}
    judged = {label: sum(confusion[label, v] for v in readable) for label in (other, looked_for)}
    n = sum(judged.values())
    share = judged[looked_for] / n if n else None
    squares = [
        (p - (label == looked_for)) ** 2
        for label, verdict, p in zip(labels, verdicts, probabilities, strict=True)
        if verdict != "error" and p is not None
    ]
    both = (other, looked_for)
    kappa, ac1 = chance_corrected(np.array([[confusion[a, b] for b in both] for a in both], float))
    return Agreement(
        n=len(labels),
        errors=len(labels) - n,
        accuracy=_share(confusion[other, other] + confusion[looked_for, looked_for], n),
        baseline_accuracy=None if share is None else max(share, 1 - share),
        found=_share(confusion[looked_for, looked_for], judged[looked_for]),
        spared=_share(confusion[other, other], judged[other]),
        kappa=kappa,
        ac1=ac1,
        brier=sum(squares) / len(squares) if squares else None,
        baseline_brier=None if share is None else share * (1 - share),
        confusion=confusion,
    )


def _share(k: int, n: int) -> Proportion | None:
    """Return a share of dialogues of different people; None where n is 0."""
    if not n:
        return None
    return proportion(Rows.of(np.arange(n) < k))
