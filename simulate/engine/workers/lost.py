"""What is on file of the dialogues that a lost worker played."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from simulate.engine.events import DialogueEnded
from simulate.engine.prefix_sharing import siblings_on_file
from simulate.engine.run_context import Begun, Work
from simulate.models import Usage
from simulate.runfile import open_run


def as_on_file(path: Path, held: Sequence[Work]) -> tuple[list[Work], list[DialogueEnded]]:
    """Return dialogues as they go on, and of those that are over what is told of them."""
    left: list[Work] = []
    over: list[DialogueEnded] = []
    with open_run(path) as file:
        sharing = {each.planned.persona for each in held if each.siblings is not None}
        known = siblings_on_file(file, sharing) if sharing else {}
        for given in held:
            each = replace(given, siblings=known.get(given.planned.persona))
            found = file.dialogue(each.planned.id)
            if found.status == "planned":
                left.append(replace(each, begun=None))
            elif found.status == "running":
                left.append(replace(each, begun=Begun.on_file(found)))
            else:
                completed = found.status == "completed"
                turns = len(found.turns)
                over.append(DialogueEnded(each.planned.id, completed, turns, 0, 0, Usage()))
    return left, over
