"""Read chat logs that were not made here: formats are told by content, one dialogue at a time.

What cannot be used is left out and counted by its reason, and the rest goes on: a line that is
broken, of another format than the file's first, or no dialogue; a dialogue that came before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulate.reference.chat_logs.convokit import ConvoKit
from simulate.reference.chat_logs.json_values import OddValueError, json_values
from simulate.reference.chat_logs.logged import Format, LoggedDialogue, Place
from simulate.reference.chat_logs.openai_messages import OpenAIMessages, is_message
from simulate.reference.chat_logs.otel import OpenTelemetry
from simulate.reference.chat_logs.own_jsonl import OwnJsonl
from simulate.reference.importers.convokit import UTTERANCES

MOST_REASONS = 50
"""Reasons of one file that are told apart."""
FORMATS = "simulate's JSONL, OpenAI chat messages, ConvoKit utterances, OpenTelemetry spans"


@dataclass(slots=True)
class LeftOut:
    """What of a file is left out for one reason.

    Attributes:
        file: as it was named.
        why: the reason, such as `is no JSON`.
        first: the line of the first.
        n: how many.
    """

    file: str
    why: str
    first: int
    n: int = 0


class ChatLogs:
    """Chat logs that are read one after the other; iterate once.

    Args:
        paths: files, or folders of ConvoKit corpora.

    Attributes:
        formats: what each file is, by its name, as far as it is read.
        left_out: what is left out, as far as it is read.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = [path / UTTERANCES if path.is_dir() else path for path in paths]
        self.formats: dict[str, str] = {}
        self._left_out: dict[tuple[str, str], LeftOut] = {}
        self._known: set[str] = set()
        self._messages = OpenAIMessages()
        self._kinds: tuple[Format, ...] = (OwnJsonl(), self._messages, OpenTelemetry(), ConvoKit())

    @property
    def left_out(self) -> list[LeftOut]:
        """What is left out so far, by file and reason."""
        return list(self._left_out.values())

    def leave_out(self, place: Place, why: str) -> None:
        """Count something that is left out."""
        if (place.file, why) not in self._left_out:
            of_file = sum(file == place.file for file, _ in self._left_out)
            why = why if of_file < MOST_REASONS else "is left out for yet another reason"
        found = self._left_out.setdefault((place.file, why), LeftOut(place.file, why, place.line))
        found.n += 1

    def __iter__(self) -> Iterator[LoggedDialogue]:
        """Iterate over the dialogues.

        Raises:
            ReferenceDataError: a file cannot be read at all.
        """
        for path in self.paths:
            yield from self._of_file(path)
        for kind in self._kinds:
            yield from self._new(kind.rest())

    def _of_file(self, path: Path) -> Iterator[LoggedDialogue]:
        kind: Format | None = None
        start, talk = Place(str(path), 1), list[Any]()
        for line, value, wrong in json_values(path):
            place = Place(str(path), line)
            if wrong:
                self.leave_out(place, wrong)
                continue
            if is_message(value):  # a list of messages, over several lines
                start = start if talk else place
                talk.append(value)
                continue
            of_dialogues = isinstance(value, list) and not self._messages.fits(value)
            for each in value if of_dialogues else [value]:
                found = next((k for k in self._kinds if k.fits(each)), None)
                if found is None:
                    self.leave_out(place, f"is no dialogue in a known format ({FORMATS})")
                    continue
                kind = kind or found
                if found is not kind:
                    self.leave_out(
                        place,
                        f"is of another format ({found.name}) than what the file begins with "
                        f"({kind.name}); put it into a file of its own",
                    )
                    continue
                yield from self._taken(kind, each, place)
        if talk and kind is None:
            kind = self._messages
            yield from self._taken(kind, talk, start)
        elif talk:
            self.leave_out(start, "is a message outside of a dialogue")
        self.formats[str(path)] = kind.name if kind else ""

    def _taken(self, kind: Format, value: Any, place: Place) -> Iterator[LoggedDialogue]:
        try:
            yield from self._new(kind.take(value, place))
        except OddValueError as error:
            self.leave_out(place, str(error))

    def _new(self, dialogues: Iterable[LoggedDialogue]) -> Iterator[LoggedDialogue]:
        for each in dialogues:
            if each.conversation in self._known:
                self.leave_out(each.place, "is a conversation that came before, by its id")
                continue
            if each.conversation is not None:
                self._known.add(each.conversation)
            yield each
