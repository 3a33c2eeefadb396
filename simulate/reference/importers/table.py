"""`table`: one column of a text file, a workbook, a file of SPSS or Stata, Parquet or JSON."""

from __future__ import annotations

from simulate.reference.importing import HumanData, Importing
from simulate.reference.tables import reference_from_table


def from_table(asked: Importing) -> HumanData:
    """Read the column.

    Raises:
        ReferenceDataError: the table cannot be used.
    """
    file = reference_from_table(
        asked.path,
        asked.columns,
        source=asked.source,
        licence=asked.licence,
        **asked.variable,
    )
    return HumanData(file)


IMPORTER = from_table
