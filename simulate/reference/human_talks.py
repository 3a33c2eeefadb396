"""Dialogues that people had, with who took part, for what is computed from their turns.

They are those of `IMPORTER:PATH`, read where they lie, or the transcripts that were imported with a
reference. A turn is all that one says until the other speaks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from simulate.errors import ReferenceDataError, quote
from simulate.files.transcripts import read_transcripts
from simulate.population import Value
from simulate.reference.registry import open_reference
from simulate.reference.released import release_of
from simulate.reference.split import Split, split_sizes
from simulate.reference.transcripts import person_of, speakers_of


@dataclass(frozen=True, slots=True)
class HumanTurn:
    """All that one person says until the other speaks.

    Attributes:
        speaker: the role, such as `persuadee`.
        text: what is said.
        acts: the annotated acts of its sentences, in order; empty where it is not annotated.
    """

    speaker: str
    text: str
    acts: tuple[str, ...] = ()


@dataclass(frozen=True)
class HumanTalk:
    """One dialogue that people had.

    Attributes:
        reference: the name of the data.
        id: of the dialogue.
        turns: no two in a row of one speaker.
        people: the id of the person by role.
        attributes: what is known of each person, by role; empty for nothing.
        outcomes: what was measured of it, by name.
    """

    reference: str
    id: str
    turns: tuple[HumanTurn, ...]
    people: Mapping[str, str]
    attributes: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    outcomes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Names it among the dialogues of several references."""
        return f"{self.reference}/{self.id}"

    @property
    def annotated(self) -> bool:
        """Whether acts are annotated."""
        return any(turn.acts for turn in self.turns)


def human_records(spec: str) -> tuple[str, list[Mapping[str, Any]]]:
    """Return the name of a reference, and its dialogues as in the JSONL export.

    Args:
        spec: `IMPORTER:PATH`, or the name or path of a reference.

    Raises:
        ReferenceDataError: there is none, it cannot be used, or it has no dialogues.
    """
    if (release := release_of(spec)) is not None:
        name, records = release.file.name, list(release.records)
    else:
        file = open_reference(spec)
        name = file.name
        path = file.transcripts
        records = [] if path is None else list(read_transcripts(path, ReferenceDataError))
    if not records:
        raise ReferenceDataError(
            f"reference {quote(spec)} has no texts of dialogues; import some with `simulate "
            "reference import` (without --summary), or give persuasionforgood:FOLDER"
        )
    return name, records


@lru_cache(maxsize=4)
def human_talks(spec: str) -> tuple[HumanTalk, ...]:
    """Return the completed dialogues of a reference; see `human_records`.

    Raises:
        ReferenceDataError: there is no such reference, or it has no dialogue with a turn.
    """
    name, records = human_records(spec)
    roles = speakers_of(records)
    found = []
    for place, record in enumerate(records):
        turns = tuple(_turns(record["turns"]))
        if record.get("status", "completed") == "completed" and turns:
            found.append(_talk(name, {"dialogue": f"{place}", **record}, turns, roles))
    if not found:
        raise ReferenceDataError(f"reference {quote(spec)}: no completed dialogue has a turn")
    return tuple(found)


def _talk(
    name: str, record: Mapping[str, Any], turns: tuple[HumanTurn, ...], roles: Iterable[str]
) -> HumanTalk:
    named = record.get("personas") or {}
    known = {role: (named.get(role) or {}).get("attributes") or {} for role in roles}
    people = record.get("participants") or {}
    dialogue = str(record["dialogue"])
    return HumanTalk(
        name,
        dialogue,
        turns,
        {r: person_of(record, r) if r in people else f"{dialogue}/{r}" for r in roles},
        {role: {k: v for k, v in each.items() if v is not None} for role, each in known.items()},
        {
            outcome: each.get("value")
            for outcome, each in (record.get("outcomes") or {}).items()
            if each
        },
    )


def _turns(said: Iterable[Mapping[str, Any]]) -> Iterable[HumanTurn]:
    """Iterate over turns, of which those in a row of one speaker are one."""
    held: HumanTurn | None = None
    for turn in said:
        text, speaker = turn["text"].strip(), str(turn["speaker"])
        acts = tuple(map(str, turn.get("acts") or ()))
        if held is not None and held.speaker == speaker:
            held = HumanTurn(speaker, f"{held.text} {text}".strip(), (*held.acts, *acts))
            continue
        if held is not None and held.text:
            yield held
        held = HumanTurn(speaker, text, acts)
    if held is not None and held.text:
        yield held


def roles_split(spec: str) -> dict[str, dict[Split, int]]:
    """Return how many people of each role are on each side of the split.

    Raises:
        ReferenceDataError: see `human_talks`.
    """
    talks = human_talks(spec)
    roles = dict.fromkeys(role for talk in talks for role in talk.people)
    return {role: split_sizes(t.people[role] for t in talks if role in t.people) for role in roles}
