"""Numbers as people write them in tables: `1,250`, `1.250,00`, `$5`, `12 %`.

A column is of numbers where each of its cells is one. What stands before decimals must follow from
the cells or from the form of the file; where `1.250` can be 1.25 or 1250, it is asked for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simulate.errors import quote

LONGEST = 60
"""Characters of a cell that can be a number."""

_CODES = "USD|EUR|GBP|CHF|JPY|CNY|INR|CAD|AUD|SEK|NOK|DKK"
_MARKED = re.compile(
    rf"(?P<sign>[+-]?)\s?(?P<before>[^\d\s.,+-]|(?:{_CODES}))?\s?(?P<inner>[+-]?)"
    rf"(?P<number>[\d.,][\d.,eE'’\u00a0\u202f +-]*?)\s?(?P<after>[^\d\s.,+-]|(?:{_CODES}))?"
)
_SPACED = "[ '’\u00a0\u202f]"
_FORMS = {
    decimal: re.compile(
        rf"(?:\d+|[1-9]\d{{0,2}}(?P<mark>{_SPACED}|{thousands})\d{{3}}(?:(?P=mark)\d{{3}})*)?"
        rf"(?:{re.escape(decimal)}\d*)?(?:[eE][+-]?\d{{1,3}})?",
        re.ASCII,
    )
    for decimal, thousands in ((".", ","), (",", re.escape(".")))
}
"""A number without sign or unit, by what stands before its decimals."""
_WHOLE = re.compile(r"[+-]?\d{1,60}", re.ASCII)
_ENDLESS = {"inf", "+inf", "-inf", "infinity", "-infinity"}
"""Numbers to a program, which whoever computes with them refuses in its own words."""
_TRUTHS = {"true": True, "false": False}


class AmbiguousNumberError(ValueError):
    """A cell is two numbers, and nothing says which; the message has both and what to say."""


@dataclass(frozen=True)
class Typed:
    """The cells of a column of text with their types."""

    values: list[Any]
    """(n,) numbers, truths, or texts without the blanks around them; None where there is none."""
    told: tuple[str, ...] = ()
    """What was decided about them, in sentences."""


def typed(
    cells: Sequence[str | None], decimal: str | None = None, known: str | None = None
) -> Typed:
    """Return cells of text as numbers or as truths where all are such, else as texts.

    Args:
        cells: of one column; None where there is no value.
        decimal: `.` or `,` where the user says it.
        known: what stands before decimals in files of this form; None where both are usual.

    Raises:
        AmbiguousNumberError: they are numbers, and it is open which.
    """
    texts = [None if cell is None else cell.strip() for cell in cells]
    distinct = {text for text in texts if text}
    if not distinct or any(len(text) > LONGEST for text in distinct):
        return Typed(texts)
    if all(text.casefold() in _TRUTHS for text in distinct):
        return Typed([_TRUTHS[text.casefold()] if text else None for text in texts])
    if all(map(_WHOLE.fullmatch, distinct)):
        return Typed([int(text) if text else None for text in texts])
    endless = {text: float(text) for text in distinct if text.casefold() in _ENDLESS}
    parts = {text: _parts(text) for text in distinct - set(endless)}
    if None in parts.values():
        return Typed(texts)
    units = {unit for part in parts.values() if part for unit in part[2] if unit}
    bare = {text: sign + number for text, (sign, number, _) in parts.items()}  # type: ignore[misc]
    readings = {text: _readings(number) for text, number in bare.items()}
    if not all(readings.values()):
        return Typed(texts)
    chosen = decimal or _evident(readings, known)
    if any(chosen not in each for each in readings.values()):
        return Typed(texts)
    _check_units(units, parts)
    numbers: dict[str, float | int] = endless | {
        text: int(bare[text]) if _WHOLE.fullmatch(bare[text]) else each[chosen]
        for text, each in readings.items()
    }
    return Typed([numbers[text] if text else None for text in texts], _told(numbers))


def decimal_mark(cells: Sequence[str | None]) -> str | None:
    """Return what a column of numbers shows to stand before decimals; None where it does not."""
    distinct = {cell.strip() for cell in cells if cell and cell.strip()}
    shown: str | None = None
    for text in distinct:
        part = _parts(text) if len(text) <= LONGEST else None
        readings = _readings(part[0] + part[1]) if part else {}
        if not readings:
            return None
        if len(readings) == 1:
            (mark,) = readings
            if shown not in (None, mark):
                return None
            shown = mark
    return shown


def _parts(text: str) -> tuple[str, str, tuple[str, ...]] | None:
    """Return sign, digits with marks, and units of a number; None where it cannot be one."""
    found = _MARKED.fullmatch(text.replace("\u2212", "-"))
    if found is None:
        return None
    units = tuple(unit for unit in (found["before"], found["after"]) if unit)
    if not all(unit == "%" or len(unit) == 3 or _is_currency(unit) for unit in units):
        return None
    if found["sign"] and found["inner"]:
        return None
    return found["sign"] or found["inner"], found["number"].rstrip(), units


def _is_currency(unit: str) -> bool:
    return unicodedata.category(unit) == "Sc"


def _readings(number: str) -> dict[str, float]:
    """Return the numbers that digits can be, by what stands before decimals.

    One reading has both marks as keys.
    """
    sign = -1 if number[:1] == "-" else 1
    digits = number.lstrip("+-")
    found: dict[str, float] = {}
    for decimal, form in _FORMS.items():
        fits = form.fullmatch(digits)
        if fits is None or not any(map(str.isdigit, digits)):
            continue
        plain = digits.replace(fits["mark"], "") if fits["mark"] else digits
        found[decimal] = sign * float(plain.replace(decimal, "."))
    return found


def _evident(readings: dict[str, dict[str, float]], known: str | None) -> str:
    """Return what stands before decimals.

    Raises:
        AmbiguousNumberError: it does not follow.
    """
    proven = {next(iter(each)): text for text, each in readings.items() if len(each) == 1}
    if len(proven) == 1:
        (mark,) = proven
        if known == "." and mark == ",":
            (text,) = proven.values()
            raise AmbiguousNumberError(
                f"{quote(text, 40)} is {readings[text][',']:g} with a decimal comma, or several "
                "values; say --decimal , for numbers, and leave such values out or apart else"
            )
        return mark
    if len(proven) > 1:
        return "?"  # no reading fits all
    open_ones = [text for text, each in readings.items() if each["."] != each[","]]
    if known is None and open_ones:
        text = min(open_ones)
        one, other = readings[text]["."], readings[text][","]
        raise AmbiguousNumberError(
            f"{quote(text, 40)} can be {one:.15g} or {other:.15g}; say --decimal . or --decimal ,"
        )
    return known or "."


def _check_units(units: set[str], parts: dict[str, Any]) -> None:
    """Refuse numbers of several units.

    Raises:
        AmbiguousNumberError: there are some.
    """
    if len(units) > 1:
        raise AmbiguousNumberError(
            f"its numbers are in {' and in '.join(map(quote, sorted(units)))}; bring them to one"
        )
    if units == {"%"}:
        without = next((text for text, part in sorted(parts.items()) if not part[2]), None)
        if without is not None:
            raise AmbiguousNumberError(
                f"{quote(without, 40)} has no %, as others have; bring them to one form"
            )


def _told(numbers: dict[str, float | int]) -> tuple[str, ...]:
    """Return how the first number is read that is written otherwise than a program writes it."""
    for text, number in sorted(numbers.items()):
        try:
            plain = float(text) == number
        except ValueError:
            plain = False
        if not plain:
            return (f"{quote(text, 40)} is read as {number:.15g}",)
    return ()
