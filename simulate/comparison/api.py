"""`simulate.compare(run, reference=…)`: the same numbers as the command line, in Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulate.comparison.estimates import compare_samples
from simulate.comparison.humans_of_groups import CellsAsOne, cells_told_apart, humans_of
from simulate.comparison.mapped_outcomes import tuned_told
from simulate.comparison.nuisance import Claims, claims_of
from simulate.comparison.progress import Progress, untold
from simulate.comparison.reference_spec import (
    columns_of_reference,
    load_reference,
    load_respondents,
    refuse_columns,
)
from simulate.comparison.result import CellContrast, Comparison
from simulate.comparison.sample import Sample, pooled
from simulate.comparison.samples import (
    choose_cells,
    from_export,
    from_run,
    from_table,
    refuse_free_text,
    split_spec,
)
from simulate.comparison.settings import DRAWS, PlannedContrast, Settings
from simulate.errors import InputError, ReferenceDataError, StatisticsError
from simulate.files.tables import Reading
from simulate.files.transcripts import read_transcripts
from simulate.reference import Reference, Variable, open_reference
from simulate.reference.map_file import read_map
from simulate.reference.table_columns import TableColumns
from simulate.reference.table_file import is_table
from simulate.runfile.export_reader import DialogueExport, is_export
from simulate.statistics.confidence import CONFIDENCE
from simulate.verbalized.probability_map import ProbabilityMap

if TYPE_CHECKING:
    from simulate.comparison.consistency import Consistency
    from simulate.comparison.human_effects.result import HumanEffects
    from simulate.comparison.telling_apart import CellToldApart
    from simulate.reference.respondents import Respondents
    from simulate.runfile import RunReader

Source = Any  # str | Path | RunReader | Sample | sequence of numbers


def compare(
    run: Source | Sequence[Source],
    reference: str | Path | Reference | None = None,
    *,
    outcome: str | None = None,
    column: str | None = None,
    persona_column: str | None = None,
    dialogue_column: str | None = None,
    weight_column: str | None = None,
    missing: Sequence[str | float] = (),
    reading: Reading | None = None,
    human: bool = False,
    unit: str | None = None,
    cleaning: str | None = None,
    margin: float | Mapping[str, float] | None = None,
    drawn: bool = False,
    probability_map: str | Path | ProbabilityMap | None = None,
    with_excluded: bool = False,
    with_branches: bool = False,
    draws: int = DRAWS,
    confidence: float = CONFIDENCE,
    seed: int = 0,
    progress: Progress = untold,
) -> Comparison:
    """Compare simulated outcomes with human data.

    Args:
        run: a run file or a JSONL export (one row per cell), `RUN:CELL`, a table, an open
            `RunReader`, a `Sample`, or a list of these.
        reference: name of a reference, the path of a table, or a `Reference`; by default the
            one the scenario names for the outcome.
        outcome: which outcome of a run; by default the one that the scenario compares.
        column: the column of a table, be it a sample or the reference; the outcome of an export.
        persona_column: the column of a table that says who gave each value; `none` where each
            row is another person.
        dialogue_column: the column of a table that says in which dialogue; rows of one dialogue
            are its candidates where they have weights, else repeat its value; `none` where each
            row is another dialogue.
        weight_column: the column of a table that holds the weights of candidates, or of dialogues
            where each has one row.
        missing: codes of a table that stand for a missing value, such as -99; `none` among them
            says that no further value is such a code.
        reading: how the files of tables are to be read: encoding, delimiter, decimal mark, sheet.
        human: whether people gave the values of a table that is the reference.
        unit: the unit of a table's values; it must be the reference's.
        cleaning: `drop`, `clip` or `none` for human values outside the support.
        margin: distance below which a sample counts as human-like, named beforehand; for the
            primary distance, or by name of the distance. By default what the scenario of the first
            run says (`analysis.margins`).
        drawn: use drawn values only, not the verbalized distributions.
        probability_map: a map of the outcome, or its file, that the distributions go through.
        with_excluded: count the dialogues, too, that the scenario's `exclude` leaves out.
        with_branches: count branches, too; those of one dialogue are of its persona's cluster.
        draws: resamples for intervals, p-values, contrasts and floors.
        confidence: of intervals and bounds.
        seed: of all random choices.
        progress: is told how much is done, of how much, and of what: dialogues that are read,
            then distances; what it raises breaks the comparison off.

    Returns:
        The rows with their distances; `frame` is a polars frame, `to_dict()` the JSON.

    Raises:
        StatisticsError: a number is not defined for these data.
        ReferenceDataError: the reference or a table cannot be used.
        RunFileError: a run file cannot be read.
    """
    from simulate.runfile.answered_by import changes_told
    from simulate.runfile.exclusions_told import exclusions_told
    from simulate.runfile.shard import part_told
    from simulate.runfile.shared_calls import saved_calls_told

    margins = {"": float(margin)} if isinstance(margin, int | float) else margin
    codes = tuple(str(code) for code in missing)
    reading = reading or Reading()
    mapped = probability_map
    if isinstance(mapped, str | Path):
        mapped = read_map(Path(mapped))
    columns = TableColumns(column, persona_column, dialogue_column, weight_column, codes, reading)
    with ExitStack() as stack:
        opened = _opened(run, stack, with_excluded, with_branches)
        _refuse_twice(opened)
        recorded = [source for source, _ in opened if _is_run(source)]
        runs = [source for source in recorded if not isinstance(source, DialogueExport)]
        named = outcome or (compared_outcome(runs[0]) if runs else None)
        if reference is None:
            reference = _named_by(runs, named)
        tables = [source for source, _ in opened if isinstance(source, Path)]
        if column is not None and not tables and len(runs) < len(recorded):
            # Of an export, it names the outcome.
            columns = replace(columns, value=None)
        against = reference
        if not isinstance(against, Reference):
            against = load_reference(
                str(reference),
                named,
                cleaning,
                columns_of_reference(columns, str(reference), tables),
                variable=_declared(runs, named),
                unit=unit,
                human=human,
            )
        elif not tables:
            refuse_columns(columns)
        tells = (part_told, exclusions_told, changes_told, saved_calls_told)
        notes = [note for each in runs for tell in tells for note in tell(each)]
        used = [each.probability_map for each in runs] + [mapped]
        tuned = [tuned_told(each, by_run=each is not mapped) for each in used if each is not None]
        samples: list[Sample] = []
        planned: list[PlannedContrast] = []
        claims: list[Claims] = []
        levels: dict[str, tuple[Claims, Mapping[str, str]]] = {}
        for source, cell in opened:
            if isinstance(source, Sample):
                samples.append(source)
            elif isinstance(source, Path):
                samples.append(from_table(source, against.variable, columns, unit=unit))
            elif isinstance(source, DialogueExport):
                prefix = f"{_short_name(source, recorded)}: " if len(recorded) > 1 else ""
                name = _outcome_of(source, outcome or column, against.variable)
                of_cells = from_export(
                    source, name, against.variable, cell=cell, prefix=prefix, unit=unit
                )
                as_one = tuple(CellsAsOne(c.label, c.levels, (c,)) for c in source.cells)
                samples += of_cells
                named = named or name
            else:
                prefix = f"{_short_name(source, recorded)}: " if len(recorded) > 1 else ""
                name = named or against.variable.name
                asked = choose_cells(source, cell)
                people = partial(_people, source, name, reference, against, cleaning, columns)
                as_one = cells_told_apart(source, asked, people)
                of_cells = from_run(
                    source,
                    name,
                    against.variable,
                    cell=cell,
                    drawn=drawn,
                    prefix=prefix,
                    mapped=mapped,
                    progress=progress,
                )
                place = {each.index: sample for each, sample in zip(asked, of_cells, strict=True)}
                for each in as_one:
                    joined = pooled([place[c.index] for c in each.cells], prefix + each.label)
                    samples.append(replace(joined, notes=(*joined.notes, *each.notes)))
                for label, declared in source.scenario.contrasts.items():
                    if declared.outcomes and name not in declared.outcomes:
                        continue
                    a, b = (f"{prefix}{each}" for each in declared.cells)
                    planned.append(PlannedContrast(label, a, b, declared.meaning))
                    made = {each.label for each in as_one}.issuperset(declared.cells)
                    if len(as_one) == len(asked):
                        made = declared.paired(source.cells, source.scenario.design)
                    if cell is None and not made:
                        notes.append(
                            f"{prefix}contrast {label} ({' − '.join(declared.cells)}) is not made "
                            "here, where two cells are compared of the same personas; `simulate "
                            "summary` compares the means"
                        )
            if _is_run(source):
                found = claims_of(
                    source,
                    name,
                    against.variable,
                    drawn=drawn,
                    prefix=prefix,
                    mapped=mapped,
                    samples=of_cells if cell is None else None,
                )
                if found is not None:
                    claims.append(found)
                    levels |= {prefix + c.label: (found, c.levels) for c in as_one}
        if not margins and runs and named:
            margins = runs[0].scenario.analysis.distance_margins(named)
    settings = Settings(draws, confidence, seed, margins, tuple(planned))
    compared = compare_samples(
        samples, against, outcome=named, settings=settings, progress=progress
    )
    told = [found.sentence for found in claims if found.made]
    return replace(
        compared,
        notes=(*compared.notes, *told, *dict.fromkeys(notes)),
        sentences=(
            *(found.sentence for found in claims if not found.made),
            *compared.sentences,
            *dict.fromkeys(tuned),
        ),
        contrasts=tuple(each for each in compared.contrasts if _claimed(each, levels)),
        claims=tuple(claims),
    )


def _people(
    run: RunReader,
    outcome: str,
    spec: str | Path | Reference,
    against: Reference,
    cleaning: str | None,
    columns: TableColumns,
) -> Respondents | None:
    """Return who gave the values of the reference, where that is known."""
    if isinstance(spec, Reference):
        return humans_of(run, outcome, against.variable)
    try:
        return load_respondents(str(spec), against.variable, cleaning, columns)
    except InputError:
        return None


def _claimed(
    contrast: CellContrast, levels: Mapping[str, tuple[Claims, Mapping[str, str]]]
) -> bool:
    """Tell whether the nuisance conditions of the runs leave a contrast of cells standing."""
    a, b = levels.get(contrast.a), levels.get(contrast.b)
    return a is None or b is None or not any(each.withhold(a[1], b[1]) for each in (a[0], b[0]))


def compare_talk(
    run: Source | Sequence[Source],
    reference: str,
    *,
    speakers: Sequence[str] | None = None,
    embeddings: str | None = None,
    share_human_data: str | None = None,
    with_excluded: bool = False,
    draws: int = DRAWS,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> list[Comparison]:
    """Compare how the speakers of a run talk with how humans talked.

    `run` is one run file, JSONL export, `RUN:CELL` or open `RunReader`, `reference` has language
    measures, as `persuasionforgood-language` has, and `embeddings` is `offline` or `MODEL@URL`;
    `share_human_data` says why what people gave may be sent there. For the rest see `compare` and
    `language_comparison.compare_language`.

    Returns:
        One comparison per measure.

    Raises:
        StatisticsError: not exactly one run, or no measure of its speakers is in the reference.
    """
    from simulate.comparison.language_comparison import compare_language
    from simulate.models import Models

    with ExitStack() as stack:
        source, cell = one_run(run, stack, "language is", with_excluded)
        models = Models(share_human_data=share_human_data)
        embedder = models.embedder(embeddings) if embeddings else None
        models.share(source.human_data)
        return compare_language(
            source,
            open_reference(reference),
            cell=cell,
            speakers=speakers,
            embedder=embedder,
            settings=Settings(draws, confidence, seed),
        )


def compare_turns(
    run: Source | Sequence[Source],
    reference: str,
    *,
    transcripts: str | Path | None = None,
    speakers: Sequence[str] | None = None,
    with_excluded: bool = False,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> tuple[list[CellToldApart], list[Consistency]]:
    """Tell the users of a run from people, and from each other, by what they say.

    `run` is as in `compare_talk`. `transcripts` is a JSONL file or folder of human dialogues, by
    default those that the reference was imported with. For the rest see
    `telling_apart.tell_apart` and `consistency.consistency`.

    Returns:
        How well a classifier tells the users of each cell from people, nothing without
        transcripts; and how well they are recognized by how they began, people first.

    Raises:
        StatisticsError: not exactly one run, or nobody of these names speaks in the transcripts.
        ReferenceDataError: the transcripts cannot be read.
    """
    from simulate.comparison.consistency import consistency
    from simulate.comparison.telling_apart import tell_apart

    path = transcripts or open_reference(reference).transcripts
    records = list(read_transcripts(Path(path), ReferenceDataError)) if path else None
    if records == []:
        raise ReferenceDataError(f"{path}: there is no dialogue in it")
    with ExitStack() as stack:
        source, cell = one_run(run, stack, "turns are", with_excluded)
        how: dict[str, Any] = {"cell": cell, "speakers": speakers}
        how |= {"confidence": confidence, "seed": seed}
        apart = tell_apart(source, records, **how) if records else []
        return apart, consistency(source, records, **how)


def compare_effects(
    run: Source | Sequence[Source],
    reference: str | Path | None = None,
    *,
    effects: Sequence[str] = (),
    by: Sequence[str] = (),
    outcome: str | None = None,
    columns: TableColumns | None = None,
    human: bool = False,
    unit: str | None = None,
    cleaning: str | None = None,
    drawn: bool = False,
    with_excluded: bool = False,
    draws: int = DRAWS,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> HumanEffects:
    """Compare effects of conditions and traits in a run with the same effects in people.

    `run` is one run file, `RUN:CELL` or open `RunReader`. `reference` is a table of people, or the
    name of a reference that was imported with its people. `effects` are `A-B`: two levels of a
    condition, or two cells; `by` names attributes of the personas, with `TRAIT=COLUMN` where the
    human data call it something else: without effects those of the traits are compared, else how
    the effects go with them. For the rest see `compare`.

    Raises:
        StatisticsError: not exactly one run, or an effect or trait that it does not have.
        ReferenceDataError: the reference or a table cannot be used.
    """
    from simulate.comparison.human_effects.estimates import human_effects

    with ExitStack() as stack:
        source, cell = one_run(run, stack, "effects are", with_excluded)
        source = no_export(source, "has no personas with attributes and no candidates with chances")
        named = outcome or compared_outcome(source)
        spec = str(reference or _named_by([source], named))
        columns = columns_of_reference(columns or TableColumns(), spec, [])
        variable = _declared([source], named)
        against = load_reference(
            spec, named, cleaning, columns, variable=variable, unit=unit, human=human
        )
        return human_effects(
            source,
            named or against.variable.name,
            against,
            load_respondents(spec, against.variable, cleaning, columns),
            effects=effects,
            by=by,
            cell=cell,
            drawn=drawn,
            settings=Settings(draws, confidence, seed),
        )


def _outcome_of(export: DialogueExport, named: str | None, variable: Variable) -> str:
    """Return the outcome of an export that is compared: the only one, else the reference's.

    Raises:
        StatisticsError: it has several, and none is named.
    """
    if named is not None:
        return named
    have = export.outcomes
    if len(have) == 1 or variable.name in have:
        return have[0] if len(have) == 1 else variable.name
    raise StatisticsError(
        f"{export.path}: name the outcome with --outcome; it has: {', '.join(have) or 'none'}"
    )


def _short_name(run: RunReader | DialogueExport, runs: Sequence[RunReader | DialogueExport]) -> str:
    """Return the name of a run's file; its path where another one's file has the same name."""
    alike = {other.path for other in runs if other.path.stem == run.path.stem}
    return run.path.stem if len(alike) == 1 else str(run.path)


def _declared(runs: list[RunReader], outcome: str | None) -> Variable | None:
    """Return the variable that the first run declares an outcome to be."""
    found = runs[0].scenario.outcomes.get(outcome) if runs and outcome else None
    if not (outcome and found):
        return None
    refuse_free_text(outcome, found)
    return Variable.of_outcome(outcome, found)


def _is_run(source: object) -> bool:
    return hasattr(source, "outcome_rows")


def _opened(
    run: Source | Sequence[Source],
    stack: ExitStack,
    with_excluded: bool,
    with_branches: bool = False,
) -> list[tuple[Any, str | None]]:
    sources = run if isinstance(run, list | tuple) else [run]
    counted = {"with_excluded": with_excluded, "with_branches": with_branches}
    return [_open(source, stack, counted) for source in sources]


def _refuse_twice(opened: Sequence[tuple[Any, str | None]]) -> None:
    """Refuse a cell of a run that is given twice, under other names: a link, or a copy.

    Its dialogues would be compared with themselves, as if they were those of two samples. Exports
    are not looked at: two may hold different dialogues of one run.
    """
    seen: dict[tuple[str, str], Path] = {}
    for source, asked in opened:
        if not _is_run(source) or isinstance(source, DialogueExport):
            continue
        for cell in choose_cells(source, asked):
            first = seen.setdefault((source.run_id, cell.label), source.path)
            if first != source.path:
                raise StatisticsError(
                    f"{first} and {source.path} are one run (by a link, or as a copy); give "
                    "each cell of a run once"
                )


def one_run(
    run: Source | Sequence[Source], stack: ExitStack, what: str, with_excluded: bool
) -> tuple[RunReader | DialogueExport, str | None]:
    """Open the one run of which something is compared, and the cell that is wanted."""
    (source, cell), *others = [*_opened(run, stack, with_excluded), (None, None)]
    if len(others) != 1 or not _is_run(source):
        raise StatisticsError(f"{what} compared for one run at a time; give one run file")
    return source, cell


def no_export(run: RunReader | DialogueExport, lacks: str) -> RunReader:
    """Refuse an export of a run, where more of it is needed.

    Args:
        run: what was opened.
        lacks: such as `does not say how candidates were drawn`.

    Raises:
        StatisticsError: it is an export.
    """
    if isinstance(run, DialogueExport):
        raise StatisticsError(f"{run.path}: a JSONL export {lacks}; give the run file")
    return run


def _open(source: Source, stack: ExitStack, counted: Mapping[str, bool]) -> tuple[Any, str | None]:
    if isinstance(source, Sample) or _is_run(source):
        return source, None
    path, cell = split_spec(str(source))
    if is_export(path):
        return DialogueExport(path, **counted), cell
    if is_table(path):
        return path, None
    from simulate.runfile import open_run

    return stack.enter_context(open_run(path, **counted)), cell


def compared_outcome(run: RunReader) -> str:
    """Return the outcome that a run is compared on when none is named."""
    scenario = run.scenario
    for names in (list(scenario.compare), list(scenario.outcomes_by_interest)):
        if len(names) == 1:
            return names[0]
        if names:
            raise StatisticsError(
                f"{run.path} has several outcomes; name one with --outcome: {', '.join(names)}"
            )
    raise StatisticsError(f"{run.path}: scenario {scenario.scenario} measures no outcome")


def _named_by(runs: list[RunReader], outcome: str | None) -> str:
    for run in runs:
        if outcome in run.scenario.compare:
            return str(run.scenario.compare[outcome])
    raise StatisticsError(
        f"no reference for {outcome or 'a table'}: the scenario names none; name one with "
        "--reference (`simulate reference list` shows them)"
    )
