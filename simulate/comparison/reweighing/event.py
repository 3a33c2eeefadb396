"""An event, such as `donation >= 2`: what an outcome must be for it to have happened."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulate.errors import ParseError, StatisticsError, quote
from simulate.files.conditions import Between, Condition, number_in
from simulate.reference import Variable
from simulate.scenario import Answer, Scenario

_FORM = re.compile(r"([^<>=≤≥]{1,200})(<=|>=|==|[<>=≤≥])([^<>=≤≥]{1,200})")
_FIELDS = {">": "above", ">=": "at_least", "≥": "at_least"}
_FROM = frozenset(_FIELDS)
_FIELDS |= {"<": "below", "<=": "at_most", "≤": "at_most"}


@dataclass(frozen=True)
class Event:
    """An event that an outcome can be.

    Attributes:
        outcome: the outcome's name.
        condition: what its value must be.
        words: the event as it was written.
    """

    outcome: str
    condition: Condition
    words: str


def read_event(text: str, scenario: Scenario) -> Event:
    """Read `OUTCOME >= VALUE`, with any of < <= > >= and =.

    Of words in order, `>=` means this one and those after it.

    Raises:
        StatisticsError: it has another form, or the outcome is not there, or has no such value.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise StatisticsError(
            f"event {quote(text, 60)}: write OUTCOME >= VALUE, with one of < <= > >= ="
        )
    name, sign, value = (part.strip() for part in match.groups())
    if name not in scenario.outcomes:
        known = ", ".join(scenario.outcomes) or "none"
        raise StatisticsError(
            f"event {quote(text, 60)}: there is no outcome {quote(name, 40)}; it has: {known}"
        )
    outcome, number = scenario.outcomes[name], number_in(value)
    levels = list(outcome.levels or ())
    condition: Condition
    if sign in ("=", "=="):
        condition = [value]
    elif levels and value in levels and outcome.kind == "ordinal":
        at = levels.index(value)
        condition = list(levels[at:] if sign in _FROM else levels[:at])
        if sign in (">", "<=", "≤"):
            condition = list(levels[at + 1 :] if sign in _FROM else levels[: at + 1])
    elif number is not None:
        condition = Between.model_validate({_FIELDS[sign]: number})
    else:
        raise StatisticsError(f"event {quote(text, 60)}: {quote(value, 40)} is no number")
    event = Event(name, condition, f"{name} {sign} {value}")
    try:
        outcome.fulfils(Answer(None), condition)
        if not condition:
            raise ValueError(f"no level lies {sign} {value}")
        if isinstance(condition, list):
            for each in condition:
                outcome.read(each)
    except (ValueError, ParseError) as error:
        raise StatisticsError(f"event {quote(text, 60)}: {error}") from None
    return event


def happens(
    event: Event, variable: Variable, scenario: Scenario, codes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return (m,) 1 where a code of the outcome is the event, else 0."""
    outcome = scenario.outcomes[event.outcome]
    distinct, where = np.unique(codes, return_inverse=True)
    found = [
        bool(outcome.fulfils(Answer(variable.decode(float(code))), event.condition))
        for code in distinct
    ]
    return np.array(found, dtype=np.float64)[where]
