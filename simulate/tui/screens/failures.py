"""Failures and repairs: by kind and reason; their dialogues; what the model wrote."""

from __future__ import annotations

from typing import Any

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Static

from simulate.errors import SimulateError
from simulate.runfile.troubles import KINDS, Trouble, troubles
from simulate.terminal.safe_text import counted
from simulate.tui import bindings
from simulate.tui.screens.page import Page
from simulate.tui.trouble_text import trouble_text
from simulate.tui.widgets.columns import (
    DialogueSource,
    Listed,
    dialogue_columns,
    trouble_columns,
)
from simulate.tui.widgets.line_table import LineTable

NONE = "Nothing has failed, and nothing was repaired or asked for again."
MOST_LISTED = 500
"""Dialogues of one reason that are listed."""


class Failures(Page):
    """The page of failures."""

    NAME = "failures"
    BINDINGS = bindings.FAILURES

    def __init__(self) -> None:
        super().__init__()
        self.reasons: list[Trouble] | None = None
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
        self.reasons = None
        self._list()
        self._ask()
        self.query_one("#reasons").focus()

    def run_changed(self) -> None:
        """Read what is new, unless that is being done."""
        if not self.views.queries.is_open("troubles"):
            self._ask()

    def _table(self, selector: str) -> LineTable[Any]:
        return self.query_one(selector, LineTable)

    def _ask(self) -> None:
        self.views.ask("troubles", lambda own: troubles(own.reader), self._got)

    def _got(self, found: list[Trouble]) -> None:
        cursor = self._table("#reasons").cursor
        self.reasons = found
        self._list(cursor)

    def _list(self, cursor: int = 0) -> None:
        """Show the reasons, with the cursor on one of them."""
        reasons, view = self.reasons or [], self.views.view
        parts = []
        for kind in KINDS:
            count = sum(each.times for each in reasons if each.kind == kind)
            if count:
                noun, _, done = kind.partition(" ")
                failed = kind == "failed"
                parts.append(f"{counted(count, 'dialogue' if failed else noun)} {done or kind}")
        pane = self.query_one("#reasons-pane")
        pane.border_title = Text(" · ".join(["Failures", *parts]))
        table = self._table("#reasons")
        table.empty = "No run is open." if view is None else NONE
        if view is not None and self.reasons is None:
            table.empty = "Reading …"
        table.show(Listed(reasons), trouble_columns(self.size.width), cursor=cursor)
        self._show_reason()

    def _show_reason(self) -> None:
        view, table = self.views.view, self._table("#failed")
        reason = self._table("#reasons").current
        if view is None or reason is None:
            self.ids = []
            table.show(Listed(()), ())
            self._show_text()
            return
        dialogues = reason.dialogues
        self.ids = dialogues[:MOST_LISTED]
        try:
            source = DialogueSource(view, self.ids)
            columns = [
                c
                for c in dialogue_columns(view, source.read(0, 50))
                if c.key in ("id", "cell", "turns", "persona")
            ]
        except SimulateError as error:
            self.views.refused(error)
            return
        title = f"Dialogues · {len(dialogues):,}"
        if len(dialogues) > len(self.ids):
            title = f"Dialogues · showing {len(self.ids):,} of {len(dialogues):,}"
        self.query_one("#failed-pane").border_title = Text(title)
        table.show(source, columns)
        self._show_text()

    def _show_text(self) -> None:
        view, row = self.views.view, self._table("#failed").current
        reason = self._table("#reasons").current
        pane = self.query_one("#unread-pane")
        pane.border_title = Text("What the model wrote")
        self._text = Text()
        if view is not None and row is not None and reason is not None:
            try:
                self._text = trouble_text(view.reader, row, reason)
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
        """Copy what the model wrote."""
        self.views.copied(self._text.plain, "what the model wrote")

    async def action_open(self) -> None:
        """Read the dialogue, at the turn."""
        row, reason = self._table("#failed").current, self._table("#reasons").current
        if row is not None and reason is not None:
            turns = [p.turn for p in reason.places if p.dialogue == row.id and p.turn is not None]
            await self.views.open_dialogue(row.id, min(turns, default=row.turns))

    async def action_back(self) -> None:
        """Go back to the reasons, then to the dialogues."""
        if self.focused is not None and self.focused.id != "reasons":
            self.query_one("#reasons").focus()
        else:
            await self.views.action_page("browse")
