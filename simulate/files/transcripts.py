"""Transcripts: a file or folder of JSONL, one dialogue a line as `simulate export` writes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from simulate.errors import InputError, quote, unreadable
from simulate.files.json_reading import json_of

OBJECTS = ("cell", "persona", "participants", "outcomes")
"""What is an object in a line of the JSONL export, where it is there."""


def read_transcripts(
    path: Path, error_type: type[InputError] = InputError
) -> Iterator[dict[str, Any]]:
    """Iterate over the dialogues of a JSONL file, or of all `*.jsonl` files of a folder.

    Raises:
        InputError: (as `error_type`) there is none, or a line is not a dialogue; the message has
            its line.
    """
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not files:
        raise error_type(f"{path}: there is no .jsonl file in this folder")
    for file in files:
        try:
            with file.open(encoding="utf-8") as lines:
                for number, line in enumerate(lines, start=1):
                    if line.strip():
                        yield _record(line, f"{file}:{number}", error_type)
        except (OSError, UnicodeDecodeError) as error:
            raise error_type(f"{file}: cannot be read: {unreadable(error)}") from error


def _record(line: str, where: str, error_type: type[InputError]) -> dict[str, Any]:
    record = json_of(line, where, error_type)
    if not isinstance(record, dict) or not isinstance(record.get("turns"), list):
        raise error_type(f'{where}: a dialogue needs "turns", a list')
    for turn in record["turns"]:
        if not (isinstance(turn, dict) and "speaker" in turn and isinstance(turn.get("text"), str)):
            raise error_type(f'{where}: a turn needs "speaker" and "text"')
    for name in OBJECTS:
        if not isinstance(record.get(name) or {}, dict):
            raise error_type(f'{where}: "{name}" must be an object')
    for name, outcome in (record.get("outcomes") or {}).items():
        if not isinstance(outcome or {}, dict):
            raise error_type(f'{where}: outcome {quote(name, 40)} must be an object with "value"')
    return record
