"""How large a scenario is, counted before anything of it is built."""

from __future__ import annotations

import math
from collections.abc import Sequence

from simulate.limits import MOST_CALLS, MOST_CELLS, MOST_DIALOGUES, MOST_TEXTS, shown
from simulate.scenario.cell import Cell


def too_many_cells(levels: Sequence[int], texts: int, n: int) -> str | None:
    """Return why a scenario has more cells than it may, beginning with the field; else None.

    Args:
        levels: how many each condition has.
        texts: speakers, steps, outcomes and checks, in one cell.
        n: dialogues per cell.
    """
    cells = math.prod(levels)
    if cells > MOST_CELLS:
        return (
            f"conditions: {' × '.join(map(str, levels))} levels make {shown(cells)} cells, at most "
            f"{MOST_CELLS:,}: leave out levels, or make several scenarios of it"
        )
    if cells * texts > MOST_TEXTS:
        return (
            f"conditions: {cells:,} cells have {shown(cells * texts)} speakers, steps, outcomes "
            f"and checks together, at most {MOST_TEXTS:,}: make several scenarios of it"
        )
    return too_many_dialogues(n, cells, "defaults.n")


def too_many_dialogues(n: int, cells: int, field: str = "n") -> str | None:
    """Return why a run of n dialogues in each cell is larger than it may be; else None.

    Args:
        n: ≥ 1.
        cells: how many.
        field: where n stands.
    """
    if n * cells <= MOST_DIALOGUES:
        return None
    return (
        f"{field}: {shown(n)} dialogues in each of {cells:,} cells are {shown(n * cells)}, at most "
        f"{MOST_DIALOGUES:,} in one run: take at most {MOST_DIALOGUES // cells:,}, or several runs "
        "with a seed each"
    )


def too_many_calls(cell: Cell) -> str | None:
    """Return why a dialogue of a cell takes more calls than it may, with the field; else None."""
    if cell.most_calls <= MOST_CALLS:
        return None
    rounds = sum(step.turns for step in cell.steps)
    whose = "turns" if cell.turns.counts == "all" else "turns of each"
    return (
        f"turns.maximum: {rounds:,} {whose} of {len(cell.speakers):,} speakers take "
        f"{cell.most_calls:,} calls, at most {MOST_CALLS:,} in one dialogue: take fewer turns, or "
        "a method with fewer calls"
    )
