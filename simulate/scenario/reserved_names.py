"""Names that a scenario cannot give: something else goes by them, or they cannot be told apart."""

from __future__ import annotations

from simulate.errors import InputError
from simulate.files.tables.names import named_alike
from simulate.scenario.scenario import Scenario
from simulate.verbalized.spoken import plain_name

JUDGE = "judge"
"""By this name the model of judges is given (`--speaker-model judge=…`) and its calls are kept."""
RESPONDS = "responds"
"""The check that every target has: it answers each time. It fails where a dialogue failed by the
target's fault."""
SIMULATOR_CHECKS = ("role-inversion", "leaked-instructions", "invented-facts", "stopped-early")
"""The checks of the simulated user."""
RESERVED_CHECKS = (RESPONDS, *SIMULATOR_CHECKS)


def check_names(scenario: Scenario) -> None:
    """Refuse names of a scenario by which two things would go.

    Raises:
        InputError: a name is taken, or two are alike but for case (of speakers: but for what does
            not count in a label before a line either); the message begins with the field.
    """
    if JUDGE in scenario.speakers:
        raise InputError(
            f"speakers.{JUDGE}: the model of judged outcomes and checks goes by this name; choose "
            f"another, such as the-{JUDGE}"
        )
    for name in RESERVED_CHECKS:
        if name in scenario.checks:
            raise InputError(f"checks.{name}: this name is taken; choose another")
    labels: dict[str, str] = {}
    for name in scenario.speakers:
        if (other := labels.setdefault(plain_name(name), name)) != name:
            raise InputError(
                f"speakers.{name}: no line can tell it from “{other}”: case, hyphens and an "
                "article do not count in a label; give one of them another name"
            )
    for field in ("outcomes", "conditions", "checks"):
        names = list(getattr(scenario, field))
        if alike := named_alike(names):
            one, other = (names[place] for place in alike)
            raise InputError(
                f"{field}.{other}: differs from “{one}” by case only, which columns of a table do "
                "not tell apart; give one of them another name"
            )
