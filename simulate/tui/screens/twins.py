"""Twins: two cells, the same persona and the same random numbers, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from simulate.comparison.twins import TwinDetail, TwinDialogues, Twins, example_of, twin_details
from simulate.errors import SimulateError
from simulate.report.twins_document import difference_text, parts_text
from simulate.runfile.run_view import RunView
from simulate.terminal.safe_text import counted, line, shortened
from simulate.tui import bindings
from simulate.tui.analyses import Analysis, Found
from simulate.tui.screens.analysis_page import AnalysisPage
from simulate.tui.screens.page import after
from simulate.tui.widgets.columns import LONGEST_PERSONA, Listed
from simulate.tui.widgets.line_table import Column, LineTable
from simulate.tui.widgets.twin_text import TwinView

LONGEST_CELL = 14
"""Cells of a column of outcomes."""
ROOMY = 30
"""Lines of a screen from which on it says how to read the numbers."""


@dataclass
class TwinSource:
    """The pairs of two cells, read page by page."""

    view: RunView
    found: Twins

    def __len__(self) -> int:
        return len(self.found)

    def read(self, start: int, stop: int) -> Sequence[TwinDetail]:
        """Return some pairs; none where the file cannot be read any more."""
        try:
            return twin_details(self.view.reader, self.found, start, stop)
        except SimulateError:
            return ()


class TwinsPage(AnalysisPage):
    """The page of twins."""

    NAME = "twins"
    BINDINGS = bindings.TWINS

    def __init__(self) -> None:
        super().__init__()
        self.twins: Twins | None = None
        self.pair: TwinDialogues | None = None

    def body(self) -> ComposeResult:
        """Make sentence, list and dialogues."""
        with Vertical(id="twins-page"):
            yield Static(id="twins-told")
            with Vertical(id="twin-panes"):
                with Vertical(id="pairs-pane", classes="pane"):
                    yield LineTable(id="pairs")
                yield TwinView(id="twin-pane", classes="pane")

    @property
    def table(self) -> LineTable[TwinDetail]:
        """The list of pairs."""
        return self.query_one("#pairs", LineTable)

    # What is asked

    def run_opened(self) -> None:
        """Ask another run."""
        self.twins = self.pair = None
        super().run_opened()
        self.table.focus()

    def select(self, **chosen: Any) -> None:
        """Choose other cells, or another outcome."""
        self.twins = None
        super().select(**chosen)

    # What is drawn

    def show(self, found: Analysis[Found]) -> None:
        """Draw what was found."""
        if isinstance(found.found, Twins):
            self._show(found.found)

    def show_part(self, found: Analysis[Found], far: str) -> None:
        """Draw the pairs, which are known long before their contrast is."""
        if isinstance(found.found, Twins):
            if found.found is not self.twins:
                self._show(found.found)
            self._tell_sentence(found.found, far)

    def _show(self, found: Twins) -> None:
        view, before = self.views.view, self.table.current if len(self.table) else None
        if view is None:
            return
        self.twins = found
        self._tell_sentence(found)
        cursor = 0
        if before is not None and self.table.cursor:
            places = np.flatnonzero(found.left == before.pair.a)
            cursor = int(places[0]) if len(places) else 0
        source = TwinSource(view, found)
        self.table.empty = "There are no pairs." if found.why_none else "No pair has begun yet."
        self.table.show(source, self._columns(found, source.read(0, 50)), cursor=cursor)
        self.query_one("#pairs-pane").border_title = Text(self._title(found))
        self._read()

    def tell(self, text: str) -> None:
        """Say something in the place of what was found."""
        self.twins = self.pair = None
        self.query_one("#twins-told", Static).update(Text(text))
        self.query_one("#pairs-pane").border_title = Text("Pairs")
        self.table.empty = ""
        self.table.show(Listed(()), ())
        self._draw_pair()

    def _tell_sentence(self, found: Twins, progress: str = "") -> None:
        text = Text().append(line(found.sentence), "bold")
        roomy = self.size.height >= ROOMY
        notes = (*found.counts.told, *(found.notes if roomy else ()))
        told = [line(note) for note in (found.parting_told, *notes) if note]
        if progress:
            told.insert(0, progress)
        for each in told:
            text.append(f"\n{each}", "dim")
        self.query_one("#twins-told", Static).update(text)

    @staticmethod
    def _title(found: Twins) -> str:
        a, b = (line(name) for name in found.names)
        title = f"A {a} · B {b or '–'} · {counted(found.counts.pairs, 'pair')}"
        return f"{title} · by {line(found.outcome)}" if found.outcome else title

    def _columns(self, found: Twins, first: Sequence[TwinDetail]) -> list[Column[TwinDetail]]:
        unit = f" {found.unit}" if found.unit else ""
        persona = max([7, *(len(line(row.persona)) for row in first)])

        def value(shown: str) -> str:
            return shortened(shown, LONGEST_CELL) or "–"

        def bad(row: TwinDetail) -> str | None:
            return None if row.pair.difference is not None else "table--dim"

        width = max(10, min(len(f"A − B{unit}"), 14))
        title = f"A − B{unit}" if found.signed else "A and B"
        heads = [f"{letter} {line(name)}" for letter, name in zip("AB", found.names, strict=True)]
        wide = [max(9, min(len(head), LONGEST_CELL)) for head in heads]
        repeated = any(row.replicate for row in first)
        columns: list[Column[TwinDetail]] = [
            Column("difference", shortened(title, width), width,
                   lambda r: difference_text(found, r), right=True, style=bad, sortable=False),
            Column("a", shortened(heads[0], LONGEST_CELL), wide[0],
                   lambda r: value(r.shown_a), right=True, style=bad, sortable=False),
            Column("b", shortened(heads[1], LONGEST_CELL), wide[1],
                   lambda r: value(r.shown_b), right=True, style=bad, sortable=False),
            Column("parts", "first differs at", 18, lambda r: line(parts_text(r)), sortable=False),
            Column("persona", "persona", min(persona, LONGEST_PERSONA),
                   lambda r: shortened(r.persona, LONGEST_PERSONA), sortable=False),
            Column("replicate", "replicate", 9, lambda r: str(r.replicate), right=True,
                   sortable=False),
            Column("ids", "dialogues", 15, lambda r: f"{r.pair.a}, {r.pair.b}", sortable=False),
        ]  # fmt: skip
        return [each for each in columns if repeated or each.key != "replicate"]

    @on(LineTable.Moved, "#pairs")
    def _read(self) -> None:
        """Put the pair under the cursor side by side."""
        view, found = self.views.view, self.twins
        if view is None or found is None:
            return
        try:
            self.pair = example_of(view.reader, found, self.table.cursor)
        except SimulateError as error:
            self.pair = None
            self.views.refused(error)
        self._draw_pair()

    def _draw_pair(self) -> None:
        pane = self.query_one(TwinView)
        pair, found, row = self.pair, self.twins, self.table.current
        if pair is None or found is None:
            pane.show(None, ("", ""), ("", ""))
            pane.border_title = Text("Side by side")
            return
        unit = f" {found.unit}" if found.unit else ""
        shown = ("", "") if row is None else (row.shown_a, row.shown_b)
        name = f"{found.outcome}: " if found.outcome else ""
        values = [each.outcomes.get(found.outcome or "") for each in (pair.a, pair.b)]
        units = [unit if each is not None and each.value is not None else "" for each in values]
        pane.show(pair, found.names, (name + shown[0] + units[0], name + shown[1] + units[1]))
        came = ", ".join(
            f"{side} {value}" for side, value in zip("AB", shown, strict=True) if value
        )
        came = f" · {name}{came}" if came else ""
        pane.border_title = Text(f"Side by side · {line(pair.a.persona.id)}{line(came)}")

    # Actions

    def action_next_cell(self, side: int) -> None:
        """Take the next cell as A (0) or B (1)."""
        found = self.twins
        if found is None or len(found.cells) < 2:
            return
        chosen = list(found.names)
        others = [name for name in found.cells if name != chosen[1 - side]]
        chosen[side] = after(others, chosen[side])
        self.select(cells=tuple(chosen))

    def action_scroll_pair(self, pages: int) -> None:
        """Scroll the two dialogues."""
        pane = self.query_one(TwinView)
        pane.scroll_relative(y=pages * max(pane.size.height - 2, 1), animate=False)

    @on(LineTable.Chosen, "#pairs")
    async def _chosen(self) -> None:
        await self.action_open(0)

    async def action_open(self, side: int) -> None:
        """Read the dialogue of A (0) or of B (1), where it parts from the other."""
        if self.pair is not None:
            number = (self.pair.a, self.pair.b)[side].id
            await self.views.open_dialogue(number, self.pair.parting.turn)
