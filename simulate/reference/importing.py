"""Importing human data as a reference, with the language measures of its transcripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from simulate.errors import ReferenceDataError, quote
from simulate.measures import language
from simulate.measures.embeddings import Embedder
from simulate.reference import persuasionforgood
from simulate.reference.counting import count_values
from simulate.reference.file import Measured, ReferenceFile, save
from simulate.reference.language_variables import language_variables
from simulate.reference.registry import home
from simulate.reference.tables import reference_from_table
from simulate.reference.transcripts import (
    outcomes_of,
    person_of,
    read_transcripts,
    speakers_of,
    write_transcripts,
)

__all__ = ["KINDS", "import_data", "measured_language", "persuasionforgood_file"]

KINDS = ("persuasionforgood", "table", "transcripts")


def import_data(
    kind: str,
    path: Path,
    *,
    name: str | None = None,
    column: str | None = None,
    persona: str | None = None,
    summary: bool = False,
    out: Path | None = None,
    source: str | None = None,
    licence: str = "not stated",
    variable: Mapping[str, Any] | None = None,
    embedder: Embedder | None = None,
) -> Path:
    """Import human data and write a reference file.

    Args:
        kind: `persuasionforgood`, `table` or `transcripts`.
        path: the file or folder.
        name: name of the reference; by default the dataset's, or the file's stem.
        column: the column of a table.
        persona: the column of a table that says who gave the value.
        summary: store counts only: no persona ids and no transcripts.
        out: the file to write; by default in the folder of imported references.
        source: where the data are from.
        licence: their licence.
        variable: what is known of a table's variable: kind, unit, support, levels.
        embedder: for semantic diversity of transcripts.

    Returns:
        The path of the reference file.

    Raises:
        ReferenceDataError: an unknown kind, or data that cannot be used.
    """
    records: Sequence[Mapping[str, Any]] = ()
    match kind:
        case "persuasionforgood":
            file, records = persuasionforgood_file(path, embedder)
        case "table":
            known = {k: v for k, v in (variable or {}).items() if v is not None}
            file = reference_from_table(
                path, column, persona=persona, source=source, licence=licence, **known
            )
        case "transcripts":
            records = list(read_transcripts(path))
            file = _transcripts_file(path, records, source, licence, embedder)
        case _:
            raise ReferenceDataError(f"kind {quote(kind)} is none of {', '.join(KINDS)}")
    chosen = name or (out.stem if out else file.name)
    written = out or home() / f"{chosen}.json"
    transcripts = None
    if records and not summary:
        transcripts = written.with_name(f"{written.stem}.dialogues.jsonl")
        write_transcripts(records, transcripts)
    stored = ReferenceFile(
        chosen, file.title, file.source, file.licence, file.measured, transcripts, written
    )
    return save(stored, written, persons=not summary)


def persuasionforgood_file(
    folder: Path, embedder: Embedder | None = None
) -> tuple[ReferenceFile, list[dict[str, Any]]]:
    """Return the official release as a reference, and its dialogues as export records.

    Raises:
        ReferenceDataError: a file or a column is missing, or a value cannot be read.
    """
    dialogues = persuasionforgood.load_folder(folder)
    records = [dialogue.record() for dialogue in dialogues]
    measured = persuasionforgood.measured_outcomes(dialogues)
    measured += measured_language(records, (*persuasionforgood.ROLES, language.BOTH), embedder)
    return (
        ReferenceFile(
            "persuasionforgood",
            "PersuasionForGood: donations, pledges and language of 1,017 dialogues",
            persuasionforgood.SOURCE,
            persuasionforgood.LICENCE,
            tuple(measured),
        ),
        records,
    )


def _transcripts_file(
    path: Path,
    records: Sequence[Mapping[str, Any]],
    source: str | None,
    licence: str,
    embedder: Embedder | None,
) -> ReferenceFile:
    if not records:
        raise ReferenceDataError(f"{path}: there is no dialogue in it")
    measured = outcomes_of(list(records), path)
    measured += measured_language(records, (*speakers_of(records), language.BOTH), embedder)
    title = f"{len(records):,} dialogues of {path.name}"
    return ReferenceFile(path.stem, title, source or path.name, licence, tuple(measured))


def measured_language(
    records: Sequence[Mapping[str, Any]],
    speakers: Sequence[str],
    embedder: Embedder | None = None,
) -> list[Measured]:
    """Return the language measures of human dialogues as value counts.

    A measure that no dialogue has a value of is left out.

    Args:
        records: dialogues as in the JSONL export.
        speakers: names of speakers, and `both`.
        embedder: for semantic diversity.
    """
    values = language.measure_dialogues(records, speakers, embedder)
    found = []
    for variable in language_variables(speakers, embedder):
        given = {
            str(record.get("dialogue") or place): value
            for place, (record, value) in enumerate(
                zip(records, values[variable.name], strict=True)
            )
            if value is not None
        }
        if not given:
            continue
        person = {
            str(record.get("dialogue") or place): person_of(record, variable.speaker)
            for place, record in enumerate(records)
        }
        counted = count_values(variable, given, person, len(records) - len(given))
        found.append(
            Measured(variable, counted.values, counted.counts, counted.groups, counted.missing)
        )
    return found
