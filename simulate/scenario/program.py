"""The program of a dialogue: its steps, in which each battery stands as its items.

A computed outcome costs nothing and stands as soon as all that it is computed from is measured, so
that steps need not name it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from simulate.files.ordering import in_order
from simulate.scenario.asking import Ask, PlannedAsk, with_computed
from simulate.scenario.batteries import Expanded
from simulate.scenario.outcomes import Outcome
from simulate.scenario.steps import Step


def planned_steps(
    field: str, steps: Iterable[Step], outcomes: Mapping[str, Outcome], batteries: Expanded
) -> list[Step]:
    """Return steps in which outcomes stand for batteries, with what can be computed then.

    Args:
        field: where the steps stand.
        steps: as they are written.
        outcomes: of the scenario, with those of its batteries.
        batteries: of the scenario.

    Raises:
        ValueError: something that is asked for is neither an outcome nor a battery.
    """
    found: list[Step] = []
    measured: list[str] = []
    for number, step in enumerate(steps):
        if (asks := step.asks) is None:
            found.append(step)
            continue
        where = f"{field}.{number}.ask"
        labels: list[str] = []
        for name in asks.outcomes:
            items = batteries.asked_for(name, where)
            if items is None and name not in outcomes:
                raise ValueError(f"{where}: there is no outcome “{name}”")
            labels += (name,) if items is None else items
        labels = list(with_computed(labels, outcomes, measured))
        measured += labels
        planned = _planned_ask(labels, asks, outcomes, batteries)
        found.append(step.model_copy(update={"ask": planned}))
    return found


def with_the_rest(
    steps: Sequence[Step], outcomes: Mapping[str, Outcome], batteries: Expanded
) -> tuple[Step, ...]:
    """Return planned steps, and a last one for the outcomes that none of them asks for."""
    asked = {label for step in steps for label in step.asked}
    left = [
        label
        for label in in_order({label: each.needs for label, each in outcomes.items()})
        if label not in asked
    ]
    if not left:
        return tuple(steps)
    rest = _planned_ask(left, Ask(outcomes=left), outcomes, batteries)
    return (*steps, Step.model_construct(ask=rest))


def _planned_ask(
    labels: list[str], asks: Ask, outcomes: Mapping[str, Outcome], batteries: Expanded
) -> PlannedAsk:
    waves = batteries.waves
    group_of = {item: name for name, wave in waves.items() for item in wave.items}
    groups: dict[str, tuple[str, ...]] = {}
    for label in labels:
        if not outcomes[label].computed:
            group = group_of.get(label, label)
            groups[group] = (*groups.get(group, ()), label)
    shuffled = tuple(name for name in groups if name in waves and waves[name].random)
    return PlannedAsk(
        outcomes=labels,
        order=asks.order,
        remembers=asks.remembers,
        groups=groups,
        shuffled=shuffled,
    )


def check_asked(
    field: str, steps: Sequence[Step], outcomes: Mapping[str, Outcome], *, is_task: bool
) -> None:
    """Refuse planned steps that ask twice, too early, or in an order that may be too early.

    Raises:
        ValueError: so, with the field.
    """
    asked: set[str] = set()
    said = False
    for number, step in enumerate(steps):
        where = f"{field}.{number}.ask"
        said = said or step.say is not None
        here: set[str] = set()
        for label in step.asked:
            outcome = outcomes[label]
            if label in asked:
                raise ValueError(f"{where}: outcome “{label}” is asked for twice")
            for other in outcome.needs:
                by = "applies_if" if other in (outcome.applies_if or ()) else "computed"
                if other not in asked:
                    raise ValueError(
                        f"{where}: “{label}” depends on “{other}” ({by}): ask for “{other}” before"
                    )
                varies = isinstance(step.ask, PlannedAsk) and step.ask.varies
                if varies and other in here and not outcome.computed:
                    raise ValueError(
                        f"{where}: “{label}” depends on “{other}” ({by}), which a random order may "
                        "put after it: ask for it in a step of its own, before"
                    )
            if is_task and not said and not (outcome.asked or outcome.computed):
                raise ValueError(
                    f"{where}: “{label}” is read from the turn: ask for it after `say`"
                )
            asked.add(label)
            here.add(label)
        remembers = step.asks is not None and step.asks.remembers != "nothing"
        if remembers and not any(outcomes[label].asked for label in here):
            raise ValueError(f"{where}.remembers: nobody is asked in this step; leave it out")


def check_waves(field: str, steps: Sequence[Step], batteries: Expanded) -> None:
    """Refuse planned steps that never ask for a wave of a battery: nobody can know when it is.

    Raises:
        ValueError: so, with the field.
    """
    asked = {label for step in steps for label in step.asked}
    for name, wave in batteries.waves.items():
        if wave.wave is not None and not asked.issuperset(wave.items):
            raise ValueError(
                f"batteries.{wave.battery}.waves: “{name}” is never asked for in {field}; say "
                f"when, with `ask: [{name}]`"
            )
