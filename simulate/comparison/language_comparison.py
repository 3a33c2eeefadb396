"""How a run talks, beside how humans talk: every language measure as a distribution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from simulate.comparison.estimates import compare_samples
from simulate.comparison.result import Comparison, Row
from simulate.comparison.sample import Sample
from simulate.comparison.samples import choose_cells
from simulate.comparison.settings import Settings
from simulate.comparison.talks import talk_of
from simulate.errors import StatisticsError
from simulate.measures import language
from simulate.measures.embeddings import Embedder
from simulate.reference import Reference
from simulate.reference.file import ReferenceFile
from simulate.reference.language_variables import language_variables, mentions
from simulate.reference.variable import Variable
from simulate.terminal.safe_text import counted

if TYPE_CHECKING:
    from simulate.runfile import RunReader
    from simulate.runfile.export_reader import DialogueExport
    from simulate.scenario import Cell


def compare_language(
    run: RunReader | DialogueExport,
    file: ReferenceFile,
    *,
    cell: str | None = None,
    speakers: Sequence[str] | None = None,
    embedder: Embedder | None = None,
    settings: Settings | None = None,
) -> list[Comparison]:
    """Compare what is said in a run with what humans said, one comparison per measure.

    A measure takes part where the reference has it for the same speaker and by the same
    convention; numbers of two conventions are never compared. The topic is what the reference
    declares it to be.

    The reference has language measures, such as `persuasionforgood-language`; speakers are by
    default all that play a user, and how long the dialogue is and when it comes to the topic is
    said of `both`; without an embedder semantic diversity is left out. The only baseline is a
    fresh human sample. Turns that were given are nobody's, and count of `both` alone.

    Raises:
        StatisticsError: the reference measures none of these speakers by this convention.
    """
    cells = choose_cells(run, cell)
    wanted = speakers or [n for n, s in run.scenario.speakers.items() if s.plays == "user"]
    topic = next((m.variable.topic for m in file.measured if m.variable.topic), None)
    known = {m.variable.name: (m.variable.convention, m.variable.topic) for m in file.measured}

    def of(names: Sequence[str]) -> list[Variable]:
        each = language_variables(names, embedder, topic)
        return [v for v in each if known.get(v.name) == (v.convention, v.topic)]

    chosen = of(wanted)
    if not chosen:
        raise StatisticsError(
            f"reference {file.name} has no language measure of {', '.join(wanted)} by convention "
            f"{language.CONVENTION}; import its transcripts with `simulate reference import`"
        )
    if speakers is None:
        names = [f"{language.BOTH}.{name}" for name in language.OF_DIALOGUE]
        chosen += [variable for variable in of([language.BOTH]) if variable.name in names]
    fixed = replace(settings or Settings(), baselines="human", margins=None)
    found = []
    for variable, samples in language_samples(run, cells, chosen, embedder, topic):
        reference = file.reference(variable.name)
        if any(sample.n for sample in samples):
            found.append(compare_samples(samples, reference, outcome=variable.name, settings=fixed))
        elif any(sample.notes for sample in samples):
            found.append(_without_numbers(samples, reference, fixed))
    return found


def language_samples(
    run: RunReader | DialogueExport,
    cells: Sequence[Cell],
    variables: Sequence[Variable],
    embedder: Embedder | None = None,
    topic: str | None = None,
) -> Iterator[tuple[Variable, list[Sample]]]:
    """Iterate over language variables, each with a sample for each cell.

    Args:
        run: whose completed dialogues are measured.
        cells: of it.
        variables: named `speaker.measure`.
        embedder: for semantic diversity.
        topic: the pattern of the topic, where a variable is about one.
    """
    spoken = [d for d in run.completed() if d.cell in cells]
    names = list(dict.fromkeys(v.name.rpartition(".")[0] for v in variables))
    talks = [talk_of(d) for d in spoken]
    values = language.measure_dialogues(talks, names, embedder, mentions(topic))
    counts = run.counts()
    for variable in variables:
        samples = []
        for c in cells:
            measured = zip(spoken, talks, values[variable.name], strict=True)
            own = [(run.root(d.persona.id), talk, v) for d, talk, v in measured if d.cell == c]
            kept = [(person, v) for person, _, v in own if v is not None]
            sample = Sample.of_distributions(
                c.label, [[(v, 1.0)] for _, v in kept], [person for person, _ in kept]
            )
            samples.append(
                replace(
                    sample,
                    failed=counts[c.index].get("failed", 0),
                    missing=len(own) - len(kept),
                    unit=variable.unit,
                    notes=_unreadable(variable.name, [talk for _, talk, v in own if v is None]),
                )
            )
        yield variable, samples


def _unreadable(variable: str, talks: Sequence[Sequence[tuple[str, str]]]) -> tuple[str, ...]:
    """Return why a variable has no value in how many of these talks."""
    speaker, _, name = variable.rpartition(".")
    every = (*language.MEASURES, language.TOPIC)
    measure = next((m for m in every if m.name == name), None)
    if measure is None:
        return ()
    turns = [language.turns_of(talk, speaker) for talk in talks]
    reasons = Counter(reason for said in turns if (reason := measure.unreadable(said)))
    each = ((reason, counted(count, "dialogue")) for reason, count in reasons.items())
    return tuple(f"not measured in {dialogues} ({reason})" for reason, dialogues in each)


def unreadable_notes(comparisons: Sequence[Comparison]) -> list[str]:
    """Return what could not be read of which cell, a line for each reason."""
    found: dict[tuple[str, str], list[str]] = {}
    for comparison in comparisons:
        for row in comparison.samples:
            for note in row.sample.notes:
                found.setdefault((row.name, note), []).append(comparison.outcome)
    lines = [f"{name}: {', '.join(outcomes)}: {note}" for (name, note), outcomes in found.items()]
    return lines + [
        f"humans: {c.outcome}: {c.reference.missing:,} of {c.reference.n + c.reference.missing:,} "
        "dialogues never mention the topic"
        for c in comparisons
        if c.variable.topic and c.reference.missing
    ]


def _without_numbers(
    samples: Sequence[Sample], reference: Reference, settings: Settings
) -> Comparison:
    """Return rows without numbers, where no sample has a value."""
    return Comparison(
        outcome=reference.variable.name,
        reference=reference,
        rows=tuple(
            Row(s.name, "sample", s, 0, failed=s.failed, missing=s.missing, notes=s.notes)
            for s in samples
        ),
        sentences=(),
        contrasts=(),
        notes=(),
        draws=settings.draws,
        confidence=settings.confidence,
        seed=settings.seed,
    )
