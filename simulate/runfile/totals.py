"""Totals of a run: dialogues by status, turns, calls, tokens and cost. Nobody else sums them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from simulate.runfile.branches import OF_PLAN
from simulate.runfile.dialogue import Spent
from simulate.runfile.query import Queryable
from simulate.runfile.unwritten import BY_CELL_AND_STATUS, BY_STATUS


class Totals(NamedTuple):
    """A run at one moment.

    Attributes:
        completed: dialogues that are completed; and so on for `failed` and `running`.
        planned: dialogues that have not begun.
        turns: turns on file.
        calls: model calls on file.
        prompt_tokens: read in those calls.
        cached_tokens: those among them that an endpoint had in its cache.
        completion_tokens: written in those calls.
        cost_usd: of those calls; None where there are none, or where the cost of one is unknown.
    """

    completed: int = 0
    failed: int = 0
    running: int = 0
    planned: int = 0
    turns: int = 0
    calls: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = None

    @property
    def dialogues(self) -> int:
        """All dialogues of the plan."""
        return self.left + self.ended

    @property
    def ended(self) -> int:
        """Those that are completed or failed."""
        return self.completed + self.failed

    @property
    def left(self) -> int:
        """Those that are still to do."""
        return self.planned + self.running

    @property
    def spent(self) -> Spent:
        """What its model calls took together."""
        return Spent(*self[5:])


STATUSES = Totals._fields[:4]
COUNTS = ", ".join(f"coalesce(sum({name}), 0)" for name in Totals._fields[4:-1])
COST = "CASE WHEN sum(calls > 0 AND cost_usd IS NULL) THEN NULL ELSE sum(cost_usd) END"


def totals(run: Queryable) -> Totals:
    """Return the totals of the whole run."""
    status = dict(run.rows(BY_STATUS))
    sums = next(run.rows(f"SELECT {COUNTS}, {COST} FROM dialogue"))  # noqa: S608
    return Totals(*(status.get(name, 0) for name in STATUSES), *sums)


class ModelTotals(NamedTuple):
    """What the calls of one model took together.

    Attributes:
        model: as the run calls it.
        calls: how many.
        prompt_tokens: read.
        cached_tokens: those of them that a cache held.
        completion_tokens: written.
        cost_usd: None where the cost of one call is unknown.
        latency_s: summed over the calls, of which many may have been made at once; in s.
    """

    model: str
    calls: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    cost_usd: float | None
    latency_s: float | None


def totals_by_model(run: Queryable) -> list[ModelTotals]:
    """Return what the calls of each model took, by name."""
    sql = f"""SELECT model, count(*), sum(prompt_tokens), sum(cached_tokens),
        sum(completion_tokens), CASE WHEN sum(cost_usd IS NULL) THEN NULL ELSE sum(cost_usd) END,
        sum(latency_s) FROM call WHERE {OF_PLAN} GROUP BY model ORDER BY model"""  # noqa: S608
    return [ModelTotals(*row) for row in run.rows(sql)]


def dialogues_by_status(run: Queryable) -> dict[int, dict[str, int]]:
    """Return how many dialogues of each cell have each status, by the cell's index.

    A cell without dialogues has no entry.
    """
    found: dict[int, dict[str, int]] = {}
    for cell, status, count in run.rows(BY_CELL_AND_STATUS):
        found.setdefault(cell, dict.fromkeys(STATUSES, 0))[status] = count
    return found


def anything_happened(run: Queryable) -> bool:
    """Tell whether a model was called, a turn was taken, or calls were sent in a batch."""
    tables = ("call", "turn", "batch")
    return any(next(run.rows(f"SELECT EXISTS (SELECT 1 FROM {each})"))[0] for each in tables)  # noqa: S608


def anybody_answered(run: Queryable, cells: Sequence[int]) -> bool:
    """Tell whether a target has answered anybody in some cells; to greet is no answer."""
    places = ", ".join("?" * len(cells))
    sql = f"""SELECT EXISTS (SELECT 1 FROM target_turn t JOIN dialogue d ON d.id = t.dialogue
        WHERE t.position > 0 AND d.cell IN ({places}))"""  # noqa: S608
    return bool(next(run.rows(sql, tuple(cells)))[0])
