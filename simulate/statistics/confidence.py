"""The confidence of intervals, and the normal quantile that belongs to it."""

from __future__ import annotations

CONFIDENCE = 0.95
"""Of every interval and bound unless a caller asks for another."""

Interval = tuple[float, float]


def quantile(confidence: float) -> float:
    """Return z > 0 such that a normal variable lies in ±z with this probability, in (0, 1)."""
    from scipy.special import ndtri

    return float(ndtri((1 + confidence) / 2))


def student_quantile(confidence: float, degrees: float) -> float:
    """Return t > 0 such that Student's t, of > 0 degrees of freedom, lies in ±t this often."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, (1 + confidence) / 2))
