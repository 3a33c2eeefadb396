"""Watch a run that goes on, and stop it when new dialogues show nothing new."""

from __future__ import annotations

import asyncio
from pathlib import Path

from simulate.engine import DialogueEnded, Event, RunStarted
from simulate.measures.vectors import LexicalEmbedder, RememberedEmbedder, best_embedder
from simulate.runfile import open_run
from simulate.stress.observe import observe
from simulate.stress.statistics.behaviours import behaviours
from simulate.stress.statistics.saturation import EVERY, Saturation, saturation

__all__ = ["Watch"]


class Watch:
    """Looks at a run after every `EVERY` dialogues of each cell, in the order of the plan.

    A look sees the first dialogues of the plan and no others, so that where a run stops does not
    depend on concurrency. More may have ended by then; the analysis leaves them out.

    Args:
        stop: is set when all cells are saturated.

    Attributes:
        found: the last look of the cell that is farthest from saturation; None before the first.
        last: the place in the plan of the last dialogue that counts; None where all do.
    """

    def __init__(self, stop: asyncio.Event) -> None:
        self.found: Saturation | None = None
        self.last: int | None = None
        self._stop = stop
        self._path: Path | None = None
        self._ended: set[int] = set()
        self._first = 0
        self._news = asyncio.Event()
        best = best_embedder()
        # Lexical vectors depend on the texts that they are made with.
        self._embedder = best if isinstance(best, LexicalEmbedder) else RememberedEmbedder(best)

    def tell(self, event: Event) -> None:
        """Take note of what the run tells."""
        match event:
            case RunStarted():
                self._path = event.path
                if event.ended:
                    with open_run(event.path) as file:
                        self._ended = {o.dialogue for o in observe(file)}
            case DialogueEnded():
                self._ended.add(event.dialogue)
        while self._first in self._ended:
            self._ended.remove(self._first)
            self._first += 1
        self._news.set()

    async def look(self) -> None:
        """Look again and again, until the run is saturated or this is cancelled."""
        looks = cells = 0
        while True:
            await self._news.wait()
            self._news.clear()
            if self._path is None:
                continue
            if not cells:
                with open_run(self._path) as file:
                    cells = len(file.cells)
            while self._first >= (size := (looks + 1) * EVERY * cells):
                looks += 1
                self.found = await asyncio.to_thread(self._looked, self._path, size)
                if self.found.saturated:
                    self.last = size - 1
                    self._stop.set()
                    return

    def _looked(self, path: Path, size: int) -> Saturation:
        with open_run(path) as file:
            observed = [o for o in observe(file) if o.dialogue < size]
            labels = [cell.label for cell in file.cells]
        found = [
            saturation(behaviours([o for o in observed if o.cell == label], self._embedder))
            for label in labels
        ]
        return min(found, key=lambda each: (each.saturated, each.since_new_failure))
