"""What a report says, before it is HTML or Markdown: sections of a few kinds of blocks.

All texts are plain: whatever a model, a file or an endpoint wrote stands in them as it is, and each
form makes it harmless in its own way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

Tone = Literal["plain", "note", "blank"]
"""`note` is said beside a table; `blank` is what the author has to fill in."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or some."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Terms, each with what is said of it."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `numbers` are the columns that stand to the right, from 0."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Texts that are shown word for word, each after a label.

    Attributes:
        title: what they are.
        parts: label, which may be empty, and text.
        folded: whether a screen shows them only when they are asked for; paper shows all.
    """

    title: str
    parts: tuple[tuple[str, str], ...]
    folded: bool = True


Block = Paragraph | Items | Facts | Table | Verbatim


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it; `level` 3 belongs to the last section of level 2."""

    title: str
    blocks: tuple[Block, ...]
    level: int = 2


def said_once(sections: Iterable[Section]) -> Iterator[Section]:
    """Yield sections of which each item is said once, where it comes first."""
    said: set[str] = set()
    for each in sections:
        blocks: list[Block] = []
        for block in each.blocks:
            if isinstance(block, Items):
                if items := tuple(item for item in block.items if item not in said):
                    blocks.append(Items(items))
                said.update(items)
            else:
                blocks.append(block)
        yield replace(each, blocks=tuple(blocks))


@dataclass(frozen=True, slots=True)
class Document:
    """A report."""

    title: str
    lead: tuple[Block, ...]
    sections: tuple[Section, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON: each block with its `kind`."""
        return {
            "title": self.title,
            "lead": [_block_dict(block) for block in self.lead],
            "sections": [
                {
                    "title": section.title,
                    "level": section.level,
                    "blocks": [_block_dict(block) for block in section.blocks],
                }
                for section in self.sections
            ],
        }

    def tables(self) -> Iterator[tuple[str, Table]]:
        """Iterate over its tables, each after the title of its section."""
        for section in self.sections:
            yield from ((section.title, b) for b in section.blocks if isinstance(b, Table))


def _block_dict(block: Block) -> dict[str, Any]:
    found = asdict(block)
    if isinstance(block, Table):
        found["numbers"] = sorted(block.numbers)
    return {"kind": type(block).__name__.lower(), **found}


def facts(*rows: tuple[str, str | None]) -> Facts:
    """Return the terms of which something is known."""
    return Facts(tuple((term, said) for term, said in rows if said))


def table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: str = "") -> Table:
    """Return a table.

    Args:
        head: the titles of the columns.
        rows: their cells.
        numbers: a letter for each column: `r` for one that stands to the right, or `l`.
    """
    right = frozenset(i for i, side in enumerate(numbers) if side == "r")
    return Table(tuple(head), tuple(map(tuple, rows)), right)


def section(title: str, *blocks: Block | None, level: int = 2) -> Section:
    """Return a section of the blocks that are given."""
    return Section(title, tuple(block for block in blocks if block is not None), level)
