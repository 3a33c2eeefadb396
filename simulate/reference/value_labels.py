"""Labelled values of a table as levels: 1 `never` to 5 `always`, in the order of their codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simulate.errors import first_of
from simulate.reference.table_file import Column

MOST_LEVELS = 30


@dataclass(frozen=True)
class LabelledLevels:
    """What labelled values are levels of."""

    kind: str
    """`ordinal`, `choice` where the file says that there is no order, or `yesno`."""
    words: Mapping[float | str, str]
    """Code to level, in the order of the codes."""
    told: str
    """What was decided, as a sentence."""


def labelled_levels(column: Column) -> LabelledLevels | None:
    """Return the levels of a column whose file labels its values; None where they are numbers.

    Labelled values are ordinal, in the order of their codes, unless the file says that they are
    nominal. Where some codes of a scale have no label, each level is called by its code, and the
    whole numbers between the ends are levels, too. Numbers of which the file labels some only, and
    which it calls a scale or which are too many, stay numbers.
    """
    labels = {code: label for code, label in column.labels.items() if label}
    if not labels:
        return None
    codes = {*labels, *column.values}
    if codes != set(labels) or len(set(labels.values())) < len(labels):
        if column.about.measure == "scale" or not all(isinstance(code, int) for code in codes):
            return None
        ends = [code for code in codes if isinstance(code, int)]
        if max(ends) - min(ends) >= MOST_LEVELS:
            return None
        words: dict[float | str, str] = {
            code: f"{code} ({labels[code]})" if code in labels else str(code)
            for code in range(min(ends), max(ends) + 1)
        }
    else:
        words = labels
    if {word.casefold() for word in words.values()} == {"yes", "no"}:
        return LabelledLevels("yesno", words, f"column {column.name}: its labels are yes and no")
    listed = first_of(words.values())
    if column.about.measure == "nominal":
        told = (
            f"its labels have no order, since the file says nominal ({listed}); --kind ordinal "
            "takes the order of the codes"
        )
        return LabelledLevels("choice", words, f"column {column.name}: {told}")
    told = f"its labels are levels in the order of their codes ({listed}); --kind choice: no order"
    return LabelledLevels("ordinal", words, f"column {column.name}: {told}")
