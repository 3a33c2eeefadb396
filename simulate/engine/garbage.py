"""How often Python looks for garbage in cycles while dialogues are played.

By default it looks after each 700 new objects, and now and then through all that live: a tenth of
the time of a run, whose calls leave no such garbage. Whatever is in no cycle is freed at once, as
ever.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

OBJECTS = 20_000
"""New objects after which it looks: some MB at most."""

_changing = threading.Lock()
_within: list[tuple[int, int, int]] = []
"""What held before, once for each run that goes on: they may be several, in threads."""


@contextmanager
def collected_rarely() -> Iterator[None]:
    """Look for garbage more rarely; where it is switched off, it stays so."""
    with _changing:
        before = _within[0] if _within else gc.get_threshold()
        _within.append(before)
        if before[0]:
            gc.set_threshold(max(before[0], OBJECTS), *before[1:])
    try:
        yield
    finally:
        with _changing:
            _within.pop()
            if not _within:
                gc.set_threshold(*before)
