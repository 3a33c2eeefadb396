"""Foreign text in Markdown: shown as it stands, and nothing more.

Every sign that Markdown or HTML could act on becomes a character reference: no link, image, mention
or table cell can come of what a model or a target wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

ACTIVE = frozenset("\\`*_{}[]()<>#!|&~$@:/^")
WWW = re.compile(r"\b(www)\.", re.IGNORECASE)
LONGEST = 200
"""Characters of a quoted text."""


def plain_text(text: str, limit: int = LONGEST) -> str:
    """Return a text on one line that Markdown shows as it stands."""
    kept = "".join(c if c.isprintable() else " " for c in text[:limit])
    line = " ".join(kept.split()) + ("…" if len(text) > limit else "")
    safe = "".join(f"&#{ord(c)};" if c in ACTIVE else c for c in line)
    return WWW.sub(r"\1&#46;", safe)  # GitHub makes a link of it without any other sign


def code(text: str, limit: int = LONGEST) -> str:
    """Return a foreign text as code, on one line; a dash for an empty one."""
    shown = plain_text(text, limit)
    return f"<code>{shown}</code>" if shown else "–"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
