"""`convokit`: a corpus in the format of ConvoKit (Chang et al. 2020), a folder.

It holds `utterances.jsonl`, an utterance a line, and may hold `speakers.json`,
`conversations.json` and `corpus.json`; of these, what is known of conversations is read. Turns
stand in the order of their times where all have one, else in that of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simulate.errors import ReferenceDataError, quote, unreadable
from simulate.files.json_reading import json_of
from simulate.files.tables.encodings import decoded
from simulate.reference.folding import SingleTurn, folded
from simulate.reference.importers.transcripts import of_records
from simulate.reference.importing import HumanData, Importing

UTTERANCES = "utterances.jsonl"
CONVERSATIONS = ("conversations.json", "convos.json")


def from_corpus(asked: Importing) -> HumanData:
    """Read a corpus: its conversations, the outcomes that are named, and how people talk.

    Raises:
        ReferenceDataError: it is no corpus, or an outcome is known nowhere.
    """
    folder = asked.path if asked.path.is_dir() else asked.path.parent
    path = folder / UTTERANCES if asked.path.is_dir() else asked.path
    if not path.is_file():
        raise ReferenceDataError(f"{asked.path}: has no {UTTERANCES}; give the folder of a corpus")
    turns: list[tuple[float | None, SingleTurn]] = []
    text, _ = decoded(path, "utf-8", ReferenceDataError)
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            where = f"{path}:{number}"
            found = json_of(line, where, ReferenceDataError)
            try:
                turns.append(utterance(found, asked.speaker))
            except ReferenceDataError as error:
                raise ReferenceDataError(f"{where}: {error}") from None
    if all(time is not None for time, _ in turns):
        turns.sort(key=lambda turn: turn[0] or 0.0)
    about = known_of(folder, CONVERSATIONS)
    records = folded([turn for _, turn in turns], asked.outcomes, about=about)
    return of_records(records, asked, folder.name)


def utterance(found: Any, role: str | None) -> tuple[float | None, SingleTurn]:
    """Return when an utterance was said, where that is known, and its turn.

    Args:
        found: the utterance.
        role: what of its meta is the speaker's role; None where the speaker's id is taken.

    Raises:
        ReferenceDataError: it is none; says what is wrong with it.
    """
    if not isinstance(found, dict):
        raise ReferenceDataError(f"is {quote(repr(found)[:60], 40)} and no utterance")
    meta: dict[str, Any] = about if isinstance(about := found.get("meta"), dict) else {}
    dialogue = found.get("conversation_id", found.get("root"))
    speaker = found.get("speaker", found.get("user"))
    if isinstance(speaker, dict):
        speaker = speaker.get("id")
    said = found.get("text")
    for name, value in (("conversation_id", dialogue), ("speaker", speaker)):
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise ReferenceDataError(f"an utterance needs {quote(name)}, a name")
    if not isinstance(said, str):
        raise ReferenceDataError("an utterance needs “text”")
    if role is not None and meta.get(role) is None:
        raise ReferenceDataError(f"the meta of the utterance has no {quote(role, 40)}")
    person = str(speaker)
    time = found.get("timestamp")
    try:
        at = None if time is None else float(time)
    except (TypeError, ValueError, OverflowError):
        at = None
    turn = SingleTurn(
        str(dialogue),
        person if role is None else str(meta[role]),
        said,
        {name: value for name, value in meta.items() if name != role},
        None if role is None else person,
    )
    return at, turn


def known_of(folder: Path, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return what is known of each conversation, or speaker, by its id.

    Args:
        folder: of the corpus.
        names: which the file may have; of the first that is there.

    Raises:
        ReferenceDataError: the file is none.
    """
    path = next((folder / name for name in names if (folder / name).is_file()), None)
    if path is None:
        return {}
    try:
        found = json_of(path.read_text("utf-8"), path, ReferenceDataError)
    except (OSError, UnicodeDecodeError) as error:
        raise ReferenceDataError(f"{path}: cannot be read: {unreadable(error)}") from None
    if not isinstance(found, dict):
        raise ReferenceDataError(f"{path}: must be an object, with one by each id")
    return {
        identity: about["meta"] if isinstance(about.get("meta"), dict) else about
        for identity, about in found.items()
        if isinstance(about, dict)
    }


IMPORTER = from_corpus
