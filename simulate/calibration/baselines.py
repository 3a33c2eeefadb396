"""Forecasts without a model, fitted to the people of the select split: what a model has to beat.

- the *human marginal*: how often each level came true, whatever was said before;
- the *act bigram × turn*: how often it came true after the same act in the same turn, drawn to
  how often it did after that act in any turn, and that to the marginal, each by a prior that is
  worth `PRIOR` cases (as n-gram models back off; MacKay and Peto 1995).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from simulate.calibration.forecasts import Forecasts
from simulate.errors import StatisticsError
from simulate.statistics.rows import Floats

PRIOR = 5.0
"""How many cases the wider distribution counts for."""
MARGINAL = "human marginal"
BIGRAM = "act bigram × turn"

Key = TypeVar("Key", bound=Hashable)


def human_marginal(known: Forecasts, wanted: Forecasts) -> Forecasts:
    """Return the shares of the levels among some people, stated at each position of others.

    Raises:
        StatisticsError: nobody is known.
    """
    return _stated(wanted, MARGINAL, np.tile(_marginal(known), (wanted.n, 1)))


def act_bigram(known: Forecasts, wanted: Forecasts) -> Forecasts:
    """Return the shares of the levels after the act and in the turn of each position.

    Raises:
        StatisticsError: nobody is known.
    """
    marginal = _marginal(known)
    acts = [at.previous_act for at in known.positions]
    by_act = _by(acts, known, lambda _: marginal)
    of_turn = [(at.previous_act, at.turn) for at in known.positions]
    by_turn = _by(of_turn, known, lambda key: by_act[key[0]])
    asked = [(at.previous_act, at.turn) for at in wanted.positions]
    found = [by_turn.get(key, by_act.get(key[0], marginal)) for key in asked]
    return _stated(wanted, BIGRAM, np.reshape(found, (-1, len(marginal))))


def _by(keys: Sequence[Key], known: Forecasts, wider: Callable[[Key], Floats]) -> dict[Key, Floats]:
    """Return the shares of the levels at each key, drawn to a wider distribution."""
    counts: dict[Key, Floats] = defaultdict(lambda: np.zeros(len(known.levels)))
    for key, level in zip(keys, known.happened.tolist(), strict=True):
        counts[key][level] += 1
    return {key: (seen + PRIOR * wider(key)) / (seen.sum() + PRIOR) for key, seen in counts.items()}


def _marginal(known: Forecasts) -> Floats:
    if not known.n:
        raise StatisticsError(f"{known.what}: the select split has nobody to fit a baseline to")
    return np.bincount(known.happened, minlength=len(known.levels)) / known.n


def _stated(wanted: Forecasts, method: str, stated: Floats) -> Forecasts:
    return replace(wanted, method=method, stated=stated, answers=None, failed=0)
