"""The application: which run is open, what is followed, and the way between the pages."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

from textual.app import SystemCommand
from textual.screen import Screen
from textual.widget import Widget

from simulate.errors import SimulateError
from simulate.runfile.dialogue_list import Order
from simulate.runfile.failure_reasons import next_failed
from simulate.tui import bindings
from simulate.tui.analyses import Selected
from simulate.tui.commands import CommandsOfPage
from simulate.tui.export_actions import ExportActions
from simulate.tui.glyphs import glyphs
from simulate.tui.screens.browse import Browse
from simulate.tui.screens.failures import Failures
from simulate.tui.screens.help import Help
from simulate.tui.screens.jump import Jump
from simulate.tui.screens.live import Live
from simulate.tui.screens.page import Page, after
from simulate.tui.screens.palette import Palette
from simulate.tui.screens.quit_dialog import QuitDialog
from simulate.tui.themes import THEMES
from simulate.tui.user_settings import UserSettings

FOLLOW_S = 0.5
"""How often a run that goes on is looked at, in s; less often where looking takes long."""


def _distributions() -> Screen[None]:
    """Make the page of distributions; only then is what it needs imported."""
    from simulate.tui.screens.distributions import Distributions

    return Distributions()


def _answer() -> Screen[None]:
    from simulate.tui.screens.answer import AnswerPage

    return AnswerPage()


def _twins() -> Screen[None]:
    from simulate.tui.screens.twins import TwinsPage

    return TwinsPage()


def _tree() -> Screen[None]:
    from simulate.tui.screens.tree import TreePage

    return TreePage()


def _groups() -> Screen[None]:
    from simulate.tui.screens.groups import GroupsPage

    return GroupsPage()


def _typical() -> Screen[None]:
    from simulate.tui.screens.typical import TypicalPage

    return TypicalPage()


class RunBeside(Protocol):
    """A run that was begun together with the screen."""

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        ...


class ViewApp(ExportActions):
    """The terminal UI.

    Args:
        folder: whose runs are listed.
        run: the run file to open first, or None.
        selected: what to show first: filter and sort, a dialogue to open, a turn in it, …
        settings: theme and keys.
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
        "answer": _answer,
        "twins": _twins,
        "tree": _tree,
        "groups": _groups,
        "typical": _typical,
    }
    BINDINGS = bindings.APP

    def __init__(
        self,
        folder: Path,
        run: Path | None = None,
        *,
        selected: Selected | None = None,
        settings: UserSettings | None = None,
        first_screen: str | None = None,
        follows: bool = True,
        beside: RunBeside | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(folder, selected or Selected(), clock)
        self._first_run = run
        self._first_screen = first_screen
        self._follows = follows
        self.beside = beside
        self.let_go_on = False
        self._settings = settings or UserSettings()
        if (shown := glyphs(self._settings.plots)) is not None:
            self._filters.append(shown)
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = self._settings.theme or THEMES[0].name
        if self._settings.keys:
            self.set_keymap(dict(self._settings.keys))

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
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))
        if self._follows:
            self.set_interval(FOLLOW_S, self.look)

    def _fatal_error(self) -> None:
        """End after a fault of ours; the command line says so in one line."""
        self._close_messages_no_wait()

    @property
    def fault(self) -> BaseException | None:
        """What broke the application, if anything did."""
        return self._exception

    def tick(self) -> None:
        """Let the page take notice of the time that passes without news."""
        if isinstance(self.screen, Page) and self.screen.ready:
            self.screen.tick()

    def tell_pages(self) -> None:
        """Let the pages show another run, or what is new in this one."""
        for screen in self.screen_stack:
            if isinstance(screen, Page):
                screen.look()

    # Actions

    async def action_quit(self) -> None:
        """Leave; where a run goes on beside the screen, ask what becomes of it."""
        if self.beside is None or not self.beside.running:
            self.exit()
        else:
            self.push_screen(QuitDialog(), self._quit_chosen)

    def _quit_chosen(self, what: str | None) -> None:
        if what in ("go-on", "stop") and self.beside is not None:
            self.let_go_on = what == "go-on"
            self.exit()

    async def go_to(self, screen: str) -> None:
        """Go to a screen by its name: a page, a pane of the first page, or a sheet over it."""
        if screen in bindings.PAGES:
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
        """Follow the run, or pause."""
        self.following = not self.following
        self.say("Following the run." if self.following else "Paused; F follows the run again.")
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
            after = -1 if self.dialogue is None else self.dialogue
            found = next_failed(self.view.reader, after, step)
        except SimulateError as error:
            self.refused(error)
            return
        if found is None:
            self.say(
                "No dialogue has failed. What was asked for again or repaired is on the page of "
                "failures (3)."
            )
            return
        await self.open_dialogue(found)

    async def open_dialogue(self, dialogue: int, turn: int | None = None) -> None:
        """Go to a dialogue on the page of dialogues."""
        await self.switch_mode("browse")
        if isinstance(self.screen, Browse):
            self.screen.open_dialogue(dialogue, turn)

    async def show_dialogues(self, filter_: str) -> None:
        """Go to the dialogues of a filter."""
        await self.switch_mode("browse")
        if isinstance(self.screen, Browse):
            self.screen.filter_by(filter_)
            self.screen.pane = "dialogues"

    def action_command_palette(self) -> None:
        """Open the palette, unless it is open."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    def action_next_theme(self) -> None:
        """Take the next theme: dark, light, ansi."""
        names = [theme.name for theme in THEMES] + ["ansi-dark", "ansi-light"]
        self.theme = after(names, self.theme)
        self.say(f"Theme {self.theme}")

    def action_help(self) -> None:
        """Show what the keys do."""
        self.push_screen(Help(self.screen))

    def action_jump(self) -> None:
        """Put a letter on each place of the page; the one that is pressed gets the keyboard."""
        page = self.screen
        if isinstance(page, Page):

            def go(place: Widget | None) -> None:
                if place is not None:
                    page.go_to_place(place)

            self.push_screen(Jump(page.places()), go)

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
