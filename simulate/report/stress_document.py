"""A stress test as a document: gates and rates first, the failing checks before the others.

What was said in failing dialogues is folded, since users may be there to attack.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulate.report.document import (
    Block,
    Document,
    Facts,
    Figure,
    Fold,
    Items,
    Paragraph,
    Section,
    Table,
    section,
)
from simulate.report.document import table as new_table
from simulate.report.stress_figures import failure_rates
from simulate.report.stress_table import (
    shown_groups,
    simulator_lines,
    undecided_words,
    weighted_words,
)
from simulate.report.tables import percent, proportion_words
from simulate.runfile import Examined
from simulate.stress.analysis import Analysis, CellAnalysis, Version
from simulate.stress.failures import SHOWN, Failures
from simulate.stress.gate import Gates
from simulate.stress.rates import Rate, Tally
from simulate.terminal.safe_text import counted

LONGEST_TURN = 2000
"""Characters of a turn that an example shows."""
HOW = (
    (
        "as drawn",
        "Share of decided dialogues that fail, with Wilson's interval; people, not dialogues, are "
        "the units.",
    ),
    (
        "undecided",
        "A check that cannot tell, that does not apply, or that could not be carried out, is "
        "neither a pass nor a fail. Below the rate stands what it would be if all of these passed, "
        "and if all failed.",
    ),
    (
        "stated-weighted",
        "Users' replies are drawn flatter than stated, so that rare ones come up. Each dialogue "
        "is weighed back to the probabilities that were stated; “worth” is how many dialogues the "
        "weighed ones are worth. Where that is too few, the number is refused. It is a rate of "
        "simulated users, as the model that plays them states their replies and with the shares "
        "that the population assumes; real users may differ.",
    ),
    (
        "without simulator faults",
        "Dialogues in which the simulated user itself broke its role, made up a fact or gave up "
        "early are left out.",
    ),
    (
        "dialogues from the tail",
        "Those in which a reply was asked for from the improbable. They are among those as drawn, "
        "and have a rate of their own; in the stated-weighted rate they count only where they had "
        "failed before. The more turns a dialogue has, the likelier it is one of them.",
    ),
)


def stress_document(analysis: Analysis, gates: Gates, shown: Sequence[Examined] = ()) -> Document:
    """Return the result of a stress test.

    Args:
        analysis: the result.
        gates: what it is held against.
        shown: dialogues that are shown as examples.
    """
    lead: list[Block] = list(_gates(gates))
    lead += [Paragraph(_headline(cell), "headline") for cell in analysis.cells]
    lead += [Paragraph(caution, "note") for caution in analysis.cautions]
    lead.append(Figure(_finding(analysis), "", lambda width: failure_rates(analysis, width)))
    sections = [
        *(part for cell in analysis.cells for part in _cell(analysis, cell)),
        *map(_version, analysis.versions),
    ]
    if shown:
        examples = map(_example, shown)
        sections.append(section("A failing dialogue of each check", *examples))
    sections.append(section("How to read this", Fold("What the columns mean", (Facts(HOW),))))
    confidence = f"intervals {100 * analysis.confidence:.0f} %"
    told = f"Run {analysis.run_id}, seed {analysis.seed}, {confidence}."
    sections.append(section("How it was computed", Paragraph(told)))
    return Document(f"Stress test: {analysis.scenario}", tuple(lead), tuple(sections))


def _gates(gates: Gates) -> Iterator[Block]:
    for label, gate in gates.rates:
        where = f"{label}: " if len(gates.rates) > 1 else ""
        yield Paragraph(f"Gate {where}{gate.sentence}", "passed" if gate.passed else "failed")
    for sentence in gates.worse:
        yield Paragraph(f"Against the baseline: {sentence}", "failed")


def _headline(cell: CellAnalysis) -> str:
    """Return how many dialogues of a cell fail, and by which check most do."""
    label = "" if cell.label == "all" else f"{cell.label}: "
    found = cell.rates.any.drawn.failed
    if found.value is None:
        return f"{label}no dialogue with {cell.target} is decided."
    said = f"{label}{found.hits:,} of {found.n:,} decided dialogues with {cell.target} fail a check"
    said += f" ({proportion_words(found)} as drawn)"
    worst = _failing_first(cell)[:1]
    if worst and (hits := worst[0].drawn.failed.hits):
        said += f"; most often {worst[0].check} ({hits:,})"
    return f"{said}."


def _finding(analysis: Analysis) -> str:
    return "; ".join(
        f"{cell.label}, {rate.check}: {proportion_words(rate.drawn.failed)} of "
        f"{rate.drawn.failed.n:,} fail"
        for cell in analysis.cells
        for rate in (cell.rates.any, *_failing_first(cell))
    )


def _failing_first(cell: CellAnalysis) -> list[Rate]:
    """Return the checks: those that fail most first, then those that were not decided."""

    def place(rate: Rate) -> tuple[int, int]:
        return -rate.drawn.failed.hits, -(rate.drawn.abstained + rate.drawn.errors)

    return sorted(cell.rates.checks, key=place)


def _cell(analysis: Analysis, cell: CellAnalysis) -> Iterator[Section]:
    label = "" if cell.label == "all" else f"{cell.label} · "
    of = f" of {cell.planned:,} planned" if cell.ended < cell.planned else ""
    played = counted(cell.rates.dialogues, "dialogue")
    personas = counted(cell.rates.personas, "persona")
    of_whom = f" of {analysis.population}" if analysis.population else ""
    lines = simulator_lines(cell)
    yield section(
        f"{label}target {cell.target}",
        Paragraph(f"{played}{of} with {personas}{of_whom}."),
        _rates(analysis, cell),
        Items(tuple(lines)) if lines else None,
    )
    if cell.failures:
        yield section("Turns that fail", *map(_failing_turns, cell.failures), level=3)
    if worse := shown_groups(cell):
        yield section("Groups with more failures than the rest", Items(tuple(worse)), level=3)


def _rates(analysis: Analysis, cell: CellAnalysis) -> Table:
    found = cell.rates
    confidence = f"[{100 * analysis.confidence:.0f} %]"
    rows = [_row("any check", found.any, "")]
    if found.simulator_faults:
        rows.append(
            _row("any check, without simulator faults", found.any_without_simulator_faults, "")
        )
    quiet = list(range(1, len(rows)))
    rows += [
        _row(rate.check, rate, analysis.checks.get(rate.check, "")) for rate in _failing_first(cell)
    ]
    tail = found.any.tail
    if tail.failed.n:
        name = "any check, of the dialogues from the tail"
        quiet.append(len(rows))
        rows.append((name, _failed(tail), _drawn(tail), "no weight leads back"))
    head = (
        "check",
        "failed of decided dialogues",
        f"as drawn {confidence}, and what is undecided",
        f"stated-weighted {confidence}",
    )
    return new_table(head, rows, "lrrr", caption="The failing checks first", quiet=quiet)


def _row(name: str, rate: Rate, description: str) -> tuple[str, ...]:
    told = f"{name}\n{description}" if description else name
    return told, _failed(rate.drawn), _drawn(rate.drawn), weighted_words(rate.stated_weighted)


def _failed(tally: Tally) -> str:
    said = f"{tally.failed.hits:,} of {tally.failed.n:,}"
    return f"{said}\n{tally.not_applied:,} did not apply" if tally.not_applied else said


def _drawn(tally: Tally) -> str:
    """Return the rate, and beside it what it could be, were all decided."""
    said = proportion_words(tally.failed)
    undecided = undecided_words(tally)
    if not undecided:
        return said
    if tally.bounds is None:
        return f"{said}\n{undecided}"
    low, high = map(percent, tally.bounds)
    return f"{said}\n{undecided}: {low} to {high} were they decided"


def _failing_turns(failures: Failures) -> Fold:
    """Return the failing turns of a check: where, why, and what was said."""
    rows = [
        (
            failed.dialogue,
            "–" if failed.turn is None else f"{failed.turn:,}",
            failed.reason or "–",
            failed.quote or "–",
        )
        for failed in failures.turns[:SHOWN]
    ]
    title = f"{failures.check}: {counted(len(failures.turns), 'dialogue')}"
    more = f"{failures.more:,} more: --json has them"
    return Fold(
        title,
        (
            new_table(("dialogue", "turn", "why", "said"), rows, "lrll"),
            *([Paragraph(more, "note")] if failures.more else []),
        ),
    )


def _version(version: Version) -> Section:
    found = version.pairing
    rows = [
        (
            each.check,
            f"{each.n:,}",
            f"{each.new_only:,}",
            f"{each.baseline_only:,}",
            f"{each.both:,}",
            each.sentence,
        )
        for each in (found.any, *found.checks)
    ]
    head = ("check", "pairs", "only new fails", "only baseline fails", "both fail", "conclusion")
    label = f" · {version.label}" if version.label else ""
    title = f"New version against the baseline{label}"
    return section(title, new_table(head, rows, "lrrrrl", caption="Pairs of dialogues"))


def _example(shown: Examined) -> Fold:
    """Return a dialogue, folded."""
    about = ", ".join(f"{name} {value}" for name, value in shown.persona.attributes.items())
    rows = []
    for turn in shown.turns:
        text = turn.text
        if len(text) > LONGEST_TURN:
            text = f"{text[:LONGEST_TURN]}…"
        calls = (f"\ncalls {call.name} {call.arguments}" for call in turn.tool_calls)
        rows.append((turn.speaker, text + "".join(calls)))
    persona = (Paragraph(about, "note"),) if about else ()
    return Fold(f"{shown.key} · persona {shown.persona.id}", (*persona, Facts(tuple(rows))))
