"""Files of SPSS and Stata: values with labels, and what is declared as missing (pyreadstat)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simulate.errors import InputError, one_line, unreadable
from simulate.files.tables.encodings import read_bytes
from simulate.files.tables.extra import needed
from simulate.files.tables.names import named_twice
from simulate.files.tables.reading import MOST_CELLS, MOST_COLUMNS, Reading, check_size
from simulate.files.tables.table import Measure, Table, TableColumn

READERS = {".sav": "read_sav", ".zsav": "read_sav", ".por": "read_por", ".dta": "read_dta"}
LONGEST_S = 600
"""Seconds that the reading of a file may take."""


def read_labelled(path: Path, reading: Reading, error_type: type[InputError]) -> Table:
    """Read a file of SPSS or Stata.

    Raises:
        InputError: (as `error_type`) it is none, or too large.
    """
    needed("pyreadstat", path, error_type)
    read_bytes(path, error_type)  # says why a file cannot be opened
    found = _in_a_child(path, reading.encoding)
    if "error" in found:
        program = "Stata" if path.suffix.casefold() == ".dta" else "SPSS"
        why = one_line(str(found["error"]))
        raise error_type(f"{path}: cannot be read as a file of {program}: {why}")
    check_size(path, found["rows"], found["width"], error_type)
    if twice := named_twice(column["name"] for column in found["columns"]):
        raise error_type(f"{path}: {twice}")
    columns = {column["name"]: _column(**column) for column in found["columns"]}
    rows = max((len(column.cells) for column in columns.values()), default=0)
    if not rows:
        raise error_type(f"{path}: has no row")
    return Table(path, columns, rows, reading=reading, error_type=error_type)


def _in_a_child(path: Path, encoding: str | None) -> dict[str, Any]:
    """Return what `labelled_child` prints, or why there is nothing."""
    ending = path.suffix.casefold()
    asked = (encoding or "") if ending != ".por" else ""
    program = str(Path(__file__).with_name("labelled_child.py"))
    arguments = [sys.executable, "-P", program, READERS[ending], str(path.resolve()), asked]
    arguments += [str(MOST_COLUMNS), str(MOST_CELLS)]
    try:
        done = subprocess.run(  # noqa: S603  # our own program
            arguments, stdin=subprocess.DEVNULL, capture_output=True, timeout=LONGEST_S, check=False
        )
        found: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return {"error": f"it takes more than {LONGEST_S} s"}
    except ValueError:
        return {"error": f"it is damaged (the reading process ended with {done.returncode})"}
    except OSError as error:
        return {"error": unreadable(error)}
    return found


def _column(
    name: str,
    cells: Sequence[Any],
    label: str | None,
    labels: Sequence[tuple[Any, Any]],
    measure: str | None,
    missing: Sequence[dict[str, Any]],
) -> TableColumn:
    values = [_value(cell, missing) for cell in cells]
    numeric = any(isinstance(value, int | float) for value in values)
    kept = {
        _value(code, ()): str(label).strip()
        for code, label in labels
        # A letter is a missing value of Stata, where codes are numbers.
        if not _declared(code, missing) and not (numeric and isinstance(code, str))
    }
    return TableColumn(
        name,
        values,
        label or None,
        dict(sorted(kept.items(), key=lambda pair: (isinstance(pair[0], str), pair[0]))),
        _MEASURES.get(measure),
        tuple(_in_words(each, dict(labels)) for each in missing),
    )


_MEASURES: dict[str | None, Measure] = {
    "nominal": "nominal",
    "ordinal": "ordinal",
    "scale": "scale",
}


def _value(cell: Any, ranges: Sequence[dict[str, Any]]) -> Any:
    """Return a cell, whole numbers as such; None where it is empty or declared as missing."""
    if cell is None or cell == "" or cell != cell or _declared(cell, ranges):
        return None
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return cell


def _declared(code: Any, ranges: Sequence[dict[str, Any]]) -> bool:
    """Tell whether a code lies in what the file declares as missing."""
    for each in ranges:
        low, high = each["lo"], each["hi"]
        if isinstance(code, str) != isinstance(low, str):
            continue
        if (code == low) if isinstance(code, str) else (low <= code <= high):
            return True
    return False


def _in_words(each: dict[str, Any], labels: dict[Any, str]) -> str:
    low, high = each["lo"], each["hi"]
    if low == high:
        return f"{_plain(low)} ({labels[low]})" if low in labels else _plain(low)
    return f"{_plain(low)} to {_plain(high)}"


def _plain(code: Any) -> str:
    return f"{code:g}" if isinstance(code, float) else str(code)
