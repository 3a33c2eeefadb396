"""All commands with their keys, for the list of keys and the file of settings."""

from __future__ import annotations

from textual.binding import Binding

from simulate.tui.app import ViewApp
from simulate.tui.screens.browse import Browse
from simulate.tui.screens.distributions import Distributions
from simulate.tui.screens.export import ExportMenu
from simulate.tui.screens.failures import Failures
from simulate.tui.screens.live import Live
from simulate.tui.screens.quit_dialog import Leave
from simulate.tui.screens.text_modal import Reading
from simulate.tui.themes import THEMES
from simulate.tui.widgets.table import LineTable
from simulate.tui.widgets.transcript import TranscriptView

__all__ = ["all_keys", "themes"]

HOLDERS = (
    ViewApp,
    Browse,
    LineTable,
    TranscriptView,
    Distributions,
    Failures,
    Live,
    Reading,
    ExportMenu,
    Leave,
)


def all_keys() -> list[tuple[str, str, str]]:
    """Return id, keys and description of every command that has an id."""
    found: dict[str, tuple[str, str, str]] = {}
    for holder in HOLDERS:
        for binding in holder.BINDINGS:
            if isinstance(binding, Binding) and binding.id:
                what = binding.tooltip or binding.description
                found[binding.id] = (binding.id, binding.key, what)
    return list(found.values())


def themes() -> set[str]:
    """Return the names of all themes."""
    from textual.theme import BUILTIN_THEMES

    return {*(theme.name for theme in THEMES), *BUILTIN_THEMES}
