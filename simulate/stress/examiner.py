"""The examiner of a stress test: all checks of a scenario, and those of the simulated user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from simulate.engine.examiner import AskJudge
from simulate.errors import ScenarioError
from simulate.runfile import CheckVerdict, Examined, Verdict
from simulate.scenario import Check
from simulate.scenario.reserved_names import RESERVED_CHECKS
from simulate.stress.checks.result import Look
from simulate.stress.checks.rule import CheckRule
from simulate.stress.checks.running import carry_out, together
from simulate.stress.judge import verdict_prompt
from simulate.stress.simulator import load_patterns, simulator_verdicts
from simulate.verbalized import PromptVersion


class Checks:
    """Carries out checks on each dialogue; an `Examiner`.

    Args:
        checks: name to check, as the scenario has them.
        allow_code: whether functions that the scenario names may be imported and called. A
            scenario file from somebody else is data; with this it is a program.
        extra_python: functions as `module:function` that the user names beside the scenario; each
            is a check with the function's name, and is allowed without more.
        folder: where modules are searched for last, such as the scenario's folder.
        description: of the situation, for judges.
        of_simulator: whether the users are simulated, and are checked for faults of their own.

    Raises:
        ScenarioError: a check cannot work; the message names its field.
    """

    def __init__(
        self,
        checks: Mapping[str, Check],
        allow_code: bool = False,
        extra_python: Sequence[str] = (),
        *,
        folder: Path | None = None,
        description: str = "",
        of_simulator: bool = True,
    ) -> None:
        self.checks = dict(checks)
        self.of_simulator = of_simulator
        self.description = description
        self._prepared: dict[str, Any] = {}
        load_patterns()
        for name, check in checks.items():
            if name in RESERVED_CHECKS:
                raise ScenarioError(f"checks.{name}: this name is taken; choose another")
            if wrong := check.problem():
                raise ScenarioError(f"checks.{name}.{wrong}")
            self._prepare(name, f"checks.{name}.{check.way}", allow_code=allow_code, folder=folder)
        for named in extra_python:
            name = named.rpartition(":")[2]
            if name in self.checks or name in RESERVED_CHECKS:
                raise ScenarioError(f"check {named}: there is a check “{name}” already")
            try:
                self.checks[name] = Check.model_validate({"python": named})
            except ValidationError:
                raise ScenarioError(f"check {named}: write MODULE:FUNCTION") from None
            self._prepare(name, "check", allow_code=True, folder=folder)

    def _prepare(self, name: str, where: str, *, allow_code: bool, folder: Path | None) -> None:
        rule = self.checks[name].rule
        if isinstance(rule, CheckRule):
            rule.load()
            self._prepared[name] = rule.prepare(where, allow_code=allow_code, folder=folder)

    def prompts(self, version: PromptVersion) -> Mapping[str, str]:
        """Return the prompt of judges, where a check asks one."""
        asks = any(check.rule.asks_judge for check in self.checks.values())
        return {"verdict": verdict_prompt(version)} if asks else {}

    async def examine(self, dialogue: Examined, ask: AskJudge) -> Sequence[CheckVerdict]:
        """Carry out each check once: those of the scenario in order, then the simulator's.

        Raises:
            DialogueFailedError: a judge was not reached; the dialogue is to be examined again.
            EndpointError: no request to the judge's endpoint can succeed.
            RunStoppedError: no further call is made for now.
        """
        records = await together(
            [
                carry_out(
                    Look(name, check, dialogue, ask, self.description, self._prepared.get(name))
                )
                for name, check in self.checks.items()
            ]
        )
        if not self.of_simulator:
            return records
        # One that passes because the talk never got to its `after` has not been reached.
        reached: list[Verdict] = [
            record.verdict if record.applied else "fail"
            for record, check in zip(records, self.checks.values(), strict=True)
            if check.rule.is_goal
        ]
        return [*records, *simulator_verdicts(dialogue, reached)]
