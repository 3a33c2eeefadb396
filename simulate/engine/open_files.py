"""How many dialogues this process can play at once: each takes open files, and it may open few.

A dialogue has a connection to the host of each of its models, and whatever a session with its
target takes. Connections are kept open when it is over, so all hosts and targets count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulate.engine.target_session import AttachedTarget
from simulate.models import Models, Noticed
from simulate.models.connection import CONNECTIONS
from simulate.models.network import room_for


def dialogues_at_once(
    wanted: int, models: Models, targets: Sequence[Mapping[str, AttachedTarget]]
) -> int:
    """Return how many dialogues can be played at once, and bound the connections to each host.

    The limit of open files is raised first, as far as this process may.

    Args:
        wanted: how many are to be played at once; where they are fewer, it is told.
        models: the models of the run.
        targets: those of each cell.
    """
    attached = {id(each): each.target for cell in targets for each in cell.values()}
    of_sessions = sum(getattr(target, "open_files", 1) for target in attached.values())
    hosts = models.hosts
    if not of_sessions + hosts:
        return wanted
    room = room_for(wanted * of_sessions + hosts * max(wanted, CONNECTIONS))
    at_once = min(wanted, max(room // (of_sessions + hosts), 1))
    if hosts:
        models.at_most(max((room - at_once * of_sessions) // hosts, 1))
    if at_once < wanted:
        told = (
            f"at most {at_once:,} of {wanted:,} dialogues are played at once: this process may "
            "open no more files; raise the limit (ulimit -Hn)"
        )
        models.journal.notice(Noticed("all models", "open files", told))
    return at_once
