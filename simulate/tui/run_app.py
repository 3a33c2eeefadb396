"""What every page works on: the run that is open, followed as it goes on, and queries to it."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from textual.app import App

from simulate.comparison.progress import Progress
from simulate.errors import InputError, RunFileError, SimulateError
from simulate.runfile.lock import is_live
from simulate.runfile.run_view import RunView
from simulate.runfile.totals import Totals
from simulate.tui.analyses import Selected
from simulate.tui.dialogue_data import read_transcript
from simulate.tui.dialogue_text import dialogue_markdown
from simulate.tui.query_worker import QueryWorker

PATIENCE = 20
"""A look that takes t s is followed by a pause of at least 20 t."""


class RunApp(App[int]):
    """An application with a run file open; what it shows is up to those that inherit from it.

    Args:
        folder: whose runs are listed.
        selected: what to show first.
        clock: tells the time in s, for rates.

    Attributes:
        selected: what was asked for with the run that is open.
        order: filter and sort of its dialogues.
        view: the run that is open, or None.
        dialogue: the dialogue that is open, by its place in the plan, or None.
        turn: the turn under its cursor when it was left, where it was being read; else None.
        marks: the dialogues that are marked.
        totals: of the run, as last read.
        epoch: how often a run was opened, and how often it has had news since.
        following: whether news of the run are shown as they come.
        going_on: whether the run is going on.
    """

    def __init__(self, folder: Path, selected: Selected, clock: Callable[[], float]) -> None:
        super().__init__()
        self.folder = folder
        self.selected = selected
        self.order = selected.order
        self.clock = clock
        self.view: RunView | None = None
        self.dialogue: int | None = None
        self.turn: int | None = None
        self.marks: set[int] = set()
        self.totals: Totals | None = None
        self.epoch = (0, 0)
        self.following = True
        self.going_on = False
        self.queries = QueryWorker(self._post)
        self._version = 0
        self._rest_until = 0.0

    @property
    def awake(self) -> bool:
        """Whether there are screens to tell: not before the first, nor once they are closed."""
        return self.is_running and not self._exit

    def _post(self, call: Callable[[], None]) -> None:
        """Call a function on the screen's thread, soon, while there is one; from any thread."""
        self.call_later(lambda: call() if self.awake else None)

    def tell_pages(self) -> None:
        """Let the pages show another run, or what is new in this one."""
        raise NotImplementedError

    def tick(self) -> None:
        """Let the page take notice of the time that passes without news."""
        raise NotImplementedError

    async def open_dialogue(self, dialogue: int, turn: int | None = None) -> None:
        """Go to a dialogue on the page of dialogues."""
        raise NotImplementedError

    async def show_dialogues(self, filter_: str) -> None:
        """Go to the dialogues of a filter, on their page."""
        raise NotImplementedError

    async def action_page(self, name: str) -> None:
        """Go to a page."""
        await self.switch_mode(name)

    def on_unmount(self) -> None:
        """Close the run file."""
        self.queries.drop_all()
        if self.view is not None:
            self.view.close()

    # The run

    def open_run(self, path: Path, *, fresh: bool = True) -> bool:
        """Open a run file, or say why it cannot be opened. Returns whether it is open."""
        try:
            with warnings.catch_warnings(record=True, action="always") as told:
                view = RunView(path)
            totals = view.reader.totals()
            version = view.version()
        except SimulateError as error:
            self.refused(error)
            return False
        for each in told:
            self.say(str(each.message), severity="warning")
        self.queries.drop_all()
        if self.view is not None:
            self.view.close()
        self.view, self.totals, self._version = view, totals, version
        self.going_on = is_live(path)
        if fresh:
            self.selected = Selected()
            self.order = self.selected.order
        self.dialogue = self.turn = None
        self.marks.clear()
        self.epoch = (self.epoch[0] + 1, 0)
        self.tell_pages()
        return True

    def close_run(self, why: str) -> None:
        """Close a run file that can no longer be read, and say why."""
        self.queries.drop_all()
        if self.view is not None:
            with suppress(SimulateError):
                self.view.close()
        self.view = self.totals = self.dialogue = None
        self.going_on = False
        self.epoch = (self.epoch[0] + 1, 0)
        self.say(why, severity="error")
        self.tell_pages()

    def look(self) -> None:
        """Check whether the run has news; rarely where looking takes long."""
        began = time.monotonic()
        if self.following and began >= self._rest_until and self.look_now():
            self._rest_until = time.monotonic() + PATIENCE * (time.monotonic() - began)

    def look_now(self) -> bool:
        """Check whether the run has news, unless the screen is paused; return whether it has."""
        if self.view is None or not (self.following and self.awake):
            return False
        try:
            self.view.check_still_there()
            version = self.view.version()
            going_on = is_live(self.view.path)
            changed = version != self._version
            if changed:
                self.totals = self.view.reader.totals()
        except RunFileError as error:
            self.close_run(str(error))
            return True
        if changed or going_on != self.going_on:
            self._version, self.going_on = version, going_on
            self.epoch = (self.epoch[0], self.epoch[1] + 1)
            self.tell_pages()
            return True
        self.tick()
        return False

    def ask(
        self,
        kind: str,
        question: Callable[[RunView], Any],
        answer: Callable[[Any], None],
        failed: Callable[[SimulateError], None] | None = None,
    ) -> None:
        """Ask the open run something that takes long; see `QueryWorker`."""
        if self.view is not None:
            self.queries.ask(kind, self.view, question, answer, failed or self.refused)

    def ask_telling(
        self,
        kind: str,
        question: Callable[[RunView, Progress], Any],
        answer: Callable[[Any], None],
        failed: Callable[[SimulateError], None],
        progress: Progress,
    ) -> None:
        """Ask the open run something that tells how far it is; see `QueryWorker`."""
        if self.view is not None:
            self.queries.ask_telling(kind, self.view, question, answer, failed, progress)

    def ask_stages(
        self,
        kind: str,
        question: Callable[[RunView, Progress], Iterable[Any]],
        answer: Callable[[Any], None],
        failed: Callable[[SimulateError], None],
        progress: Progress,
    ) -> None:
        """Ask the open run something whose answer comes in stages; see `QueryWorker`."""
        if self.view is not None:
            self.queries.ask_stages(kind, self.view, question, answer, failed, progress)

    def dialogue_markdown(self) -> str:
        """Return the open dialogue as Markdown.

        Raises:
            InputError: none is open.
        """
        if self.view is None or self.dialogue is None:
            raise InputError("no dialogue is open: choose one first")
        transcript = read_transcript(self.view, self.dialogue)
        if transcript is None:
            raise InputError(f"the run has no dialogue {self.dialogue}")
        return dialogue_markdown(transcript, self.view.path.name)

    # Messages

    def say(self, text: str, *, severity: Any = "information") -> None:
        """Say something in a corner of the screen, as plain text."""
        self.notify(text, severity=severity, markup=False)

    def refused(self, error: SimulateError) -> None:
        """Say why something cannot be done."""
        self.say(str(error), severity="error")

    def copied(self, text: str, what: str) -> None:
        """Put a text on the clipboard and say so."""
        self.copy_to_clipboard(text)
        self.say(f"Copied: {what}")
