"""Texts that a spreadsheet would take for a formula, made harmless."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "\0")
"""What makes a spreadsheet read a text as a formula, in its full-width forms too."""


def harmless_text(value: Any) -> Any:
    """Return a value of a table; a text that would be a formula gets an apostrophe before it."""
    if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


def harmless(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame whose texts are harmless, levels included; see `harmless_text`."""
    import polars as pl
    import polars.selectors as cs

    starts = f"^ *[{re.escape(''.join(FORMULA_STARTS))}]"
    text = (cs.string() | cs.enum()).cast(pl.String)
    return frame.with_columns(
        pl.when(~text.str.contains(starts)).then(text).otherwise(pl.lit("'") + text)
    )
