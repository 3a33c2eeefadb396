"""A measured figure, and what it is held against."""

from __future__ import annotations

import json
import resource
from dataclasses import asdict, dataclass
from typing import Literal

MARK = "figure "
"""Begins the lines by which a benchmark tells its figures."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number.

    Attributes:
        what: what is measured, in a few words.
        value: the number.
        unit: its unit; `×` for a ratio of two measurements of the same run.
        aim: what it should reach; None where it only stands beside others.
        bound: whether the aim is the most or the least that it should be.
        note: what a reader must know to read it.
    """

    what: str
    value: float
    unit: str
    aim: float | None = None
    bound: Literal["at most", "at least"] = "at most"
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the aim is reached; None where there is none."""
        if self.aim is None:
            return None
        return self.value <= self.aim if self.bound == "at most" else self.value >= self.aim

    def line(self) -> str:
        """Return the line by which a process tells the figure to another."""
        return MARK + json.dumps(asdict(self))


def read_figure(line: str) -> Figure | None:
    """Return the figure that a line tells; None where it is another line."""
    return Figure(**json.loads(line.removeprefix(MARK))) if line.startswith(MARK) else None


def peak_mib() -> float:
    """Return the largest memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
