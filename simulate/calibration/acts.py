"""Which act the next turn is: the event that is forecast, and its levels.

The event is the annotated act of the *first sentence* of the person's next turn: what is done
next, one thing and not several, although a turn goes on. Acts of fewer than 2 % of these turns
among the people of the select split, and what the coders could not name (`other`, `off-task`), are
“none of these”, whose probability is asked for with that of the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from simulate.calibration.forecasts import NONE
from simulate.calibration.situation import Situation
from simulate.errors import StatisticsError
from simulate.reference.human_talks import HumanTalk
from simulate.reference.split import split_of
from simulate.scenario.cell import MOST_LISTED

RAREST = 0.02
"""Share of turns below which an act is one of “none of these”."""
UNNAMED = frozenset({"other", "off-task"})
"""Labels of coders for what is none of their acts."""


def levels_of(talks: Iterable[HumanTalk], situation: Situation) -> dict[str, tuple[str, ...]]:
    """Return the acts of each role that are asked for, by the alphabet, and `NONE` last.

    They are counted among people of the select split; their order tells nothing of how frequent
    they are. A role without annotated turns has none.
    """
    counts: dict[str, Counter[str]] = {role: Counter() for role in situation.roles}
    for talk in talks:
        for turn in talk.turns[1:]:
            act = turn.acts[0] if turn.acts else None
            known = turn.speaker in counts and turn.speaker in talk.people
            if act is not None and known and split_of(talk.people[turn.speaker]) == "select":
                counts[turn.speaker][act] += 1
    return {
        role: (*sorted(map(situation.in_words, named)), NONE)
        for role, count in counts.items()
        if (named := _named(count))
    }


def _named(count: Counter[str]) -> tuple[str, ...]:
    often = sorted(count.items(), key=lambda each: (-each[1], each[0]))
    found = [a for a, n in often if n >= RAREST * count.total() and a not in UNNAMED]
    return tuple(found[: MOST_LISTED - 1])


def level_of(act: str, levels: Sequence[str]) -> int:
    """Return the number of the level that an act is.

    Raises:
        StatisticsError: the levels do not end with `NONE`.
    """
    if levels[-1] != NONE:
        raise StatisticsError(f"the acts {', '.join(levels)} do not end with “{NONE}”")
    return levels.index(act) if act in levels else len(levels) - 1
