"""How a run talks, beside how humans talk: every language measure as a distribution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simulate.comparison.estimates import compare_samples
from simulate.comparison.result import Comparison
from simulate.comparison.sample import Sample
from simulate.comparison.samples import choose_cells
from simulate.comparison.settings import Settings
from simulate.errors import StatisticsError
from simulate.measures import language
from simulate.measures.embeddings import Embedder
from simulate.reference import Variable
from simulate.reference.file import ReferenceFile
from simulate.reference.language_variables import language_variables

if TYPE_CHECKING:
    from simulate.runfile import RunReader
    from simulate.scenario import Cell


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
    records, places = _records(run, cells)
    names = [name for name in wanted if any(v.name.startswith(f"{name}.") for v in chosen)]
    values = language.measure_dialogues(records, names, embedder)
    fixed = replace(settings or Settings(), baselines="human", margins=None)
    found = []
    for variable in chosen:
        samples = [
            _sample(c, variable, values[variable.name], records, places[c.index], run)
            for c in cells
        ]
        if any(sample.n for sample in samples):
            reference = file.reference(variable.name)
            found.append(compare_samples(samples, reference, outcome=variable.name, settings=fixed))
    return found


def _records(
    run: RunReader, cells: Sequence[Cell]
) -> tuple[list[Mapping[str, Any]], dict[int, list[int]]]:
    """Return the completed dialogues, and by cell which of them are its own."""
    by_levels = {tuple(c.levels.items()): c.index for c in cells}
    places: dict[int, list[int]] = {c.index: [] for c in cells}
    records: list[Mapping[str, Any]] = []
    for record in run.dialogues():
        index = by_levels.get(tuple(record["cell"].items()))
        if record["status"] == "completed" and index is not None:
            places[index].append(len(records))
            records.append(record)
    return records, places


def _sample(
    cell: Cell,
    variable: Variable,
    values: Sequence[float | None],
    records: Sequence[Mapping[str, Any]],
    places: Sequence[int],
    run: RunReader,
) -> Sample:
    kept = [(at, v) for at in places if (v := values[at]) is not None]
    failed = run.counts()[cell.index].get("failed", 0)
    missing = len(places) - len(kept)
    people = [records[at]["persona"]["id"] for at, _ in kept]
    sample = Sample.of_distributions(cell.label, [[(v, 1.0)] for _, v in kept], people)
    return replace(sample, failed=failed, missing=missing, unit=variable.unit)
