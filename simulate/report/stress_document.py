"""A stress test as a document, for the terminal, pages and Markdown alike.

Gates and rates come first, the failing checks before the others. What was said in failing dialogues
is folded on a page, since users may be there to attack.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from simulate.errors import first_of, quote
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
from simulate.report.tables import percent, percent_ends, proportion_words
from simulate.runfile import Examined
from simulate.runfile.faults import TARGET
from simulate.scenario.reserved_names import RESPONDS
from simulate.statistics.importance import WeightedRate
from simulate.stress.analysis import Analysis, CellAnalysis, Version
from simulate.stress.cases.regression import Kept
from simulate.stress.failures import FailedTurn, Failures, Spoken
from simulate.stress.gate import Gates
from simulate.stress.rates import Rate, Tally
from simulate.terminal.safe_text import counted

Form = Literal["page", "summary", "terminal"]
"""A page has the figure, whole dialogues and how to read it; a terminal its gates at the end."""

MOST_GROUPS = 5
OF_WHOM = (
    "Stated-weighted: of simulated users, as the model that plays them states their replies, with "
    "the shares that the population assumes. Real users may differ."
)
OF_WHICH = (
    "The rate of a check is of the dialogues in which it applied; that of any check, which a gate "
    "holds, of all decided dialogues."
)
HOW = (
    (
        "as drawn",
        "Share of the decided dialogues that fail, with Wilson's interval; people, not dialogues, "
        "are the units. Of any check, which a gate holds, it is of all decided dialogues; of a "
        "single check of those in which it applied.",
    ),
    (
        "undecided",
        "A check that cannot tell, or that could not be carried out, is neither a pass nor a "
        "fail. Below the rate stand its bounds: if all of these passed, and if all failed.",
    ),
    (
        "did not apply",
        "Dialogues in which there was nothing for the check to look at, as what it comes after was "
        "never said. They are in no rate of this check.",
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


def stress_document(
    analysis: Analysis,
    gates: Gates,
    *,
    shown: Sequence[Examined] = (),
    kept: Sequence[Kept] = (),
    form: Form = "page",
) -> Document:
    """Return the result of a stress test.

    Args:
        analysis: the result.
        gates: what it is held against.
        shown: dialogues that a page shows whole.
        kept: failures that were shrunk.
        form: where it is shown.
    """
    whole = form == "page"
    gated = list(_gates(gates))
    lead: list[Block] = [] if form == "terminal" else [*gated]
    lead += [Paragraph(_headline(cell, analysis.taken), "headline") for cell in analysis.cells]
    lead += [Paragraph(caution, "note") for caution in analysis.cautions]
    if whole:
        lead.append(Figure(_finding(analysis), "", lambda width: failure_rates(analysis, width)))
    sections = [
        *(part for cell in analysis.cells for part in _cell(analysis, cell, whole=whole)),
        *map(_version, analysis.versions),
    ]
    if kept:
        said: Block = Facts(tuple(map(_kept, kept)))
        said = Fold("What users who attack said", (said,)) if analysis.attack else said
        sections.append(section("Shrunk failures", said))
    if shown:
        sections.append(section("Typical failing dialogues, whole", *map(_example, shown)))
    if whole:
        how = ((analysis.taken, HOW[0][1]), *HOW[1 : 3 if analysis.given else None])
        means = Fold("What the columns mean", (Facts(how),))
        sections.append(section("How to read this", means))
    confidence = f"intervals {100 * analysis.confidence:.0f} %"
    told = f"Run {analysis.run_id}, seed {analysis.seed}, {confidence}."
    sections.append(section("How it was computed", Paragraph(told)))
    if gated and form == "terminal":
        sections.append(section("", *gated))
    what = "Past chat logs" if analysis.given else "Stress test"
    return Document(f"{what}: {analysis.scenario}", tuple(lead), tuple(sections))


def _gates(gates: Gates) -> Iterator[Paragraph]:
    """Yield what is said of each gate."""
    for label, gate in gates.rates:
        where = f"{label}: " if len(gates.rates) > 1 else ""
        yield Paragraph(f"Gate {where}{gate.sentence}", "passed" if gate.passed else "failed")
    for sentence in gates.worse:
        yield Paragraph(f"Against the baseline: {sentence}", "failed")


def _headline(cell: CellAnalysis, taken: str) -> str:
    """Return how many dialogues of a cell fail, and by which check most do."""
    label = "" if cell.label == "all" else f"{cell.label}: "
    found = cell.rates.any.drawn.failed
    if found.value is None:
        return f"{label}no dialogue with {cell.target} is decided."
    said = f"{label}{found.hits:,} of {found.n:,} decided dialogues with {cell.target} fail a check"
    said += f" ({proportion_words(found)} {taken})"
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


def _cell(analysis: Analysis, cell: CellAnalysis, *, whole: bool) -> Iterator[Section]:
    label = "" if cell.label == "all" else f"{cell.label} · "
    of = f" of {cell.planned:,} planned" if cell.ended < cell.planned else ""
    played = counted(cell.rates.dialogues, "dialogue")
    personas = counted(cell.rates.personas, "user" if analysis.given else "persona")
    of_whom = f" of {analysis.population}" if analysis.population else ""
    tallies = [rate.drawn for rate in cell.rates.checks]
    notes = [OF_WHOM] if cell.rates.any.stated_weighted.value is not None else []
    notes += [OF_WHICH] if any(tally.not_applied for tally in tallies) else []
    lines = _simulator_lines(cell, stated=analysis.given is None)
    yield section(
        f"{label}{'' if analysis.given else 'target '}{cell.target}",
        Paragraph(f"{played}{of} with {personas}{of_whom}."),
        _rates(analysis, cell, whole=whole),
        *(Paragraph(note, "note") for note in notes),
        Items(tuple(lines)) if lines else None,
    )
    if cell.failures:
        title = "Failures of each check, and the turns that fail"
        each = (_failures(found, analysis.owasp.get(found.check)) for found in cell.failures)
        yield section(title, *each, level=3)
    if found := _groups(cell):
        groups: Block = Items(tuple(found))
        groups = Fold("By kinds of users who attack", (groups,)) if analysis.attack else groups
        yield section("Groups with more failures than the rest", groups, level=3)


def _rates(analysis: Analysis, cell: CellAnalysis, *, whole: bool) -> Table:
    found = cell.rates
    confidence = f"[{100 * analysis.confidence:.0f} %]"
    several = f"{found.several:,} break several checks" if found.several else ""
    rows = [_row("any check", found.any, several)]
    if found.simulator_faults:
        rows.append(_row("any check, without simulator faults", found.any_without_simulator_faults))
    quiet = list(range(1, len(rows)))
    rows += [
        _row(rate.check, rate, analysis.described(rate.check) if whole else "")
        for rate in _failing_first(cell)
    ]
    tail = found.any.tail
    if tail.failed.n:
        name = "any check, of the dialogues from the tail"
        quiet.append(len(rows))
        rows.append((name, _failed(tail), _drawn(tail), "no weight leads back"))
    head = ("check", "failed", f"{analysis.taken} {confidence}", f"stated-weighted {confidence}")
    caption = "Failing dialogues of the decided ones, the failing checks first"
    width = 3 if analysis.given else 4  # of a log nothing is stated
    cut = [row[:width] for row in rows]
    return new_table(head[:width], cut, "lrrr"[:width], caption=caption, quiet=quiet)


def _row(name: str, rate: Rate, beside: str = "") -> tuple[str, ...]:
    told = f"{name}\n{beside}" if beside else name
    return told, _failed(rate.drawn), _drawn(rate.drawn), weighted_words(rate.stated_weighted)


def _failed(tally: Tally) -> str:
    """Return how many dialogues fail, and how many others are in no rate."""
    lines = [f"{tally.failed.hits:,} of {tally.failed.n:,}"]
    lines += [f"{tally.abstained:,} abstained"] if tally.abstained else []
    lines += [f"{tally.errors:,} in error"] if tally.errors else []
    lines += [f"{tally.not_applied:,} did not apply"] if tally.not_applied else []
    return "\n".join(lines)


def _drawn(tally: Tally) -> str:
    """Return the rate, and below it what it could be, were all decided."""
    said = proportion_words(tally.failed)
    if not tally.abstained + tally.errors or tally.bounds is None:
        return said
    low, high = map(percent, tally.bounds)
    return f"{said}\nbounds {low} to {high}"


def weighted_words(found: WeightedRate) -> str:
    """Return a rate under the stated probabilities, and how many dialogues it is worth."""
    if found.value is None:
        return "refused" if found.n else "–"
    worth = "" if found.effective_n is None else f" worth {found.effective_n:.0f}"
    return percent(found.value) + percent_ends(found.interval) + worth


def _simulator_lines(cell: CellAnalysis, *, stated: bool) -> list[str]:
    """Return what a reader must know of the simulator, in sentences."""
    found = cell.rates
    lines = []
    if stated and found.any.stated_weighted.refused and found.any.stated_weighted.n:
        lines.append(f"Stated-weighted rate refused: {found.any.stated_weighted.refused}.")
    if found.simulator_faults:
        by = ", ".join(f"{name} {n}" for name, n in found.simulator_checks.items())
        lines.append(
            f"The simulated user itself was at fault in {found.simulator_faults:,} of "
            f"{found.dialogues:,} dialogues ({by}); the rate without them stands in the table."
        )
    others = {fault: n for fault, n in found.faults.items() if fault != TARGET}
    if others:
        by = ", ".join(f"{fault} {n}" for fault, n in others.items())
        lines.append(f"Could not be finished, and in no rate: {by}.")
    for problem in cell.problems:
        what = (
            "The target failed to answer"
            if problem.check == RESPONDS
            else f"Check {problem.check} could not be carried out"
        )
        where = counted(problem.n, "dialogue")
        lines.append(f"{what} in {where}, such as: {quote(problem.reason, 300)}.")
    for judge in cell.judges:
        sure = [f"{judge.n:,} verdicts", f"{judge.abstained} abstained", f"{judge.errors} in error"]
        if judge.disagreement:
            sure.append(f"{percent(judge.disagreement)} of its votes disagree")
        sure.append(f"{judge.unsure} between 25 and 75 % sure")
        lines.append(f"Judge of {judge.check}: {', '.join(sure)}.")
    return lines


def _groups(cell: CellAnalysis) -> list[str]:
    """Return the persona groups that fail significantly more often than the rest.

    The worst come first, up to a number of them; then why others have no number.
    """
    lines = [group.sentence for group in cell.groups.worse[:MOST_GROUPS]]
    if names := cell.groups.protected:
        lines.append(
            f"no number by {first_of(names)}: by a protected attribute nobody is ranked, and a "
            "group has a number only beside humans of that group"
        )
    return lines


def _failures(failures: Failures, owasp: str | None) -> Fold:
    """Return how often and in which turns a check fails, and the two dialogues to read."""
    rows = tuple((what, _turn(turn)) for what, turn in failures.to_read)
    weakness = f" ({owasp})" if owasp else ""
    return Fold(f"{failures.check}{weakness}: {failures.sentence}", (Facts(rows),))


def _turn(failed: FailedTurn) -> str:
    """Return a failing turn and the message before it: where it is, why it fails, what was said."""
    where = f"dialogue {failed.dialogue}"
    where += "" if failed.turn is None else f", turn {failed.turn}"
    reason = " ".join(failed.reason[:300].split()) or "it does not hold"
    said = [
        f"  {spoken.speaker}: {quote(' '.join(spoken.text.split()), 300)}" for spoken in failed.said
    ]
    return "\n".join([f"{where}: {reason}", *said])


def _kept(kept: Kept) -> tuple[str, str]:
    """Return what a failure was shrunk to, and where its case is."""
    found = kept.shrunk
    where = f" → {kept.path}" if kept.path is not None else f" · no case: {kept.problem}"
    size = f"{len(found.before)} to {counted(len(found.after), 'message')}, {found.calls} calls"
    said = [
        f"  {quote(spoken.text, 160)}"
        + ("" if spoken.text == plain.text else f" → {quote(plain.text, 80)}")
        for spoken, plain in zip(found.unsimplified, found.after, strict=True)
    ]
    return kept.check, "\n".join([size + where, *said, *([found.note] if found.note else [])])


def _version(version: Version) -> Section:
    found = version.pairing
    rows = [
        (each.check, f"{each.n:,}", f"{each.new_only:,}", f"{each.baseline_only:,}",
         f"{each.both:,}", each.conclusion)
        for each in (found.any, *found.checks)
    ]  # fmt: skip
    head = ("check", "pairs", "only new fails", "only baseline fails", "both fail", "conclusion")
    label = f" · {version.label}" if version.label else ""
    title = f"New version against the baseline{label}"
    differ = [row.sentence for row in found.checks if row.new_only or row.baseline_only]
    if found.unpaired:
        by = ", ".join(f"{reason} {n}" for reason, n in found.unpaired.items())
        differ.append(f"left out as no pair: {by}")
    table = new_table(head, rows, "lrrrrl", caption="Pairs of dialogues")
    return section(title, table, Items((found.any.sentence, *differ)))


def _example(shown: Examined) -> Fold:
    """Return a dialogue, folded."""
    about = ", ".join(f"{name} {value}" for name, value in shown.persona.attributes.items())
    rows = tuple((said.speaker, said.text) for said in map(Spoken.of, shown.turns))
    persona = (Paragraph(about, "note"),) if about else ()
    return Fold(f"{shown.key} · persona {shown.persona.id}", (*persona, Facts(rows)))
