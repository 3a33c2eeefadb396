"""Transcripts of people: who spoke, and what they gave."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from simulate.files.writing import text_written_aside
from simulate.reference.counting import count_values
from simulate.reference.file import Measured
from simulate.reference.table_file import Column
from simulate.reference.tables import guess_variable


def write_transcripts(
    records: Iterable[Mapping[str, Any]], path: Path, *, force: bool = False
) -> None:
    """Write dialogues, one a line; see `written_aside`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with text_written_aside(path, force=force) as file:
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def speakers_of(records: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the names of all speakers, in the order in which they first speak."""
    return tuple(dict.fromkeys(str(turn["speaker"]) for r in records for turn in r["turns"]))


def person_of(record: Mapping[str, Any], speaker: str | None = None) -> str:
    """Return who is behind a dialogue.

    Args:
        record: the dialogue.
        speaker: whose person is asked for; the last one that `participants` names for `None`.

    Returns:
        The participant where `participants` names people by speaker, else the persona's id, else
        the dialogue's.
    """
    named = record.get("participants") or {}
    if named:
        return str(named.get(speaker) or list(named.values())[-1])
    return str((record.get("persona") or {}).get("id") or record.get("dialogue"))


def outcomes_of(records: list[Mapping[str, Any]], path: Path) -> list[Measured]:
    """Return every outcome of the completed dialogues as value counts; kinds are guessed."""
    done = [r for r in records if r.get("status", "completed") == "completed"]
    names = dict.fromkeys(name for r in done for name in r.get("outcomes") or {})
    found = []
    for name in names:
        given: dict[str, Any] = {}
        person: dict[str, str] = {}
        for place, record in enumerate(done):
            value = ((record.get("outcomes") or {}).get(name) or {}).get("value")
            if value is not None:
                key = str(record.get("dialogue") or place)
                given[key] = value
                person[key] = person_of(record)
        if not given:
            continue
        column = Column(path, name, list(given.values()), len(done) - len(given))
        variable = guess_variable(column)
        codes = {key: variable.encode(value) for key, value in given.items()}
        found.append(count_values(variable, codes, person, len(done) - len(given)))
    return found
