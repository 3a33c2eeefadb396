"""Foreign text in Markdown: shown as it stands, and nothing more.

Every sign that Markdown or HTML could act on is escaped: no link, image, mention, formula or table
cell can come of what a model or a target wrote. What needs no escape has none, so that the source
can be read, and edited, too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from simulate.terminal.safe_text import block

BACKSLASHED = frozenset("\\`*_{}[]#~$^")
REFERENCES = frozenset("<>|&@")
"""Signs that Markdown's dialects do not agree that a backslash makes plain."""
WWW = re.compile(r"\b(www)\.", re.IGNORECASE)
COLON = re.compile(r":(?=[^\s\d])")
"""What an address, or the name of an emoji, has."""
START = re.compile(r"[-+=:](?=[\s\-+=]|$)|[0-9]{1,9}[.)](?=\s|$)")
"""What begins an item of a list, a rule, a heading by the line above, or a definition."""
ACTED_ON = re.compile(r"[!-'*+/<-@\[-`{-~]|:(?=\S)")
"""Signs of ASCII but those of plain prose: comma, stop, semicolon, hyphen, brackets, colon."""
BACKTICKS = re.compile("`{3,}")
LONGEST = 200
"""Characters of a quoted text."""


def plain_text(text: str, limit: int | None = LONGEST) -> str:
    """Return a text on one line that Markdown shows as it stands; None: of any length."""
    cut = limit is not None and len(text) > limit
    kept = "".join(c if c.isprintable() else " " for c in text[:limit])
    line = " ".join(kept.split()) + ("…" if cut else "")
    safe = "".join(map(_escaped, line))
    return _plain_start(COLON.sub("&#58;", WWW.sub(r"\1&#46;", safe)))


def _escaped(character: str) -> str:
    if character in BACKSLASHED:
        return f"\\{character}"
    return f"&#{ord(character)};" if character in REFERENCES else character


def _plain_start(line: str) -> str:
    """Return a line that begins no list, heading or rule."""
    found = START.match(line)
    if found is None:
        return line
    sign = found.end() - 1
    return f"{line[:sign]}\\{line[sign:]}"


def code(text: str, limit: int = LONGEST) -> str:
    """Return a foreign text as code, on one line; a dash for an empty one."""
    shown = plain_text(text, limit)
    return f"<code>{shown}</code>" if shown else "–"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Collection[int] = ()) -> str:
    """Return a table of cells that are Markdown already.

    Args:
        head: the titles of the columns.
        rows: their cells.
        right: the columns that stand to the right, from 0.
    """
    rule = ["---:" if i in right else "---" for i in range(len(head))]
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, rule, *rows])


def details(title: str, shown: str) -> str:
    """Return Markdown that is folded below a foreign title."""
    line = "".join(c for c in " ".join(title.split()) if c.isprintable())
    # In HTML a backslash makes nothing plain.
    kept = ACTED_ON.sub(lambda found: f"&#{ord(found[0])};", line)
    return f"<details><summary>{kept}</summary>\n\n{shown}\n\n</details>"


def fenced(text: str) -> str:
    """Return a foreign text of several lines as a block of code, which nothing in it ends."""
    longest = max((len(found[0]) for found in BACKTICKS.finditer(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}\n{block(text)}\n{fence}"
