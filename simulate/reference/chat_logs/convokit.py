"""Utterances of a ConvoKit corpus; see `simulate.reference.importers.convokit`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from simulate.errors import ReferenceDataError
from simulate.population import Value
from simulate.reference.chat_logs.json_values import OddValueError
from simulate.reference.chat_logs.logged import Format, LoggedDialogue, Place, attributes_of
from simulate.reference.chat_logs.messages import Message
from simulate.reference.folding import SingleTurn
from simulate.reference.importers.convokit import CONVERSATIONS, known_of, utterance
from simulate.verbalized import storable

ROLE = ("speaker", "role")
"""Fields of the meta of an utterance or a speaker that say the speaker's role."""
SPEAKERS = ("speakers.json", "users.json")
NO_ATTRIBUTES = (*ROLE, "plays", "persona", "cluster")


class _Said(NamedTuple):
    time: float | None
    role: str
    turn: SingleTurn
    place: Place


class ConvoKit(Format):
    """A corpus: an utterance a line, and beside it what is known of speakers and conversations."""

    name = "ConvoKit utterances"

    def __init__(self) -> None:
        self._said: dict[tuple[str, str], list[_Said]] = {}
        self._known: dict[tuple[Path, tuple[str, ...]], dict[str, dict[str, Any]]] = {}

    def fits(self, value: Any) -> bool:
        """Tell whether a value is an utterance."""
        return (
            isinstance(value, dict)
            and bool({"conversation_id", "root"} & value.keys())
            and bool({"speaker", "user"} & value.keys())
            and "text" in value
        )

    def take(self, value: Any, place: Place) -> Iterable[LoggedDialogue]:
        """Keep an utterance until all of its conversation is read."""
        try:
            time, turn = utterance(value, None)
        except ReferenceDataError as error:
            raise OddValueError(str(error)) from None
        about = {**self._beside(place.file, SPEAKERS).get(turn.speaker, {}), **turn.known}
        role = next((r for n in ROLE if isinstance(r := about.get(n), str) and r), turn.speaker)
        said = _Said(time, storable(role), turn, place)
        self._said.setdefault((place.file, turn.dialogue), []).append(said)
        return ()

    def rest(self) -> Iterable[LoggedDialogue]:
        """Return the conversations, in the order of their first utterances."""
        for (file, conversation), said in self._said.items():
            if all(each.time is not None for each in said):
                said.sort(key=lambda each: each.time or 0.0)  # those of one moment stay in order
            messages = tuple(
                Message(e.role, (storable(e.turn.text),) if e.turn.text.strip() else ())
                for e in said
            )
            yield LoggedDialogue(
                min(each.place for each in said),
                messages,
                storable(conversation),
                attributes=attributes_of(self._beside(file, CONVERSATIONS).get(conversation)),
                of_people=all(each.role == each.turn.speaker for each in said),
                people={
                    e.role: (storable(e.turn.speaker), self._attributes(file, e.turn.speaker))
                    for e in reversed(said)
                },
            )

    def _attributes(self, file: str, speaker: str) -> dict[str, Value]:
        return attributes_of(self._beside(file, SPEAKERS).get(speaker), NO_ATTRIBUTES)

    def _beside(self, file: str, names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
        """Return what stands beside a file of utterances, by id."""
        where = (Path(file).parent, names)
        if where not in self._known:
            self._known[where] = known_of(*where)
        return self._known[where]
