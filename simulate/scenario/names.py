"""By which names the speakers of a dialogue may be called before a line."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from simulate.scenario.cell import Cell
from simulate.verbalized.spoken import SpeakerNames, plain_name

NOBODY: Mapping[str, Mapping[str, object]] = {}
_ROLES: dict[str, frozenset[str]] = {
    "user": frozenset({"user", "human"}),
    "assistant": frozenset({"assistant", "ai", "chatbot", "bot"}),
}
"""Words for whoever plays a user, and for whoever does not."""
_called = lru_cache(maxsize=256)(SpeakerNames)
"""One for all dialogues whose speakers are called alike, as nearly all of a run are."""


def speaker_names(
    cell: Cell,
    speaker: str,
    persona: Mapping[str, object],
    personas: Mapping[str, Mapping[str, object]] = NOBODY,
) -> SpeakerNames:
    """Return what lines of a speaker's, and of the others, may be labelled with.

    Args:
        cell: the dialogue's.
        speaker: who is asked to speak.
        persona: the attributes of the persona; where one says its name, that is the user's that
            alone is this persona.
        personas: likewise, of the speakers that have a persona of their own.
    """
    names = {
        name: {plain_name(name), plain_name(each.person or name)}
        for name, each in cell.speakers.items()
    }
    users = [name for name, each in cell.speakers.items() if each.plays == "user"]
    called = {name: each.get("name") for name, each in personas.items()}
    if len(shared := [name for name in users if name not in personas]) == 1:
        called[shared[0]] = persona.get("name")
    for name, known in called.items():
        if isinstance(known, str) and known.strip():
            names[name] |= {plain_name(known), plain_name(known.split()[0])}
    own = names.pop(speaker)
    roles = _ROLES["user" if speaker in users else "assistant"]
    others = {
        role for name in names for role in _ROLES["user" if name in users else "assistant"]
    }.union(*names.values())
    if not others & _ROLES["assistant"]:
        roles |= {"assistant"}  # what chat templates call whoever answers
    return _called(frozenset(own), roles - own, frozenset(others - own - roles))
