"""The command palette: opened once and left once, however fast keys come."""

from __future__ import annotations

from textual.await_complete import AwaitComplete
from textual.command import CommandPalette


class Palette(CommandPalette):
    """Textual's palette, which breaks the application when it is left before it is there."""

    def __init__(self) -> None:
        super().__init__()
        self._is_left = False

    def _action_escape(self) -> None:
        """Leave, once it is there."""
        self.call_after_refresh(super()._action_escape)

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Leave; a key that comes before it is gone leaves nothing else."""
        if self._is_left:
            return AwaitComplete()
        self._is_left = True
        return super().dismiss(result)
