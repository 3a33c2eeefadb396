"""What a report says, before it is HTML or Markdown: sections of a few kinds of blocks.

All texts are plain: whatever a model, a file or an endpoint wrote stands in them as it is, and each
form makes it harmless in its own way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawn

    from simulate.report.plotting import Width

Tone = Literal["plain", "note", "blank", "headline", "passed", "failed"]
"""`note` is said beside a table; `blank` is what the author has to fill in; `headline` is what a
reader takes along; `passed` and `failed` say what became of a gate."""


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
    """A table; a cell may have several lines.

    Attributes:
        head: the titles of the columns; the first column names the rows.
        rows: their cells.
        numbers: the columns that stand to the right, from 0.
        caption: what the table is of; empty where its heading says so.
        quiet: the rows that are there for comparison only, from 0: baselines, floors.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()
    caption: str = ""
    quiet: frozenset[int] = frozenset()


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


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure.

    Attributes:
        finding: what it shows, in words, for those who do not see it.
        caption: how it is read; empty where its own legend and notes say all.
        draw: draws it in a width, when a page is made.
    """

    finding: str
    caption: str
    draw: Callable[[Width], Drawn] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks that a screen shows only when they are asked for; paper shows them."""

    title: str
    blocks: tuple[Block, ...]


Block = Paragraph | Items | Facts | Table | Verbatim | Figure | Fold


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
        """Iterate over its tables, folded ones too, each after the title of its section."""
        for section in self.sections:
            found = (block for each in section.blocks for block in _unfolded(each))
            yield from ((section.title, block) for block in found if isinstance(block, Table))


def folded(document: Document, note: str) -> Document:
    """Return a document with all of it folded, below a note that says why."""
    sections = (
        replace(each, blocks=(Fold(each.title or document.title, each.blocks),))
        for each in document.sections
    )
    lead = Fold("What was found", document.lead)
    return Document(document.title, (Paragraph(note, "note"), lead), tuple(sections))


def _unfolded(block: Block) -> Iterator[Block]:
    if isinstance(block, Fold):
        for each in block.blocks:
            yield from _unfolded(each)
    else:
        yield block


def _block_dict(block: Block) -> dict[str, Any]:
    match block:
        case Fold():
            found = {"title": block.title, "blocks": [_block_dict(each) for each in block.blocks]}
        case Figure():
            found = {"finding": block.finding, "caption": block.caption}
        case Table():
            places = {"numbers": sorted(block.numbers), "quiet": sorted(block.quiet)}
            found = asdict(block) | places
        case _:
            found = asdict(block)
    return {"kind": kind(block), **found}


def kind(block: Block) -> str:
    """Return what a block is called in JSON and in a template."""
    return type(block).__name__.lower()


def facts(*rows: tuple[str, str | None]) -> Facts:
    """Return the terms of which something is known."""
    return Facts(tuple((term, said) for term, said in rows if said))


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    numbers: str = "",
    *,
    caption: str = "",
    quiet: Iterable[int] = (),
) -> Table:
    """Return a table.

    Args:
        head: the titles of the columns.
        rows: their cells.
        numbers: a letter for each column: `r` for one that stands to the right, or `l`.
        caption: see `Table`.
        quiet: see `Table`.
    """
    right = frozenset(i for i, side in enumerate(numbers) if side == "r")
    return Table(tuple(head), tuple(map(tuple, rows)), right, caption, frozenset(quiet))


def section(title: str, *blocks: Block | None, level: int = 2) -> Section:
    """Return a section of the blocks that are given."""
    return Section(title, tuple(block for block in blocks if block is not None), level)
