"""Whether the parts of a scenario fit together: names, conditions, steps, contrasts, sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from simulate.errors import first_of
from simulate.files.conditions import Condition
from simulate.limits import MOST_TURNS
from simulate.scenario.applicability import MISSING
from simulate.scenario.declaration import Declaration
from simulate.scenario.outcomes import Asked
from simulate.scenario.own_populations import check_speaker_populations
from simulate.scenario.program import check_asked, planned_steps
from simulate.scenario.size import too_many_calls, too_many_cells
from simulate.scenario.speaker import Speaker
from simulate.scenario.steps import Step
from simulate.scenario.turns import OPENING


def check_scenario(scenario: Declaration) -> None:
    """Refuse a scenario whose parts do not fit together.

    Raises:
        ValueError: the message begins with the field.
    """
    scenario.design.check(scenario.conditions)
    counts = [len(each.levels) for each in scenario.factors]
    if scenario.design.fraction is not None:
        counts = [scenario.design.size(scenario.conditions)]
    texts = sum(map(len, (scenario.speakers, scenario.steps, scenario.outcomes, scenario.checks)))
    if wrong := too_many_cells(counts, texts, scenario.defaults.n):
        raise ValueError(wrong)
    known = first_of(scenario.speakers)

    def named(name: str | None, where: str) -> None:
        if name is not None and name not in scenario.speakers:
            raise ValueError(f"{where}: there is no speaker “{name}”; there are: {known}")

    if wrong := scenario.turns.problem(
        {name: each.plays for name, each in scenario.speakers.items()}
    ):
        raise ValueError(wrong)
    check_speaker_populations(scenario.speakers)
    for condition, levels in scenario.conditions.items():
        for label, level in levels.items():
            for name in level.speakers:
                named(name, f"conditions.{condition}.{label}.speakers")
    for label, outcome in scenario.outcomes.items():
        if outcome.asked:
            where = scenario.field_of_all(label)
            named(outcome.asked.speaker, f"{where}.asked.speaker")
            if scenario.speakers[outcome.asked.speaker].plays == "target":
                raise ValueError(f"{where}: a target cannot be asked")
            own = outcome.asked.own_method
            if own and any(part.model for part in (own.parts or {}).values()):
                raise ValueError(
                    f"{where}.asked.method: a part has a model, which only the parts "
                    "of a speaker's own method may have; leave it out"
                )
            if own and own.verbalizes and scenario.speakers[outcome.asked.speaker].plays != "user":
                raise ValueError(
                    f"{where}.asked.method: method {own.name} gives a distribution, "
                    f"and “{outcome.asked.speaker}” does not play user"
                )
        if outcome.matched:
            named(outcome.matched.speaker, f"outcomes.{label}.matched.speaker")
    _check_conditions(scenario)
    for label, check in scenario.checks.items():
        named(check.speaker, f"checks.{label}.speaker")
    for label in scenario.compare:
        if label not in scenario.outcomes:
            raise ValueError(f"compare: there is no outcome “{label}”")
    for field, steps in _all_steps(scenario):
        _check_steps(scenario, field, steps, named)
    for name in scenario.nuisance:
        if name not in scenario.conditions:
            known = first_of(scenario.conditions) or "none"
            raise ValueError(f"nuisance: there is no condition “{name}”; there are: {known}")
    cells = scenario.cells()
    for cell in cells:
        if wrong := too_many_calls(cell):
            raise ValueError(wrong)
    for name, contrast in scenario.contrasts.items():
        in_part = scenario.design.fraction is not None
        contrast.check(f"contrasts.{name}", cells, [*scenario.outcomes], in_part=in_part)
    scenario.analysis.check(scenario.outcomes)
    if all(cell.prompt_version == 1 for cell in cells):
        _check_first_version(scenario)
    talks = [cell.talks for cell in cells]
    if scenario.is_task and any(talks):
        if scenario.turns.opening == OPENING:
            raise ValueError(
                "turns.opening is missing: with one speaker it is the request that is answered"
            )
        if scenario.turns.maximum != 1:
            raise ValueError(
                f"turns.maximum is {scenario.turns.maximum}: one speaker answers turns.opening "
                "once and has nobody to talk to; set it to 1, or add a speaker"
            )
    answered = [label for label, outcome in scenario.outcomes.items() if outcome.answered]
    if answered and (not scenario.is_task or not all(talks) or len(answered) > 1):
        raise ValueError(
            f"outcomes.{answered[-1]}.answered: only a scenario with one speaker has an "
            "answer, and one outcome is it; take asked, or matched"
        )


def _check_first_version(scenario: Declaration) -> None:
    """Refuse what version 1 of the prompts has no words for."""
    plain, unframed = Speaker(plays="user"), Asked(speaker="-", question="-")
    given = [
        (f"speakers.{name}.{field}", getattr(each, field) != getattr(plain, field))
        for name, each in scenario.speakers.items()
        for field in ("length", "stands_for")
    ] + [
        (
            f"{scenario.field_of_all(name)}.asked.{field}",
            getattr(asked, field) != getattr(unframed, field),
        )
        for name, asked in ((name, each.asked) for name, each in scenario.outcomes.items())
        if asked is not None
        for field in ("frame", "by")
    ]
    given.append(("turns.order", scenario.turns.order != "round-robin"))
    for where, is_given in given:
        if is_given:
            raise ValueError(f"{where}: prompt_version 1 has no words for it; leave it out")


def _check_conditions(scenario: Declaration) -> None:
    for label, outcome in scenario.outcomes.items():
        field = scenario.field_of(label)
        shared = scenario.field_of_all(label)
        _check_outcomes(scenario, f"{shared}.applies_if", outcome.applies_if or {}, label)
        when = outcome.computed.stated if outcome.computed else {}
        made = label in scenario.of_batteries.outcomes
        _check_outcomes(scenario, field if made else f"{field}.computed.when", when, label)
    for label, rule in scenario.exclude.items():
        _check_outcomes(scenario, f"exclude.{label}.when", rule.when)


def _check_outcomes(
    scenario: Declaration, field: str, conditions: Mapping[str, Condition], own: str | None = None
) -> None:
    """Refuse conditions on outcomes that there are not, or on values that they cannot have."""
    for name, condition in conditions.items():
        if name not in scenario.outcomes:
            known = first_of([n for n in scenario.outcomes if n != own]) or "none"
            raise ValueError(f"{field}.{name}: there is no such outcome; there are: {known}")
        try:
            scenario.outcomes[name].fulfils(MISSING, condition)
        except ValueError as error:
            raise ValueError(f"{field}.{name}: {error}") from None


def _all_steps(scenario: Declaration) -> Iterator[tuple[str, Sequence[Step]]]:
    """Iterate over the lists of steps, each after the field in which it stands."""
    yield "steps", scenario.steps
    for condition, levels in scenario.conditions.items():
        for label, level in levels.items():
            yield f"conditions.{condition}.{label}.steps", level.steps or ()


def _check_steps(
    scenario: Declaration,
    field: str,
    steps: Sequence[Step],
    named: Callable[[str | None, str], None],
) -> None:
    said = 0
    for number, step in enumerate(steps):
        where = f"{field}.{number}"
        said += scenario.counted(step).turns
        if scenario.is_task and said > 1:
            raise ValueError(
                f"{where}.say: one speaker answers once and has nobody to talk to; give "
                "`say: 1` once, or add a speaker"
            )
        if step.given is not None and scenario.is_task:
            raise ValueError(f"{where}.given: one speaker answers, and has no turns before that")
        if said > MOST_TURNS:
            raise ValueError(f"{where}.say: at most {MOST_TURNS:,} turns of each speaker in all")
        if step.given == "persona" and number:
            raise ValueError(
                f"{where}.given: a dialogue begins with the talk that the persona had: put it first"
            )
        heard = [turn.speaker for turn in step.written] + [s.to for s in [step.show] if s]
        for name in heard:
            named(name, where)
            if scenario.speakers[name].plays == "target":
                raise ValueError(
                    f"{where}: “{name}” plays target; what it says or sees is its own affair"
                )
    planned = planned_steps(field, steps, scenario.outcomes, scenario.of_batteries)
    check_asked(field, planned, scenario.outcomes, is_task=scenario.is_task)
