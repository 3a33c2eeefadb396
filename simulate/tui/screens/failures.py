"""Failures: the reasons, most frequent first; their dialogues; the text that could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Static

from simulate.errors import SimulateError
from simulate.runfile.dialogue_list import DialogueRow
from simulate.runfile.failure_reasons import (
    Failure,
    UnusableText,
    failed_dialogues,
    unusable_texts,
)
from simulate.terminal.safe_text import block, counted, line
from simulate.tui import bindings
from simulate.tui.screens.page import Page
from simulate.tui.widgets.columns import (
    DialogueSource,
    Listed,
    dialogue_columns,
    failure_columns,
)
from simulate.tui.widgets.line_table import LineTable

NONE = "No dialogue has failed."


def unread_text(row: DialogueRow, unread: Sequence[UnusableText]) -> Text:
    """Return what could not be read in a dialogue, with the reason of each call."""
    text = Text()
    text.append(f"dialogue {row.id} · {line(row.cell)} · {line(row.persona)}\n", "bold")
    text.append(f"{line(row.fault or '')}: {block(row.error or '')}\n")
    if not unread:
        text.append("\nNo text of the model was rejected; the reason above is all there is.")
    for number, (raw, problem) in enumerate(unread, 1):
        text.append(f"\ncall {number} of {len(unread)}: {block(problem)}\n", "bold")
        text.append("(no reply)\n" if raw is None else f"{block(raw)}\n")
    return text


class Failures(Page):
    """The page of failures."""

    NAME = "failures"
    BINDINGS = bindings.FAILURES

    def __init__(self) -> None:
        super().__init__()
        self.reasons: list[Failure] = []
        self.ids: list[int] = []
        self._text = Text()

    def body(self) -> ComposeResult:
        """Make the panes."""
        with Vertical(id="failures-page"):
            with Vertical(id="reasons-pane", classes="pane"):
                yield LineTable(id="reasons", empty=NONE)
            with Horizontal(id="failed-panes"):
                with Vertical(id="failed-pane", classes="pane"):
                    yield LineTable(id="failed")
                with VerticalScroll(id="unread-pane", classes="pane", can_focus=True):
                    yield Static(id="unread")

    def run_opened(self) -> None:
        """Show the failures of another run."""
        self._show(0)
        self.query_one("#reasons").focus()

    def run_changed(self) -> None:
        """Show new failures, with the cursor where it was."""
        self._show(self._table("#reasons").cursor)

    def _table(self, selector: str) -> LineTable[Any]:
        return self.query_one(selector, LineTable)

    def _show(self, cursor: int) -> None:
        view = self.views.view
        try:
            self.reasons = [] if view is None else view.reader.failures()
        except SimulateError as error:
            self.views.refused(error)
            self.reasons = []
        failed = sum(reason.dialogues for reason in self.reasons)
        pane = self.query_one("#reasons-pane")
        pane.border_title = Text(
            f"Failures · {counted(failed, 'dialogue')}, {counted(len(self.reasons), 'reason')}"
        )
        table = self._table("#reasons")
        table.empty = NONE if view is not None else "No run is open."
        table.show(Listed(self.reasons), failure_columns(self.size.width), cursor=cursor)
        self._show_reason()

    def _show_reason(self) -> None:
        view, table = self.views.view, self._table("#failed")
        reason = self._table("#reasons").current
        if view is None or reason is None:
            self.ids = []
            table.show(Listed(()), ())
            self._show_text()
            return
        try:
            self.ids = failed_dialogues(view.reader, reason)
            source = DialogueSource(view, self.ids)
            columns = [
                c
                for c in dialogue_columns(view, source.read(0, 50))
                if c.key in ("id", "cell", "turns", "persona")
            ]
        except SimulateError as error:
            self.views.refused(error)
            return
        title = f"Dialogues · {reason.dialogues:,}"
        if reason.dialogues > len(self.ids):
            title = f"Dialogues · showing {len(self.ids):,} of {reason.dialogues:,}"
        self.query_one("#failed-pane").border_title = Text(title)
        table.show(source, columns)
        self._show_text()

    def _show_text(self) -> None:
        view, row = self.views.view, self._table("#failed").current
        pane = self.query_one("#unread-pane")
        pane.border_title = Text("The text that could not be read")
        self._text = Text()
        if view is not None and row is not None:
            try:
                self._text = unread_text(row, unusable_texts(view.reader, row.id))
            except SimulateError as error:
                self._text = Text(str(error))
        self.query_one("#unread", Static).update(self._text)
        pane.scroll_to(y=0, animate=False)

    @on(LineTable.Moved, "#reasons")
    def _reason_moved(self) -> None:
        self._show_reason()

    @on(LineTable.Moved, "#failed")
    def _dialogue_moved(self) -> None:
        self._show_text()

    @on(LineTable.Chosen, "#reasons")
    def _reason_chosen(self) -> None:
        self.query_one("#failed").focus()

    @on(LineTable.Chosen, "#failed")
    async def _dialogue_chosen(self) -> None:
        await self.action_open()

    def action_step(self, step: int) -> None:
        """Go to the next dialogue of this reason."""
        self._table("#failed").cursor += step

    def action_copy(self) -> None:
        """Copy the text that could not be read."""
        self.views.copied(self._text.plain, "the text that could not be read")

    async def action_open(self) -> None:
        """Read the dialogue that failed."""
        row = self._table("#failed").current
        if row is not None:
            await self.views.open_dialogue(row.id, row.turns)

    async def action_back(self) -> None:
        """Go back to the reasons, then to the dialogues."""
        if self.focused is not None and self.focused.id != "reasons":
            self.query_one("#reasons").focus()
        else:
            await self.views.action_page("browse")
