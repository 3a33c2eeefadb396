"""How numbers are written for readers, the same on the terminal, in HTML and in sentences."""

from __future__ import annotations

from collections.abc import Callable

LARGEST_IN_FULL = 1e9


def number(value: float | None, digits: int = 3) -> str:
    """Return a number without the zero before its point, or a dash for none.

    From a thousand million on it is written as 1.23e+09.
    """
    if value is None:
        return "–"
    if abs(value) >= LARGEST_IN_FULL:
        return f"{value:.3g}"
    text = f"{value:.{digits}f}" if abs(value) < 100 else f"{value:.1f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def short(value: float, digits: int = 6) -> str:
    """Return a number as `number` does, without zeros at its end."""
    text = number(value, digits)
    return (text.rstrip("0").rstrip(".") or "0") if "." in text and "e" not in text else text


def probability(value: float | None) -> str:
    """Return a probability as `number` does, and below .01 with two digits that are not 0."""
    if value is None or not 0 < value < 0.01:
        return number(value)
    return f"{value:.2g}".removeprefix("0")


def signed(value: float | None, digits: int = 3) -> str:
    """Return a difference: a number with its sign, none where it is 0 as it is written."""
    text = number(value, digits)
    return text if value is None or value < 0 or not text.strip("0.") else f"+{text}"


def ordinal(place: int) -> str:
    """Return a place in an order, such as `1st`, `22nd` or `113th`."""
    last = 0 if place % 100 in (11, 12, 13) else place % 10
    return f"{place:,}" + {1: "st", 2: "nd", 3: "rd"}.get(last, "th")


def ends(interval: tuple[float, float] | None, shown: Callable[[float], str] = number) -> str:
    """Return an interval as it stands behind its value; nothing for none."""
    return "" if interval is None else " [{}, {}]".format(*map(shown, interval))


SMALLEST_P = 0.0001


def p_text(
    p: float,
    *,
    at_most: bool = False,
    adjusted: float | None = None,
    adjusted_at_most: bool = False,
) -> str:
    """Return a p-value as `p = .034`, with the adjusted one behind it as `p = .034 (.068)`.

    Args:
        p: in [0, 1].
        at_most: whether p is only an upper bound, as the smallest p that resampling can show is;
            then it is `p ≤ .0005`.
        adjusted: p adjusted for the number of comparisons; not shown where it is p.
        adjusted_at_most: whether that is only an upper bound.
    """
    shown = f"p {_p(p, at_most)}"
    if adjusted is None or adjusted == p:
        return shown
    return f"{shown} ({_p(adjusted, at_most or adjusted_at_most).removeprefix('= ')})"


def _p(p: float, at_most: bool) -> str:
    if p < SMALLEST_P:
        return f"< {number(SMALLEST_P, 4)}"
    return f"{'≤' if at_most else '='} {number(p, 3 if p >= 0.0095 else 4)}"
