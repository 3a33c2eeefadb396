"""`turns`: a table with a row for each turn of a dialogue, of any form that tables have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulate.errors import ReferenceDataError, quote
from simulate.files.tables import Table, tell_of_table
from simulate.reference.folding import SingleTurn, folded
from simulate.reference.importers.transcripts import of_records
from simulate.reference.importing import HumanData, Importing
from simulate.reference.table_file import opened, typed_column, typed_columns

USUAL = {
    "dialogue": ("dialogue_id", "dialogue", "conversation_id", "conversation", "chat_id", "chat"),
    "speaker": ("speaker", "role", "author", "sender"),
    "text": ("text", "utterance", "message", "said"),
}
"""What columns are usually called, by what they say; in small letters."""


def from_turns(asked: Importing) -> HumanData:
    """Read a table of turns: the dialogues, the outcomes that are named, and how people talk.

    Raises:
        ReferenceDataError: the table cannot be used, a column is not named and has no usual name,
            or a row says not whose turn it is.
    """
    table = opened(asked.path, asked.columns)
    named = {"dialogue": asked.dialogue, "speaker": asked.speaker, "text": asked.text}
    plain = {name.casefold(): name for name in table.names}
    columns: dict[str, str] = {}
    for what, column in named.items():
        found = column or next((plain[name] for name in USUAL[what] if name in plain), None)
        if found is None or found not in table.columns:
            have = ", ".join(table.names)
            said = f"no column {quote(found)}" if found else f"no column called as a {what} is"
            raise ReferenceDataError(
                f"{asked.path}: there is {said}; name it with --{what}-column; it has: {have}"
            )
        columns[what] = found
    others = [name for name in table.names if name not in columns.values()]
    for name in (*asked.outcomes, *((asked.persona,) if asked.persona else ())):
        if name not in others:
            have = ", ".join(others)
            raise ReferenceDataError(
                f"{asked.path}: there is no column {quote(name)}; it has: {have}"
            )
    told = [each for name in asked.outcomes for each in _told(table, name, asked.missing)]
    tell_of_table(asked.path, (*table.told, *told))
    texts = {what: table.texts(column) for what, column in columns.items()}
    people = table.texts(asked.persona) if asked.persona else None
    known = {
        name: values
        for name, values in typed_columns(table, asked.missing).items()
        if name in others and name != asked.persona
    }
    turns: list[SingleTurn] = []
    for row in range(table.rows):
        dialogue, speaker = texts["dialogue"][row], texts["speaker"][row]
        if not dialogue or not speaker:
            what = "speaker" if dialogue else "dialogue"
            raise ReferenceDataError(
                f"{table.place(row)}: column {columns[what]} is empty; say whose turn it is, or "
                "leave the row out"
            )
        about: dict[str, Any] = {name: values[row] for name, values in known.items()}
        person = people[row] or None if people else None
        turns.append(SingleTurn(dialogue, speaker, texts["text"][row], about, person))
    return of_records(folded(turns, asked.outcomes), asked, asked.path.stem)


def _told(table: Table, name: str, codes: Sequence[str]) -> tuple[str, ...]:
    """Return what is decided about an outcome; raises where it is open."""
    return typed_column(table, name, codes)[1].told


IMPORTER = from_turns
