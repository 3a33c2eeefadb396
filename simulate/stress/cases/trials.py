"""Cases that are said several times: how often do they pass, and how often all of k times?

A target that is not deterministic passes a case at times. Of n trials with c passes the pass rate
is c/n, and pass^k, the chance that all of k trials pass, is estimated without bias by
C(c, k) / C(n, k) (Yao and others 2024, tau-bench). Of one case both have the exact interval of the
chance p, pass^k that of p^k: its ends to the power k. Over cases they are means of the cases'
values, and cases, not trials, are the units of the interval: trials of one case are alike.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from simulate.engine.examiner import Examiner
from simulate.models import ChatModel, Models
from simulate.statistics.confidence import Interval
from simulate.statistics.proportions import exact
from simulate.stress.cases.case import Case
from simulate.stress.cases.case_replay import CaseResult, say_case
from simulate.stress.cases.replaying import attached_target
from simulate.stress.checks.running import together
from simulate.targets import Target, TargetConfig


@dataclass(frozen=True, slots=True)
class PassPower:
    """How often all of k trials pass.

    Attributes:
        k: of how many trials; with 1 it is the pass rate.
        n: trials of a case, or cases, that it is from.
        value: in [0, 1].
        interval: of it.
    """

    k: int
    n: int
    value: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class CaseTrials:
    """The trials of one case.

    Attributes:
        case: the case.
        results: of each trial.
    """

    case: Case
    results: tuple[CaseResult, ...]

    @property
    def decided(self) -> int:
        """How many trials passed or failed."""
        return self.passed + sum(each.status == "failed" for each in self.results)

    @property
    def passed(self) -> int:
        """How many trials passed."""
        return sum(each.status == "passed" for each in self.results)

    @property
    def to_read(self) -> CaseResult:
        """The first trial that failed; else that was not decided; else the first."""
        order = ("failed", "error", "skipped", "passed")
        return min(self.results, key=lambda each: order.index(each.status))

    def all_of(self, k: int) -> float | None:
        """Return pass^k; None with fewer decided trials."""
        if self.decided < k:
            return None
        return math.comb(self.passed, k) / math.comb(self.decided, k)

    @property
    def powers(self) -> tuple[PassPower, ...]:
        """pass^k for each k from 1, the pass rate, to the number of decided trials."""
        n = self.decided
        low, high = exact(self.passed, n) if n else (0.0, 1.0)
        each = ((k, self.all_of(k) or 0.0) for k in range(1, n + 1))
        return tuple(PassPower(k, n, value, (low**k, high**k)) for k, value in each)

    def status(self, least: float = 1.0) -> Literal["passed", "failed", "skipped", "error"]:
        """Return the result, where so large a share of the decided trials must pass."""
        if not self.decided:
            return self.to_read.status
        return "passed" if self.passed >= least * self.decided else "failed"

    @property
    def word(self) -> Literal["passes", "fails", "flaky", "broken", "not decided"]:
        """What is to be thought of the target: one trial alone says neither flaky nor broken."""
        if not self.decided:
            return "not decided"
        if self.passed == self.decided:
            return "passes"
        if self.decided == 1:
            return "fails"
        return "flaky" if self.passed else "broken"

    @property
    def sentence(self) -> str:
        """How often it passed, in words: a flaky target is told from a broken one."""
        n = self.decided
        if not n:
            return f"not decided: {self.to_read.reason}"
        low, high = (f"{100 * end:.0f}" for end in self.powers[0].interval)
        apart = f"; {len(self.results) - n} not decided" if n < len(self.results) else ""
        return (
            f"{self.word}: passed in {self.passed} of {n} trial{'' if n == 1 else 's'} "
            f"({100 * self.passed / n:.0f} %, interval {low} to {high} %){apart}"
        )


def over_cases(trials: Sequence[CaseTrials]) -> tuple[PassPower, ...]:
    """Return pass^k over cases, for each k that some case has so many decided trials for."""
    found = []
    for k in range(1, max((each.decided for each in trials), default=0) + 1):
        values = [value for each in trials if (value := each.all_of(k)) is not None]
        interval = exact(math.fsum(values), len(values))
        found.append(PassPower(k, len(values), math.fsum(values) / len(values), interval))
    return tuple(found)


async def replay_cases(
    cases: Sequence[Case],
    target: str | TargetConfig | Target,
    *,
    repeat: int = 1,
    judge: ChatModel | None = None,
    examiner: Examiner | None = None,
    allow_code: bool = False,
    beside: Path | None = None,
    models: Models | None = None,
    authorised: str | None = None,
) -> list[CaseTrials]:
    """Say each case `repeat` times to a target, as many at once as the target takes.

    Each trial is a session of its own; for the other arguments and errors see `replay_case`.
    """
    async with attached_target(target, beside, models=models) as attached:
        free = asyncio.Semaphore(attached.target.concurrency)

        async def once(case: Case) -> CaseResult:
            async with free:
                return await say_case(
                    case,
                    attached,
                    judge=judge,
                    examiner=examiner,
                    allow_code=allow_code,
                    models=models,
                    authorised=authorised,
                )

        done = await together([once(case) for case in cases for _ in range(repeat)])
    each = [tuple(done[i : i + repeat]) for i in range(0, len(done), repeat)]
    return [CaseTrials(case, results) for case, results in zip(cases, each, strict=True)]
