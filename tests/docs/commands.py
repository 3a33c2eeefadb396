"""The commands that pages show, as a reader would type them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docs.site.layout import DOCS, ROOT

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "examples" / "README.md",
    *sorted(DOCS.rglob("*.md")),
]
_BLOCK = re.compile(r"^```(\w*)(?: title=\"([^\"]*)\")?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SHELL = ("sh", "console")
_NOT_RUN = "Not run by the tests: "


@dataclass(frozen=True)
class Command:
    """A command of a page."""

    page: Path
    line: int
    words: tuple[str, ...]
    """Without a prompt, `uv run`, and settings of variables."""
    not_run: str
    """Why the tests do not run it, as the page itself says; empty where they do."""

    @property
    def ours(self) -> bool:
        """Whether it is a command of simulate."""
        return self.words[0] == "simulate"


def blocks(page: Path) -> Iterator[tuple[int, str, str, str]]:
    """Yield the blocks of code of a page: the line, the language, the title, and what it says."""
    text = page.read_text("utf-8")
    for match in _BLOCK.finditer(text):
        yield text.count("\n", 0, match.start(3)) + 1, match[1], match[2] or "", match[3]


def commands(page: Path) -> Iterator[Command]:
    """Yield the commands of a page, in order."""
    for first, language, title, text in blocks(page):
        if language not in _SHELL:
            continue
        lines = re.sub(r"\\\n", "\\\\\0", text).split("\n")
        at = first
        for line in lines:
            said = line.replace("\\\0", " ")
            if language == "console":
                said = said[2:] if said.startswith("$ ") else ""
            if words := _typed(said):
                not_run = title.removeprefix(_NOT_RUN) if title.startswith(_NOT_RUN) else ""
                yield Command(page, at, words, not_run)
            at += 1 + line.count("\0")


def _typed(line: str) -> tuple[str, ...]:
    words = shlex.split(line, comments=True)
    while words and (words[0] in ("uv", "run", "exec") or re.match(r"[A-Z_]+=", words[0])):
        if words[:2] == ["uv", "export"]:
            break
        words = words[1:]
    return tuple(words)
