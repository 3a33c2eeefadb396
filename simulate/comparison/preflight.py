"""Check what a scenario declares to compare, before anything is paid for."""

from __future__ import annotations

from simulate.comparison.reference_spec import load_reference
from simulate.comparison.samples import family
from simulate.errors import InputError, ScenarioError
from simulate.reference import Variable
from simulate.scenario import Scenario


def check_references(scenario: Scenario) -> None:
    """Load the reference of each outcome and see that it measures the same kind of thing.

    Raises:
        ScenarioError: a reference is not there, or is of another kind or unit than its outcome.
    """
    for name, spec in scenario.compare.items():
        outcome = scenario.outcomes[name]
        try:
            variable = load_reference(
                spec, name, variable=Variable.of_outcome(name, outcome)
            ).variable
        except InputError as error:
            raise ScenarioError(f"scenario {scenario.name}: compare.{name}: {error}") from None
        if family(outcome.kind) != family(variable.kind):
            raise ScenarioError(
                f"scenario {scenario.name}: compare.{name}: the outcome is of kind "
                f"{outcome.kind}, the reference {spec} of kind {variable.kind}; name another"
            )
        if outcome.unit and variable.unit and outcome.unit != variable.unit:
            raise ScenarioError(
                f"scenario {scenario.name}: compare.{name}: the outcome is in {outcome.unit}, "
                f"the reference {spec} in {variable.unit}; name another"
            )
