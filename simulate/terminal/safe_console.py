"""A console on which foreign text does nothing but stand there.

Names, units, sources and reasons come from files and models. Here they are no markup, and their
control characters are written as escapes, whoever prints them and however.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from simulate.errors import plain_lines
from simulate.terminal.safe_text import block


class SafeConsole(Console):
    """Rich's console without markup and without foreign control characters."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"markup": False, "emoji": False, **options})

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Yield the segments of something, their texts made harmless."""
        for segment in super().render(renderable, options):
            if segment.control or (text := plain_lines(block(segment.text))) == segment.text:
                yield segment
            else:
                yield Segment(text, segment.style)
