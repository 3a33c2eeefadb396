"""One-file HTML pages: autoescaped, with a policy that allows no script and no load."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulate.errors import InputError
from simulate.files.writing import written_aside
from simulate.terminal.safe_text import block

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.figure import Figure

HERE = Path(__file__).parent
TEMPLATE = "document.html.jinja"
WHOLE = re.compile(r"\[[^][\n]{1,40}\]|(?<=\d) %|(?:\bn )?[=<>≤≥] (?=[-.\d])")
"""What stays on one line: an interval, a percentage, a value behind its sign."""
PX_PER_INCH = 96


def page(filters: Mapping[str, Callable[..., Any]], **values: Any) -> str:
    """Fill the one page in.

    Args:
        filters: that it uses beside those of Jinja.
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
    filled = environment.from_string((HERE / TEMPLATE).read_text(encoding="utf-8"))
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return filled.render(style=style, policy=policy, **values)


def _harmless(value: object) -> object:
    """Return a text without control characters and the like; all else, markup too, as it is."""
    return block(value) if type(value) is str else value


def unbroken(text: str) -> Markup:
    """Return a text, escaped, in which no line ends within an interval or before a unit."""
    from markupsafe import Markup

    return Markup.escape(WHOLE.sub(lambda found: found[0].replace(" ", "\u00a0"), block(text)))


def embedded(figure: Figure) -> dict[str, str]:
    """Return a figure as the attributes of an image: `src`, an SVG; `width`, `height` in pixels."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg")
    data = base64.b64encode(buffer.getvalue()).decode()
    width, height = (round(PX_PER_INCH * inches) for inches in figure.get_size_inches())
    return {
        "src": f"data:image/svg+xml;base64,{data}",
        "width": str(width),
        "height": str(height),
    }


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
