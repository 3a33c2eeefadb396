"""What a run file is begun with: the plan of the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class PlannedDialogue:
    """A dialogue as the plan has it, before anything happens.

    Attributes:
        id: its place in the plan, from 0.
        key: a hash of what it is.
        cell: the cell's index.
        persona: the persona's id.
        replicate: the n-th dialogue of the same cell and persona, from 0.
    """

    id: int
    key: str
    cell: int
    persona: str
    replicate: int


@dataclass(frozen=True, slots=True)
class Header:
    """What a run file says about the run as a whole.

    Attributes:
        meta: key to JSON value; what identifies the run and what it needs to go on.
        cells: index, label and levels of each cell.
        personas: id, attributes and prose of each persona, in order.
        dialogues: the first dialogues of the plan; of most runs, all.
        places: of the personas, from 0; by default one after another.
    """

    meta: Mapping[str, Any]
    cells: Sequence[tuple[int, str, Mapping[str, str]]]
    personas: Sequence[tuple[str, Mapping[str, Any], str]] = ()
    dialogues: Sequence[PlannedDialogue] = ()
    places: Sequence[int] | None = None
