"""Importing human data as a reference: each importer is one function in one module of `importers/`.

An importer reads what people gave or said, and returns it as a reference file, with the dialogues
where there are some. What was simulated elsewhere becomes a sample instead, as JSONL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from simulate.errors import ReferenceDataError, quote
from simulate.files.tables import Reading
from simulate.files.writing import refuse_if_there
from simulate.measures.embeddings import Embedder
from simulate.population import Population
from simulate.reference.file import ReferenceFile, save
from simulate.reference.home import home
from simulate.reference.people import people_beside, write_people
from simulate.reference.pseudonyms import TOLD, pseudonymous
from simulate.reference.table_columns import TableColumns
from simulate.reference.transcripts import write_transcripts
from simulate.registry import Modules, Registry, UnknownNameError


@dataclass(frozen=True)
class Importing:
    """What the user says of the data; an importer takes what it can use."""

    path: Path
    """The file or folder."""
    column: str | None = None
    """The column of a table."""
    persona: str | None = None
    """The column of a table that says who gave the value."""
    dialogue: str | None = None
    """The column of a table that says in which dialogue."""
    missing: tuple[str, ...] = ()
    """Codes of a table that stand for a missing value."""
    source: str | None = None
    licence: str = "not stated"
    variable: Mapping[str, Any] = field(default_factory=dict)
    """What is known of a table's variable: kind, unit, support, levels."""
    embedder: Embedder | None = None
    """For semantic diversity of transcripts."""
    topic: str | None = None
    """The regular expression that mentions the topic of transcripts."""
    language: bool = True
    """Whether it is measured how people talk, which takes some seconds for 1,000 dialogues."""
    weight: str | None = None
    """The column of a table that holds the weights of people."""
    reading: Reading = field(default_factory=Reading)
    """How the file of a table is to be read."""
    speaker: str | None = None
    """Of single turns: the column of the speaker; of a corpus, what of an utterance's meta."""
    text: str | None = None
    """Of single turns: the column of what was said."""
    keep_ids: bool = False
    """Whether ids of people are stored; else pseudonyms are."""

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Which columns of single turns are outcomes: `column`, which may name several."""
        names = (name.strip() for name in (self.column or "").split(","))
        return tuple(name for name in names if name)

    @property
    def columns(self) -> TableColumns:
        """What the columns of a table are."""
        named = (self.column, self.persona, self.dialogue, self.weight)
        return TableColumns(*named, self.missing, self.reading)


@dataclass(frozen=True)
class HumanData:
    """What an importer has read."""

    file: ReferenceFile
    records: Sequence[Mapping[str, Any]] = ()
    """The dialogues as in the JSONL export, where there are some."""
    people: Population | None = None
    """A table of the people who had the dialogues, by the personas' ids of `records`."""
    published: bool = False
    """Whether the ids are those of a public release, which are pseudonyms already."""


@dataclass(frozen=True)
class SimulatedDialogues:
    """What an importer has read that people neither gave nor said: a sample, and no reference."""

    name: str
    records: Sequence[Mapping[str, Any]]
    """The dialogues as in the JSONL export."""
    told: tuple[str, ...] = ()
    """What is to be told about them, in sentences."""


Importer = Callable[[Importing], HumanData | SimulatedDialogues]

IMPORTERS: Registry[Importer] = Registry(
    "importer",
    "simulate.importers",
    Modules("simulate.reference.importers", "IMPORTER", hyphens=True),
    fits=callable,
    must_be="a function",
)


def read_data(kind: str, asked: Importing) -> HumanData | SimulatedDialogues:
    """Read data with the importer of a name.

    Raises:
        ReferenceDataError: an unknown kind, or data that cannot be used.
    """
    try:
        importer = IMPORTERS[kind]
    except UnknownNameError as error:
        raise ReferenceDataError(str(error)) from None
    with IMPORTERS.blaming(kind):
        return importer(asked)


def import_data(
    kind: str,
    asked: Importing,
    *,
    name: str | None = None,
    summary: bool = False,
    out: Path | None = None,
    force: bool = False,
    tell: Callable[[str], None] | None = None,
) -> Path:
    """Import data and write a reference file; of simulated dialogues, their JSONL.

    Args:
        kind: the name of an importer, such as `table`.
        asked: the data, and what is known of them.
        name: name of the reference; by default the dataset's, or the file's stem.
        summary: store counts only: no persona ids and no transcripts.
        out: the file to write; by default in the folder of imported references.
        force: whether files that are there are replaced: the reference, its transcripts and its
            people.
        tell: is told what there is to say about ids, and about simulated dialogues.

    Returns:
        The path of the reference file, or of the JSONL, which ends in `.jsonl`.

    Raises:
        ReferenceDataError: an unknown kind, or data that cannot be used.
        InputError: a file is there already, or cannot be written.
    """
    if out is not None and not force:
        refuse_if_there(out)  # before anything is read
    if name is not None and (
        not name or name != Path(name).name or "\\" in name or name.startswith(".")
    ):
        raise ReferenceDataError(f"name: {quote(name, 40)} is no name of a file; leave out / and .")
    data = read_data(kind, asked)
    if isinstance(data, SimulatedDialogues):
        return _write_simulated(data, name, out, tell, summary=summary, force=force)
    if not (summary or asked.keep_ids or data.published) and _has_ids(data):
        file, records, people_of = pseudonymous(data.file, data.records, data.people)
        data = replace(data, file=file, records=records, people=people_of)
        if tell is not None:
            tell(TOLD)
    chosen = name or (out.stem if out else data.file.name)
    written = out or home() / f"{chosen}.json"
    transcripts = None
    if data.records and not summary:
        transcripts = written.with_name(f"{written.stem}.dialogues.jsonl")
        people = people_beside(written)
        for each in () if force else (transcripts, people, written):
            refuse_if_there(each)  # all or none of them
        write_transcripts(data.records, transcripts, force=force)
        if data.people is not None:
            write_people(data.people, transcripts, people, force=force)
    stored = replace(data.file, name=chosen, transcripts=transcripts)
    return save(stored, written, persons=not summary, force=force)


def _has_ids(data: HumanData) -> bool:
    return bool(data.records or data.people or any(each.persons for each in data.file.measured))


def _write_simulated(
    data: SimulatedDialogues,
    name: str | None,
    out: Path | None,
    tell: Callable[[str], None] | None,
    *,
    summary: bool,
    force: bool,
) -> Path:
    if summary:
        raise ReferenceDataError(
            f"{data.name}: simulated dialogues become a sample, which has no summary; leave "
            "--summary out"
        )
    written = out or home() / f"{name or data.name}.jsonl"
    if written.suffix != ".jsonl":
        raise ReferenceDataError(f"--out {written}: simulated dialogues are written as .jsonl")
    write_transcripts(data.records, written, force=force)
    for sentence in data.told if tell is not None else ():
        tell(sentence)  # type: ignore[misc]
    return written
