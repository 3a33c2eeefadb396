"""The command palette: opened once and left once, however fast keys come."""

from __future__ import annotations

from textual.command import CommandPalette

from simulate.tui.screens.modal import Modal


class Palette(CommandPalette, Modal[None]):
    """Textual's palette, which breaks the application when it is left before it is there."""

    def _action_escape(self) -> None:
        """Leave, once it is there."""
        self.call_after_refresh(super()._action_escape)
