"""Where checks fail: for each check of a cell all failing turns, and the two dialogues to read.

The most typical one is the medoid of the failing turns by their words and those of the message
before (1 − ROUGE-L). The most probable one has the largest stated probability of what the user
said, as far as the failure needed it. A dialogue that breaks several checks counts under each.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simulate.measures.diversity import lexical_distances
from simulate.measures.medoids import medoids
from simulate.runfile import AttributedTo, CheckVerdict, Dialogue, Turn
from simulate.runfile.faults import TARGET
from simulate.runfile.path_weights import log_product
from simulate.scenario.reserved_names import RESPONDS
from simulate.terminal.safe_text import counted

LONGEST = 2_000
"""Characters of a turn that is kept; the run file has all of it."""
MOST_COMPARED = 300
"""So many different failing turns, the commonest, are compared for the most typical one."""
MOST_TURNS = 6
"""So many turns are named in the sentence that counts them; the JSON counts all."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A turn as reports quote it, tool calls included."""

    speaker: str
    text: str

    @classmethod
    def of(cls, turn: Turn) -> Spoken:
        """Return a turn, cut to what a report can show."""
        text = "\n".join(p if isinstance(p, str) else p.told for p in turn.parts)
        return cls(turn.speaker, f"{text[:LONGEST]}…" if len(text) > LONGEST else text)


@dataclass(frozen=True, slots=True)
class FailedTurn:
    """A turn in which a check fails.

    Attributes:
        dialogue: its id.
        turn: its index; None where the check looks at the dialogue as a whole.
        reason: why it fails.
        quote: what was said there; empty where the check quotes nothing.
        said: the last message of another speaker before the turn, and the turn itself; of a
            dialogue as a whole its last turn.
        log_probability: of what the user said until then, as stated; None where nothing was drawn,
            or something was asked for from the tail.
        turns: how many the dialogue has.
        others: how many other checks fail in it.
    """

    dialogue: str
    turn: int | None = None
    reason: str = ""
    quote: str = ""
    said: tuple[Spoken, ...] = ()
    log_probability: float | None = None
    turns: int = 0
    others: int = 0


@dataclass(frozen=True, slots=True)
class Failures:
    """All failures of one check in one cell.

    Attributes:
        check: its name; `responds` where the target did not answer.
        attributed_to: who is at fault, the target or the simulated user.
        turns: one for each failing dialogue, those of short dialogues first.
        typical: the id of the most typical dialogue.
        probable: that of the most probable one; None where no probability is stated.
        by_turn: index of the failing turn to how many dialogues fail there.
    """

    check: str
    attributed_to: AttributedTo
    turns: tuple[FailedTurn, ...]
    typical: str
    probable: str | None
    by_turn: Mapping[int, int]

    @classmethod
    def of(cls, check: str, side: AttributedTo, found: Sequence[FailedTurn]) -> Failures:
        """Put the failures of a check together; there is at least one."""
        turns = tuple(sorted(found, key=lambda turn: turn.turns))
        stated = [turn for turn in turns if turn.log_probability is not None]
        likeliest = max(stated, key=lambda turn: turn.log_probability or 0.0, default=None)
        by_turn = Counter(sorted(turn.turn for turn in turns if turn.turn is not None))
        probable = None if likeliest is None else likeliest.dialogue
        return cls(check, side, turns, _typical(turns).dialogue, probable, dict(by_turn))

    @property
    def to_read(self) -> tuple[tuple[str, FailedTurn], ...]:
        """The dialogues to read, each with what it is."""
        of = {turn.dialogue: turn for turn in self.turns}
        typical = of[self.typical]
        if self.probable is None:
            return (("most typical", typical),)
        probable = of[self.probable]
        stated = f"{math.exp(probable.log_probability or 0.0):.2g}"
        if probable is typical:
            return ((f"most typical, and most probable ({stated} as stated)", typical),)
        return (("most typical", typical), (f"most probable ({stated} as stated)", probable))

    @property
    def sentence(self) -> str:
        """How many dialogues fail, in which turns, and how many of them break other checks too."""
        n, several = len(self.turns), sum(turn.others > 0 for turn in self.turns)
        parts = [counted(n, "dialogue")]
        commonest = Counter(self.by_turn).most_common(MOST_TURNS)
        if commonest:
            named = ", ".join(f"{turn} in {count:,}" for turn, count in commonest)
            more = ", …" if len(self.by_turn) > MOST_TURNS else ""
            parts.append(f"at turn {named}{more}")
        if several:
            parts.append(f"{several:,} of them break{'s' if several == 1 else ''} other checks too")
        return "; ".join(parts)


def _typical(turns: Sequence[FailedTurn]) -> FailedTurn:
    """Return the medoid of failing turns by their words and those of the message before."""
    texts = ["\n".join(spoken.text for spoken in turn.said) for turn in turns]
    counts = Counter(texts).most_common(MOST_COMPARED)
    weights = np.array([count for _, count in counts], dtype=np.float64)
    found = medoids(lexical_distances([text for text, _ in counts]), weights, 1)
    return turns[texts.index(counts[found.chosen[0]][0])]


def failed_turns(dialogue: Dialogue) -> Iterator[tuple[AttributedTo, str, FailedTurn]]:
    """Iterate over what fails in a dialogue that ended: whose fault, the check, and where."""
    failed = [each for each in dialogue.verdicts if each.verdict == "fail"]
    if dialogue.status == "failed" and dialogue.fault == TARGET:
        reason = dialogue.error or ""
        failed = [CheckVerdict(RESPONDS, "fail", "target", None, len(dialogue.turns), reason)]
    for each in failed:
        at = len(dialogue.turns) - 1 if each.turn is None else each.turn
        shown = dialogue.turns[at : at + 1]
        before = [t for t in dialogue.turns[:at] if not shown or t.speaker != shown[0].speaker]
        decides = each.turn if each.probability is None else None
        turn = FailedTurn(
            dialogue.key,
            each.turn,
            each.reason,
            each.quote,
            tuple(map(Spoken.of, (*before[-1:], *shown))),
            _log_probability(dialogue, decides),
            len(dialogue.turns),
            len(failed) - 1,
        )
        yield each.attributed_to, each.check, turn


def _log_probability(dialogue: Dialogue, until: int | None) -> float | None:
    """Return Σ ln(weight) of what the user said up to a turn, or in all, as it was stated."""
    own = [t for t in dialogue.turns_of("user") if until is None or t.index <= until]
    weights = [t.weight for t in own if t.weight is not None and not t.given]
    if not weights or any(t.tail for t in own):
        return None
    return log_product(weights)
