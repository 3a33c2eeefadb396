"""Attach targets to the speakers that play one."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from pydantic import BaseModel

from simulate.engine.plan import Plan
from simulate.engine.target_session import AttachedTarget
from simulate.errors import InputError
from simulate.files.own_code import imported
from simulate.models import Models
from simulate.scenario import Scenario
from simulate.targets import Target, open_target, read_target
from simulate.targets.config import TargetConfig
from simulate.targets.registry import not_by_file

VERSION = "target"
"""The condition whose levels are versions of the target."""
NEW, BASELINE = "new", "baseline"
"""Its levels."""


@dataclass(frozen=True, slots=True)
class Attach:
    """Which targets a run is attached to.

    Attributes:
        target: what a target file says, or its SPEC; None leaves what the scenario says.
        baseline: another version.
        given: a target that was given as an object; by the name of every speaker.
        allow_code: whether a scenario file may name a target that runs code, or is sent what the
            environment holds.
    """

    target: str | TargetConfig | None = None
    baseline: str | TargetConfig | None = None
    given: Target | None = None
    allow_code: bool = False

    @classmethod
    def of(
        cls,
        target: str | TargetConfig | Target | None,
        baseline: str | TargetConfig | None,
        *,
        allow_code: bool,
    ) -> Attach:
        """Tell a target from its SPEC."""
        if target is None or isinstance(target, str | BaseModel):
            return cls(target, baseline, None, allow_code)
        return cls(None, baseline, target, allow_code)


def with_targets(
    scenario: Scenario,
    target: str | TargetConfig | None = None,
    baseline: str | TargetConfig | None = None,
) -> Scenario:
    """Return the scenario with a target attached to its speaker that plays one.

    Args:
        scenario: the scenario.
        target: a target SPEC or what a target file says; None leaves the scenario as it is.
        baseline: another version; makes the condition `target` with the levels `new` and
            `baseline`, so that both meet the same personas and random numbers.

    Raises:
        InputError: no speaker plays target, or more than one does.
        TargetSpecError: a SPEC names nothing.
    """
    if target is None and baseline is None:
        return scenario
    names = [name for name, speaker in scenario.speakers.items() if speaker.plays == "target"]
    if len(names) != 1:
        raise InputError(
            f"target: scenario {scenario.name} has {len(names)} speakers that play target, "
            "and one is needed: give one of its speakers `plays: target`"
        )
    (name,) = names
    given = target if target is not None else scenario.speakers[name].target
    config = read_target(given) if isinstance(given, str) else given
    data = scenario.model_dump()
    data["speakers"][name]["target"] = config
    if baseline is not None:
        if config is None:
            raise InputError("baseline: give the new version as target")
        other = read_target(baseline) if isinstance(baseline, str) else baseline
        data["conditions"] = {
            **{key: levels for key, levels in data["conditions"].items() if key != VERSION},
            VERSION: {
                NEW: {"speakers": {name: {"target": config}}},
                BASELINE: {"speakers": {name: {"target": other}}},
            },
        }
    return scenario.changed(data)


def refuse_unnamed(scenario: Scenario, *, replaced: bool = False) -> None:
    """Refuse a scenario, which is data, whose target only the user may name; see `not_by_file`.

    Args:
        scenario: the scenario, as its file says it.
        replaced: whether the user names a target in place of the speakers' own.

    Raises:
        InputError: it, or a tool, runs code; it reads the environment or a file.
        TargetSpecError: a SPEC names nothing.
    """
    refuse_code(scenario)
    for cell in scenario.cells():
        for name, speaker in cell.speakers.items():
            given = speaker.target
            if given is None or (replaced and given == scenario.speakers[name].target):
                continue
            if why := not_by_file(given):
                raise InputError(
                    f"speakers.{name}.target {why}, and a scenario file is only data: name the "
                    "target with --target, or say --allow-code if you trust the file"
                )


def refuse_code(scenario: Scenario) -> None:
    """Refuse a scenario, which is data, whose tools run code.

    Raises:
        InputError: one of them does.
    """
    for name, tool in scenario.tools.items():
        if tool.python is not None:
            raise InputError(
                f"tools.{name}.python: runs {tool.python}, and a scenario file is only data: say "
                "--allow-code if you trust the file"
            )


@contextlib.asynccontextmanager
async def open_targets(
    plan: Plan, attach: Attach, models: Models
) -> AsyncIterator[list[dict[str, AttachedTarget]]]:
    """Open each target once, and close those that were opened here.

    Args:
        plan: says which speakers play target, and what is attached to them.
        attach: what the user names.
        models: where targets that are models are opened.

    Yields:
        For each cell: speaker to target.

    Raises:
        InputError: a speaker plays target and nothing is attached to it.
    """
    for name, tool in plan.scenario.tools.items():
        if tool.python is not None:  # before anybody is called
            imported(tool.python, f"tools.{name}.python")
    opened: dict[str, AttachedTarget] = {}
    theirs = None if attach.given is None else AttachedTarget(attach.given)
    users = {_read(each).model_dump_json() for each in (attach.target, attach.baseline) if each}

    def attached(name: str, config: str | TargetConfig | None) -> AttachedTarget:
        if theirs is not None:
            return theirs
        if config is None:
            raise InputError(
                f"speakers.{name} plays target, and none is attached: say which as target, such as http://…"
            )
        read = _read(config)
        key = read.model_dump_json()
        if key not in opened:
            opened[key] = AttachedTarget(open_target(read, by_file=key not in users, models=models))
            found = opened[key].target
            if plan.scenario.tools and not getattr(found, "reports_calls", True):
                raise InputError(
                    f"target {found.name}: the scenario declares tools, and nothing says where the "
                    "target's calls of them stand: set tool_calls in its target file"
                )
        return opened[key]

    try:
        yield [
            {
                name: attached(name, speaker.target)
                for name, speaker in cell.speakers.items()
                if speaker.plays == "target"
            }
            for cell in plan.cells
        ]
    finally:
        for each in opened.values():
            await each.target.aclose()


def _read(target: str | TargetConfig) -> TargetConfig:
    return read_target(target) if isinstance(target, str) else target
