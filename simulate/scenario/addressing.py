"""Who is addressed in a turn: whose name is set off in it, as in “What do you say, Ada?”.

A name counts where it stands by itself between punctuation, line breaks or the ends of the text, or
behind an @; “I agree with Ada” addresses nobody. The last one counts. Only the end of a turn is
looked at, or else its beginning, so that reading a long one takes no longer.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from simulate.verbalized.spoken import plain_name

END = 1000
"""Characters at the end of a turn in which a name is looked for."""
BEGINNING = 200
"""Likewise at its beginning, where the end addresses nobody."""
_SET_OFF = r"\n,.;:!?…—–()\[\]\"“”„«»，。；：！？、·"
_BEFORE = rf"(?:\A|[{_SET_OFF}])[\s*_'‘]{{0,4}}(?:the[ ])?"
_AFTER = rf"(?=[\s*_'’]{{0,4}}(?:[{_SET_OFF}]|\Z))"
_BETWEEN = r"[-_.\s]{1,3}"


class Addressing:
    """Tells who is addressed in a turn.

    Args:
        names: each speaker, and what it may be called.
    """

    def __init__(self, names: Mapping[str, Collection[str]]) -> None:
        self._whose: dict[str, str] = {}
        for speaker, called in names.items():
            for name in called:
                self._whose.setdefault(plain_name(name), speaker)
        longest_first = sorted(self._whose, key=lambda name: (-len(name), name))
        named = "|".join(_BETWEEN.join(map(re.escape, name.split())) for name in longest_first)
        self._called = re.compile(
            rf"@(?P<at>{named})(?!\w)|{_BEFORE}(?P<name>{named}){_AFTER}", re.IGNORECASE
        )

    def addressed(self, text: str, by: str) -> str | None:
        """Return who is addressed in a turn; None where nobody is.

        Args:
            text: the turn.
            by: who says it; its own name addresses nobody.
        """
        text = text.strip()
        for part in (text[-END:], text[:BEGINNING]):
            names = [plain_name(m["at"] or m["name"]) for m in self._called.finditer(part)]
            others = [whose for name in names if (whose := self._whose.get(name)) not in (None, by)]
            if others:
                return others[-1]
        return None
