"""How objects show themselves in a notebook.

What is shown stands in the room of reports, above all others, and is found by name when a notebook
asks for it: the rooms below know no figure and no page.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Literal

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Width = Literal["column", "page"]
"""Of a figure: a column of a journal (3.3 in), or its page (6.9 in)."""
VIEWS = "simulate.report.views"
"""A module for each kind of object, with a function `html`, and `figure` where there is one."""


class Shown:
    """An object that a notebook shows as a small table, and some as a figure."""

    __slots__ = ()

    _view: ClassVar[str]
    """The name of the module that shows it."""

    def _repr_html_(self) -> str:
        found: str = import_module(f"{VIEWS}.{self._view}").html(self)
        return found

    def _figure(self, **options: Any) -> Figure:
        found: Figure = import_module(f"{VIEWS}.{self._view}").figure(self, **options)
        return found


def in_notebook() -> bool:
    """Tell whether this process is the kernel of a notebook."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(shell, "kernel", None) is not None
