"""What a stress test reports: plain records, from which each form of report is written.

Whatever a model or a target wrote stands in them as it was said; each form makes it harmless.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from simulate.statistics.confidence import Interval
from simulate.statistics.proportions import Proportion
from simulate.stress.failures import FailedTurn
from simulate.stress.persona_groups import Group
from simulate.stress.rates import Rate

OF_WHOM = (
    "Stated-weighted: of simulated users, as the model that plays them states their replies, with "
    "the shares that the population assumes. Real users may differ."
)
"""Stands wherever a stated-weighted rate does."""


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
        rate: how often.
        cell: the cell's label; of two versions, which one.
        passed: whether the rate is as low as it must be; None where nothing is asked of it, and
            then a check with failures counts as failed.
        why: the gate's sentence, or the comparison's.
        description: what the check is for.
        line: its line in the scenario's file, from 1; None where that is unknown.
        example: the dialogue to look at first.
        turns: in which it fails, those of short dialogues first.
    """

    rate: Rate
    cell: str = "all"
    passed: bool | None = None
    why: str = ""
    description: str = ""
    line: int | None = None
    example: Example | None = None
    turns: Sequence[FailedTurn] = ()

    @property
    def check(self) -> str:
        """The check's name."""
        return self.rate.check

    @property
    def failed(self) -> Proportion:
        """The share of decided dialogues that fail, as drawn."""
        return self.rate.drawn.failed

    @property
    def sentence(self) -> str:
        """How often it fails, or why there is no rate, in words; where it is gated, the gate's."""
        if self.why:
            return self.why
        failed, drawn = self.failed, self.rate.drawn
        if failed.n:
            rate = f"{share(failed.value)}, interval {interval_text(failed.interval)}"
            return f"fails in {failed.hits} of {failed.n} dialogues: {rate}"
        if drawn.errors:
            return f"could not be carried out in any of {drawn.errors} dialogues"
        return f"no dialogue is decided ({drawn.abstained} abstained)"

    @property
    def status(self) -> Literal["passed", "failed", "error", "skipped"]:
        """The result: `error` and `skipped` where no dialogue is decided."""
        if self.passed is False or (self.passed is None and self.failed.hits):
            return "failed"
        if not self.failed.n and not self.passed:
            return "error" if self.rate.drawn.errors else "skipped"
        return "passed"


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group of personas in which a check fails more often than in the rest, in one cell."""

    group: Group
    check: str
    cell: str = "all"


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
    """The result of a stress test.

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
    gate: GateRow | None = None
    next: Sequence[str] = ()
    notes: Sequence[str] = ()

    @property
    def passed(self) -> bool:
        """Whether the gate passes; where there is none, whether nothing fails."""
        if self.gate is not None:
            return self.gate.passed
        return not {"failed", "error"} & {row.status for row in self.checks}

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
