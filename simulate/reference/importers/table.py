"""`table`: one column of a CSV, TSV, JSONL or Parquet file."""

from __future__ import annotations

from simulate.reference.importing import HumanData, Importing
from simulate.reference.table_columns import TableColumns
from simulate.reference.tables import reference_from_table


def from_table(asked: Importing) -> HumanData:
    """Read the column.

    Raises:
        ReferenceDataError: the table cannot be used.
    """
    file = reference_from_table(
        asked.path,
        TableColumns(asked.column, asked.persona, asked.dialogue, missing=asked.missing),
        source=asked.source,
        licence=asked.licence,
        **asked.variable,
    )
    return HumanData(file)


IMPORTER = from_table
