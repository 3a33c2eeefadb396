"""A supplement to a paper, made from a run file: one content, as HTML and as Markdown.

`supplement` says all that a run file knows of its run, in the order in which a reader asks for it.
`to_html` and `to_markdown` write it down; both are one file that needs no other.
"""

from __future__ import annotations

from simulate.report.document import Document
from simulate.report.document_html import to_html
from simulate.report.document_markdown import to_markdown
from simulate.report.supplement.preregistration import preregistration
from simulate.report.supplement.supplement import supplement

__all__ = ["Document", "preregistration", "supplement", "to_html", "to_markdown"]
