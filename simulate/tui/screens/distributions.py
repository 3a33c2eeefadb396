"""Distributions: two cells or runs against humans, entropy, stated against drawn, a summary."""

from __future__ import annotations

from io import StringIO
from typing import Any

from rich.console import Console
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Select, Static, TabbedContent, TabPane

from simulate.comparison import Comparison, Settings
from simulate.comparison.humans_of_groups import protected_strata
from simulate.errors import SimulateError
from simulate.report.comparison_table import comparison_group
from simulate.runfile.run_folder import runs_in
from simulate.runfile.run_view import RunView
from simulate.terminal.bars import progress_line
from simulate.terminal.safe_text import line
from simulate.tui import bindings
from simulate.tui.analyses import Selected, outcome_of
from simulate.tui.distribution_data import (
    Draws,
    Side,
    SideBySide,
    compare_sides,
    read_draws,
    read_sides,
    sides_of,
)
from simulate.tui.draws_text import calibration_text, entropy_text
from simulate.tui.screens.page import Page, after
from simulate.tui.screens.summary_pane import SummaryPane
from simulate.tui.widgets.even_plot import EvenPlot
from simulate.tui.widgets.plots import (
    Palette,
    draw_calibration,
    draw_ecdf,
    draw_entropy,
    draw_histogram,
)

MOST_RUNS = 30
DRAWS = ("entropy-view", "calibration-view")
VIEWS = ("outcome", "entropy", "calibration", "summary")


class Distributions(Page):
    """The page of distributions."""

    NAME = "distributions"
    settings = Settings()
    """How a comparison is made; as the command line makes it."""
    BINDINGS = bindings.DISTRIBUTIONS

    def __init__(self) -> None:
        super().__init__()
        self.sides: list[Side] = []
        self._by_outcome = False
        self.found: SideBySide | None = None
        self.draws: list[Draws] | None = None
        self.comparison: Comparison | None = None
        self._table_text = ""
        self._left = False
        self._drawn_floor: float | None = None

    def body(self) -> ComposeResult:
        """Make the page."""
        with Horizontal(id="choices"):
            yield Static("outcome", classes="label")
            yield Select[str]((), id="outcome", compact=True, allow_blank=True)
            yield Static("A", classes="label")
            yield Select[int]((), id="side-a", compact=True, allow_blank=True)
            yield Static("B", classes="label")
            yield Select[int]((), id="side-b", compact=True, allow_blank=True)
        with TabbedContent(id="views"):
            with TabPane("Outcome", id="outcome-view"), VerticalScroll(classes="scroll"):
                with Horizontal(id="outcome-plots"):
                    yield EvenPlot(id="ecdf", classes="pane")
                    yield EvenPlot(id="histogram", classes="pane")
                yield Static(id="far")
                yield Static(id="distances")
            with TabPane("Entropy over the turns", id="entropy-view"), Vertical():
                yield EvenPlot(id="entropy", classes="pane")
                yield Static(id="entropy-text")
            with TabPane("Stated against drawn", id="calibration-view"), Vertical():
                yield EvenPlot(id="calibration", classes="pane")
                yield Static(id="calibration-text")
            with TabPane("Summary", id="summary-view"):
                yield SummaryPane()

    def on_mount(self) -> None:
        """Name the plots."""
        super().on_mount()
        for name, title in (
            ("ecdf", "Distribution function"),
            ("histogram", "Histogram"),
            ("entropy", "Mean entropy of the reply distributions"),
            ("calibration", "How often a candidate of a stated probability was drawn"),
        ):
            self.query_one(f"#{name}").border_title = Text(title)
        self.app.theme_changed_signal.subscribe(self, lambda _: self._draw())

    # What is shown

    def run_opened(self) -> None:
        """Offer outcomes and sides of another run."""
        self.found = self.comparison = self.draws = None
        view = self.views.view
        outcome, *_ = self._selects()
        with self.prevent(Select.Changed):
            outcome.set_options([(line(n), n) for n in (view.outcomes if view else ())])
            if view is not None and view.outcomes:
                outcome.value = outcome_of(view, Selected())
        self.sides, self._by_outcome = [], False
        self._offer_sides()
        self._ask()

    def _offer_sides(self) -> None:
        """Offer the sides of the outcome; what is chosen stays where they are the same."""
        view = self.views.view
        outcome, a, b = self._selects()
        sides: list[Side] = []
        if view is not None:
            sides = self._all_sides(view, outcome.value if isinstance(outcome.value, str) else None)
        if sides == self.sides:
            return
        self.sides = sides
        options = [(Text(line(side.label)), i) for i, side in enumerate(sides)]
        with self.prevent(Select.Changed):
            a.set_options(options)
            b.set_options(options)
            if sides:
                a.value = 0
            if view is not None and sum(side.path == view.path for side in sides) > 1:
                b.value = 1

    def run_changed(self) -> None:
        """Read the distributions of a run that goes on anew, unless that is being done."""
        if not self.views.queries.is_open("sides"):
            self._ask()

    def _selects(self) -> tuple[Select[str], Select[int], Select[int]]:
        return (
            self.query_one("#outcome", Select),
            self.query_one("#side-a", Select),
            self.query_one("#side-b", Select),
        )

    def _all_sides(self, view: RunView, outcome: str | None) -> list[Side]:
        """Return this run's cells, and those of the other runs beside it."""
        sides = sides_of(view, outcome)
        self._by_outcome |= bool(protected_strata(view.reader))
        here = view.path.resolve()
        others = [r for r in runs_in(self.views.folder) if r.problem is None and r.dialogues]
        for run in [r for r in others if r.path.resolve() != here][:MOST_RUNS]:
            try:
                other = RunView(run.path)
            except SimulateError:
                continue
            try:
                sides += sides_of(other, outcome, named=True)
                self._by_outcome |= bool(protected_strata(other.reader))
            except SimulateError:
                continue
            finally:
                other.close()
        return sides

    def _chosen(self) -> tuple[str | None, list[Side]]:
        outcome, a, b = self._selects()
        picked = [s.value for s in (a, b) if isinstance(s.value, int)]
        name = outcome.value if isinstance(outcome.value, str) else None
        return name, [self.sides[i] for i in dict.fromkeys(picked) if i < len(self.sides)]

    def _ask(self) -> None:
        view = self.views.view
        outcome, sides = self._chosen()
        if view is None or not sides:
            self._tell("No run is open.")
            return
        if outcome is None:
            self._tell("This run measures no outcome.")
            return
        if self.found is None:
            self._tell("Reading …")
        name = outcome
        self.draws = None
        self.views.ask_stages(
            "sides",
            lambda own, progress: read_sides(own, name, sides, progress),
            self._got,
            self._refused,
            self._so_far,
        )
        self._seen_view()

    @on(TabbedContent.TabActivated)
    def _seen_view(self) -> None:
        """Have what is only on the view that is seen read."""
        seen = self.query_one(TabbedContent).active
        outcome, sides = self._chosen()
        if seen == "summary-view":
            self.query_one(SummaryPane).ask(self.views, outcome)
        elif seen in DRAWS and self.draws is None and not self.views.queries.is_open("draws"):
            for name in ("entropy", "calibration"):
                self.query_one(f"#{name}-text", Static).update("Reading …")
            self.views.ask("draws", lambda own: read_draws(own, sides), self._got_draws)

    def _got_draws(self, draws: list[Draws]) -> None:
        self.draws = draws
        self._draw()

    def _tell(self, text: str) -> None:
        self.query_one("#distances", Static).update(Text(text))
        self._table_text = text

    def _so_far(self, done: int, total: int, what: str) -> None:
        """Say how far what is read or computed is."""
        self._say_far(progress_line(done, total, what))

    def _say_far(self, text: str = "") -> None:
        shown = self.query_one("#far", Static)
        shown.update(Text(text))
        shown.display = bool(text)

    def _refused(self, error: SimulateError) -> None:
        self.found = self.comparison = None
        self._draw()
        self._say_far()
        self._tell(str(error))

    def _got(self, found: SideBySide) -> None:
        going_on = self.comparison is not None and found.partial
        if not going_on:  # what is known stays until it is known anew
            self.found = found
            self._draw()
        if found.partial:
            return
        self._say_far()
        if found.reference is None:
            self._tell(f"No distances: {found.why_none}.")
            return
        if not any(sample.n for sample in found.samples):
            self._tell("No dialogue has been completed yet: there is nothing to compare.")
            return
        settings = self.settings
        self.views.ask_stages(
            "comparison",
            lambda _, progress: compare_sides(found, settings, progress),
            self._got_comparison,
            self._no_numbers,
            self._so_far,
        )

    def _no_numbers(self, error: SimulateError) -> None:
        self._say_far()
        self._tell(str(error))

    def _got_comparison(self, comparison: Comparison) -> None:
        if comparison.partial and self.comparison is not None and not self.comparison.partial:
            return
        self.comparison = comparison
        if not comparison.partial:
            self._say_far()
        self._draw_floor()
        self._show_table(comparison)

    def _show_table(self, comparison: Comparison) -> None:
        width = max(self.size.width - 6, 30)
        shown = comparison_group(comparison, width)
        self.query_one("#distances", Static).update(shown)
        console = Console(width=width, record=True, file=StringIO(), color_system=None)
        console.print(shown)
        self._table_text = console.export_text()

    def on_screen_suspend(self) -> None:
        """Break off what is read and computed for a page that is left."""
        if isinstance(self.app.screen, Page):
            for kind in ("sides", "comparison", "draws"):
                self._left |= self.views.queries.drop(kind)

    def on_screen_resume(self) -> None:
        """Begin again what was broken off."""
        super().on_screen_resume()
        if self._left and not self.views.queries.is_open("sides"):
            self._ask()
        self._left = False

    # Drawing

    def on_resize(self) -> None:
        """Fit plots and table to another size."""
        super().on_resize()
        if self.comparison is not None:
            self._show_table(self.comparison)

    def _draw(self) -> None:
        palette = Palette.of(self.app.theme_variables)
        self._drawn_floor = self._floor()
        plots = {plot.id: plot for plot in self.query(EvenPlot)}
        found = self.found
        if found is None:
            for plot in plots.values():
                plot.clear()
            return
        labels = [side.label for side in self._chosen()[1]]
        draw_ecdf(plots["ecdf"], found, palette, self._floor())
        draw_histogram(plots["histogram"], found, palette)
        if self.draws is not None:
            draw_entropy(plots["entropy"], self.draws, labels, palette)
            draw_calibration(plots["calibration"], self.draws, labels, palette)
            self.query_one("#entropy-text", Static).update(entropy_text(self.draws, labels))
            told = calibration_text(self.draws, labels)
            self.query_one("#calibration-text", Static).update(told)

    def _draw_floor(self) -> None:
        """Draw the distribution functions anew where their floor is new."""
        found, floor = self.found, self._floor()
        if found is not None and floor != self._drawn_floor:
            self._drawn_floor = floor
            palette = Palette.of(self.app.theme_variables)
            draw_ecdf(self.query_one("#ecdf", EvenPlot), found, palette, floor)

    def _floor(self) -> float | None:
        """Return the 95th percentile of the KS floor at the size of side A."""
        if self.comparison is None:
            return None
        for row in self.comparison.rows:
            if row.kind == "sample" and "ks" in row.distances:
                return row.distances["ks"].floor.p95
        return None

    # Choices

    @on(Select.Changed)
    def _changed(self, event: Select.Changed) -> None:
        if event.select.id == "outcome" and self._by_outcome:
            self._offer_sides()
        self.comparison = self.draws = None
        self.views.queries.drop("draws")
        self._ask()

    def action_next(self, name: str) -> None:
        """Take the next choice of a box."""
        box: Select[Any] = self.query_one(f"#{name}", Select)
        values = [value for _, value in box._options if value is not Select.NULL]
        if name == "side-b":
            values.append(Select.NULL)
        if values:
            box.value = after(values, box.value)

    def action_view(self, step: int) -> None:
        """Go to the next view."""
        tabs = self.query_one(TabbedContent)
        tabs.active = f"{after(VIEWS, tabs.active.removesuffix('-view'), step)}-view"

    def action_copy(self) -> None:
        """Copy the table of distances, or the summary."""
        if self.query_one(TabbedContent).active == "summary-view":
            self.views.copied(self.query_one(SummaryPane).text, "the summary")
            return
        self.views.copied(self._table_text, "the table of distances")

    async def action_back(self) -> None:
        """Go back to the dialogues."""
        await self.views.action_page("browse")
