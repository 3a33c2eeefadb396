"""Whose turn it is: in order, whoever is addressed, or whom the moderator calls on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from simulate.files.shipped import prompt
from simulate.files.templates import render
from simulate.scenario.turns import Turns

Addressed = Callable[[str, str], str | None]
"""Who is addressed in a text, by whom; see `addressing`."""


class TurnOrder:
    """Whose turn it is in one dialogue, while the turns of one step are taken.

    Nobody speaks twice in a row. Where turns of `each` are counted, whoever has none left is passed
    over; and so is who is addressed, where somebody else could else not have all of theirs.

    Args:
        turns: as the scenario has them.
        order: the speakers in the order in which they take turns.
        say: how many turns the step says.
        addressed: tells who is addressed in a text.
    """

    def __init__(
        self, turns: Turns, order: Sequence[str], say: int, addressed: Addressed | None = None
    ) -> None:
        self._moderator = turns.moderator
        self._order = tuple(order)
        self._addressed = addressed
        self._counted = [name for name in order if name != turns.moderator]
        self._left = dict.fromkeys(self._counted, say) if turns.counts == "each" else None
        self._last_other: str | None = None

    def spoke(self, speaker: str) -> None:
        """Count a turn."""
        if speaker != self._moderator:
            self._last_other = speaker
            if self._left is not None:
                self._left[speaker] -= 1

    def able(self, last: str | None) -> tuple[str, ...]:
        """Return whose turn it can be after somebody's; the next one in order first.

        Args:
            last: who spoke last; None at the beginning.
        """
        if self._moderator is not None and last not in (None, self._moderator):
            return (self._moderator,)
        before = last if last in self._counted else self._last_other
        at = 0 if before is None else self._counted.index(before) + 1
        turn = [name for name in self._counted[at:] + self._counted[:at] if name != last]
        return tuple(name for name in turn if self._may(name))

    def _may(self, name: str) -> bool:
        """Tell whether a speaker has a turn left, and everybody can have theirs after it."""
        if self._left is None:
            return True
        if self._left[name] < 1:
            return False
        if self._moderator is not None:
            return True
        left = sum(self._left.values()) - 1
        return all(
            2 * each <= left + 1 if other != name else 2 * (each - 1) <= left
            for other, each in self._left.items()
        )

    def next(self, last: str, text: str, called: str | None = None) -> str | None:
        """Return whose turn it is; None where nobody has one left.

        Args:
            last: who spoke last.
            text: what was said.
            called: whom a moderator called on, where that was drawn.
        """
        able = self.able(last)
        if called not in able and self._addressed is not None:
            called = self._addressed(text, last)
        return called if called in able else able[0] if able else None


WHO_NEXT = "[Not part of the conversation]\nWhom do you call on to speak next?"
"""What a moderator is asked before its turn, where it states a distribution."""


def calling(length: str, name: str) -> str:
    """Return how long a moderator's turn is, and whom it calls on."""
    return f"{length}, calling on {name} by name at its end"


def turns_template() -> str:
    """Return the text of what speakers are told of turns."""
    return prompt("scenario", "turns", 2)


def turns_told(turns: Turns, speakers: Mapping[str, object], name: str) -> str:
    """Return what a speaker is told of how turns are taken; nothing where they go round.

    Args:
        turns: as the scenario has them.
        speakers: of the scenario.
        name: who is told.
    """
    if turns.order == "round-robin":
        return ""
    others = [each for each in speakers if each != name]
    values = {
        "order": turns.order,
        "moderator": turns.moderator,
        "name": name,
        "others": ", ".join(others),
    }
    return render(turns_template(), values, "prompt turns")
