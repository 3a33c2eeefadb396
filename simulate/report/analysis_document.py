"""What an analysis prints as a page: what to quote and a figure first, then tables and notes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

from rich.console import Console

from simulate.report.document import Block, Document, Figure, Paragraph, section
from simulate.report.printed import printed

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawn

    from simulate.report.plotting import Width


def analysis_document(
    title: str,
    show: Callable[[Console], None],
    *,
    said: Sequence[str] = (),
    caption: str = "",
    draw: Callable[[Width], Drawn] | None = None,
) -> Document:
    """Return what an analysis found.

    Args:
        title: of the page.
        show: prints it on a console; what it prints in bold before anything else is to be quoted.
        said: what to quote, where `show` prints nothing in bold first.
        caption: how the figure is read.
        draw: draws the figure; None for no figure.
    """
    blocks: list[Block] = [Paragraph(each, "headline") for each in said]
    blocks += (block for block in printed(show) if not _is_said(block, said))
    lead: list[Block] = list(takewhile(_is_headline, blocks))
    rest = blocks[len(lead) :]
    if draw is not None:
        finding = " ".join(block.text for block in lead if isinstance(block, Paragraph))
        lead.append(Figure(finding or title, caption, draw))
    return Document(title, tuple(lead), (section("", *rest),))


def _is_said(block: Block, said: Sequence[str]) -> bool:
    return isinstance(block, Paragraph) and block.text in said


def _is_headline(block: Block) -> bool:
    return isinstance(block, Paragraph) and block.tone == "headline"
