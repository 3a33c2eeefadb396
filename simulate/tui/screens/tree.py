"""The tree of a dialogue: what could have been said at each turn, and what was played of it."""

from __future__ import annotations

from dataclasses import replace

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from simulate.comparison.dialogue_tree import DialogueTree
from simulate.errors import SimulateError
from simulate.report.tree_lines import TreeLine, tree_lines
from simulate.terminal.safe_text import line
from simulate.tui import bindings
from simulate.tui.analyses import Analysis, Found, Selected
from simulate.tui.dialogue_data import calls_of
from simulate.tui.screens.analysis_page import AnalysisPage
from simulate.tui.screens.prompt import Prompt
from simulate.tui.widgets.cells import wrapped

STYLES = {"turn": "bold", "asked": "bold", "drawn": "bold", "played": "italic", "end": "bold"}


class TreePage(AnalysisPage):
    """The page of a dialogue's tree."""

    NAME = "tree"
    BINDINGS = bindings.TREE

    def __init__(self) -> None:
        super().__init__()
        self.tree_shown: DialogueTree | None = None
        self._stepped: tuple[int | None, int] | None = None

    def body(self) -> ComposeResult:
        """Make what is said of the dialogue, and its tree."""
        with Vertical(id="tree-page"):
            yield Static(id="tree-told")
            with Vertical(id="tree-pane", classes="pane"):
                yield TreeList(id="tree-lines", compact=True, markup=False)

    @property
    def lines(self) -> OptionList:
        """The turns, and the candidates that have branches."""
        return self.query_one("#tree-lines", OptionList)

    def run_opened(self) -> None:
        """Ask another run."""
        self.tree_shown = None
        super().run_opened()
        self.lines.focus()

    def show(self, found: Analysis[Found]) -> None:
        """Draw the tree."""
        if isinstance(found.found, DialogueTree):
            self.tree_shown = found.found
            self._draw()

    def tell(self, text: str) -> None:
        """Say something in the place of what was found."""
        if self.tree_shown is not None and text.startswith("Reading"):
            return
        self.tree_shown = None
        self.query_one("#tree-told", Static).update(Text(text))
        self.query_one("#tree-pane").border_title = Text("Tree")
        self.lines.clear_options()

    def on_resize(self) -> None:
        """Fit the tree to another width."""
        super().on_resize()
        if self.ready:
            self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        tree = self.tree_shown
        if tree is None:
            return
        text = Text().append(line(tree.sentence), "bold")
        if tree.ended_with:
            text.append(f"\n{line(tree.ended_with)}")
        if tree.find_out:
            text.append(f"\n{line(tree.find_out)}", "italic")
        text.append(f"\n{line(tree.path_told)}")
        self.query_one("#tree-told", Static).update(text)
        of = f"Dialogue {tree.dialogue} · {line(tree.cell)} · {line(tree.persona)} · {tree.status}"
        branch = f" · {line(tree.branch)}" if tree.branch else ""
        self.query_one("#tree-pane").border_title = Text(of + branch)
        options, lines = self._options(tree), self.lines
        before = lines.highlighted_option
        lines.clear_options()
        lines.add_options(options)
        ids = [option.id for option in options]
        turn = self.selected.turn
        if turn is None and tree.decisive is not None:
            turn = tree.decisive[0].index
        begins = f"{turn}:"
        wanted = before.id if before is not None else begins
        lines.highlighted = ids.index(wanted) if wanted in ids else (0 if ids else None)
        if wanted == begins:  # also where it is drawn again, as the screen has got its size
            self.call_after_refresh(lines.scroll_to_highlight, top=True)

    def _options(self, tree: DialogueTree) -> list[Option]:
        """Return the stops of the cursor, each with the lines that follow it."""
        width = max(self.lines.scrollable_content_region.width, 8)
        played = {
            (turn.index, each.index)
            for turn in tree.turns
            for each in turn.candidates
            if each.played is not None
        }
        stops: list[tuple[str, Text]] = []
        for each in tree_lines(tree, width, wrapped):
            stop = _stop(each, played)
            if not stops or (stop is not None and stop != stops[-1][0]):
                stops.append((stop or "end", Text(no_wrap=True, overflow="ellipsis")))
            else:
                stops[-1][1].append("\n")
            stops[-1][1].append(each.guide, "dim")
            stops[-1][1].append(each.text, STYLES.get(each.kind, ""))
        for place, note in enumerate(tree.notes if stops else ()):
            blank = "" if place else "\n"
            stops.append((f"note{place}", Text(blank + "\n".join(wrapped(line(note), width)))))
        return [Option(text, id=stop, disabled=stop.startswith("note")) for stop, text in stops]

    def action_step_dialogue(self, step: int) -> None:
        """Show the tree of the next dialogue of the plan."""
        tree, view = self.tree_shown, self.views.view
        if tree is None or view is None:
            return
        ids = view.ids(self.views.order)
        place = ids.index(tree.dialogue) + step if tree.dialogue in ids else -1
        if 0 <= place < len(ids):
            self._stepped, self.tree_shown = (self.views.dialogue, ids[place]), None
            self.select(turn=None)

    def _present(self) -> Selected:
        """Return what is selected; the dialogue that was stepped to, until another is opened."""
        found = super()._present()
        if self._stepped is not None and self._stepped[0] == self.views.dialogue:
            return replace(found, dialogue=self._stepped[1])
        return found

    @on(OptionList.OptionSelected, "#tree-lines")
    async def _chosen(self, event: OptionList.OptionSelected) -> None:
        tree, view = self.tree_shown, self.views.view
        turn, _, candidate = (event.option.id or "").partition(":")
        if tree is None or view is None:
            return
        if turn == "end":
            await self.views.open_dialogue(tree.dialogue)
            return
        index = int(turn)
        if candidate:
            played = tree.turns[index].candidates[int(candidate)].played
            if played is not None:
                await self.views.open_dialogue(played.ids[0], index)
            return
        try:
            calls = calls_of(view, tree.dialogue, index)
        except SimulateError as error:
            self.views.refused(error)
            return
        title = f"Dialogue {tree.dialogue} · turn {index} · prompt and raw text"
        self.app.push_screen(Prompt(title, calls))


def _stop(each: TreeLine, played: set[tuple[int, int]]) -> str | None:
    """Return the stop that a line is of; None where it follows the one before."""
    if each.kind == "turn":
        return f"{each.turn}:"
    if each.turn is not None and each.candidate is not None:
        stops = (each.turn, each.candidate) in played
        return f"{each.turn}:{each.candidate}" if stops else None
    return "end" if each.kind in ("asked", "end") else None


class TreeList(OptionList):
    """The lines of a tree; the cursor moves over turns and candidates with branches."""

    BINDINGS = bindings.TREE_LINES
