"""Runs, dialogues, transcript: three panes, one at a time where there is little room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input

from simulate.errors import InputError, SimulateError
from simulate.runfile.dialogue_list import SORTS, Order
from simulate.runfile.run_folder import RunSummary, runs_in
from simulate.terminal.safe_text import line
from simulate.tui import bindings
from simulate.tui.dialogue_data import read_transcript
from simulate.tui.screens.one_dialogue import OneDialogue
from simulate.tui.widgets.columns import DialogueSource, Listed, dialogue_columns, run_columns
from simulate.tui.widgets.line_table import LineTable
from simulate.tui.widgets.transcript_view import TranscriptView

PANES = ("runs", "dialogues", "transcript")
NO_RUNS = "No runs here yet. Make one:  simulate run donation"


class Browse(OneDialogue):
    """The page of runs, dialogues and transcripts."""

    NAME = "browse"
    BINDINGS = bindings.BROWSE

    def __init__(self) -> None:
        super().__init__()
        self.ids: Sequence[int] = ()
        self.runs: list[RunSummary] = []
        self._busy = ""

    def body(self) -> ComposeResult:
        """Make the three panes."""
        with Horizontal(id="panes"):
            with Vertical(id="runs-pane", classes="pane"):
                yield LineTable(id="runs", empty=NO_RUNS)
            with Vertical(id="dialogues-pane", classes="pane"):
                yield Input(
                    id="filter",
                    placeholder='filter (f): cell:vs outcome>0.5 status:failed text:"rent"',
                    compact=True,
                )
                yield LineTable(id="dialogues")
            with Vertical(id="transcript-pane", classes="pane"):
                yield TranscriptView(id="transcript")
                yield Input(id="search", placeholder="search: regular expression", compact=True)

    # What is shown

    def on_mount(self) -> None:
        """List the runs, and show the one that is open."""
        self.query_one("#search").display = False
        super().on_mount()
        self.pane = "runs" if self.views.view is None else "dialogues"
        self._show_pane()
        first = self.views.selected
        if first.dialogue is not None:
            self.open_dialogue(first.dialogue, first.turn)

    def run_opened(self) -> None:
        """Show another run."""
        self._list_runs()
        view, order = self.views.view, self.views.order
        self.query_one("#filter", Input).value = order.filter
        if view is None:
            self.ids = ()
            self.table.empty = NO_RUNS if not self.runs else "No run is open: choose one."
            self.table.show(Listed(()), ())
            self._show_none("No dialogue is open: choose one in the table.")
            self._titles()
            self.pane = "runs"
            return
        self.ids = ()
        self._ask_ids(keep=None)

    def run_changed(self) -> None:
        """Show what is new: in the table, and in the transcript that is open."""
        view, order = self.views.view, self.views.order
        if view is None:
            return
        if order.plain:
            self.table.forget()
            self._titles()
        elif not self._busy:
            self._ask_ids(keep=self.views.dialogue, stay=True)
        if self.views.dialogue is not None:
            self._read(self.views.dialogue)

    def _list_runs(self) -> None:
        self.runs = runs_in(self.views.folder)
        view = self.views.view
        here = view.path.resolve() if view is not None else None
        cursor = next((i for i, r in enumerate(self.runs) if r.path.resolve() == here), 0)
        table: LineTable[Any] = self.query_one("#runs", LineTable)
        table.show(Listed(self.runs), run_columns(here, self.runs), cursor=cursor)
        self._titles()

    def _ask_ids(self, keep: int | None, *, stay: bool = False) -> None:
        """Ask for the dialogues of the order; put the cursor on `keep` where it is among them.

        Where it is not, the first of them is opened, unless the transcript is to `stay`.
        """
        view, order = self.views.view, self.views.order
        if view is None:
            return
        if order.plain:
            try:
                self._got_ids(view.ids(order), keep, stay)
            except SimulateError as error:
                self.views.refused(error)
            return
        self._busy = "…"
        self._titles()
        self.views.ask(
            "ids",
            lambda own: own.ids(order),
            lambda ids: self._got_ids(ids, keep, stay),
            self._no_ids,
        )

    def _no_ids(self, error: SimulateError) -> None:
        self._busy = ""
        self.views.refused(error)
        self._titles()

    def _got_ids(self, ids: Sequence[int], keep: int | None, stay: bool) -> None:
        view, order = self.views.view, self.views.order
        if view is None:
            return
        self._busy = ""
        self.ids = ids
        source = DialogueSource(view, ids)
        cursor = ids.index(keep) if keep is not None and keep in ids else 0
        columns = dialogue_columns(view, source.read(0, 50))
        none = f"No dialogue matches the filter {line(order.filter)}"
        self.table.empty = none if order.filter else "The plan is empty."
        self.table.is_marked = lambda row: row.id in self.views.marks
        by = None if order.sort == "id" and not order.descending else (order.sort, order.descending)
        self.table.show(source, columns, cursor=cursor, sorted_by=by)
        self._titles()
        if not len(ids):
            self._show_none(self.table.empty)
        elif not stay and ids[cursor] != self.views.dialogue:
            self._read(ids[cursor])

    def _show_none(self, why: str) -> None:
        """Show no transcript, and say why."""
        self.views.dialogue = None
        self.transcript.empty = why
        self.transcript.show(None)
        self.query_one("#transcript-pane").border_title = Text("Transcript")

    def _titles(self) -> None:
        """Say honestly what each pane shows."""
        views = self.views
        runs = self.query_one("#runs-pane")
        runs.border_title = Text(f"Runs · {len(self.runs)} in {line(str(views.folder))}")
        pane = self.query_one("#dialogues-pane")
        if views.view is None or views.totals is None:
            pane.border_title = Text("Dialogues")
            return
        all_ = views.totals.dialogues
        order = views.order
        title = f"Dialogues · {all_:,}"
        if order.filter:
            title = f"Dialogues · showing {len(self.ids):,} of {all_:,}"
        if order.sort != "id" or order.descending:
            title += f" · by {line(order.sort)} {'↓' if order.descending else '↑'}"
        if views.marks:
            title += f" · {len(views.marks):,} marked"
        pane.border_title = Text(f"{title} {self._busy}".rstrip())

    def _read(self, dialogue: int, turn: int | None = None) -> None:
        """Read a dialogue into the transcript."""
        view = self.views.view
        if view is None:
            return
        try:
            transcript = read_transcript(view, dialogue)
        except SimulateError as error:
            self.views.refused(error)
            return
        self.views.dialogue = dialogue
        self.transcript.show(transcript, turn=turn)
        pane = self.query_one("#transcript-pane")
        if transcript is None:
            pane.border_title = Text("Transcript")
            return
        row = transcript.row
        sizes = transcript.effective_sizes
        entropy = "" if row.entropy is None else f" · entropy {row.entropy:.2f} {sizes}"
        pane.border_title = Text(
            f"Dialogue {row.id} · {line(row.cell)} · {line(row.persona)} · {row.turns} turns"
            f"{entropy} · {transcript.status}"
        )

    # Panes

    def watch_pane(self) -> None:
        """Show another pane."""
        self._show_pane()

    def _show_pane(self) -> None:
        for name in PANES:
            self.set_class(name == self.pane, f"at-{name}")
        self.query_one(f"#{self.pane}").focus()

    def places(self) -> list[tuple[str, Widget]]:
        """Return the panes, whether they are seen or not, and the filter."""
        return [(name, self.query_one(f"#{name}")) for name in (*PANES, "filter")]

    def go_to_place(self, widget: Widget) -> None:
        """Show a pane and give it the keyboard."""
        if widget.id == "filter":
            self.action_filter()
        else:
            self.pane = str(widget.id)
            widget.focus()

    def on_descendant_focus(self) -> None:
        """Follow the focus to its pane."""
        focused = self.focused
        for name in PANES:
            if focused is not None and focused.id == name and self.pane != name:
                self.pane = name

    def action_back(self) -> None:
        """Leave a box, or go one pane back."""
        if isinstance(self.focused, Input):
            if self.focused.id == "search":
                self._end_search()
            else:
                self.table.focus()
            return
        at = PANES.index(self.pane)
        self.pane = PANES[max(at - 1, 0)]

    def open_dialogue(self, dialogue: int, turn: int | None = None) -> None:
        """Open a dialogue and go to its transcript."""
        if dialogue in self.ids:
            self.table.cursor = self.ids.index(dialogue)
        self._read(dialogue, turn)
        self.pane = "transcript"

    @on(LineTable.Moved, "#dialogues")
    def _moved(self, event: LineTable.Moved) -> None:
        if self.views.view is not None and event.index < len(self.ids):
            number = self.ids[event.index]
            if number != self.views.dialogue:
                self._read(number)

    @on(LineTable.Chosen, "#dialogues")
    def _chosen(self) -> None:
        self.pane = "transcript"

    @on(LineTable.Chosen, "#runs")
    def _run_chosen(self, event: LineTable.Chosen) -> None:
        row = self.runs[event.index]
        view = self.views.view
        if (view is not None and row.path.resolve() == view.path.resolve()) or self.views.open_run(
            row.path
        ):
            self.pane = "dialogues"

    def action_step_turn(self, step: int) -> None:
        """Step through the turns of the open dialogue."""
        if self.pane != "transcript":
            self.pane = "transcript"
        else:
            self.transcript.action_step(step)

    def action_step_dialogue(self, step: int) -> None:
        """Open the next dialogue of the table."""
        self.table.cursor += step

    # Filter and order

    def action_filter(self) -> None:
        """Go to the filter box."""
        if self.pane == "runs" or self.has_class("-narrow"):
            self.pane = "dialogues"
        self.query_one("#filter").focus()

    @on(Input.Changed, "#filter")
    def _filter_typed(self, event: Input.Changed) -> None:
        """Say while one types whether the filter can be read."""
        view = self.views.view
        try:
            if view is not None:
                view.check(Order(event.value))
        except InputError as error:
            event.input.set_class(True, "-invalid")
            event.input.tooltip = Text(str(error))
        else:
            event.input.set_class(False, "-invalid")
            event.input.tooltip = None

    @on(Input.Submitted, "#filter")
    def _filter_given(self, event: Input.Submitted) -> None:
        view = self.views.view
        if view is None:
            return
        try:
            view.check(Order(event.value))
        except InputError as error:
            self.views.refused(error)
            return
        self._filter_by(event.value.strip())
        self.table.focus()

    def _filter_by(self, text: str) -> None:
        self._reorder(replace(self.views.order, filter=text), keep=self.views.dialogue)

    def _reorder(self, order: Order, keep: int | None = None) -> None:
        """Take another order; by default the cursor goes to what comes first: the extremes."""
        self.views.order = order
        self._ask_ids(keep)

    def sort_by(self, key: str) -> None:
        """Sort by a column; the other way round where that is the order already."""
        order = self.views.order
        turn = order.sort == key and not order.descending
        self._reorder(replace(order, sort=key, descending=turn))

    @on(LineTable.HeaderClicked, "#dialogues")
    def _heading(self, event: LineTable.HeaderClicked) -> None:
        self.sort_by(event.key)

    def action_sort_next(self, step: int) -> None:
        """Sort by the next column."""
        keys = [column.key for column in self.table.columns if column.sortable]
        if keys:
            at = keys.index(self.views.order.sort) if self.views.order.sort in keys else 0
            key = keys[(at + step) % len(keys)]
            self._reorder(replace(self.views.order, sort=key, descending=False))

    def action_sort_turn(self) -> None:
        """Turn the order round."""
        order = self.views.order
        self._reorder(replace(order, descending=not order.descending))

    def commands(self) -> list[tuple[str, str, str, Any, str]]:
        """Return the commands of this page that have no key."""
        view = self.views.view
        if view is None:
            return []
        found = [
            (f"Sort: by {name}", "Again reverses the order", "", self._sorter(name), "")
            for name in (*SORTS, *view.outcomes)
        ]
        for label in view.cells:
            name = f"Filter: only cell {line(label)}"
            found.append((name, "Show its dialogues", "", self._filterer(f'cell:"{label}"'), ""))
        named = [("only failed dialogues", "status:failed"), ("none", "")]
        if view.reader.scenario.checks:
            named.insert(1, ("only dialogues in which a check fails", "fails>0"))
        for name, text in named:
            found.append((f"Filter: {name}", "", "", self._filterer(text), ""))
        return found

    def _sorter(self, name: str) -> Any:
        return lambda: self.sort_by(name)

    def _filterer(self, text: str) -> Any:
        return lambda: self.filter_by(text)

    def filter_by(self, text: str) -> None:
        """Show the dialogues of a filter that can be used."""
        self.query_one("#filter", Input).value = text
        self._filter_by(text)

    def on_screen_suspend(self) -> None:
        """Keep the turn under the cursor of a transcript that is read: other pages are about it."""
        reads = self.pane == "transcript" and self.views.dialogue is not None
        self.views.turn = self.transcript.turn if reads else None
