"""`transcripts`: dialogues of people as JSONL, one a line as `simulate export` writes it."""

from __future__ import annotations

from typing import Any

from simulate.errors import ReferenceDataError
from simulate.files.transcripts import read_transcripts
from simulate.measures.language import BOTH
from simulate.reference.file import ReferenceFile
from simulate.reference.importing import HumanData, Importing
from simulate.reference.language_variables import measured_language
from simulate.reference.transcripts import outcomes_of, speakers_of


def from_transcripts(asked: Importing) -> HumanData:
    """Read a file or a folder of dialogues: their outcomes, and how their speakers talk.

    Raises:
        ReferenceDataError: there is no dialogue, or a line is none.
    """
    return of_records(
        list(read_transcripts(asked.path, ReferenceDataError)), asked, asked.path.stem
    )


def of_records(records: list[dict[str, Any]], asked: Importing, name: str) -> HumanData:
    """Return the human data of dialogues in the form of the JSONL export.

    Raises:
        ReferenceDataError: there is no dialogue.
    """
    path = asked.path
    if not records:
        raise ReferenceDataError(f"{path}: there is no dialogue in it")
    measured = outcomes_of(list(records), path)
    speakers = (*speakers_of(records), BOTH)
    if asked.language or not measured:
        measured += measured_language(records, speakers, asked.embedder, asked.topic)
    title = f"{len(records):,} dialogues of {path.name}"
    source = asked.source or path.name
    return HumanData(ReferenceFile(name, title, source, asked.licence, tuple(measured)), records)


IMPORTER = from_transcripts
