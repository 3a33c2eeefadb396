"""Replay regression cases: say their messages to a target, and see whether their checks hold.

A target that is not deterministic passes a case at times. Of n trials with c passes the pass rate
is c/n, and pass^k, the chance that all of k trials pass, is estimated without bias by
C(c, k) / C(n, k) (Yao and others 2024, tau-bench). Of one case both have the exact interval of the
chance p, pass^k that of p^k: its ends to the power k. Over cases they are means of the cases'
values, and cases, not trials, are the units of the interval: trials of one case are alike.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from simulate.engine.authorised import authorise, outside_name
from simulate.engine.examiner import Examiner
from simulate.engine.human_data import is_elsewhere
from simulate.errors import clipped, plain_lines, quote
from simulate.models import ChatModel, Models
from simulate.runfile import Turn
from simulate.scenario.reserved_names import RESPONDS
from simulate.statistics.confidence import Interval
from simulate.statistics.proportions import exact
from simulate.stress.cases.case import Case
from simulate.stress.cases.replaying import Replay, Replayer, attached_target
from simulate.stress.checks.running import together
from simulate.targets import Target, TargetConfig

Status = Literal["passed", "failed", "skipped", "error"]


@dataclass(frozen=True, slots=True)
class CaseResult:
    """The result of replaying a case.

    Attributes:
        case: the case.
        status: `passed`: the check holds; `failed`: it does not, or the target does not respond;
            `skipped`: it cannot tell, or no judge's model was given; `error`: it could not be
            carried out.
        reason: why, in words; empty where it passed without more to say.
        replay: what was said.
    """

    case: Case
    status: Status
    reason: str
    replay: Replay

    def told(self) -> str:
        """Return what was said and why the case did not pass, in plain words."""
        check = self.case.scenario.checks.get(self.case.check)
        about = f" ({check.description})" if check is not None and check.description else ""
        lines = [f"case {self.case.name}: check {self.case.check}{about}: {self.status}"]
        if self.reason:
            lines.append(self.reason)
        lines.append("what was said:")
        for turn in self.replay.turns:
            lines += _told(turn)
        if self.replay.said < len(self.replay.messages):
            lines.append("  (the conversation ended here)")
        found = self.case.found
        lines.append(f"found in run {found.run}, dialogue {found.dialogue}, {found.date}")
        return plain_lines("\n".join(lines))


TOLD = 600
"""Characters of a turn that a report shows."""


def _told(turn: Turn) -> Sequence[str]:
    calls = [f"    {clipped(call.told, TOLD)}" for call in turn.tool_calls]
    return [f"  {turn.speaker}: {quote(turn.text, TOLD)}", *calls]


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


@dataclass(frozen=True)
class CaseTrials:
    """The trials of one case.

    Attributes:
        case: the case.
        results: of each trial.
    """

    case: Case
    results: tuple[CaseResult, ...]

    @cached_property
    def decided(self) -> int:
        """How many trials passed or failed."""
        return self.passed + sum(each.status == "failed" for each in self.results)

    @cached_property
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

    @cached_property
    def powers(self) -> tuple[PassPower, ...]:
        """pass^k for each k from 1, the pass rate, to the number of decided trials."""
        n = self.decided
        low, high = exact(self.passed, n) if n else (0.0, 1.0)
        each = ((k, self.all_of(k) or 0.0) for k in range(1, n + 1))
        return tuple(PassPower(k, n, value, (low**k, high**k)) for k, value in each)

    def status(self, least: float = 1.0) -> Status:
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

    Args:
        cases: the cases.
        target: the system under test, or its SPEC.
        repeat: trials of each, ≥ 1; each is a session of its own.
        judge: the judge's model, for checks that a model judges.
        examiner: carries the checks out; by default those of the cases.
        allow_code: whether a check may call a Python function that it names.
        beside: the folder from which the path of a target file starts.
        models: where the judge was opened, and where is said why people's data may be sent
            elsewhere; a target that is a model shares its limits.
        authorised: who allows that cases of users who attack reach a target outside.

    Raises:
        TargetSpecError: the target cannot be opened.
        EndpointError: no request to the target, or to the judge's endpoint, can succeed.
        InputError: a template of a case cannot be rendered; or the target is told of a person,
            and lies elsewhere, and nobody has said why it may be, or who allows an attack.
    """
    async with attached_target(target, beside, models=models) as attached:
        free = asyncio.Semaphore(attached.target.concurrency)

        async def once(case: Case) -> CaseResult:
            _refuse_unshared(case, attached.target, models, authorised)
            replayer = Replayer(case.situation, attached, examiner, judge, allow_code=allow_code)
            async with free:
                replay = await replayer.replay(case.messages)
            return CaseResult(case, *_status(case, replay), replay)

        done = await together([once(case) for case in cases for _ in range(repeat)])
    each = [tuple(done[i : i + repeat]) for i in range(0, len(done), repeat)]
    return [CaseTrials(case, results) for case, results in zip(cases, each, strict=True)]


async def replay_with(
    cases: Sequence[Case],
    target: str,
    *,
    model: str | None,
    models: Mapping[str, Any],
    **options: Any,
) -> list[CaseTrials]:
    """Say cases, judged by a model where one is given and a check asks for it.

    Args:
        cases: the cases.
        target: the SPEC of the system under test.
        model: the judge's SPEC.
        models: arguments of `Models`, in which the judge is opened.
        options: see `replay_cases`.
    """
    judged = any(check.rule.asks_judge for c in cases for check in c.scenario.checks.values())
    async with Models(**models) as opened:
        judge = opened.chat(model) if judged and model is not None else None
        opened.share(list(dict.fromkeys(c.found.people for c in cases if c.found.people)))
        return await replay_cases(cases, target, judge=judge, models=opened, **options)


def _refuse_unshared(
    case: Case, target: Target, models: Models | None, authorised: str | None
) -> None:
    speaker, _ = case.situation.parties()
    if case.found.people and case.scenario.speakers[speaker].instructions:
        reached = [target.name] if is_elsewhere(target) else []
        (models or Models()).share([case.found.people], reached)
    if case.found.attackers and (outside := outside_name(target)):
        authorise([case.found.attackers], [outside], authorised)


def _status(case: Case, replay: Replay) -> tuple[Status, str]:
    responds = replay.verdicts[RESPONDS]
    if responds.verdict == "fail":
        return "failed", responds.reason
    if case.check == RESPONDS:
        return "passed", ""
    if case.check in replay.unjudged:
        return "skipped", "a model judges this check, and no judge's model was given"
    verdict = replay.verdicts.get(case.check)
    if verdict is None:
        return "error", f"nothing carried out the check {quote(case.check)}"
    reason = verdict.reason
    if verdict.turn is not None:
        reason = f"{reason or 'it does not hold'} (turn {verdict.turn})"
    if verdict.quote and verdict.quote not in reason:
        reason += f": {quote(verdict.quote)}"
    match verdict.verdict:
        case "pass":
            return "passed", reason
        case "fail":
            return "failed", reason or "it does not hold"
        case "abstain":
            return "skipped", reason or "the check cannot tell"
        case "error":
            return "error", reason or "the check could not be carried out"
