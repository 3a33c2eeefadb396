"""What a stress test reports: plain records, from which each form of report is written.

Whatever a model or a target wrote stands in them as it was said; each form makes it harmless.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from simulate.stress.failures import FailedTurn

__all__ = [
    "OF_WHOM",
    "CaseRow",
    "CheckRow",
    "Example",
    "GateRow",
    "GroupRow",
    "Interval",
    "Report",
    "interval_text",
    "share",
]

Interval = tuple[float, float]

OF_WHOM = (
    "Natural: of simulated users, as the model that plays them states their replies, with the "
    "shares that the population assumes. Real users may differ."
)
"""Stands wherever a natural rate does."""


@dataclass(frozen=True, slots=True)
class Example:
    """One failing dialogue.

    Attributes:
        dialogue: its id.
        reason: why the check fails in it.
        quote: what was said there.
        messages: what the user says in it, shrunk where that was done.
        turns_before: how many messages there were before it was shrunk; None where it was not.
        case: the path of its regression case; empty for none.
    """

    dialogue: str
    reason: str = ""
    quote: str = ""
    messages: Sequence[str] = ()
    turns_before: int | None = None
    case: str = ""


@dataclass(frozen=True, slots=True)
class CheckRow:
    """How often one check fails in one cell.

    Attributes:
        check: its name.
        cell: the cell's label; of two versions, which one.
        n: decided dialogues: a pass or a fail.
        failures: in how many of them it fails.
        rate: failures / n, in [0, 1]; None where n = 0.
        interval: of the rate; None where n = 0.
        natural: the rate under the stated probabilities, in [0, 1]; None where there is none.
        natural_interval: of that.
        abstained: dialogues in which it cannot tell.
        errors: dialogues in which it could not be carried out.
        passed: whether the rate is as low as it must be; None where nothing is asked of it, and
            then a check with failures counts as failed.
        why: the gate's sentence, or the comparison's.
        description: what the check is for.
        line: its line in the scenario's file, from 1; None where that is unknown.
        example: the dialogue to look at first.
        turns: in which it fails, those of short dialogues first.
    """

    check: str
    n: int
    failures: int
    cell: str = "all"
    rate: float | None = None
    interval: Interval | None = None
    natural: float | None = None
    natural_interval: Interval | None = None
    abstained: int = 0
    errors: int = 0
    passed: bool | None = None
    why: str = ""
    description: str = ""
    line: int | None = None
    example: Example | None = None
    turns: Sequence[FailedTurn] = ()

    @property
    def status(self) -> Literal["passed", "failed", "error", "skipped"]:
        """What it comes to: `error` and `skipped` where no dialogue is decided."""
        if self.passed is False or (self.passed is None and self.failures):
            return "failed"
        if not self.n and not self.passed:
            return "error" if self.errors else "skipped"
        return "passed"


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group of personas in which a check fails more often; as `CheckRow` otherwise."""

    group: str
    check: str
    n: int
    failures: int
    cell: str = "all"
    rate: float | None = None
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A regression case that was replayed.

    Attributes:
        name: of the case.
        status: see `CaseResult`.
        reason: why.
        path: of its file; empty for none.
        check: that must hold.
    """

    name: str
    status: Literal["passed", "failed", "skipped", "error"]
    reason: str = ""
    path: str = ""
    check: str = ""


@dataclass(frozen=True, slots=True)
class GateRow:
    """The decision on the run as a whole.

    Attributes:
        passed: whether it passes.
        sentence: why, in words.
    """

    passed: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a stress test came to.

    Attributes:
        scenario: its name.
        target: the target's name, without secrets.
        run: the run file; empty for none.
        file: the scenario's file, for annotations; empty where it has none.
        dialogues: how many ended.
        personas: of how many personas.
        unfinished: dialogues that failed by another fault than the target's.
        seconds: how long it took.
        checks: one row a check and cell.
        groups: the worst groups, worst first.
        cases: regression cases that were replayed.
        gate: the decision; None where none was asked for.
        next: what to do next, one sentence each.
        notes: what a reader must know besides, one sentence each.
    """

    scenario: str
    target: str
    run: str = ""
    file: str = ""
    dialogues: int = 0
    personas: int = 0
    unfinished: int = 0
    seconds: float = 0.0
    checks: Sequence[CheckRow] = ()
    groups: Sequence[GroupRow] = ()
    cases: Sequence[CaseRow] = ()
    gate: GateRow | None = None
    next: Sequence[str] = ()
    notes: Sequence[str] = ()

    @property
    def passed(self) -> bool:
        """Whether the gate passes; where there is none, whether nothing fails."""
        if self.gate is not None:
            return self.gate.passed
        statuses = [row.status for row in self.checks] + [row.status for row in self.cases]
        return not {"failed", "error"} & set(statuses)

    @property
    def cells(self) -> tuple[str, ...]:
        """The labels of the cells, in order of appearance."""
        return tuple(dict.fromkeys(row.cell for row in self.checks))


def share(value: float | None) -> str:
    """Write a share as a percentage; a dash where there is none."""
    return "–" if value is None else f"{100 * value:.1f} %"


def interval_text(interval: Interval | None) -> str:
    """Write an interval of shares; a dash where there is none."""
    return "–" if interval is None else f"{100 * interval[0]:.1f} to {100 * interval[1]:.1f} %"
