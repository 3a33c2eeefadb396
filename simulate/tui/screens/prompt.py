"""The exact prompt of a turn or an outcome, and what the model wrote."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from simulate.runfile import Call
from simulate.tui.dialogue_text import calls_text
from simulate.tui.screens.text_modal import TextModal


class Prompt(TextModal):
    """Calls with their prompts and raw texts."""

    def __init__(self, title: str, calls: Sequence[Call]) -> None:
        text = Text()
        if not calls:
            text.append("No model call is on file for this.")
        for part in calls_text(calls).split("\n"):
            heading = part.startswith("── call ")
            label = part.startswith("[") and part.endswith("]") and len(part) < 40
            text.append(part + "\n", "bold reverse" if heading else "bold" if label else "")
        super().__init__(title, text)
