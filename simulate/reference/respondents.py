"""Respondents: who gave each value, and what is known of them.

A reference holds value counts; effects ask what *women* gave, or those who met *frame B*. The rows
of a table know that, and so do the transcripts that an importer writes beside a reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulate.errors import ReferenceDataError
from simulate.files.tables.missing import is_missing
from simulate.files.transcripts import read_transcripts
from simulate.population import Value
from simulate.reference.cleaning import check_rule, cleaned_codes
from simulate.reference.file import ReferenceFile
from simulate.reference.missing_codes import NONE
from simulate.reference.table_columns import TableColumns
from simulate.reference.table_file import Column, attributes_of, of_people, read_column
from simulate.reference.tables import encoded
from simulate.reference.transcripts import person_of
from simulate.reference.variable import Variable
from simulate.statistics.rows import Rows, cluster_index


@dataclass(frozen=True, eq=False)
class Respondents:
    """n rows of one variable, each with what is known of who gave it.

    Attributes:
        rows: codes; clusters are people.
        columns: name to (n,) values, such as traits and the condition that was met; None where
            the value is missing.
        people: id of each cluster; empty where nobody is named.
        cleaned_out: rows whose value the cleaning rule leaves out.
    """

    rows: Rows
    columns: Mapping[str, Sequence[Value | None]]
    people: tuple[str, ...] = ()
    cleaned_out: int = 0


def respondents_of_table(
    path: Path, columns: TableColumns, variable: Variable, *, rule: str = "drop"
) -> Respondents:
    """Return the rows of a table with all its columns.

    Raises:
        ReferenceDataError: the table cannot be used, or there is no such cleaning rule.
    """
    read = of_people(read_column(path, columns))
    known = {
        name: [_attribute(value) for value in values]
        for name, values in attributes_of(read).items()
    }
    people = read.personas or list(map(str, range(len(read.values))))
    return _people(encoded(variable, read), variable, rule, people, known, read.weights)


def respondents_of_transcripts(
    file: ReferenceFile, variable: Variable, *, rule: str = "drop"
) -> Respondents | None:
    """Return the human dialogues of an imported reference; None where it has no transcripts.

    Their columns are the attributes of the persona and the levels of the cell.

    Raises:
        ReferenceDataError: the transcripts cannot be read.
    """
    if file.transcripts is None:
        return None
    values, people, known = [], [], []
    for record in read_transcripts(file.transcripts, ReferenceDataError):
        value = ((record.get("outcomes") or {}).get(variable.name) or {}).get("value")
        if value is None or record.get("status", "completed") != "completed":
            continue
        values.append(value)
        people.append(person_of(record))
        attributes = (record.get("persona") or {}).get("attributes") or {}
        known.append({**(record.get("cell") or {}), **attributes})
    if not values:
        return None
    names = dict.fromkeys(name for row in known for name in row)
    columns = {name: [_attribute(row.get(name)) for row in known] for name in names}
    column = Column(file.transcripts, variable.name, values, missing=0, codes=(NONE,))
    codes = encoded(variable, column)
    return _people(codes, variable, rule, people, columns)


def _attribute(value: Any) -> Value | None:
    """Return a cell of a table as the value of an attribute; None where it is missing."""
    if is_missing(value, ()):
        return None
    return value if isinstance(value, bool | int | float) else str(value).strip()


def _people(
    codes: NDArray[np.float64],
    variable: Variable,
    rule: str,
    people: Sequence[str],
    columns: Mapping[str, Sequence[Value | None]],
    weights: Sequence[float] | None = None,
) -> Respondents:
    check_rule(rule)
    codes, kept = cleaned_codes(variable, codes, rule)
    at = np.flatnonzero(kept).tolist()
    logs = None if weights is None else np.log([weights[i] for i in at])
    rows = Rows.of(codes, log_weights=logs, clusters=cluster_index(people[i] for i in at))
    known = {name: [values[i] for i in at] for name, values in columns.items()}
    ids = tuple(dict.fromkeys(people[i] for i in at))
    return Respondents(rows, known, ids, len(kept) - len(at))
