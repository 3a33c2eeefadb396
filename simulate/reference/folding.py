"""Dialogues from single turns: rows of a table, or utterances of a corpus.

What is known of a turn can be an outcome of its dialogue. Where it is the same in each turn, the
dialogue has it once; where it goes along with the talk, such as a belief that is asked after each
turn, the dialogue has its first and its last value and, of numbers, the change between them, and
each turn keeps its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulate.errors import ReferenceDataError, quote

MOST_ROLES = 10
"""More speakers than these over all dialogues are people, and no roles."""


@dataclass(frozen=True)
class SingleTurn:
    """One turn before it is in its dialogue."""

    dialogue: str
    speaker: str
    """Their role where there are few, or their id."""
    text: str
    known: Mapping[str, Any] = field(default_factory=dict)
    """What is known of it by name; None where it is missing."""
    person: str | None = None
    """Who is behind the speaker, where the speaker is a role."""


def folded(
    turns: Sequence[SingleTurn],
    outcomes: Sequence[str],
    *,
    about: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[dict[str, Any]]:
    """Return the dialogues as in the JSONL export, in order of appearance, their turns in order.

    Args:
        turns: of all dialogues.
        outcomes: which of what is known of turns and dialogues is an outcome.
        about: what is known of each dialogue; numbers, words and truths that are no outcome, and
            are the same in each turn, are attributes of the persona.

    Raises:
        ReferenceDataError: an outcome is known of no turn and no dialogue.
    """
    speakers = {turn.speaker for turn in turns}
    are_roles = len(speakers) <= MOST_ROLES or any(turn.person for turn in turns)
    of_dialogue: dict[str, list[SingleTurn]] = {}
    for turn in turns:
        of_dialogue.setdefault(turn.dialogue, []).append(turn)
    names = dict.fromkeys(name for turn in turns for name in turn.known)
    vary = {
        name
        for name in names
        if any(len(_distinct(said, name)) > 1 for said in of_dialogue.values())
    }
    records = [
        _record(
            identity,
            said,
            [name for name in outcomes if name in vary],
            {
                name: found[0]
                for name in names
                if name not in vary and (found := _distinct(said, name))
            }
            | dict((about or {}).get(identity, {})),
            outcomes,
            are_roles=are_roles,
        )
        for identity, said in of_dialogue.items()
    ]
    known = {name for record in records for name in record["outcomes"]}
    for name in outcomes:
        if not known & {name, f"{name}.first"}:
            raise ReferenceDataError(
                f"{quote(name, 40)} is known of no turn and no dialogue; name another one"
            )
    return records


def _distinct(turns: Sequence[SingleTurn], name: str) -> list[Any]:
    """Return the different values that the turns of a dialogue have by a name."""
    found: list[Any] = []
    for turn in turns:
        value = turn.known.get(name)
        if value is not None and value not in found:
            found.append(value)
    return found


def _record(
    identity: str,
    turns: Sequence[SingleTurn],
    along: Sequence[str],
    about: Mapping[str, Any],
    outcomes: Sequence[str],
    *,
    are_roles: bool,
) -> dict[str, Any]:
    speakers = dict.fromkeys(turn.speaker for turn in turns)
    roles = {
        name: name if are_roles else f"speaker_{number}"
        for number, name in enumerate(speakers, start=1)
    }
    people = {
        roles[turn.speaker]: turn.person or turn.speaker
        for turn in turns
        if turn.person or not are_roles
    }
    measured = {name: about[name] for name in outcomes if about.get(name) is not None}
    for name in along:
        measured |= _along(name, [turn.known.get(name) for turn in turns])
    attributes = {
        name: value
        for name, value in about.items()
        if name not in outcomes and isinstance(value, str | int | float | bool)
    }
    said: list[dict[str, Any]] = [
        {
            "index": index,
            "speaker": roles[turn.speaker],
            "text": turn.text,
            "candidates": None,
            "chosen": None,
        }
        for index, turn in enumerate(turns)
    ]
    for turn, record in zip(turns, said, strict=True):
        if own := {name: turn.known[name] for name in along if turn.known.get(name) is not None}:
            record["values"] = own
    return {
        "dialogue": identity,
        "status": "completed",
        "error": None,
        "cell": {},
        "persona": {
            "id": list(people.values())[-1] if people else identity,
            "attributes": attributes,
        },
        **({"participants": people} if people else {}),
        "turns": said,
        "outcomes": {
            name: {"value": value, "candidates": None} for name, value in measured.items()
        },
    }


def _along(name: str, values: Sequence[Any]) -> dict[str, Any]:
    """Return the outcomes of a dialogue in which something goes along with the talk."""
    found = [value for value in values if value is not None]
    if not found:
        return {}
    ends = {f"{name}.first": found[0], f"{name}.last": found[-1]}
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in found)
    return ends | ({f"{name}.change": found[-1] - found[0]} if numbers else {})
