"""Help: what the keys do on the page that is open, and the language of the filter box."""

from __future__ import annotations

from typing import Any

from rich.text import Text
from textual.screen import Screen

from simulate.tui.commands import described
from simulate.tui.screens.text_modal import TextModal

FILTER = """
Filter box (f): conditions side by side, all must hold
  cell:vs  status:failed  persona:NAME  replicate:0  fault:model
  outcome>0.5  donation:0..1  turns>=4  tokens<2000  entropy>1  seconds>10
  text:"rent"  rent  text:/regex/  error:"cut off"  -status:failed  outcome:missing
  conditions and attributes by their names: method:vs,direct  age:30..40

What is shown
  ▶  the candidate that was drawn      ┃  the turn under the cursor
  stated  probability as the model stated it      weight  normalised to 1
  entropy, in nats, of the weights; effective size = exp(entropy), ▇▅▂ turn by turn
  ✓ completed  ✗ failed  … running  · planned

All of this is available without the screen too: simulate view RUN --json, simulate export RUN.
Keys can be changed: see `simulate view --keys`.
"""


class _Place:
    """The screen that help is asked for."""

    def __init__(self, screen: Screen[Any]) -> None:
        self.screen = screen


class Help(TextModal):
    """What the keys do on a screen."""

    def __init__(self, screen: Screen[Any]) -> None:
        text = Text()
        group = ""
        for name, help_, key, _, _ in described(_Place(screen)):
            title, _, what = name.partition(": ")
            if title != group:
                text.append(f"{'' if not group else chr(10)}{title}\n", "bold")
                group = title
            text.append(f"  {key:<10}", "bold")
            text.append(f"{what:<20}")
            text.append(f"{help_ if help_ != what else ''}\n", "dim")
        text.append(FILTER)
        super().__init__("Help", text)
