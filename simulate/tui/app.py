"""The application: which run is open, what is followed, and the way between the pages."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Protocol

from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from simulate.errors import RunFileError, SimulateError
from simulate.tui.commands import CommandsOfPage
from simulate.tui.config import Config
from simulate.tui.export_actions import WaysOut
from simulate.tui.queries import Order, RunView, Totals
from simulate.tui.query_worker import Asking
from simulate.tui.runs import is_going_on
from simulate.tui.screens.browse import Browse
from simulate.tui.screens.failures import Failures
from simulate.tui.screens.help import Help
from simulate.tui.screens.live import Live
from simulate.tui.screens.page import PAGES, Page
from simulate.tui.screens.quit_dialog import Leave
from simulate.tui.themes import THEMES

__all__ = ["Beside", "ViewApp"]

FOLLOW_S = 0.5
"""How often a run that goes on is looked at, in s; less often where looking takes long."""
PATIENCE = 20
"""A look that takes t s is followed by a pause of at least 20 t."""


def _distributions() -> Screen[None]:
    """Make the page of distributions; only then is what it needs imported."""
    from simulate.tui.screens.distributions import Distributions

    return Distributions()


class Beside(Protocol):
    """A run that was begun together with the screen."""

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        ...


class ViewApp(WaysOut):
    """The terminal UI.

    Args:
        folder: whose runs are listed.
        run: the run file to open first, or None.
        dialogue: the dialogue to open first, or None.
        turn: the turn to put the cursor on, or None.
        order: filter and sort to begin with.
        config: theme and keys.
        first_screen: the screen to begin with; see `go_to`.
        follows: whether to look for news by itself.
        beside: a run that goes on beside the screen and was begun with it, or None.
        clock: tells the time in s, for rates.
    """

    TITLE = "simulate view"
    CSS_PATH = "simulate.tcss"
    COMMANDS = {CommandsOfPage}  # noqa: RUF012
    MODES = {  # noqa: RUF012
        "browse": Browse,
        "distributions": _distributions,
        "failures": Failures,
        "live": Live,
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(
                key,
                f"page('{name}')",
                title,
                show=False,
                tooltip=f"Go to {title}",
                id=f"app.{name}",
            )
            for name, (key, title) in PAGES.items()
        ),
        Binding("x", "next_failed(1)", "Next failed", show=False,
                tooltip="Open the next failed dialogue", id="app.next-failed"),
        Binding("X", "next_failed(-1)", "Previous failed", show=False,
                tooltip="Open the failed dialogue before", id="app.previous-failed"),
        Binding("F", "follow", "Follow", show=False,
                tooltip="Follow a run that goes on, or hold still", id="app.follow"),
        Binding("e", "export", "Export", show=False,
                tooltip="Write this view, dialogue or selection to a file", id="app.export"),
        Binding("t", "next_theme", "Theme", show=False, tooltip="Change colours: dark, light, ansi",
                id="app.theme"),
        Binding("question_mark,f1", "help", "Help", key_display="?",
                tooltip="What the keys do, and what is shown", id="app.help"),
        Binding("q", "quit", "Quit", tooltip="Leave", id="app.quit"),
        Binding("ctrl+q", "quit", "Quit", show=False, system=True, priority=True),
    ]  # fmt: skip

    def __init__(
        self,
        folder: Path,
        run: Path | None = None,
        *,
        dialogue: int | None = None,
        turn: int | None = None,
        order: Order | None = None,
        config: Config | None = None,
        first_screen: str | None = None,
        follows: bool = True,
        beside: Beside | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.folder = folder
        self.view: RunView | None = None
        self.order = order or Order()
        self.first_dialogue = dialogue
        self.first_turn = turn
        self.dialogue: int | None = None
        self.marks: set[int] = set()
        self.totals: Totals | None = None
        self.epoch = (0, 0)
        self.following = True
        self.going_on = False
        self.clock = clock
        self.asking = Asking(self._post)
        self._first_run = run
        self._first_screen = first_screen
        self._follows = follows
        self.beside = beside
        self.let_go_on = False
        self._version = 0
        self._rest_until = 0.0
        self._config = config or Config()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = self._config.theme or THEMES[0].name
        if self._config.keys:
            self.set_keymap(dict(self._config.keys))

    def _post(self, call: Callable[[], None]) -> None:
        """Call a function on the screen's thread, soon; from any thread."""
        self.call_later(call)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give the themes that are not ours the colours that they do not have."""
        return {"quiet": "ansi_bright_black" if "ansi" in self.theme else "#8a8f9c"}

    def on_mount(self) -> None:
        """Open the first run and begin to follow."""
        if self._first_run is not None:
            self.open_run(self._first_run, fresh=False)
        self.switch_mode("browse")
        if self._first_screen is not None:
            first = self._first_screen
            self.call_after_refresh(lambda: self.call_later(self.go_to, first))
        if self._follows:
            self.set_interval(FOLLOW_S, self.look)

    def _fatal_error(self) -> None:
        """End after a fault of ours; the command line says so in one line."""
        self._close_messages_no_wait()

    @property
    def fault(self) -> BaseException | None:
        """What broke the application, if anything did."""
        return self._exception

    def on_unmount(self) -> None:
        """Close the run file."""
        self.asking.drop_all()
        if self.view is not None:
            self.view.close()

    # The run

    def open_run(self, path: Path, *, fresh: bool = True) -> bool:
        """Open a run file; say why not where it cannot be opened. Returns whether it is open."""
        try:
            view = RunView(path)
            totals = view.totals()
            version = view.version()
        except SimulateError as error:
            self.say(str(error), severity="error")
            return False
        self.asking.drop_all()
        if self.view is not None:
            self.view.close()
        self.view, self.totals, self._version = view, totals, version
        self.going_on = is_going_on(path)
        if fresh:
            self.order = Order()
            self.first_dialogue = self.first_turn = None
        self.dialogue = None
        self.marks.clear()
        self.epoch = (self.epoch[0] + 1, 0)
        self._tell_page()
        return True

    def close_run(self, why: str) -> None:
        """Close a run file that cannot be read any more, and say why."""
        self.asking.drop_all()
        if self.view is not None:
            with suppress(SimulateError):
                self.view.close()
        self.view = self.totals = self.dialogue = None
        self.going_on = False
        self.epoch = (self.epoch[0] + 1, 0)
        self.say(why, severity="error")
        self._tell_page()

    def look(self) -> None:
        """Look whether the run has news; rarely where looking takes long."""
        began = time.monotonic()
        if self.following and began >= self._rest_until and self.look_now():
            self._rest_until = time.monotonic() + PATIENCE * (time.monotonic() - began)

    def look_now(self) -> bool:
        """Look whether the run has news, unless the screen holds still; return whether it has."""
        if self.view is None or not self.following:
            return False
        try:
            self.view.check_still_there()
            version = self.view.version()
            going_on = is_going_on(self.view.path)
            changed = version != self._version
            if changed:
                self.totals = self.view.totals()
        except RunFileError as error:
            self.close_run(str(error))
            return True
        if changed or going_on != self.going_on:
            self._version, self.going_on = version, going_on
            self.epoch = (self.epoch[0], self.epoch[1] + 1)
            self._tell_page()
            return True
        self._tick()
        return False

    def _tick(self) -> None:
        """Let the page of a run that goes on take notice of the time."""
        if isinstance(self.screen, Live):
            self.screen.tick()

    def _tell_page(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, Page):
                screen.look()

    def ask(
        self,
        kind: str,
        question: Callable[[RunView], Any],
        answer: Callable[[Any], None],
        failed: Callable[[SimulateError], None] | None = None,
    ) -> None:
        """Ask the open run something that takes long; see `Asking`."""
        if self.view is not None:
            self.asking.ask(kind, self.view, question, answer, failed or self.refused)

    # Actions

    async def action_quit(self) -> None:
        """Leave; where a run goes on beside the screen, ask what becomes of it."""
        if self.beside is None or not self.beside.running:
            self.exit()
        else:
            self.push_screen(Leave(), self._leave)

    def _leave(self, what: str | None) -> None:
        if what in ("go-on", "stop") and self.beside is not None:
            self.let_go_on = what == "go-on"
            self.exit()

    async def action_page(self, name: str) -> None:
        """Go to a page."""
        await self.switch_mode(name)

    async def go_to(self, screen: str) -> None:
        """Go to a screen by its name: a page, a pane of the first page, or a sheet over it."""
        if screen in PAGES:
            await self.action_page(screen)
            return
        await self.action_page("browse")
        if not isinstance(self.screen, Browse):
            return
        if screen == "help":
            self.action_help()
        elif screen == "persona":
            self.screen.action_persona()
        elif screen == "prompt":
            self.screen.pane = "transcript"
            self.screen.transcript.action_look_behind()
        else:
            self.screen.pane = screen

    def action_follow(self) -> None:
        """Follow the run, or hold still."""
        self.following = not self.following
        self.say("Following the run." if self.following else "Holding still; F follows again.")
        self.look_now()
        self._redraw_top()

    def _redraw_top(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, Page):
                screen.on_resize()

    async def action_next_failed(self, step: int) -> None:
        """Open the next failed dialogue."""
        if self.view is None:
            return
        try:
            found = self.view.next_failed(-1 if self.dialogue is None else self.dialogue, step)
        except SimulateError as error:
            self.refused(error)
            return
        if found is None:
            self.say("No dialogue has failed.")
            return
        await self.open_dialogue(found)

    async def open_dialogue(self, dialogue: int, turn: int | None = None) -> None:
        """Go to a dialogue on the page of dialogues."""
        await self.switch_mode("browse")
        if isinstance(self.screen, Browse):
            self.screen.open_dialogue(dialogue, turn)

    def action_next_theme(self) -> None:
        """Take the next theme: dark, light, ansi."""
        names = [theme.name for theme in THEMES] + ["ansi-dark", "ansi-light"]
        at = names.index(self.theme) if self.theme in names else -1
        self.theme = names[(at + 1) % len(names)]
        self.say(f"Theme {self.theme}")

    def action_help(self) -> None:
        """Show what the keys do."""
        self.push_screen(Help(self.screen))

    def selection(self) -> list[int]:
        """Return the dialogues that are marked; where none is, all that the table shows."""
        if self.marks:
            return sorted(self.marks)
        for screen in self.screen_stack:
            if isinstance(screen, Browse):
                return list(screen.ids)
        return [] if self.view is None else list(self.view.ids(Order()))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Offer no commands of Textual's own: those of ours are grouped (see `commands`)."""
        return ()
