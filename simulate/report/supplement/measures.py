"""What was asked, and how: the outcomes with their questions, scales and frames."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from simulate.report.supplement.document import Block, Paragraph, Section, Verbatim, section
from simulate.report.supplement.document import table as new_table
from simulate.report.supplement.gathered import Gathered
from simulate.scenario import Outcome
from simulate.scenario.outcomes import WAYS
from simulate.scenario.steps import Step
from simulate.terminal.numbers import number

MOST_LEVELS = 12


def measures(known: Gathered) -> Iterator[Section]:
    """Yield the outcomes, and the steps of a dialogue."""
    outcomes = known.scenario.outcomes
    if not outcomes:
        yield section("What was measured", Paragraph("The scenario measures no outcome."))
        return
    rows = [
        (name, outcome.kind, values(outcome), way(outcome), _applies(outcome))
        for name, outcome in outcomes.items()
    ]
    blocks: list[Block] = [
        new_table(("outcome", "kind", "values", "how it is measured", "applies"), rows)
    ]
    for name, outcome in outcomes.items():
        said = getattr(outcome, way_of(outcome))
        fields = said.model_dump(mode="json", exclude_defaults=True) if said is not None else {}
        if fields:
            blocks.append(Verbatim(f"{name}: as the scenario says it", _written(fields)))
    for name, battery in known.scenario.batteries.items():
        said = battery.model_dump(mode="json", exclude_defaults=True)
        blocks.append(Verbatim(f"Battery {name}", (("", as_yaml(said)),)))
    yield section("What was asked, and how", *blocks, *_steps(known))


def _written(fields: dict[str, object]) -> tuple[tuple[str, str], ...]:
    """Return each field of a way of measuring after its name; texts as they are."""
    return tuple(
        (name, each if isinstance(each, str) else as_yaml(each)) for name, each in fields.items()
    )


def as_yaml(data: object) -> str:
    """Return something as YAML."""
    return str(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=96)).strip()


def way_of(outcome: Outcome) -> str:
    """Return the field that says how an outcome is measured."""
    return next(name for name in WAYS if getattr(outcome, name) is not None)


def way(outcome: Outcome) -> str:
    """Return in a few words how an outcome is measured."""
    if outcome.asked is not None:
        return f"asked of {outcome.asked.speaker} (frame: {outcome.asked.frame})"
    return {
        "answered": "the one turn of the task is the value",
        "judged": "a model reads the transcript and answers a question",
        "matched": "a pattern is searched for in what was said",
        "computed": "computed from other outcomes, without a model",
    }.get(way_of(outcome), way_of(outcome))


def values(outcome: Outcome) -> str:
    """Return what values an outcome can take."""
    unit = f" {outcome.unit}" if outcome.unit else ""
    if outcome.support is not None:
        low, high = outcome.support
        return f"{low:g} to {high:g}{unit}"
    if outcome.levels:
        more = len(outcome.levels) - MOST_LEVELS
        rest = f" and {more} more" if more > 0 else ""
        return "; ".join(outcome.levels[:MOST_LEVELS]) + rest
    return unit.strip() or "any"


def _applies(outcome: Outcome) -> str:
    parts = []
    if outcome.applies_if:
        conditions = (f"{name}: {as_yaml(c)}" for name, c in outcome.applies_if.items())
        parts.append("where " + "; ".join(" ".join(each.split()) for each in conditions))
    if outcome.not_applicable:
        parts.append(f"not if {outcome.not_applicable}")
    return "; ".join(parts) or "always"


def _how_asked(step: Step) -> str:
    """Return order and memory of what is asked together, where something is asked."""
    asks = step.asks
    if asks is None or len(asks.outcomes) < 2:
        return ""
    order = "random order" if asks.order == "random" else "fixed order"
    sees = "sees no other answer" if asks.remembers == "nothing" else "sees the earlier answers"
    talk = ", and so does the talk that follows" if asks.remembers == "talk" else ""
    return f" ({order}; who is asked {sees}{talk})"


def _steps(known: Gathered) -> Iterator[Block]:
    """Yield what happens in a dialogue, in order, for cells in which it differs."""
    by_steps: dict[tuple[str, ...], list[str]] = {}
    for cell in known.cells:
        told = []
        for step in cell.steps:
            if step.given is not None:
                said = "the talk of the persona" if step.given == "persona" else "turns are given"
                told.append(f"begins with what is given: {said}")
            elif step.say is not None:
                told.append(f"everybody speaks, {number(step.turns, 0)} turns each at most")
            elif step.show is not None:
                told.append(f"{step.show.to} is shown a text")
            elif step.ask is not None:
                told.append(f"measured: {', '.join(step.asked)}{_how_asked(step)}")
            else:
                told.append(as_yaml(step.model_dump(mode="json", exclude_none=True)))
        by_steps.setdefault(tuple(told), []).append(cell.label)
    rows = [
        (known.label(cells), "\n".join(f"{i}. {each}" for i, each in enumerate(told, 1)))
        for told, cells in by_steps.items()
    ]
    yield new_table(("cells", "what happens in a dialogue, in order"), rows)
