"""What a user says of how a table is to be read, and how large one may be."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Literal

from simulate.errors import InputError, quote

Decimal = Literal[".", ","]

LARGEST_FILE = 512 * 2**20
"""Bytes; also of what a packed file unpacks to."""
MOST_COLUMNS = 20_000
MOST_CELLS = 50_000_000

DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
"""What can stand between the columns of a text file, and what it is called."""
_SPELLED = {"comma": ",", "semicolon": ";", "tab": "\t", r"\t": "\t", "bar": "|", "pipe": "|"}


@dataclass(frozen=True)
class Reading:
    """How a table is to be read, as far as a user says it; the rest is found out or asked for."""

    encoding: str | None = None
    """The encoding of a text file, as Python calls it: `latin-1`, `cp1252`, `utf-16`."""
    delimiter: str | None = None
    """What stands between the columns of a text file."""
    decimal: str | None = None
    """`.` or `,`: what stands before the decimals of numbers that are text."""
    sheet: str | None = None
    """The sheet of a workbook."""

    def __post_init__(self) -> None:
        if self.decimal not in (None, ".", ","):
            raise InputError(f"--decimal {quote(self.decimal or '', 40)}: must be . or ,")
        if self.delimiter is not None:
            between = _SPELLED.get(self.delimiter, self.delimiter)
            if between not in DELIMITERS:
                raise InputError(
                    f"--delimiter {quote(self.delimiter, 40)}: must be one of comma, semicolon, "
                    "tab, bar"
                )
            object.__setattr__(self, "delimiter", between)
        if self.encoding is not None:
            try:
                codecs.lookup(self.encoding)
                "".encode(self.encoding)
            except (LookupError, ValueError):
                raise InputError(
                    f"--encoding {quote(self.encoding, 40)}: is no encoding of text; say latin-1, "
                    "cp1252, utf-16 or another one that Python knows"
                ) from None


def check_size(
    where: object, rows: int, columns: int, error_type: type[InputError] = InputError
) -> None:
    """Refuse a table that is too large to be held.

    Raises:
        InputError: (as `error_type`) it has too many columns or cells.
    """
    if columns > MOST_COLUMNS:
        raise error_type(
            f"{where}: has {columns:,} columns, more than {MOST_COLUMNS:,}; leave out those that "
            "are not needed"
        )
    if rows * columns > MOST_CELLS:
        raise error_type(
            f"{where}: has {rows:,} rows of {columns:,} columns, more than {MOST_CELLS:,} cells; "
            "split it, or leave out columns"
        )
