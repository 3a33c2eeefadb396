"""The progress of a run from Python: a live display in a notebook, lines on stderr elsewhere."""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from simulate.engine.events import Event, Listener, RunEnded, RunStarted
from simulate.engine.tally import Tally
from simulate.errors import plain_lines
from simulate.notebook import in_notebook
from simulate.terminal.safe_text import line, shortened

SECONDS_BETWEEN_UPDATES = 0.3
SECONDS_BETWEEN_LINES = 10.0
MOST_TOLD = 4
"""Sentences that a display keeps, the latest."""
LONGEST_TOLD = 300


@contextmanager
def shown(progress: bool | None, listener: Listener | None) -> Iterator[Listener | None]:
    """Give a listener that shows a run too, where that is wanted; and leave its display clean.

    Args:
        progress: whether it is shown; None: in a notebook, where nobody else listens.
        listener: is told what happens too.
    """
    notebook = in_notebook()
    if progress is None:
        progress = notebook and listener is None
    if not progress:
        yield listener
        return
    display = _Display() if notebook else _Lines()

    def both(event: Event) -> None:
        display.take(event)
        if listener is not None:
            listener(event)

    try:
        yield both
    except BaseException:
        display.break_off()
        raise


class _Lines:
    """Lines on stderr, at most one in ten seconds beside what must be told."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._last = time.monotonic()

    def take(self, event: Event) -> None:
        for sentence in self._tally.take(event):
            self._say(sentence)
        due = time.monotonic() - self._last >= SECONDS_BETWEEN_LINES
        if due or isinstance(event, RunEnded):
            self._last = time.monotonic()
            self._say(self._tally.rates)

    def break_off(self) -> None:
        """Leave the lines as they are: the error says what happened."""

    def _say(self, sentence: str) -> None:
        print(plain_lines(line(sentence)), file=sys.stderr)


class _Display:
    """A bar in the output of a notebook's cell, which is updated in its place."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._told: list[str] = []
        self._handle: Any = None
        self._last = 0.0

    def take(self, event: Event) -> None:
        self._told += self._tally.take(event)
        now = time.monotonic()
        told = isinstance(event, RunStarted | RunEnded)
        if told or now - self._last >= SECONDS_BETWEEN_UPDATES:
            self._last = now
            self._show()

    def break_off(self) -> None:
        """Take the bar away, and say how to go on."""
        if self._handle is None:
            return
        self._tally.over = True
        path = self._tally.path
        if path is not None and path.exists():
            self._told.append(f"broken off; it goes on with resume=True, out={str(path)!r}")
        self._show(broken=True)

    def _show(self, *, broken: bool = False) -> None:
        ipython: Any = import_module("IPython.display")  # there is a kernel, so it is installed
        content = ipython.HTML(self._html(broken=broken))
        if self._handle is None:
            self._handle = ipython.display(content, display_id=True)
        else:
            self._handle.update(content)

    def _html(self, *, broken: bool) -> str:
        share = self._tally.share
        running = "" if self._tally.over else f'<progress value="{share:.4f}" max="1"></progress> '
        first, *later = self._told or [""]
        sentences = [first, *later[-MOST_TOLD:]]
        told = "".join(f"<div>{_text(sentence)}</div>" for sentence in sentences)
        ended = "" if running or broken else "✓ "
        return (
            '<div style="font-size: 90%; line-height: 1.5">'
            f"<div>{running}{ended}{_text(self._tally.rates)}</div>"
            f'<div style="opacity: .75">{told}</div></div>'
        )


def _text(sentence: str) -> str:
    return html.escape(shortened(sentence, LONGEST_TOLD))
