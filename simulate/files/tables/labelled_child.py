"""A program of its own: read a file of SPSS or Stata, and print its columns as one line of JSON.

The library that reads such files is written in C, and a damaged file can end its process. So it
has one to itself. It imports nothing of `simulate`.

Arguments: the function of pyreadstat, the path, the encoding (may be empty), most columns, most
cells.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def read(function: str, path: str, encoding: str, columns: int, cells: int) -> dict[str, Any]:
    """Return the columns and what the file says of them, or the size where there are too many."""
    import pyreadstat

    options: dict[str, Any] = {"output_format": "dict"}
    if function == "read_sav":
        options["user_missing"] = True
    if encoding:
        options["encoding"] = encoding
    reader = getattr(pyreadstat, function)
    _, about = reader(path, metadataonly=True, **options)
    size = {"rows": about.number_rows or 0, "width": about.number_columns or 0}
    if size["width"] > columns or size["rows"] * size["width"] > cells:
        return size
    data, about = reader(path, **options)
    found = [
        {
            "name": name,
            "cells": list(values),
            "label": about.column_names_to_labels.get(name),
            "labels": list(about.variable_value_labels.get(name, {}).items()),
            "measure": about.variable_measure.get(name),
            "missing": about.missing_ranges.get(name, []),
        }
        for name, values in data.items()
    ]
    return {**size, "columns": found}


def main() -> None:
    """Print what was read, or why it could not be."""
    function, path, encoding, columns, cells = sys.argv[1:]
    try:
        found = read(function, path, encoding, int(columns), int(cells))
    except Exception as error:
        found = {"error": str(error).split("\n", 1)[0] or type(error).__name__}
    sys.stdout.buffer.write(json.dumps(found, default=str).encode("utf-8", "replace"))


if __name__ == "__main__":
    main()
