"""Values that a run file holds as JSON, in the one form that all of it uses."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulate.verbalized import Candidate, Parse, RecordedDraw, ReplyDistribution

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def dump(value: Any) -> str:
    """Write JSON the one way that all of a run file uses."""
    return _ENCODER.encode(value)


def text_hash(text: str) -> bytes:
    """Return the key of a text in the table `text`."""
    return hashlib.sha256(text.encode()).digest()[:16]


def candidates_json(distribution: ReplyDistribution) -> str:
    """Write a distribution: `[[text, probability, weight, ends], …]`."""
    weights = distribution.weights.tolist()
    each = zip(distribution.candidates, weights, strict=True)
    return dump([(c.text, c.probability, weight, c.ends) for c, weight in each])


def chances_json(draw: RecordedDraw) -> str | None:
    """Write the chances of a draw; None where they are the weights."""
    return None if draw.flattened is None else dump(draw.flattened.tolist())


def draw_from(
    what: str,
    candidates: str,
    chosen: int,
    u: float,
    *,
    chances: str | None = None,
    parse: Parse | None = None,
) -> RecordedDraw:
    """Read a recorded draw.

    Raises:
        ValueError: it is none: an index without a candidate, weights that do not sum to 1.
    """
    parts = json.loads(candidates)
    distribution = ReplyDistribution(
        tuple(Candidate(_text(text), _probability(p), bool(ends)) for text, p, _, ends in parts),
        np.array([weight for _, _, weight, _ in parts], dtype=np.float64),
        parse or "clean",
    )
    if not 0 <= chosen < len(distribution):
        raise ValueError(f"candidate {chosen} of {len(distribution)} was chosen")
    flattened = read_chances(chances, len(distribution))
    return checked(RecordedDraw(what, distribution, chosen, u, flattened))


def checked(draw: RecordedDraw) -> RecordedDraw:
    """Return a draw that can have been drawn.

    Raises:
        ValueError: it cannot: u lies outside [0, 1), or the candidate had no chance.
    """
    if not 0 <= draw.u < 1:
        raise ValueError(f"the random number {draw.u!r} of a draw")
    if draw.flattened is not None and not draw.flattened[draw.chosen] > 0:
        raise ValueError(f"candidate {draw.chosen} was drawn, which had no chance")
    return draw


def read_chances(text: str | None, k: int) -> NDArray[np.float64] | None:
    """Read the chances of k candidates; None where they are the weights.

    Raises:
        ValueError: they are no k numbers ≥ 0 that sum to 1.
    """
    if text is None:
        return None
    chances = np.array(json.loads(text), dtype=np.float64)
    if chances.shape != (k,) or not ((chances >= 0).all() and abs(chances.sum() - 1) < 1e-6):
        raise ValueError(f"the chances {text} of {k} candidates")
    return chances


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"a candidate's text must be a text, got {value!r}")  # noqa: TRY004
    return value


def _probability(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return value
    raise ValueError(f"a candidate's probability must be a finite number, got {value!r}")
