"""Analyses of a finished run: the form of their results, and what an open run can be asked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from simulate.notebook import Shown

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl


class Analysis(Shown, ABC):
    """The result of an analysis.

    `str` gives its sentence, `to_frame` its rows, `to_dict` what `--json` prints; a notebook shows
    it as a small table.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def sentence(self) -> str:
        """What to quote, with its interval and what it is a number of."""

    def to_frame(self) -> pl.DataFrame:
        """Return one row for each estimate; an interval has the columns `low` and `high`."""
        import polars as pl

        frame = pl.DataFrame(map(_flat, self._rows()), infer_schema_length=None)
        empty = [name for name, kind in frame.schema.items() if kind == pl.Null]
        return frame.cast({n: pl.String if n == "refused" else pl.Float64 for n in empty})

    def _rows(self) -> list[dict[str, Any]]:
        """Return the rows of the frame, before they are made flat."""
        rows: list[dict[str, Any]] = self.to_dict()["rows"]
        return rows

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return what `--json` prints."""

    def __str__(self) -> str:
        return self.sentence


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row without what is inside of it, but for values with their intervals."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if name == "interval":
            found["low"], found["high"] = value or (None, None)
        elif isinstance(value, Mapping) and {"value", "interval"} <= value.keys():
            low, high = value["interval"] or (None, None)
            found |= {name: value["value"], f"{name}_low": low, f"{name}_high": high}
        elif not isinstance(value, Mapping | list | tuple):
            found[name] = value
    return found


class RunAnalyses:
    """What an open run can be asked beyond its records.

    The analyses stand in rooms above that of run files, and are found by name when they are asked
    for, as `_function("comparison.reweighing", "reweigh")(self, **options)`. Each takes the options
    of the function of the same name.
    """

    __slots__ = ()

    def leverage(self, dialogue: str | int | None = None, **options: Any) -> Any:
        """Say what hangs on the reply of each turn that `simulate.explore` has tried."""
        return _function("comparison.leverage", "leverage")(self, dialogue, **options)

    def ppi(self, table: str | Path, **options: Any) -> Any:
        """Return what few humans of a table are worth with this run; see `simulate.ppi`."""
        return _function("comparison.prediction_powered", "ppi")(self, table, **options)

    def reweigh(self, **options: Any) -> Any:
        """Say what the run would have given under another rule; see `simulate.reweigh`."""
        return _function("comparison.reweighing", "reweigh")(self, **options)


def _function(module: str, name: str) -> Any:
    return getattr(import_module(f"simulate.{module}"), name)
