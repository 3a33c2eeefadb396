"""Live: how far a run is, how fast it goes, what it costs, and the latest turns."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from simulate.errors import SimulateError
from simulate.runfile.run_progress import CallCounts, RunProgress, count_calls, run_progress
from simulate.terminal.bars import bar
from simulate.terminal.safe_text import counted, line, shortened
from simulate.tui import bindings
from simulate.tui.screens.page import Page
from simulate.tui.speed import Pace, duration
from simulate.tui.widgets.cells import fitted


def progress_text(
    now: RunProgress, pace: Pace, counts: CallCounts, state: str, width: int, quiet_s: float | None
) -> Text:
    """Return progress, rates, tokens and cost of a run.

    Args:
        now: what is on file.
        pace: how fast it goes.
        counts: requests sent again and texts not usable.
        state: whether it goes on, in a word or two.
        width: of the text, in cells.
        quiet_s: how long nothing has come, in s; None where that is unknown.
    """
    text = Text()
    totals = now.totals
    size = max(min(width - 46, 40), 8)
    names = [("all", totals.ended, totals.failed, totals.dialogues)]
    names += [(c.label, c.ended, c.failed, c.dialogues) for c in now.cells]
    room = min(max(len(line(name)) for name, *_ in names), 18)
    for label, ended, failed, dialogues in names:
        share = ended / dialogues if dialogues else 1.0
        text.append(f" {fitted(line(label), room)} ", "bold" if label == "all" else "")
        text.append("▕")
        text.append(bar(share, size))
        text.append(f"▏ {share:4.0%}  {ended:,} of {dialogues:,}")
        text.append(f"  {failed:,} ✗\n" if failed else "\n")
    facts: list[tuple[str, str]] = [("state", state)]
    turns, tokens = pace.rate("turns"), pace.rate("completion_tokens")
    if turns is not None and (turns or tokens):
        facts.append(("rate", f"{turns:.1f} turns/s, {tokens or 0:,.0f} tokens/s written"))
    left = pace.left_s()
    if left is not None and totals.ended < totals.dialogues:
        facts.append(("left", f"about {duration(left)} at this rate"))
    if quiet_s is not None and quiet_s >= 10 and totals.ended < totals.dialogues:
        facts.append(("quiet", f"nothing new for {duration(quiet_s)}"))
    most = "" if totals.ended == totals.dialogues else f" of at most {now.most_turns:,}"
    facts.append(("turns", f"{totals.turns:,}{most}, in {totals.calls:,} calls"))
    facts.append(
        (
            "tokens",
            f"{totals.prompt_tokens:,} read ({totals.cached_tokens:,} cached), "
            f"{totals.completion_tokens:,} written{_of_tokens(now)}",
        )
    )
    cost = "unknown" if totals.cost_usd is None else f"${totals.cost_usd:,.4f}"
    if now.budget.usd is not None:
        cost += f" of a budget of ${now.budget.usd:,.2f}"
    facts.append(("cost", cost))
    part = "" if counts.share >= 1 else f" (in the first {counts.share:.0%} of the calls)"
    facts.append(
        (
            "calls",
            f"{counted(counts.retries, 'request')} sent again, "
            f"{counted(counts.unusable, 'text')} not usable{part}",
        )
    )
    facts.append(("models", ", ".join(line(m) for m in now.models) or "unknown"))
    facts += [("answered", line(what)) for what in now.answered]
    facts += [("endpoint", line(what)) for what in now.told]
    text.append("\n")
    for name, value in facts:
        text.append(f" {name:<9}", "bold")
        text.append(f"{value}\n")
    return text


def _of_tokens(now: RunProgress) -> str:
    if now.budget.tokens is None:
        return ""
    return f", of a budget of {now.budget.tokens:,}"


class Live(Page):
    """The page of a run that goes on."""

    NAME = "live"
    BINDINGS = bindings.LIVE

    def __init__(self) -> None:
        super().__init__()
        self.pace = Pace()
        self.counts = CallCounts()
        self.now: RunProgress | None = None
        self._changed_at: float | None = None

    def body(self) -> ComposeResult:
        """Make the panes."""
        with VerticalScroll(id="live-page", can_focus=True):
            yield Static(id="progress", classes="pane")
            with Horizontal(id="live-panes"):
                yield Static(id="latest", classes="pane")
                yield Static(id="in-flight", classes="pane")

    def run_opened(self) -> None:
        """Show another run."""
        self.pace, self.counts, self._changed_at = Pace(), CallCounts(), None
        self._read()
        self.query_one("#live-page").focus()

    def run_changed(self) -> None:
        """Show what is new."""
        self._changed_at = self.views.clock()
        self._read()

    def tick(self) -> None:
        """Take notice of the time that goes by without news."""
        view = self.views.view
        if view is None:
            return
        if not self.counts.complete:
            self._count()
        if self.now is not None and self.now.totals.ended < self.now.totals.dialogues:
            self.pace.note(self.views.clock(), self.now.totals)
        self._draw()

    def _count(self) -> None:
        view = self.views.view
        if view is not None:
            try:
                self.counts = count_calls(view.reader, self.counts)
            except SimulateError as error:
                self.views.refused(error)

    def _read(self) -> None:
        views = self.views
        if views.view is None or views.totals is None:
            self.now = None
            self.query_one("#progress", Static).update("No run is open.")
            self.query_one("#latest", Static).update("")
            self.query_one("#in-flight", Static).update("")
            return
        try:
            self.now = run_progress(views.view.reader, views.totals)
        except SimulateError as error:
            views.refused(error)
            return
        self._count()
        self.pace.note(views.clock(), views.totals)
        self._draw()

    def _draw(self) -> None:
        if self.now is None:
            return
        views, totals = self.views, self.now.totals
        if totals.ended == totals.dialogues:
            state = "finished"
        elif views.going_on:
            state = "running" if views.following else "running; this screen is paused"
        else:
            state = "stopped; continue with simulate run … --out RUN --resume"
        quiet = None if self._changed_at is None else views.clock() - self._changed_at
        panel = self.query_one("#progress", Static)
        panel.border_title = Text("Progress")
        width = max(self.size.width - 4, 20)
        panel.update(progress_text(self.now, self.pace, self.counts, state, width, quiet))
        self._draw_latest()
        self._draw_in_flight()

    def _draw_latest(self) -> None:
        assert self.now is not None  # noqa: S101
        panel = self.query_one("#latest", Static)
        panel.border_title = Text("Latest turns")
        table = Table.grid(padding=(0, 1))
        table.add_column(justify="right", style="dim", no_wrap=True)
        table.add_column(style="bold", no_wrap=True, max_width=14)
        table.add_column(ratio=1)
        for turn in self.now.latest[:12]:
            table.add_row(
                f"{turn.dialogue}/{turn.position}",
                Text(line(turn.speaker)),
                Text(shortened(turn.text, 240)),
            )
        panel.update(table if self.now.latest else Text("No turn yet.", "dim"))

    def _draw_in_flight(self) -> None:
        assert self.now is not None  # noqa: S101
        running = self.now.totals.running
        shown = self.now.in_flight[:12]
        panel = self.query_one("#in-flight", Static)
        title = f"In flight · {running:,}"
        if running > len(shown):
            title = f"In flight · showing {len(shown)} of {running:,}"
        panel.border_title = Text(title)
        text = Text()
        for each in shown:
            text.append(f"{each.dialogue:>6} {fitted(line(each.cell), 12)} {each.turns:>3} turns\n")
        panel.update(text if shown else Text("No dialogue is running.", "dim"))

    async def action_open(self) -> None:
        """Read the dialogue of the newest turn."""
        if self.now is not None and self.now.latest:
            turn = self.now.latest[0]
            await self.views.open_dialogue(turn.dialogue, turn.position)

    async def action_back(self) -> None:
        """Go back to the dialogues."""
        await self.views.action_page("browse")
