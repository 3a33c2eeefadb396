"""One-file HTML pages: autoescaped, with a policy that allows no script and no load."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulate.errors import InputError
from simulate.files.writing import written_aside
from simulate.terminal.safe_text import block

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HERE = Path(__file__).parent


def page(template: str, filters: Mapping[str, Callable[..., str]], **values: Any) -> str:
    """Fill a page in.

    Args:
        template: the name of a file in this folder; it sees `style` and `policy` too.
        filters: further filters that it uses.
        values: what it shows; all of it is escaped.
    """
    from jinja2 import Environment, StrictUndefined

    style = (HERE / "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = Environment(
        autoescape=True,
        finalize=_harmless,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= filters
    filled = environment.from_string((HERE / template).read_text(encoding="utf-8"))
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'"
    return filled.render(style=style, policy=policy, **values)


def _harmless(value: object) -> object:
    """Return a text without control characters and the like; all else, markup too, as it is."""
    return block(value) if type(value) is str else value


def embedded(figure: Figure) -> str:
    """Return a figure as the base64 text of a PNG."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=160)
    return base64.b64encode(buffer.getvalue()).decode()


def write_page(path: Path, text: str, *, append: bool = False) -> Path:
    """Write a page, or append it to what is there; half a surrogate pair becomes `?`.

    A report is made anew from its run at any time, and takes the place of an earlier one.

    Raises:
        InputError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") if append else written_aside(path, force=True) as file:
            file.write(text.encode("utf-8", "replace"))
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None
    return path
