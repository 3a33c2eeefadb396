"""By which names the speakers of a dialogue may be called before a line."""

from __future__ import annotations

from collections.abc import Mapping

from simulate.scenario.cell import Cell
from simulate.verbalized.spoken import SpeakerNames, plain_name

_ROLES: dict[str, frozenset[str]] = {
    "user": frozenset({"user", "human"}),
    "assistant": frozenset({"assistant", "ai", "chatbot", "bot"}),
}
"""Words for whoever plays a user, and for whoever does not."""


def speaker_names(cell: Cell, speaker: str, persona: Mapping[str, object]) -> SpeakerNames:
    """Return what lines of a speaker's, and of the others, may be labelled with.

    Args:
        cell: the dialogue's.
        speaker: who is asked to speak.
        persona: the attributes of the persona; where one says its name, that is the user's.
    """
    names = {
        name: {plain_name(name), plain_name(each.person or name)}
        for name, each in cell.speakers.items()
    }
    users = [name for name, each in cell.speakers.items() if each.plays == "user"]
    called = persona.get("name")
    if len(users) == 1 and isinstance(called, str) and called.strip():
        names[users[0]] |= {plain_name(called), plain_name(called.split()[0])}
    own = names.pop(speaker)
    roles = _ROLES["user" if speaker in users else "assistant"]
    others = {
        role for name in names for role in _ROLES["user" if name in users else "assistant"]
    }.union(*names.values())
    if not others & _ROLES["assistant"]:
        roles |= {"assistant"}  # what chat templates call whoever answers
    return SpeakerNames(frozenset(own), roles - own, frozenset(others - own - roles))
