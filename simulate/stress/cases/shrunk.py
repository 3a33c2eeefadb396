"""What shrinking gives: the messages that are left, and what getting there took."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from simulate.stress.cases.replaying import Replay


@dataclass(frozen=True, slots=True)
class Line:
    """One message of the user.

    Attributes:
        text: as it is sent.
        position: the turn of the recorded dialogue that it comes from.
        weight: of the candidate in the recorded distribution of that turn, in [0, 1]; None where
            it was not drawn from one, or the wording was changed.
        ends: whether the user ended the dialogue with it, so that the target did not answer.
    """

    text: str
    position: int
    weight: float | None = None
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Shrunk:
    """The result of shrinking a dialogue.

    Attributes:
        check: the check that fails.
        before: the user's messages as recorded.
        after: those of the dialogue that was found; as before where it does not fail again.
        unsimplified: the same dialogue before its wording was simplified: the messages of a person,
            each of them as recorded or a recorded candidate.
        failed: how often it failed again as recorded.
        tries: out of how many replays.
        calls: turns of the target that all of it took.
        replay: the last failing replay of what was found; None where it does not fail again.
        spent: whether it stopped since the calls were spent; what was found until then stands.
        note: what else a reader must know, in one sentence; empty for nothing.
    """

    check: str
    before: tuple[Line, ...]
    after: tuple[Line, ...]
    unsimplified: tuple[Line, ...]
    failed: int
    tries: int
    calls: int = 0
    replay: Replay | None = None
    spent: bool = False
    note: str = ""

    @property
    def fails_again(self) -> bool:
        """Whether the dialogue fails again as recorded."""
        return self.replay is not None

    @property
    def messages(self) -> tuple[str, ...]:
        """The user's messages of the dialogue that was found."""
        return tuple(line.text for line in self.after)

    @property
    def log_probability_before(self) -> float | None:
        """Σ ln(weight) of the recorded messages; None where none was drawn."""
        return _log_probability(self.before)

    @property
    def log_probability(self) -> float | None:
        """Σ ln(weight) of `unsimplified`; None where none of its messages was drawn.

        Each weight is that of the recorded distribution of its turn, which had the recorded turns
        behind it. Changed wording has no probability on file.
        """
        return _log_probability(self.unsimplified)


def _log_probability(lines: Sequence[Line]) -> float | None:
    weights = [line.weight for line in lines if line.weight is not None]
    if not weights:
        return None
    return math.fsum(math.log(w) for w in weights) if all(weights) else -math.inf
