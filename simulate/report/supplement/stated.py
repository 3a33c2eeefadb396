"""What a scenario states, as tables: outcomes, factors, planned analysis, exclusions.

A supplement and a preregistration show the same tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from simulate.files.conditions import Between, Condition, condition_words
from simulate.files.yaml_writing import yaml_text
from simulate.report.document import Block, Items, Paragraph, Table, Verbatim
from simulate.report.document import table as new_table
from simulate.report.plan_table import factor_words
from simulate.scenario import Outcome, Scenario
from simulate.scenario.asking import Ask, PlannedAsk
from simulate.scenario.outcome_kind import OUTCOME_KINDS
from simulate.scenario.steps import Step
from simulate.terminal.safe_text import counted

MOST_LEVELS = 12
EXPLORATORY = "exploratory"


def as_yaml(data: object) -> str:
    """Return plain data as YAML."""
    return yaml_text(data).rstrip()


def outcomes_table(scenario: Scenario) -> Table:
    """Return what is measured, and how."""
    primary = scenario.analysis.is_primary
    rows = [
        (
            name,
            "primary" if primary(name) else EXPLORATORY,
            outcome.kind,
            _values(outcome),
            _way(outcome),
            _applies(outcome),
        )
        for name, outcome in scenario.outcomes.items()
    ]
    head = ("outcome", "role", "kind", "values", "how it is measured", "applies")
    return new_table(head, rows)


def questions(scenario: Scenario) -> Iterator[Block]:
    """Yield what is asked of whom, word for word."""
    waves = scenario.waves
    of_batteries = {each for name, wave in waves.items() for each in (name, *wave.items)}
    for name, outcome in scenario.outcomes.items():
        fields = _measuring(outcome)
        if fields and name not in of_batteries:
            yield Verbatim(f"{name}: as the scenario says it", _each_field(fields))
    for name, battery in scenario.batteries.items():
        said = battery.model_dump(mode="json", exclude_defaults=True)
        yield Verbatim(f"Battery {name}", (("", as_yaml(said)),))


def _measuring(outcome: Outcome) -> dict[str, object]:
    said = getattr(outcome, outcome.way)
    found: dict[str, object] = said.model_dump(mode="json", exclude_defaults=True)
    return found


def _each_field(fields: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Return each field of a way of measuring after its name; texts as they are."""
    return tuple(
        (name, each if isinstance(each, str) else as_yaml(each)) for name, each in fields.items()
    )


def _way(outcome: Outcome) -> str:
    """Return in a few words how an outcome is measured."""
    if outcome.asked is not None:
        return f"asked of {outcome.asked.speaker} (frame: {outcome.asked.frame})"
    return {
        "answered": "the one turn of the task is the value",
        "judged": "a model reads the transcript and answers a question",
        "matched": "a pattern is searched for in what was said",
        "computed": "computed from other outcomes, without a model",
    }.get(outcome.way, outcome.way)


def _values(outcome: Outcome) -> str:
    """Return what values an outcome can take."""
    unit = f" {outcome.unit}" if outcome.unit else ""
    if outcome.support is not None:
        low, high = outcome.support
        return f"{low:g} to {high:g}{unit}"
    if outcome.levels:
        more = len(outcome.levels) - MOST_LEVELS
        rest = f" and {more} more" if more > 0 else ""
        return "; ".join(outcome.levels[:MOST_LEVELS]) + rest
    words = OUTCOME_KINDS[outcome.kind].categories(outcome)
    return "; ".join(words) if words else unit.strip() or "any"


def _applies(outcome: Outcome) -> str:
    parts = []
    if outcome.applies_if:
        parts.append(f"where {_conditions(outcome.applies_if)}")
    if outcome.not_applicable:
        parts.append(f"not if {outcome.not_applicable}")
    return "; ".join(parts) or "always"


def _conditions(conditions: Mapping[str, Condition]) -> str:
    told = {name: condition_words(each) for name, each in conditions.items()}
    of_numbers = {name for name, each in conditions.items() if isinstance(each, Between)}
    return ", and ".join(
        f"{name} {said}" if name in of_numbers else f"{name} is {said}"
        for name, said in told.items()
    )


def factors_table(scenario: Scenario) -> Table | Paragraph:
    """Return what varies between cells, and who meets which levels."""
    if not scenario.factors:
        return Paragraph("There are no conditions, and one cell.")
    rows = [
        (
            each.name,
            ", ".join(each.levels),
            factor_words(each, scenario.design)
            + ("; a nuisance" if each.name in scenario.nuisance else ""),
        )
        for each in scenario.factors
    ]
    return new_table(("factor", "levels", "who meets them"), rows)


def levels(scenario: Scenario) -> Iterator[Block]:
    """Yield what each level changes, and the design word for word."""
    for name, of in scenario.conditions.items():
        changes = (
            (label, each.model_dump(mode="json", exclude_defaults=True))
            for label, each in of.items()
        )
        shown = tuple((label, as_yaml(change)) for label, change in changes)
        yield Verbatim(f"What the levels of {name} change", shown)
    if (part := scenario.design.fraction_of(scenario.conditions)) is not None:
        yield Items(tuple(part.sentences()))
    if design := scenario.design.model_dump(mode="json", exclude_defaults=True):
        yield Verbatim("The design, as the scenario says it", (("", as_yaml(design)),))


def cells_told(labels: Sequence[str], scenario: Scenario) -> str:
    """Return which cells these are, by their labels."""
    return "all cells" if len(labels) == len(scenario.cells()) > 1 else ", ".join(labels)


def course(scenario: Scenario) -> Table:
    """Return what happens in a dialogue, for cells in which it differs."""
    by_steps: dict[str, list[str]] = {}
    for cell in scenario.cells():
        told = "\n".join(f"{i}. {_step(each)}" for i, each in enumerate(cell.steps, 1))
        by_steps.setdefault(told, []).append(cell.label)
    rows = [(cells_told(labels, scenario), told) for told, labels in by_steps.items()]
    return new_table(("cells", "what happens in a dialogue, in order"), rows)


def turn_rules(scenario: Scenario) -> Verbatim | None:
    """Return who speaks when, as far as the scenario says so."""
    said = scenario.turns.model_dump(mode="json", exclude_defaults=True)
    return Verbatim("Turn rules", (("", as_yaml(said)),)) if said else None


def _step(step: Step) -> str:
    if step.given is not None:
        said = "the talk of the persona" if step.given == "persona" else "turns are given"
        return f"begins with what is given: {said}"
    if step.say is not None:
        return f"everybody speaks, {counted(step.turns, 'turn')} each at most"
    if step.show is not None:
        return f"{step.show.to} is shown a text"
    return "" if step.asks is None else _measured(step.asks)


def _measured(asks: Ask) -> str:
    """Return what is asked together, in which order, and what is remembered of it."""
    told = ", ".join(asks.outcomes)
    if len(asks.outcomes) < 2:
        return f"measured: {told}"
    order = "the same order in each dialogue"
    if isinstance(asks, PlannedAsk):
        groups = asks.groups.items()
        told = ", ".join(
            name if len(of) < 2 else f"{name} ({', '.join(of)})" for name, of in groups
        )
        order = "an order of its own in each dialogue" if asks.varies else order
    sees = "sees no other answer" if asks.remembers == "nothing" else "sees the earlier answers"
    talk = ", and so does the talk that follows" if asks.remembers == "talk" else ""
    return f"measured: {told}; {order}; who is asked {sees}{talk}"


def planned_analysis(scenario: Scenario) -> Iterator[Block]:
    """Yield the contrasts, margins and references that a scenario states."""
    rows = [
        (each.name, each.outcome, " − ".join(each.labels), each.meaning)
        for each in scenario.planned()
    ]
    if rows:
        yield new_table(("contrast", "outcome", "cells", "meaning"), rows)
    if said := scenario.analysis.model_dump(mode="json", exclude_defaults=True):
        title = "The analysis, as the scenario states it"
        yield Verbatim(title, (("", as_yaml(said)),), folded=False)
    if scenario.nuisance:
        yield Paragraph(
            f"Nuisance: {', '.join(scenario.nuisance)}. Where one of them moves the mean of an "
            "outcome by more than all other conditions do, no difference between levels of the "
            "others is claimed."
        )
    if scenario.compare:
        told = (f"outcome {name} with {ref}" for name, ref in scenario.compare.items())
        yield Paragraph(f"Compared with human data: {', '.join(told)}.")


def exclusions_table(scenario: Scenario, counts: Mapping[str, int] | None = None) -> Block:
    """Return the rules that leave completed dialogues out, and how many they do, if known."""
    if not scenario.exclude:
        return Paragraph("No rule leaves out a completed dialogue.")
    rows = []
    for name, rule in scenario.exclude.items():
        where = _conditions(rule.when)
        left_out = () if counts is None else (f"{counts.get(name, 0):,}",)
        rows.append((name, where, rule.why, *left_out))
    head = ("rule that leaves out", "where", "why")
    more = () if counts is None else ("completed dialogues left out",)
    return new_table((*head, *more), rows, "lllr")
