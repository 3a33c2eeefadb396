"""Help: what the page shows, how it is read, its keys, and then what holds everywhere."""

from __future__ import annotations

from typing import Any

from rich.text import Text
from textual.screen import Screen

from simulate.tui.bindings import PAGES, all_keys
from simulate.tui.commands import VIEW, described
from simulate.tui.page_help import PAGE_HELP
from simulate.tui.screens.page import Page
from simulate.tui.screens.text_modal import TextModal

FILTER = """
Filter box (f): conditions side by side, all must hold
  cell:vs  status:failed  persona:NAME  replicate:0  fault:model
  outcome>0.5  donation:0..1  turns>=4  tokens<2000  entropy>1  seconds>10
  text:"rent"  rent  text:/regex/  error:"cut off"  -status:failed  outcome:missing
  conditions and attributes by their names: method:vs,direct  age:30..40
"""
EVERYWHERE = """
All of this is available without the screen too: simulate view RUN --json, simulate export RUN.
Keys can be changed: see `simulate view --keys`.
"""


class _Place:
    """The screen that help is asked for."""

    def __init__(self, screen: Screen[Any]) -> None:
        self.screen = screen


class Help(TextModal):
    """What a screen shows, and what the keys do on it."""

    def __init__(self, screen: Screen[Any]) -> None:
        name = screen.NAME if isinstance(screen, Page) else ""
        title = PAGES[name][1] if name in PAGES else "Help"
        text = Text()
        for paragraph in PAGE_HELP.get(name, "").strip().split("\n\n"):
            text.append(paragraph.replace("\n", " ") + "\n\n")
        order = [id_ for id_, _, _ in all_keys()]
        keys = sorted(described(_Place(screen)), key=lambda each: order.index(each[4]))
        own = [each for each in keys if not _is_everywhere(each[4])]
        everywhere = [each for each in keys if _is_everywhere(each[4])]
        for heading, found in ((f"Keys of {title}", own), ("Keys everywhere", everywhere)):
            text.append(f"{heading}\n", "bold")
            for called, help_, key, _, _ in found:
                what = called.partition(": ")[2]
                text.append(f"  {key:<10}", "bold")
                text.append(f"{what:<20}")
                text.append(f"{help_ if help_ != what else ''}\n", "dim")
            if found is own:
                text.append(FILTER if name == "browse" else "")
                text.append("\n")
        text.append(EVERYWHERE)
        super().__init__(f"Help · {title}" if title != "Help" else title, text)


def _is_everywhere(id_: str) -> bool:
    return id_.startswith("app.") or id_ in VIEW
