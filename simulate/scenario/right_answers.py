"""Which answers are right in a dialogue, and what a task asks each persona of a table."""

from __future__ import annotations

from simulate.errors import InputError, quote
from simulate.files.templates import render
from simulate.measures.normalization import answer_form
from simulate.population import Persona, Population
from simulate.scenario.cell import Cell
from simulate.scenario.layout import template_values
from simulate.scenario.outcomes import Outcome
from simulate.scenario.scenario import Scenario

BETWEEN = "|"
"""What sets accepted answers apart."""


def with_answers(outcome: Outcome, name: str, cell: Cell, persona: Persona) -> Outcome:
    """Return an outcome with the answers that are right for one persona, in one cell.

    They are those of `matched.accepted`, or of `computed.when`; any other stays as it is.

    Raises:
        InputError: a template cannot be rendered, or no answer is right.
    """
    rule = outcome.matched
    if outcome.computed is not None and outcome.computed.templates:
        where = f"outcomes.{name}.computed.when"
        values = template_values(cell, persona, next(iter(cell.speakers)))
        filled = outcome.computed.filled(lambda text: render(text, values, where))
        return outcome.model_copy(update={"computed": filled})
    if rule is None or rule.accepted is None:
        return outcome
    where = f"outcomes.{name}.matched.accepted"
    values = template_values(cell, persona, next(iter(cell.speakers)))
    texts = [render(text, values, where) for text in rule.accepted]
    right = [each.strip() for text in texts for each in text.split(BETWEEN) if answer_form(each)]
    if not right:
        raise InputError(
            f"{where}: persona {quote(persona.id, 40)} has no right answer; give it one, or leave "
            "its row out"
        )
    return outcome.model_copy(update={"matched": rule.model_copy(update={"accepted": right})})


def check_items(scenario: Scenario, population: Population | None) -> None:
    """Check what a task asks each persona of a table, where it is not the same for all.

    Raises:
        InputError: a template cannot be rendered for one of them, an item has no right answer, or
            two personas are one item: asked the same, and alike in all else unless answers are
            right or wrong.
    """
    rows = population.rows if population else []
    cell = scenario.cells()[0]
    if population is None or not rows or not scenario.is_task or not cell.talks:
        return
    (speaker,) = scenario.speakers
    accepting = {n: o for n, o in scenario.outcomes.items() if o.matched and o.matched.accepted}
    requests: set[str] = set()
    items: dict[object, str] = {}
    twice = None
    for row in rows:
        prose = population.in_words(row.attributes) if row.prose is None else row.prose
        persona = Persona(row.id, dict(row.attributes), prose)
        values = template_values(cell, persona, speaker)
        request = render(scenario.turns.opening, values, "turns.opening")
        for name, outcome in accepting.items():
            with_answers(outcome, name, cell, persona)
        requests.add(request)
        item = request if accepting else (request, prose, *row.attributes.items())
        other = items.setdefault(item, row.id)
        if not request:
            raise InputError(
                f"turns.opening: persona {quote(row.id, 40)} is asked nothing; leave its row out"
            )
        if other != row.id and twice is None:
            both = f"{quote(other, 40)} and {quote(row.id, 40)}"
            twice = f"personas {both} are asked the same; leave one of the rows out"
    if twice and (accepting or len(requests) > 1):
        raise InputError(f"turns.opening: {twice}")
