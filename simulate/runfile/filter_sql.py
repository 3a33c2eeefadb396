"""A filter over the dialogues of a run as SQL with placeholders; values never enter the SQL."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from simulate.errors import InputError, quote
from simulate.runfile.dialogue import Status
from simulate.runfile.filter import Condition

NUMBERS = {
    "id": "d.id",
    "turns": "d.turns",
    "replicate": "d.replicate",
    "entropy": "CASE WHEN d.distributions > 0 THEN d.entropy / d.distributions END",
    "tokens": "d.prompt_tokens + d.completion_tokens",
    "calls": "d.calls",
    "cost": "d.cost_usd",
    "seconds": "d.finished - d.started",
    "fails": "(SELECT sum(v.verdict = 'fail') FROM verdict v WHERE v.dialogue = d.id "
    "AND v.whose = 'target')",
}
WORDS = {
    "status": "d.status",
    "persona": "d.persona",
    "dialogue": "d.key",
    "fault": "d.fault",
}
CONTAINED = {"error": "d.error"}
FIELDS = (*NUMBERS, *WORDS, *CONTAINED, "cell", "check", "outcome", "text")
YES_NO = frozenset(("yes", "no", "true", "false"))

_RANGE = re.compile(r"(-?[\d.eE+-]*?)\.\.(-?[\d.eE+-]*)")


@dataclass(frozen=True, slots=True)
class Names:
    """What a filter may name besides the fixed fields.

    Attributes:
        outcomes: the outcomes of the scenario; `outcome` stands for the first of them.
        conditions: the conditions of the scenario.
        attributes: the attributes of the personas.
    """

    outcomes: Sequence[str] = ()
    conditions: Collection[str] = ()
    attributes: Collection[str] = ()


def to_sql(conditions: Sequence[Condition], names: Names) -> tuple[str, list[Any]]:
    """Return a WHERE clause over `dialogue d` and its values.

    It uses the functions `has_text(needle, text)` and `has_match(pattern, text)`, which the
    connection must know.

    Raises:
        InputError: an unknown field, or a value that does not fit its field.
    """
    parts: list[str] = []
    values: list[Any] = []
    for condition in conditions:
        sql, more = condition_sql(condition, names)
        parts.append(f"NOT coalesce({sql}, 0)" if condition.negated else sql)
        values += more
    return " AND ".join(parts) or "1", values


def condition_sql(condition: Condition, names: Names) -> tuple[str, list[Any]]:
    """Return the SQL of one condition, before any negation, and its values."""
    field = condition.field
    if field == "text":
        return _text_sql(condition)
    if field in NUMBERS:
        return _number_sql(NUMBERS[field], condition)
    if field in WORDS:
        if field == "status":
            _known(condition, get_args(Status))
        return _word_sql(f"lower({WORDS[field]})", condition)
    if field in CONTAINED:
        return _contains_sql(CONTAINED[field], condition)
    if field == "cell":
        sql, values = _word_sql("lower(label)", condition, positive=True)
        level = "EXISTS (SELECT 1 FROM json_each(cell.levels) WHERE lower(value) IN ({}))"
        marks = ", ".join("?" * len(values))
        inside = f"SELECT id FROM cell WHERE {sql} OR {level.format(marks)}"  # noqa: S608
        word = "NOT IN" if condition.operator == "!=" else "IN"
        return f"d.cell {word} ({inside})", [*values, *values]
    if field == "check":
        sql, values = _word_sql("lower(v.name)", condition, positive=True)
        word = "NOT EXISTS" if condition.operator == "!=" else "EXISTS"
        failed = "SELECT 1 FROM verdict v WHERE v.dialogue = d.id AND v.verdict = 'fail'"
        return f"{word} ({failed} AND {sql})", values
    if field == "outcome" or field.removeprefix("outcome.") in names.outcomes:
        return _outcome_sql(condition, names)
    if (name := field.removeprefix("cell.")) in names.conditions:
        place = f'$."{name}"'  # a name of the scenario, without quotes by its pattern
        value = "(SELECT lower(json_extract(levels, ?)) FROM cell WHERE cell.id = d.cell)"
        sql, values = _word_sql(value, condition)
        return sql, [place, *values]
    attribute = field.removeprefix("persona.")
    if attribute in names.attributes:
        value = "(SELECT json_extract(attributes, ?) FROM persona WHERE persona.id = d.persona)"
        place = f"$.{_quoted_key(attribute)}"
        number = condition.kind != "quoted" and _numbers(condition.value) is not None
        if number or condition.operator in ("<", "<=", ">", ">="):
            sql, values = _number_sql(value, condition)
        else:
            sql, values = _word_sql(f"lower(CAST({value} AS TEXT))", condition)
        return sql, [place, *values]
    known = ", ".join([*FIELDS, *names.outcomes, *names.conditions, *names.attributes])
    raise InputError(f"filter: there is no field {quote(field, 40)}; there are: {known}")


def _quoted_key(key: str) -> str:
    return '"' + key.replace('"', '\\"') + '"'


def _known(condition: Condition, allowed: Sequence[str]) -> None:
    for value in _alternatives(condition):
        if value not in allowed:
            raise InputError(
                f"filter: {condition.field} is one of {', '.join(allowed)}, not {quote(value, 40)}"
            )


def _alternatives(condition: Condition) -> list[str]:
    if condition.kind == "quoted":
        return [condition.value.lower()]
    return [part for part in condition.value.lower().split(",") if part] or [""]


def _word_sql(
    expression: str, condition: Condition, *, positive: bool = False
) -> tuple[str, list[Any]]:
    if condition.operator not in (":", "=", "!="):
        raise InputError(
            f"filter: {condition.field} is a word; use {condition.field}:VALUE or "
            f"{condition.field}!=VALUE, not {condition.operator}"
        )
    values = _alternatives(condition)
    word = "NOT IN" if condition.operator == "!=" and not positive else "IN"
    return f"{expression} {word} ({', '.join('?' * len(values))})", list(values)


def _contains_sql(expression: str, condition: Condition) -> tuple[str, list[Any]]:
    sign = _contains_sign(condition)
    return f"has_text(?, {expression}) {sign}", [condition.value]


def _contains_sign(condition: Condition) -> str:
    if condition.operator not in (":", "=", "!="):
        raise InputError(
            f'filter: {condition.field} is a text; use {condition.field}:"words", '
            f"not {condition.operator}"
        )
    return "= 0" if condition.operator == "!=" else "= 1"


def _text_sql(condition: Condition) -> tuple[str, list[Any]]:
    word = "NOT EXISTS" if _contains_sign(condition) == "= 0" else "EXISTS"
    function = "has_match" if condition.kind == "regex" else "has_text"
    return (
        f"{word} (SELECT 1 FROM turn t WHERE t.dialogue = d.id AND {function}(?, t.text))",  # noqa: S608
        [condition.value],
    )


def _outcome_sql(condition: Condition, names: Names) -> tuple[str, list[Any]]:
    if condition.field != "outcome":
        name = condition.field.removeprefix("outcome.")
    elif names.outcomes:
        name = names.outcomes[0]
    else:
        raise InputError("filter: this run measures no outcome")
    start = "(SELECT {} FROM outcome o WHERE o.dialogue = d.id AND o.name = ?)"
    if condition.value.lower() == "missing" and condition.operator in (":", "=", "!="):
        word = "IS NOT NULL" if condition.operator == "!=" else "IS NULL"
        return f"(d.status = 'completed' AND {start.format('o.value')} {word})", [name]
    ordering = condition.operator in ("<", "<=", ">", ">=")
    numbers = [_numbers(value) for value in _alternatives(condition)]
    if ordering or any(n is not None and n[0] != n[1] for n in numbers):
        sql, values = _number_sql(start.format("o.number"), condition)
        return sql, [name, *values]
    words = _alternatives(condition)
    words += [{"yes": "1", "true": "1", "no": "0", "false": "0"}[w] for w in words if w in YES_NO]
    exact = [n[0] for n in numbers if n is not None]
    sql = (
        "EXISTS (SELECT 1 FROM outcome o WHERE o.dialogue = d.id AND o.name = ? AND "  # noqa: S608
        f"{'NOT ' if condition.operator == '!=' else ''}("
        f"coalesce(o.number IN ({', '.join('?' * len(exact))}), 0) OR "
        f"coalesce(lower(json_extract(o.value, '$')) IN ({', '.join('?' * len(words))}), 0)) "
        "AND o.value IS NOT NULL)"
    )
    return sql, [name, *exact, *words]


def _numbers(text: str) -> tuple[float | None, float | None] | None:
    """Read a number, or a range `low..high` that may be open at an end; None if it is neither."""
    found = _RANGE.fullmatch(text)
    try:
        if found and (found[1] or found[2]):
            return (float(found[1]) if found[1] else None, float(found[2]) if found[2] else None)
        number = float(text.removeprefix("$"))
    except ValueError:
        return None
    return (number, number) if math.isfinite(number) else None


def _number_sql(expression: str, condition: Condition) -> tuple[str, list[Any]]:
    ordering = condition.operator in ("<", "<=", ">", ">=")
    written = [condition.value] if ordering else _alternatives(condition)
    ranges = [(value, _numbers(value)) for value in written]
    for value, numbers in ranges:
        if numbers is None or (ordering and numbers[0] != numbers[1]):
            raise InputError(
                f"filter: {condition.field} is a number; {quote(value, 40)} is none. Write "
                f"{condition.field}>4, or {condition.field}:4..10"
            )
    if ordering:
        number = ranges[0][1]
        return f"({expression}) {condition.operator} ?", [number[0] if number else None]
    low_high = [numbers for _, numbers in ranges if numbers is not None]
    if len(low_high) > 1 and any(a != b for a, b in low_high):
        raise InputError(f"filter: {condition.field} takes one range, or numbers with commas")
    low, high = low_high[0]
    if len(low_high) > 1 or low == high:
        word = "NOT IN" if condition.operator == "!=" else "IN"
        return f"({expression}) {word} ({', '.join('?' * len(low_high))})", [a for a, _ in low_high]
    word = "NOT BETWEEN" if condition.operator == "!=" else "BETWEEN"
    ends = [-1e308 if low is None else low, 1e308 if high is None else high]
    return f"({expression}) {word} ? AND ?", ends
