"""How numbers are written for readers, the same on the terminal, in HTML and in sentences."""

from __future__ import annotations

from collections.abc import Callable


def number(value: float | None, digits: int = 3) -> str:
    """Return a number without the zero before its point, or a dash for none."""
    if value is None:
        return "–"
    text = f"{value:.{digits}f}" if abs(value) < 100 else f"{value:.1f}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def ends(interval: tuple[float, float] | None, shown: Callable[[float], str] = number) -> str:
    """Return an interval as it stands behind its value; nothing for none."""
    return "" if interval is None else " [{}, {}]".format(*map(shown, interval))


SMALLEST_P = 0.0001


def p_text(p: float, *, at_most: bool = False) -> str:
    """Return a p-value as `p = .034`.

    Args:
        p: in [0, 1].
        at_most: whether p is only an upper bound, as the smallest p that resampling can show is;
            then it is `p ≤ .0005`.
    """
    if p < SMALLEST_P:
        return f"p < {number(SMALLEST_P, 4)}"
    sign = "≤" if at_most else "="
    return f"p {sign} {number(p, 3 if p >= 0.0095 else 4)}"
