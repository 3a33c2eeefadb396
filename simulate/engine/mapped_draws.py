"""Runs whose replies are drawn through a probability map: a temperature, fitted to people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from simulate.engine.plan import Plan
from simulate.errors import InputError, RunFileError
from simulate.reference.map_file import read_map
from simulate.runfile import RunReader
from simulate.scenario import Scenario
from simulate.scenario.declaration import Level
from simulate.verbalized.probability_map import REPLIES, ProbabilityMap


def opened_map(
    given: str | Path | ProbabilityMap | None, resumed: RunReader | None = None
) -> ProbabilityMap | None:
    """Return the map of a run; one that is resumed keeps its own.

    Raises:
        InputError: the file cannot be read or is no map.
        RunFileError: the run was begun with another map, or with none.
    """
    found = given if given is None or isinstance(given, ProbabilityMap) else read_map(Path(given))
    if resumed is None:
        return found
    there = resumed.probability_map
    if found is not None and found != there:
        begun = "without a map" if there is None else "with another map"
        raise RunFileError(f"run file {resumed.path}: it was begun {begun}; leave --map out")
    return there


def with_map(scenario: Scenario, found: ProbabilityMap | None) -> Scenario:
    """Return the scenario whose users' replies are drawn from tempered weights.

    They are those of the role that the map was fitted to where the scenario has it, else of all
    users. The weights on file stay as they were stated.

    Raises:
        InputError: the map is not of replies, or they are drawn by another rule already.
    """
    if found is None:
        return scenario
    if found.what != REPLIES or found.temperature is None:
        raise InputError(
            f"the map is of {found.what}, whose distribution a run keeps as it was stated: give it "
            "to `simulate compare RUN --map FILE`; what a run draws are replies, for which a "
            f"temperature of {REPLIES} is fitted"
        )
    data: dict[str, Any] = dict(scenario)
    speakers = dict(scenario.speakers)
    mapped = mapped_speakers(scenario, found)
    for name in mapped:
        method = speakers[name].method
        if not method.draw_settings.as_stated:
            raise InputError(
                f"speaker {name} draws by a rule of its own (draw, temper or mix) already: take "
                "that out of the scenario, or leave the map out"
            )
        tempered = method.model_copy(update={"temper": found.temperature})
        speakers[name] = speakers[name].model_copy(update={"method": tempered})
    conditions = {
        condition: {label: _mapped_level(level, mapped, found) for label, level in levels.items()}
        for condition, levels in scenario.conditions.items()
    }
    return scenario.changed(data | {"speakers": speakers, "conditions": conditions})


def _mapped_level(level: Level, mapped: Sequence[str], found: ProbabilityMap) -> Level:
    """Return a level that draws through the map where it sets the method that this was fitted to.

    Such a level replaces the speaker's method, and with it how replies are drawn.
    """
    speakers = dict(level.speakers)
    for name in set(mapped) & set(speakers):
        method = speakers[name].method
        if method is not None and method.name == found.fitted.method and method.temper is None:
            tempered = method.model_copy(update={"temper": found.temperature})
            speakers[name] = speakers[name].model_copy(update={"method": tempered})
    return level.model_copy(update={"speakers": speakers})


def mapped_speakers(scenario: Scenario, found: ProbabilityMap) -> tuple[str, ...]:
    """Return the speakers whose replies a map is for."""
    users = tuple(name for name, each in scenario.speakers.items() if each.plays == "user")
    return (found.fitted.role,) if found.fitted.role in users else users


def check_map(plan: Plan, found: ProbabilityMap | None, names: Sequence[Mapping[str, str]]) -> None:
    """Refuse a map that was fitted to another model or method than that of a cell.

    Args:
        plan: of the run.
        found: the map.
        names: of each cell, role to the name of its model.

    Raises:
        InputError: it is not for a cell, which the message names.
    """
    if found is None:
        return
    for cell in plan.cells:
        for speaker in mapped_speakers(plan.scenario, found):
            method = cell.speakers[speaker].method
            if wrong := found.misfit(names[cell.index][speaker], method.name):
                raise InputError(f"cell {cell.label}, speaker {speaker}: {wrong}")
            if method.temper != found.temperature or method.draw != "probability":
                raise InputError(
                    f"cell {cell.label}, speaker {speaker}: a condition sets how replies are "
                    "drawn, and the map does too: take one of them out"
                )
