"""Tidy tables of a run, with names and types that R, pandas and SQL take as they are.

Five tables, each with one kind of thing a row: `dialogues`, `turns`, `candidates`, `items` and
`calls`. Names and types follow from the scenario and the population, so that an empty run and a
full one have the same; a codebook says what each column is.
"""

from simulate.runfile.tables.frames import table_frame, table_pandas
from simulate.runfile.tables.table import TABLES, TableName
from simulate.runfile.tables.writing import TableFormat, write_tables

__all__ = ["TABLES", "TableFormat", "TableName", "table_frame", "table_pandas", "write_tables"]
