"""Which dialogues are left, who holds them, and how many each worker may play at once.

Dialogues are handed out in the order of the plan, in *shards*: all of the next few personas, so
that dialogues under common random numbers, and those that share calls, are played in one place.
Nothing here waits or sends.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from simulate.engine.run_context import Work

AHEAD = 0.5
"""How many dialogues a worker holds beyond those that it plays, as a part of these."""
SHARD = 0.125
"""How many dialogues a shard has at least, as a part of those that a worker plays at once."""


@dataclass(slots=True)
class _Holding:
    slots: int = 0
    told: int = 0
    held: dict[int, Work] = field(default_factory=dict)


class Desk:
    """Hands out the dialogues of a run.

    Args:
        work: what is to be played, in the order of the plan.
        total: how many dialogues are played at once by all workers.

    Attributes:
        total: see above.
        expected: how many workers are to take part at least; each has its part from the beginning,
            so that the first one takes not all of a small plan.
    """

    def __init__(self, work: Iterable[Work], total: int) -> None:
        self.total = total
        self.expected = 0
        self._shards = _by_persona(work)
        self._again: deque[list[Work]] = deque()
        self._holding: dict[int, _Holding] = {}
        self._next: list[Work] | None = next(self._shards, None)
        self._stopped = False

    @property
    def done(self) -> bool:
        """Whether nobody plays anything any more, and nothing is left that should be played."""
        left = self._next is not None or self._again
        return not any(each.held for each in self._holding.values()) and (self._stopped or not left)

    def stop(self) -> None:
        """Hand out nothing more."""
        self._stopped = True

    def joins(self, worker: int) -> None:
        """Let a worker take part; it may play nothing yet, see `rebalanced`."""
        self._holding[worker] = _Holding()

    def leaves(self, worker: int) -> list[Work]:
        """Return what a worker holds that is gone, which others are to play; see `put_back`."""
        gone = self._holding.pop(worker, None)
        return [] if gone is None else list(gone.held.values())

    def put_back(self, work: Iterable[Work]) -> None:
        """Take back dialogues that are not played to their end; they are handed out first."""
        self._again.extend(_by_persona(sorted(work, key=lambda each: each.planned.id)))

    def given_back(self, worker: int, dialogues: Iterable[int]) -> None:
        """Take back dialogues that a worker has not begun, or does not play on for now."""
        held = self._holding[worker].held
        self.put_back(held.pop(each) for each in dialogues)

    def ended(self, worker: int, dialogue: int) -> None:
        """Note that a dialogue has ended."""
        self._holding[worker].held.pop(dialogue, None)

    def dealt(self, worker: int) -> list[Work]:
        """Return the next shard for a worker; empty where it holds enough, or none is left."""
        holding = self._holding[worker]
        slots = min(holding.slots, holding.told)
        if self._stopped or not slots or len(holding.held) >= slots + AHEAD * slots:
            return []
        shard: list[Work] = []
        while len(shard) < max(SHARD * slots, 1):
            if self._again:
                shard += self._again.popleft()
            elif self._next is not None:
                shard += self._next
                self._next = next(self._shards, None)
            else:
                break
        holding.held |= {each.planned.id: each for each in shard}
        return shard

    def rebalanced(self) -> Mapping[int, int]:
        """Divide what may be played at once over the workers that live.

        Who is to play less is told first. What it gives up is given to others when it has
        `shrunk`, so that never more than `total` are played at once.

        Returns:
            For each worker that is to be told so, how many it may play now.
        """
        found: dict[int, int] = {}
        even, more = divmod(self.total, max(len(self._holding), self.expected, 1))
        wanted = {w: even + (i < more) for i, w in enumerate(self._holding)}
        free = self.total - sum(each.slots for each in self._holding.values())
        for worker, holding in self._holding.items():
            if wanted[worker] < holding.slots:
                now = wanted[worker]
            else:
                now = holding.slots + min(wanted[worker] - holding.slots, free)
                free -= now - holding.slots
                holding.slots = now
            if now != holding.told:
                holding.told = found[worker] = now
        return found

    def shrunk(self, worker: int, slots: int) -> None:
        """Note that a worker plays no more than so many; see `rebalanced`."""
        holding = self._holding[worker]
        if slots == holding.told:
            holding.slots = slots


def _by_persona(work: Iterable[Work]) -> Iterator[list[Work]]:
    """Iterate over runs of dialogues that have the same persona."""
    shard: list[Work] = []
    for each in work:
        if shard and shard[-1].persona.id != each.persona.id:
            yield shard
            shard = []
        shard.append(each)
    if shard:
        yield shard
