"""The scenario as a universe has it: another wording, more candidates, another model or draw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from simulate.comparison.multiverse.plan_file import Redraw, Wording
from simulate.errors import InputError, ScenarioError
from simulate.files.validation import first_problem
from simulate.scenario import Level, MethodChange, Scenario, Speaker, SpeakerChange
from simulate.verbalized import METHODS, MethodSpec

ALIKE = ("kind", "unit", "support", "levels", "not_applicable", "applies_if")
"""What a wording leaves of an outcome, so that contrasts are of the same thing."""


def worded(scenario: Scenario, name: str, wording: Wording) -> Scenario:
    """Return the scenario in another wording.

    Raises:
        InputError: together they break a rule, or it is no mere wording: speakers, cells or the
            values of outcomes are others.
    """
    if not wording.said:
        return scenario
    field = f"wordings.{name}"
    try:
        found = Scenario.model_validate(_merged(scenario.written(), wording.said))
    except ValidationError as error:
        raise InputError(f"{field}.{first_problem(error)}") from None
    for kind, there, here in (
        ("speakers", scenario.speakers, found.speakers),
        ("outcomes", scenario.outcomes, found.outcomes),
        ("conditions", scenario.conditions, found.conditions),
    ):
        if new := [each for each in here if each not in there]:
            raise InputError(
                f"{field}.{kind}.{new[0]}: the scenario has none of this name; it has: "
                f"{', '.join(there) or 'none'}"
            )
    if [c.label for c in found.cells()] != [c.label for c in scenario.cells()]:
        raise InputError(f"{field}.conditions: a wording may change levels, not add any")
    for outcome, declared in found.outcomes.items():
        for part in ALIKE:
            if getattr(declared, part) != getattr(scenario.outcomes[outcome], part):
                raise InputError(
                    f"{field}.outcomes.{outcome}.{part}: a wording may not change what is measured"
                )
    return found


def _merged(there: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mapping with changes: mappings are changed field by field, all else is replaced.

    Both are no deeper than a file may be.
    """
    found = dict(there)
    for key, value in changes.items():
        old = found.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        found[key] = _merged(old, value) if both else value  # type: ignore[arg-type]
    return found


def with_candidates(scenario: Scenario, k: int) -> Scenario:
    """Return the scenario with so many candidates for each reply of a user that has several.

    Raises:
        InputError: no reply has, a condition varies it, or the method cannot have so many.
    """
    return _with_method(scenario, "k", {"k": k})


def redrawn(scenario: Scenario, name: str, redraw: Redraw) -> Scenario:
    """Return the scenario whose users' replies are drawn by another rule.

    Raises:
        InputError: no reply is drawn, a condition varies it, or the rule cuts candidates off.
    """
    if redraw.below is not None:
        raise InputError(
            f"draws.{name}.below: candidates are cut off when recorded draws are weighed, and "
            "cannot be in a run"
        )
    rule = redraw.draw or "probability"
    return _with_method(
        scenario, f"draws.{name}", {"draw": rule, "temper": redraw.temper, "mix": None}
    )


def with_model(scenario: Scenario, spec: str) -> Scenario:
    """Return the scenario with a model for each speaker to which it gives none."""
    speakers = {
        name: each
        if each.model or each.plays == "target"
        else each.model_copy(update={"model": spec})
        for name, each in scenario.speakers.items()
    }
    return scenario.changed({**dict(scenario), "speakers": speakers})


def _with_method(scenario: Scenario, field: str, options: Mapping[str, Any]) -> Scenario:
    """Return the scenario with options of the methods by which users' replies are obtained."""
    taken = False

    def of_speaker(speaker: Speaker) -> Speaker:
        nonlocal taken
        if not speaker.method.verbalizes:
            return speaker
        taken = True
        method = MethodSpec.model_validate({**dict(speaker.method), **options})
        return speaker.model_copy(update={"method": method})

    def of_change(change: SpeakerChange, where: str) -> SpeakerChange:
        nonlocal taken
        method = change.method
        if method is None:
            return change
        if method.name is None:
            if any(getattr(method, option) is not None for option in options):
                raise InputError(
                    f"{field}: {where} varies it in the scenario; a multiverse varies what the "
                    "contrast is not about"
                )
            return change
        if not METHODS[method.name].verbalizes:
            return change
        taken = True
        changed = MethodChange.model_validate({**dict(method), **options})
        return change.model_copy(update={"method": changed})

    def of_level(level: Level, where: str) -> Level:
        speakers = {name: of_change(each, where) for name, each in level.speakers.items()}
        return level.model_copy(update={"speakers": speakers})

    try:
        speakers = {name: of_speaker(each) for name, each in scenario.speakers.items()}
        conditions = {
            condition: {
                label: of_level(level, f"conditions.{condition}.{label}")
                for label, level in of.items()
            }
            for condition, of in scenario.conditions.items()
        }
        found = scenario.changed({**dict(scenario), "speakers": speakers, "conditions": conditions})
    except ValidationError as error:
        raise InputError(f"{field}: {first_problem(error)}") from None
    except ScenarioError as error:
        raise InputError(f"{field}: {error}") from None
    if not taken:
        raise InputError(
            f"{field}: no user of scenario {scenario.scenario} has a distribution of replies; "
            "leave it out, or give one a method such as vs"
        )
    return found
