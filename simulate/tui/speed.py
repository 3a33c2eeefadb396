"""How fast a run goes on, from what is on file at different moments."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from simulate.runfile.totals import Totals

WINDOW_S = 60.0


@dataclass
class Pace:
    """Rates over the last minute.

    Attributes:
        moments: time in s and totals, the oldest first.
    """

    moments: deque[tuple[float, Totals]] = field(default_factory=deque)

    def note(self, now_s: float, totals: Totals) -> None:
        """Take note of what is on file now; what is older than a minute is forgotten."""
        self.moments.append((now_s, totals))
        while len(self.moments) > 2 and now_s - self.moments[1][0] >= WINDOW_S:
            self.moments.popleft()

    @property
    def seconds(self) -> float:
        """How long a time the rates are from, in s."""
        return self.moments[-1][0] - self.moments[0][0] if self.moments else 0.0

    def rate(self, name: str) -> float | None:
        """Return how much a total grows per s; None before two moments are known."""
        if self.seconds <= 0:
            return None
        first, last = self.moments[0][1], self.moments[-1][1]
        return float(getattr(last, name) - getattr(first, name)) / self.seconds

    def left_s(self) -> float | None:
        """Return how long the run will take at this pace, in s; None where that is unknown."""
        rate = self.rate("ended")
        if not rate or rate < 0:
            return None
        totals = self.moments[-1][1]
        return (totals.dialogues - totals.ended) / rate


def duration(seconds: float) -> str:
    """Write a duration in its two largest units."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"
