"""The last line of a screen: its keys, as many as there is room for; the way out always."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.binding import Binding
from textual.widgets import Input, Static

ALWAYS = ("app.help", "app.quit", "sheet.close")
"""Ids of the keys that stand at the right end, however little room there is."""
LATE = ("app.jump", "app.palette")
"""Ids of those that stand where all keys of the page have room."""

TYPED = ("slash", "question_mark")
"""Keys that are written into a box, where one is typed in."""


class Keys(Static):
    """Keys that stand out, each with what it does in plain words; a click does it too."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"keys--key"}

    def on_mount(self) -> None:
        """Leave what can be clicked as it was drawn: a link would be underlined as a whole."""
        self.auto_links = False

    def named(self, key: str, name: str, click: str) -> Text:
        """Return a key and a name; a click on them is the action `click`."""
        text = Text(no_wrap=True)
        text.append(key, self.get_component_rich_style("keys--key", partial=True))
        text.append(f" {name}" if name else "")
        text.stylize(Style(meta={"@click": click}))
        return text


class KeyLine(Keys):
    """The keys of the screen, as many as there is room for."""

    def on_mount(self) -> None:
        """Draw again whenever other keys work."""
        super().on_mount()
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.draw())

    def on_resize(self) -> None:
        """Draw what there is room for now."""
        self.draw()

    def notify_style_update(self) -> None:
        """Draw with the colours of another theme."""
        super().notify_style_update()
        if self.is_mounted:
            self.draw()

    def draw(self) -> None:
        """Draw the line."""
        found: dict[str, tuple[Binding, str]] = {}
        typing = isinstance(self.screen.focused, Input)
        for _, binding, enabled, _ in self.screen.active_bindings.values():
            if (
                binding.show
                and enabled
                and binding.description
                and not (typing and binding.key in TYPED)
            ):
                named = replace(binding, key_display=None) if typing else binding
                key = self.app.get_key_display(named)
                found.setdefault(binding.action, (binding, key))
        shown = list(found.values())
        right = [each for each in shown if each[0].id in ALWAYS]
        left = sorted((each for each in shown if each not in right), key=lambda e: e[0].id in LATE)
        width = self.size.width
        end = self._joined(right)
        if end.cell_len > width:
            end = self._joined(right, keys_only=True)
        room = width - end.cell_len
        most = [at for at in range(len(left) + 1) if self._joined(left[:at]).cell_len < room]
        fits = left[: max(most, default=0)]
        text = self._joined(fits)
        text.append(" " * max(room - text.cell_len, 0))
        self.update(text.append_text(end))

    def _joined(self, keys: Sequence[tuple[Binding, str]], *, keys_only: bool = False) -> Text:
        text = Text(no_wrap=True)
        for binding, key in keys:
            name = "" if keys_only else binding.description
            click = f"app.simulate_key({binding.key!r})"
            text.append(" ").append_text(self.named(key, name, click))
        return text
