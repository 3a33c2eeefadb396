"""Replay a regression case: say its messages to a target, and see whether its check holds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from simulate.engine.authorised import authorise, outside_name
from simulate.engine.examiner import Examiner
from simulate.engine.human_data import is_elsewhere
from simulate.engine.target_session import AttachedTarget
from simulate.errors import plain_lines, quote
from simulate.models import ChatModel, Models
from simulate.runfile import Turn
from simulate.scenario.reserved_names import RESPONDS
from simulate.stress.cases.case import Case
from simulate.stress.cases.replaying import Replay, Replayer, attached_target
from simulate.targets import Target, TargetConfig


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
    status: Literal["passed", "failed", "skipped", "error"]
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
    lines = [f"  {turn.speaker}: {quote(turn.text, TOLD)}"]
    for call in turn.tool_calls:
        arguments = json.dumps(dict(call.arguments), ensure_ascii=False)
        lines.append(f"    calls {quote(call.name, 60)} {quote(arguments, 200)}")
    return lines


async def replay_case(
    case: Case,
    target: str | TargetConfig | Target,
    *,
    beside: Path | None = None,
    models: Models | None = None,
    **options: Any,
) -> CaseResult:
    """Say a case's messages to a target, and tell whether its check holds.

    Args:
        case: the case.
        target: the system under test, or its SPEC.
        beside: the folder from which the path of a target file starts.
        models: where the judge was opened, and where is said why people's data may be sent
            elsewhere; a target that is a model shares its limits.
        options: see `say_case`.

    Raises:
        TargetSpecError: the target cannot be opened.
        EndpointError: no request to the target, or to the judge's endpoint, can succeed.
        InputError: a template of the case cannot be rendered; or the target is told of a person,
            and lies elsewhere, and nobody has said why it may be, or who allows an attack.
    """
    async with attached_target(target, beside, models=models) as attached:
        return await say_case(case, attached, models=models, **options)


async def say_case(
    case: Case,
    attached: AttachedTarget,
    *,
    judge: ChatModel | None = None,
    examiner: Examiner | None = None,
    allow_code: bool = False,
    models: Models | None = None,
    authorised: str | None = None,
) -> CaseResult:
    """Say a case's messages to a target that is open; see `replay_case`.

    Args:
        case: the case.
        attached: the target.
        judge: the judge's model, for a check that a model judges.
        examiner: carries the check out; by default that of the case.
        allow_code: whether the check may call a Python function that it names.
        models: see `replay_case`.
        authorised: who allows that a case of a user who attacks reaches a target outside.
    """
    speaker, _ = case.situation.parties()
    if case.found.people and case.scenario.speakers[speaker].instructions:
        reached = [attached.target.name] if is_elsewhere(attached.target) else []
        (models or Models()).share([case.found.people], reached)
    if case.found.attackers and (outside := outside_name(attached.target)):
        authorise([case.found.attackers], [outside], authorised)
    replayer = Replayer(case.situation, attached, examiner, judge, allow_code=allow_code)
    replay = await replayer.replay(case.messages)
    return CaseResult(case, *_status(case, replay), replay)


def _status(
    case: Case, replay: Replay
) -> tuple[Literal["passed", "failed", "skipped", "error"], str]:
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
