"""Turn leverage: how much the outcome of a dialogue hangs on which reply was drawn at a turn."""

from simulate.comparison.leverage.analysis import leverage
from simulate.comparison.leverage.exploring import (
    Exploration,
    explore,
    explore_sync,
    foresee,
)
from simulate.comparison.leverage.result import Leverage, TurnLeverage

__all__ = [
    "Exploration",
    "Leverage",
    "TurnLeverage",
    "explore",
    "explore_sync",
    "foresee",
    "leverage",
]
