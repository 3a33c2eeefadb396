"""Whether all simulated users of a run are alike, or all polite: a fault of the run, not of one.

Language models play people as more alike and more polite than people are, which makes tests easy to
pass (Zhou et al. 2026, Mind the Sim2Real Gap in User Simulation, arXiv 2603.11245). A target that
met one polite user a thousand times has been tested once.

The thresholds stand far outside what people do. In the 1,017 dialogues of PersuasionForGood (Wang
et al. 2019), at each of their first six turns, persuadees are alike by 0.08 to 0.11 (at most 0.21
in samples of 20); of 100 openings 91 are distinct; the average persuadee is polite in 9 % of
the turns (SD 0.11 between persons), and 0.6 % are polite in at least half of theirs. Users who
share a task say more of the same, hence the wide margin: these are alarms, not tests of
human-likeness.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simulate.measures.diversity import lexical_distances
from simulate.measures.normalization import words
from simulate.stress.records import Observed

__all__ = ["Collapse", "collapse", "is_polite"]

ALIKE = 0.4
"""From this mean similarity of two users' turns on, they are alike."""

DISTINCT = 0.5
"""At this share of distinct openings or fewer, they are alike."""

POLITE_USERS = 0.9
"""From this share of users who are polite in at least half of their turns on, all are polite."""

FEWEST = 5
"""With fewer personas nothing is said."""

PLACES = 5
"""How many turns of each user are compared, from the first."""

MOST = 200
"""How many personas are compared at a place; of more, as many evenly spread."""

COMPARED = 1_000
"""How many characters of a turn are compared."""

_POLITE = re.compile(
    r"\b(?:please|kindly|thank you|thanks|thank|thx|ty|appreciate|appreciated|grateful|sorry|"
    r"apologi[sz]e|would you mind|por favor|gracias|disculpe|perd[oó]n|bitte|danke|dankesch[oö]n|"
    r"entschuldigung|verzeihung|s'il vous pla[iî]t|svp|merci|d[eé]sol[eé]e?|per favore|grazie|"
    r"scusi|obrigad[oa]|desculpe|alstublieft|dank u|bedankt)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Collapse:
    """How alike the users of a run are.

    Attributes:
        n: personas that are compared; one dialogue of each.
        pairs: pairs of turns that are compared.
        similarity: mean ROUGE-L of two users' turns at the same place, in [0, 1]; None without a
            pair.
        distinct_openings: share of different first turns (case and punctuation do not count), in
            (0, 1]; None without a user who says something.
        polite: mean over users of the share of polite turns, in [0, 1].
        polite_spread: standard deviation of that share between users.
        polite_users: share of users who are polite in at least half of their turns.
        reasons: why the users count as collapsed; empty where they do not, or where there are
            fewer than `FEWEST`.
    """

    n: int
    pairs: int
    similarity: float | None
    distinct_openings: float | None
    polite: float | None
    polite_spread: float | None
    polite_users: float | None
    reasons: tuple[str, ...] = ()

    @property
    def collapsed(self) -> bool | None:
        """Whether they are all alike or all polite; None where they are too few to tell."""
        return None if self.n < FEWEST else bool(self.reasons)


def is_polite(text: str) -> bool:
    """Tell whether a text has a word of politeness: please, thanks or sorry, in eight languages."""
    return _POLITE.search(text) is not None


def collapse(observed: Sequence[Observed]) -> Collapse:
    """Return how alike the users of some dialogues are.

    Of several dialogues of one persona the first counts, since these are meant to be alike.

    Args:
        observed: the dialogues, best those of one cell. Those in which no user spoke are left out.
    """
    first: dict[str, Sequence[str]] = {}
    for each in observed:
        if each.said:
            first.setdefault(each.persona, each.said)
    spoken = list(first.values())
    n = len(spoken)
    if not n:
        return Collapse(0, 0, None, None, None, None, None)
    similarity, pairs = _similarity(spoken)
    openings = {tuple(w.plain for w in words(said[0])) for said in spoken}
    polite = [sum(map(is_polite, said)) / len(said) for said in spoken]
    found = Collapse(
        n,
        pairs,
        similarity,
        len(openings) / n,
        float(np.mean(polite)),
        float(np.std(polite)),
        sum(share >= 0.5 for share in polite) / n,
    )
    if n < FEWEST:
        return found
    return replace(found, reasons=tuple(_reasons(found)))


def _similarity(spoken: Sequence[Sequence[str]]) -> tuple[float | None, int]:
    total, pairs = 0.0, 0
    for place in range(PLACES):
        texts = [said[place][:COMPARED] for said in spoken if len(said) > place]
        if len(texts) > MOST:
            chosen = np.linspace(0, len(texts) - 1, MOST).astype(int)
            texts = [texts[i] for i in chosen]
        count = len(texts) * (len(texts) - 1) // 2
        total += count - float(np.triu(lexical_distances(texts), 1).sum())
        pairs += count
    return (total / pairs if pairs else None), pairs


def _reasons(found: Collapse) -> list[str]:
    reasons: list[str] = []
    if found.similarity is not None and found.similarity >= ALIKE:
        reasons.append(
            f"two users' turns at the same place are alike by {found.similarity:.2f} on average "
            f"(alarm from {ALIKE:g})"
        )
    if found.distinct_openings is not None and found.distinct_openings <= DISTINCT:
        reasons.append(
            f"only {found.distinct_openings:.0%} of the openings are distinct (alarm at "
            f"{DISTINCT:.0%} or fewer)"
        )
    if found.polite_users is not None and found.polite_users >= POLITE_USERS:
        reasons.append(
            f"{found.polite_users:.0%} of the users are polite in at least half of their turns "
            f"(alarm from {POLITE_USERS:.0%})"
        )
    return reasons
