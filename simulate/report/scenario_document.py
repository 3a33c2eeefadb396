"""A scenario in words: who speaks, what is asked and measured, and which cells there are."""

from __future__ import annotations

from collections.abc import Iterator

from simulate.report.document import (
    Block,
    Document,
    Facts,
    Paragraph,
    Section,
    Verbatim,
    facts,
    section,
)
from simulate.scenario import Outcome, Scenario


def scenario_document(scenario: Scenario) -> Document:
    """Return what a scenario declares, in the order in which it happens."""
    lead: tuple[Block, ...] = tuple(
        Paragraph(text) for text in (scenario.description, scenario.source) if text
    )
    turns = scenario.turns
    how = facts(
        ("population", scenario.population),
        ("begins", turns.first),
        ("turns", f"at most {turns.maximum:,}" if not scenario.is_task else "one reply"),
        ("may end before", ", ".join(turns.may_end)),
        ("dialogues in each cell", f"{scenario.defaults.n:,}, unless -n says otherwise"),
    )
    return Document(
        f"{scenario.title or scenario.name} ({scenario.name})",
        lead,
        tuple(
            each
            for each in (
                section("How it goes", how),
                section("Speakers", *_speakers(scenario)),
                section("Cells", _cells(scenario)),
                _outcomes(scenario),
                _contrasts(scenario),
                _checks(scenario),
            )
            if each is not None
        ),
    )


def _speakers(scenario: Scenario) -> Iterator[Block]:
    for name, speaker in scenario.speakers.items():
        instructions = speaker.instructions.strip()
        yield Verbatim(
            f"{name} plays {speaker.plays}",
            ((f"{name}, plays {speaker.plays}:", instructions),),
            folded=False,
        )


def _cells(scenario: Scenario) -> Block:
    """Return the conditions with their levels, and the cells where these are something else."""
    rows = [(name, ", ".join(levels)) for name, levels in scenario.conditions.items()]
    if len(rows) != 1:
        rows.append(("cells", ", ".join(cell.label for cell in scenario.cells())))
    return Facts(tuple(rows))


def _outcomes(scenario: Scenario) -> Section | None:
    rows = []
    for name, each in scenario.outcomes.items():
        humans = scenario.compare.get(name)
        beside = f", compared with {humans}" if humans else ""
        rows.append((f"{name} ({_kind(each)}{beside})", _measured(each)))
    return section("Outcomes", Facts(tuple(rows))) if rows else None


def _kind(outcome: Outcome) -> str:
    parts = [outcome.kind, outcome.unit or ""]
    if outcome.support:
        parts.append("{:g} to {:g}".format(*outcome.support))
    if outcome.levels:
        parts.append(" / ".join(outcome.levels))
    return ", ".join(part for part in parts if part)


def _measured(outcome: Outcome) -> str:
    if outcome.asked is not None:
        return f"{outcome.asked.speaker} is asked: {outcome.asked.question.strip()}"
    if outcome.judged is not None:
        return f"a judge is asked: {outcome.judged.question.strip()}"
    return "from the dialogue itself"


def _contrasts(scenario: Scenario) -> Section | None:
    rows = tuple(
        (f"{name} ({' − '.join(each.cells)})", each.meaning.strip())
        for name, each in scenario.contrasts.items()
    )
    return section("Contrasts", Facts(rows)) if rows else None


def _checks(scenario: Scenario) -> Section | None:
    rows = tuple(
        (name, each.description.strip() or each.way) for name, each in scenario.checks.items()
    )
    return section("Checks", Facts(rows)) if rows else None
