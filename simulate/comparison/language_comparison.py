"""How a run talks, beside how humans talk: every language measure as a distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from simulate.comparison.estimates import compare_samples
from simulate.comparison.result import Comparison
from simulate.comparison.sample import Sample
from simulate.comparison.samples import choose_cells
from simulate.comparison.settings import Settings
from simulate.errors import StatisticsError
from simulate.measures import language
from simulate.measures.embeddings import Embedder
from simulate.reference.file import ReferenceFile
from simulate.reference.language_variables import language_variables

if TYPE_CHECKING:
    from simulate.runfile import RunReader


def compare_language(
    run: RunReader,
    file: ReferenceFile,
    *,
    cell: str | None = None,
    speakers: Sequence[str] | None = None,
    embedder: Embedder | None = None,
    settings: Settings | None = None,
) -> list[Comparison]:
    """Compare what is said in a run with what humans said, one comparison per measure.

    A measure takes part where the reference has it for the same speaker and by the same
    convention; numbers of two conventions are never compared.

    Args:
        run: an open run file.
        file: a reference with language measures, such as `persuasionforgood-language`.
        cell: label or number of the one cell that is wanted.
        speakers: whose talk; by default of all that play a user.
        embedder: for semantic diversity; without one it is left out.
        settings: draws, confidence, seed; the only baseline is a fresh human sample.

    Raises:
        StatisticsError: the reference measures none of these speakers by this convention.
    """
    cells = choose_cells(run, cell)
    wanted = speakers or [n for n, s in run.scenario.speakers.items() if s.plays == "user"]
    known = set(file.variables)
    chosen = [
        variable
        for variable in language_variables(wanted, embedder)
        if variable.name in known
        and file.variable(variable.name).variable.convention == variable.convention
    ]
    if not chosen:
        raise StatisticsError(
            f"reference {file.name} has no language measure of {', '.join(wanted)} by convention "
            f"{language.CONVENTION}; import its transcripts with `simulate reference import`"
        )
    spoken = [d for d in run.read() if d.status == "completed" and d.cell in cells]
    names = [name for name in wanted if any(v.name.startswith(f"{name}.") for v in chosen)]
    talks = ([(turn.speaker, turn.text) for turn in d.turns] for d in spoken)
    values = language.measure_dialogues(talks, names, embedder)
    fixed = replace(settings or Settings(), baselines="human", margins=None)
    counts = run.counts()
    found = []
    for variable in chosen:
        samples = []
        for c in cells:
            measured = zip(spoken, values[variable.name], strict=True)
            own = [(run.root(d.persona.id), v) for d, v in measured if d.cell == c]
            kept = [(person, v) for person, v in own if v is not None]
            sample = Sample.of_distributions(
                c.label, [[(v, 1.0)] for _, v in kept], [person for person, _ in kept]
            )
            failed, missing = counts[c.index].get("failed", 0), len(own) - len(kept)
            samples.append(replace(sample, failed=failed, missing=missing, unit=variable.unit))
        if any(sample.n for sample in samples):
            reference = file.reference(variable.name)
            found.append(compare_samples(samples, reference, outcome=variable.name, settings=fixed))
    return found
