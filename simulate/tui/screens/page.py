"""What all pages share: the top line, the keys, and news of the run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeVar, cast

from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget

from simulate.terminal.safe_text import line
from simulate.tui.bindings import PAGES
from simulate.tui.run_app import RunApp
from simulate.tui.widgets.key_line import KeyLine, Keys

T = TypeVar("T")


def after(choices: Sequence[T], now: object, step: int = 1) -> T:
    """Return the choice some steps after one, around the end; the first after none of them."""
    at = choices.index(now) if now in choices else -1
    return choices[(at + step) % len(choices)]


class TopLine(Keys):
    """The pages to go to, and the run that is open."""

    def draw(self, page: str, app: RunApp) -> None:
        """Draw the line for a page."""
        text = Text(no_wrap=True, overflow="ellipsis")
        short, wide = app.size.width < 60, app.size.width >= 130
        for name, (key, title) in PAGES.items():
            here = name == page
            if not (here or wide or key.isdecimal()):
                continue  # a view of a letter: help names it too
            click = f"app.page('{name}')"
            if here:
                meta = {"@click": click}
                text.append(f"[{key} {title}]", Style(bold=True, reverse=True, meta=meta))
            else:
                text.append(" ").append_text(self.named(key, "" if short else title, click))
                text.append(" ")
        if app.view is not None:
            totals = app.totals
            text.append("  ")
            text.append(line(app.view.path.name), "bold")
            if totals is not None:
                text.append(f"  {totals.completed:,} ✓", "")
                if totals.failed:
                    text.append(f"  {totals.failed:,} ✗")
                left = totals.left
                if left:
                    text.append(f"  {left:,} to do")
            if app.going_on:
                text.append("  ● live" if app.following else "  ‖ not following")
        self.update(text)


class Page(Screen[None]):
    """A page: one of the main screens."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-medium"), (150, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (30, "-high")]  # noqa: RUF012
    AUTO_FOCUS = ""
    NAME: ClassVar[str] = ""

    def __init__(self) -> None:
        super().__init__()
        self._seen: object = None
        self._composed = False

    @property
    def views(self) -> RunApp:
        """The application."""
        return cast("RunApp", self.app)

    def compose(self) -> ComposeResult:
        """Put the page between top line and keys."""
        yield TopLine(id="top")
        yield from self.body()
        yield KeyLine()

    def body(self) -> ComposeResult:
        """Make the widgets of the page."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Show the run that is open."""
        self._composed = True
        self.look()

    def on_screen_resume(self) -> None:
        """Show what has changed since the page was last seen."""
        self.look()

    @property
    def ready(self) -> bool:
        """Whether all widgets of the page are there: a run has news before that, and after it."""
        return self._composed and self.views.awake and self.is_attached and not self._pruning

    def on_resize(self) -> None:
        """Fit the top line."""
        if self.ready:
            self.query_one(TopLine).draw(self.NAME, self.views)

    def look(self) -> None:
        """Take notice of another run, or of what is new in this one."""
        if not self.ready:
            return
        views = self.views
        self.query_one(TopLine).draw(self.NAME, views)
        opened, news = views.epoch
        seen, self._seen = self._seen, (opened, news)
        if not isinstance(seen, tuple) or seen[0] != opened:
            self.run_opened()
        elif seen[1] != news:
            self.run_changed()

    def run_opened(self) -> None:
        """Show another run (or none)."""

    def run_changed(self) -> None:
        """Show what is new in the run."""

    def tick(self) -> None:
        """Take notice of the time that passes without news."""

    def places(self) -> list[tuple[str, Widget]]:
        """Return what the keyboard can be given to, with its name."""
        return [(self._called(each), each) for each in self.focus_chain]

    def _called(self, widget: Widget) -> str:
        """Return the name of a widget: that of the nearest around it that has one."""
        named = next(
            (w for w in widget.ancestors_with_self if isinstance(w, Widget) and w.id), None
        )
        return "" if named is None else str(named.id).removesuffix("-pane").replace("-", " ")

    def go_to_place(self, widget: Widget) -> None:
        """Give the keyboard to one of `places`."""
        widget.focus()
