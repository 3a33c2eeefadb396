"""An importer: a text file with one number a line."""

from __future__ import annotations

from simulate.errors import ReferenceDataError
from simulate.reference import ReferenceFile
from simulate.reference.importing import HumanData, Importing
from simulate.reference.table_file import Column
from simulate.reference.tables import guess_variable, measured


def from_lines(asked: Importing) -> HumanData:
    """Read the numbers."""
    try:
        values = [float(line) for line in asked.path.read_text("utf-8").split()]
    except (OSError, ValueError) as error:
        raise ReferenceDataError(f"{asked.path}: {error}; write one number a line") from None
    column = Column(asked.path, asked.column or "number", values, missing=0)
    counted = measured(guess_variable(column, **asked.variable), column)
    source = asked.source or asked.path.name
    return HumanData(
        ReferenceFile(asked.path.stem, "Numbers, one a line", source, asked.licence, (counted,))
    )
