"""`stopped-early`: the simulated user ends the dialogue before its goal can be reached.

All of this must hold:

- the last turn is the user's, ends the dialogue by its own `ends`, was not asked for from the
  tail of what is plausible, and the user's patience had not run out;
- the scenario says by at least one check `reaches` when the goal is reached, all of them could be
  carried out, and none of them passes;
- the user took at most `FEW` turns and less than half of its patience; without a declared
  patience, it took one turn only.
"""

from __future__ import annotations

from collections.abc import Sequence

from simulate.errors import InputError
from simulate.runfile import Examined, Verdict
from simulate.scenario import patience
from simulate.stress.checks.result import Finding

FEW = 2
"""A user that took more turns has tried."""

PART = 0.5
"""The part of its patience that a user must have left unused."""


def stopped_early(dialogue: Examined, user: str, reached: Sequence[Verdict]) -> Finding | None:
    """Return the last turn, where a user gives up too early.

    `reached` is what each check `reaches` says of it; with none, nobody can tell.
    """
    last = dialogue.turns[-1] if dialogue.turns else None
    if last is None or last.speaker != user or not last.ends or last.tail or dialogue.left:
        return None
    if not reached or any(verdict != "fail" for verdict in reached):
        return None
    taken = sum(turn.speaker == user for turn in dialogue.turns)
    try:
        most = patience(dialogue.speakers[user], dialogue.values, user)
    except InputError:
        most = None
    if most is None:
        early = taken == 1
        known = "no patience declared"
    else:
        early = taken <= FEW and taken < PART * most
        known = f"patience for {most}"
    if not early:
        return None
    times = "once" if taken == 1 else f"{taken} times"
    reason = f"it ends the dialogue having spoken {times} ({known}), its goal not reached"
    return Finding("fail", reason, last.index, last.text)
