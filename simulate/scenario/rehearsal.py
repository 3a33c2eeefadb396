"""Each template of a scenario is rendered before a model is called, for each sort of person."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from simulate.errors import InputError
from simulate.files.template_data import filled_data
from simulate.files.templates import render
from simulate.population import Partners, Persona, Population
from simulate.scenario.cell import Cell
from simulate.scenario.computing import rehearse_rule
from simulate.scenario.frame import framed
from simulate.scenario.layout import filled, instructions_of, patience, sent, template_values
from simulate.scenario.own_talk import fitting
from simulate.scenario.partners import partners_of, rehearse_partners
from simulate.scenario.reserved_names import JUDGE, check_names
from simulate.scenario.right_answers import check_items, with_answers
from simulate.scenario.row_rehearsal import rehearse_rows
from simulate.scenario.scenario import Scenario
from simulate.scenario.tasks import outcome_task, turn_task
from simulate.verbalized import METHODS, Ask, MethodSpec, Task

Part = Callable[[Persona, Mapping[str, Persona]], object]
"""Renders something of a cell for the first user's persona and those of the others, and returns it,
or raises."""


def rehearse(
    scenario: Scenario,
    population: Population | None,
    populations: Mapping[str, Population] | None = None,
) -> None:
    """Render every template of every cell that can be played, for each sort of person once.

    That is one persona of a population of marginals, and each row of a table that differs from the
    others in what templates read; of each speaker.

    Raises:
        InputError: a template has an error or uses a variable that is not there; the message
            begins with the field.
    """
    persona = population.sample(1, 0)[0] if population else Persona("")
    partners = partners_of(scenario, population, populations or {})
    rehearse_partners(population, partners)
    personas = Partners(0, population, partners, [[persona]]).beside(persona)
    check_names(scenario)
    scenario, _ = fitting(scenario, population)
    check_items(scenario, population)
    scenario.design.check_people(population)
    parts = [part for cell in scenario.cells() for part in parts_of(scenario, cell)]
    try:
        for part in parts:
            part(persona, personas)
    except InputError as error:
        raise InputError(f"{error}{_row_of(population, persona)}") from None
    if population is not None:
        rehearse_rows(population, [partial(_of_first, part, personas) for part in parts])
    for name, partner in partners.items():
        of_speaker = [partial(_of, name, part, persona, personas) for part in parts]
        rehearse_rows(partner.population, of_speaker)


def _row_of(population: Population | None, persona: Persona) -> str:
    """Return, for a message, which row of a table stood for all; nothing where there is none."""
    if population is None:
        return ""
    rows = (row for row in population.personas if row.id == persona.id)
    return next((f"; rehearsed with {population.place(row)}" for row in rows), "")


def _of_first(part: Part, personas: Mapping[str, Persona], who: Persona) -> object:
    return part(who, personas)


def _of(
    name: str, part: Part, first: Persona, personas: Mapping[str, Persona], who: Persona
) -> object:
    return part(first, {**personas, name: who})


def parts_of(scenario: Scenario, cell: Cell) -> Iterator[Part]:
    """Iterate over what of a cell is rendered for a persona, each by itself."""

    def speaks(name: str, who: Persona, others: Mapping[str, Persona]) -> object:
        values, speaker = template_values(cell, who, name, others), cell.speakers[name]
        opens = name == scenario.order()[0] and cell.talks
        return (
            filled(scenario.turns.opening, values, "turns.opening") if opens else None,
            instructions_of(cell, name, values),
            patience(speaker, values, name),
            sent(speaker, values, name, ""),
        )

    def replies(name: str, who: Persona, others: Mapping[str, Persona]) -> object:
        values = template_values(cell, who, name, others)
        task = turn_task(scenario, cell, name, values)
        return task, _prompted(cell.speakers[name].method, task, f"speakers.{name}")

    def is_told(
        name: str, text: str, where: str, who: Persona, others: Mapping[str, Persona]
    ) -> object:
        return filled(text, template_values(cell, who, name, others), where)

    def is_measured(name: str, who: Persona, others: Mapping[str, Persona]) -> object:
        outcome = with_answers(scenario.outcomes[name], name, cell, who)
        if computed := outcome.computed:
            values = template_values(cell, who, computed.speaker or JUDGE, others)
            rehearse_rule(outcome, name, scenario.outcomes, values)
        if asked := outcome.asked:
            values = template_values(cell, who, asked.speaker, others)
            filled(asked.question, values, f"outcomes.{name}.asked.question")
            question = framed(asked, values, "after", name)
            task = outcome_task(scenario, cell, asked.speaker, outcome, question)
            return task, _prompted(cell.method_of(outcome), task, f"outcomes.{name}.asked")
        return None

    def is_checked(text: str, where: str, who: Persona, others: Mapping[str, Persona]) -> object:
        return render(text, template_values(cell, who, JUDGE, others), where)

    for name in cell.speakers:
        yield partial(speaks, name)
        if cell.talks:
            yield partial(replies, name)
    field, steps = scenario.steps_of(cell.levels)
    for number, step in enumerate(steps):
        texts = [(turn.speaker, turn.text) for turn in step.written]
        texts += [(show.to, show.text) for show in [step.show] if show is not None]
        for name, text in texts:
            yield partial(is_told, name, text, f"{field}.{number}")
    for name, outcome in scenario.outcomes.items():
        yield partial(is_measured, name)
        if outcome.judged:
            where = f"outcomes.{name}.judged.question"
            yield partial(is_told, JUDGE, outcome.judged.question, where)
    if scenario.tool_state:
        yield lambda who, others: filled_data(
            scenario.tool_state, template_values(cell, who, JUDGE, others), "tool_state"
        )
    for name, check in scenario.checks.items():
        for field, template in check.templates().items():
            yield partial(is_checked, template, f"checks.{name}.{field}")


def _prompted(method: MethodSpec, task: Task, field: str) -> list[Ask]:
    """Return the first prompt of a method, or of each part of a mixture, where it begins with one.

    Raises:
        InputError: one cannot be rendered, or cannot be used for the task.
    """
    if wrong := method.unfit(task.value_schema):
        raise InputError(f"{field}.method: {wrong}")
    found: list[Ask] = []
    for name, each in zip(method.parts or ("",), method.asking, strict=True):
        try:
            first = next(METHODS[each.name](each, task))
        except InputError as error:
            part = f".parts.{name}.method" if name else ""
            raise InputError(f"{field}.method{part}.prompt: {error}") from None
        found += [first] if isinstance(first, Ask) else []
    return found
