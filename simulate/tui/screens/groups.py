"""Groups: an outcome by an attribute of the personas, a small picture for each group."""

from __future__ import annotations

from typing import Any

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Grid, VerticalScroll
from textual.widgets import Static

from simulate.comparison.persona_groups import PersonaGroups
from simulate.errors import SimulateError
from simulate.runfile.dialogue_list import Order
from simulate.terminal.safe_text import block, line
from simulate.tui import bindings
from simulate.tui.analyses import Analysis, Found
from simulate.tui.screens.analysis_page import AnalysisPage
from simulate.tui.screens.page import after
from simulate.tui.widgets.group_panel import MARK, GroupPanel

NARROWEST, MOST_COLUMNS = 36, 6
"""Characters of a picture with its frame, where there is room for several; how many at most."""
FRAME = 2


class GroupsPage(AnalysisPage):
    """The page of groups."""

    NAME = "groups"
    BINDINGS = bindings.GROUPS

    def __init__(self) -> None:
        super().__init__()
        self.panels: list[GroupPanel] = []
        self.cursor = 0

    def body(self) -> ComposeResult:
        """Make the page."""
        with VerticalScroll(classes="scroll", can_focus=False):
            yield Static(id="groups-head")
            yield Grid(id="groups")
            yield Static(id="groups-notes")

    @property
    def groups(self) -> PersonaGroups | None:
        """What is shown."""
        return self.shown(PersonaGroups)

    @property
    def outcome(self) -> str | None:
        """The outcome that is shown."""
        return self.selected.outcome if self.groups is None else self.groups.outcome

    def show(self, found: Analysis[Found]) -> None:
        """Draw what was found."""
        self._draw()

    def tell(self, text: str) -> None:
        """Say something in the place of what was found."""
        self.query_one("#groups-head", Static).update(Text(text))
        self.query_one("#groups-notes", Static).update(Text())
        self.query_one("#groups").display = False

    def on_resize(self) -> None:
        """Fit the pictures to another size."""
        super().on_resize()
        if self._composed:
            self._draw()

    @property
    def columns(self) -> int:
        """How many pictures stand beside each other."""
        many = 1 if self.groups is None else len(self.groups.groups)
        return max(1, min(self.size.width // NARROWEST, MOST_COLUMNS, many))

    def _draw(self) -> None:
        groups = self.groups
        if groups is None:
            return
        self.query_one("#groups-head", Static).update(_head(groups))
        self.query_one("#groups-notes", Static).update(
            Text("\n".join(block(note) for note in groups.notes), "dim")
        )
        grid = self.query_one("#groups", Grid)
        grid.styles.grid_size_columns = self.columns
        grid.display = True
        new = [GroupPanel() for _ in groups.groups[len(self.panels) :]]
        if new:
            grid.mount_all(new)
        self.panels += new
        many = len(groups.groups)
        for place, panel in enumerate(self.panels):
            panel.display = place < many
        most = max(
            (s for g in groups.groups for s in (*(g.shares or ()), *_of_humans(g))), default=1.0
        )
        width = max((self.size.width - 2) // self.columns - FRAME, 8)
        for panel, group in zip(self.panels, groups.groups, strict=False):
            panel.draw(group, groups.bins.labels, most or 1.0, width)
        self.cursor = min(self.cursor, many - 1)
        self.call_after_refresh(self._focus)

    def _focus(self) -> None:
        """Put the focus on the group under the cursor, unless something else has it."""
        if self.focused is None or isinstance(self.focused, GroupPanel):
            self.panels[self.cursor].focus(scroll_visible=self.cursor > 0)

    def on_descendant_focus(self) -> None:
        """Follow the focus, which a click may have moved."""
        if self.focused in self.panels:
            self.cursor = self.panels.index(self.focused)

    # Actions

    def action_move(self, across: int, down: int) -> None:
        """Go to another group."""
        at = self.cursor + across + down * self.columns
        if self.groups is not None and 0 <= at < len(self.groups.groups):
            self.panels[at].focus()

    def action_next_attribute(self, step: int) -> None:
        """Group by another attribute."""
        if self.groups is not None and self.groups.attributes:
            self.select(attribute=after(self.groups.attributes, self.groups.attribute, step))

    def action_next_cell(self) -> None:
        """Take another cell, or all together."""
        if self.groups is not None:
            self.select(cells=(after(self.groups.cells, self.groups.cell),))

    async def action_open_group(self) -> None:
        """Show the dialogues of the group under the cursor."""
        view, groups = self.views.view, self.groups
        if view is None or groups is None:
            return
        wanted = groups.groups[self.cursor].filter
        if wanted is None:
            self.views.say("No filter can name the dialogues of this group alone.")
            return
        try:
            view.check(Order(wanted))
        except SimulateError as error:
            self.views.refused(error)
            return
        await self.views.show_dialogues(wanted)


def _of_humans(group: Any) -> tuple[float, ...]:
    return () if group.humans is None else group.humans.shares


def _head(found: PersonaGroups) -> Text:
    """Return what is seen, what is chosen, and what the marks are."""
    text = Text()
    text.append(f"{block(found.sentence)}\n", "bold")
    chosen = [f"outcome {line(found.outcome)} (o)", f"{line(found.where)} (c)"]
    if found.attribute is not None:
        at = found.attributes.index(found.attribute) + 1
        by = f"by {line(found.attribute)}, {at} of {len(found.attributes)} (a)"
        chosen.insert(1, by)
    text.append(" · ".join(chosen), "dim")
    if any(each.humans is not None for each in found.groups):
        text.append(f" · █ simulated  {MARK} humans", "dim")
    if found.running:
        text.append(f" · {found.running:,} dialogues have not ended", "dim")
    return text
