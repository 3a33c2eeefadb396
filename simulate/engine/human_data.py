"""What a run sends of the data of people to endpoints that are not on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set

from simulate.engine.plan import Plan
from simulate.engine.target_session import AttachedTarget
from simulate.errors import RunFileError, quote
from simulate.files.templates import variables_of
from simulate.models import Models
from simulate.models.human_data import OPTION, SharedData, checked_reason
from simulate.models.network import on_this_machine
from simulate.runfile import RunReader
from simulate.scenario.unread_persona import texts_of
from simulate.targets import Target
from simulate.targets.session import OpenTarget


def shared_by(
    plan: Plan,
    models: Models,
    targets: Sequence[Mapping[str, AttachedTarget]],
) -> SharedData | None:
    """Return the human data that a run sends elsewhere, and to whom; asked before the first call.

    What a persona holds reaches the models of all speakers and of the judge; a system under test
    only hears the dialogue: a talk that is given, and what templates tell it of a persona.

    Args:
        plan: the run.
        models: those that were opened for it.
        targets: for each cell, speaker to target.

    Raises:
        InputError: nobody has said why they may be sent there.
    """
    people = (plan.population, *plan.populations.values())
    data = [what for each in people if each is not None and (what := each.human_data)]
    return models.share(data, _reached(plan, targets))


def _reached(plan: Plan, targets: Sequence[Mapping[str, AttachedTarget]]) -> Iterator[str]:
    """Iterate over the systems under test elsewhere that get what a persona holds."""
    steps = [step for cell in plan.cells for step in cell.steps]
    given = any(step.given == "persona" for step in steps)
    written = [turn.text for step in steps for turn in step.written]
    of_users = [
        text
        for cell in plan.cells
        for each in cell.speakers.values()
        for text in (each.goal or "", *(fact.value for fact in each.facts.values()))
    ]
    personal = {"persona"} | ({"goal", "facts"} if _read({"persona"}, of_users) else set())
    for name in dict.fromkeys(name for attached in targets for name in attached):
        told = given or _read(personal, [*texts_of(plan.scenario, name), *written])
        for target in (attached[name].target for attached in targets if name in attached):
            reads = told or "persona" in getattr(target, "reads", ())
            if reads and is_elsewhere(target):
                yield target.name


def _read(variables: Set[str], texts: Iterable[str]) -> bool:
    """Tell whether a template reads one of some variables."""
    return any(variables & variables_of(text, "a template") for text in texts)


def is_elsewhere(target: Target, here: Callable[[str], bool] = on_this_machine) -> bool:
    """Tell whether a system under test is called at a URL that is not here: on this machine."""
    urls = target.urls if isinstance(target, OpenTarget) else []
    return not all(map(here, urls))


def reason_on_file(
    file: RunReader, there: str | None, reason: str | None, option: str = OPTION
) -> str | None:
    """Return the reason of a run that goes on: that on file, `there`, goes first.

    Raises:
        RunFileError: it was begun for another reason.
    """
    if there is None or reason is None:
        return there or reason
    if there != checked_reason(reason, option):
        raise RunFileError(
            f"run file {file.path}: {option} was {quote(there)} when it was begun, and stays so; "
            "leave it out"
        )
    return there
