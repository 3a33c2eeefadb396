"""Pseudonyms of people: their ids by a keyed hash whose key is not kept.

Who has the ids cannot compute the pseudonyms, as a plain hash would let them. It is no anonymity:
what a person answered and said can still tell who it was.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from simulate.population import Population
from simulate.reference.file import ReferenceFile

TOLD = (
    "ids of people and dialogues were replaced by pseudonyms (a keyed hash; its key is not kept). "
    "Pseudonyms are not anonymity: answers and texts are as they were. --keep-ids keeps the ids, "
    "which setting each simulated outcome beside that of its human needs"
)

Pseudonym = Callable[[str], str]


def pseudonyms() -> Pseudonym:
    """Return what turns ids into pseudonyms: the same id into the same one, by a key of its own."""
    key = secrets.token_bytes(32)

    def pseudonym(identity: str) -> str:
        return f"p-{hmac.digest(key, identity.encode(), hashlib.sha256).hex()[:20]}"

    return pseudonym


def pseudonymous(
    file: ReferenceFile, records: Sequence[Mapping[str, Any]], people: Population | None
) -> tuple[ReferenceFile, list[dict[str, Any]], Population | None]:
    """Return human data in which no id of a person or a dialogue is left."""
    called = pseudonyms()
    measured = tuple(
        replace(each, persons=_persons(each.persons, called)) if each.persons else each
        for each in file.measured
    )
    if people is not None:
        rows = [row.model_copy(update={"id": called(row.id)}) for row in people.personas]
        people = people.model_copy(update={"personas": sorted(rows, key=lambda row: row.id)})
    hidden = [_record(each, called) for each in records]
    hidden.sort(key=lambda each: str(each.get("dialogue")))
    return replace(file, measured=measured), hidden, people


def _persons(persons: Mapping[str, float], called: Pseudonym) -> dict[str, float]:
    """Return persons by pseudonym, sorted, so that their order does not tell who they are.

    By value first: who has the same is alike to all that is computed.
    """
    found = [(code, called(who)) for who, code in persons.items()]
    return {who: code for code, who in sorted(found)}


def _record(record: Mapping[str, Any], called: Pseudonym) -> dict[str, Any]:
    found = {**record}
    if record.get("dialogue") is not None:
        found["dialogue"] = called(str(record["dialogue"]))
    if (record.get("persona") or {}).get("id") is not None:
        found["persona"] = {**record["persona"], "id": called(str(record["persona"]["id"]))}
    if record.get("personas"):
        found["personas"] = {
            speaker: {**persona, "id": called(str(persona["id"]))} if "id" in persona else persona
            for speaker, persona in record["personas"].items()
        }
    if record.get("participants"):
        found["participants"] = {
            role: called(str(who)) for role, who in record["participants"].items()
        }
    return found
