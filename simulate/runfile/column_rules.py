"""What the columns of a run file may hold, checked where a row is read.

The types of its tables are strict, but a file may come from anywhere, and its bytes say what they
like.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple, get_args

from simulate.errors import quote
from simulate.limits import LARGEST_COUNT
from simulate.runfile.dialogue import UNMEASURED, AttributedTo, Verdict
from simulate.verbalized import Parse

MOST_NATS = 700
"""More than the entropy of any draw, and little enough for its exponential to be a number."""


class Rule(NamedTuple):
    """What a column may hold.

    Attributes:
        holds: whether a value may stand there.
        says: what a value must be.
    """

    holds: Callable[[Any], bool]
    says: str


Rules = Mapping[str, Rule]
"""The columns of a query, in its order, with what each may hold."""


def check_row(rules: Rules, row: Sequence[Any]) -> None:
    """Make sure that the values of a row may stand where they do.

    Raises:
        ValueError: one may not.
    """
    for (column, (holds, says)), value in zip(rules.items(), row, strict=True):
        if not holds(value):
            raise ValueError(f"{column} is {quote(repr(value), 40)}, and must be {says}")


def _optional(rule: Rule) -> Rule:
    return Rule(lambda value: value is None or rule.holds(value), f"{rule.says}, or NULL")


def _one_of(words: Collection[str]) -> Rule:
    return Rule(lambda value: value in words, f"one of {', '.join(words)}")


def _number(says: str, holds: Callable[[float], bool]) -> Rule:
    return Rule(lambda value: isinstance(value, float | int) and holds(value), says)


TEXT = Rule(lambda value: isinstance(value, str), "a text")
COUNT = Rule(lambda v: isinstance(v, int) and 0 <= v <= LARGEST_COUNT, "a whole number ≥ 0")
WHOLE = Rule(lambda value: isinstance(value, int), "a whole number")
AMOUNT = _number("a number ≥ 0", lambda value: 0 <= value <= LARGEST_COUNT)
LATENCY = _number("a number ≥ 0, or -1", lambda v: v == UNMEASURED or 0 <= v <= LARGEST_COUNT)
SHARE = _number("a number from 0 to 1", lambda value: 0 <= value <= 1)
ENTROPY = _number("a number of nats ≥ 0", lambda value: 0 <= value <= MOST_NATS)
UNIT = _number("a number in [0, 1)", lambda value: 0 <= value < 1)
FLAG = Rule(lambda value: value in (0, 1), "0 or 1")
PARSE = _optional(_one_of(get_args(Parse)))

TURN: Rules = {
    "position": COUNT,
    "speaker": TEXT,
    "text": TEXT,
    "messages": _optional(TEXT),
    "tool_calls": _optional(TEXT),
    "latency_s": _optional(LATENCY),
    "ends": FLAG,
    "parse": PARSE,
    "candidates": _optional(TEXT),
    "chosen": _optional(COUNT),
    "u": _optional(UNIT),
    "below": _optional(SHARE),
    "source": _optional(TEXT),
}
OUTCOME: Rules = {
    "value": _optional(TEXT),
    "parse": PARSE,
    "candidates": _optional(TEXT),
    "chosen": _optional(COUNT),
    "u": _optional(UNIT),
}
DRAW: Rules = {
    "turn": WHOLE,
    "outcome": TEXT,
    "what": TEXT,
    "candidates": _optional(TEXT),
    "chances": _optional(TEXT),
    "chosen": COUNT,
    "u": UNIT,
}
VERDICT: Rules = {
    "name": TEXT,
    "verdict": _one_of(get_args(Verdict)),
    "whose": _one_of(get_args(AttributedTo)),
    "probability": _optional(SHARE),
    "turn": _optional(COUNT),
    "reason": TEXT,
    "quote": TEXT,
    "disagreement": _optional(SHARE),
}
STEP: Rules = {
    "number": COUNT,
    "turn": COUNT,
    "kind": _one_of(("show", "ask")),
    "who": TEXT,
    "what": TEXT,
}
CALL: Rules = {
    "turn": _optional(COUNT),
    "outcome": _optional(TEXT),
    "speaker": _optional(TEXT),
    "attempt": COUNT,
    "model": TEXT,
    "request": TEXT,
    "schema": _optional(TEXT),
    "seed": WHOLE,
    "raw": _optional(TEXT),
    "finish": _optional(TEXT),
    "problem": _optional(TEXT),
    "prompt_tokens": COUNT,
    "cached_tokens": COUNT,
    "completion_tokens": COUNT,
    "cost_usd": _optional(AMOUNT),
    "latency_s": _optional(AMOUNT),
    "tries": COUNT,
}
SHARED_CALL: Rules = {
    "number": COUNT,
    "prefix": TEXT,
    "payer": COUNT,
    "turn": _optional(COUNT),
    "outcome": _optional(TEXT),
    "seed": WHOLE,
}
INSTRUCTIONS: Rules = {"speaker": TEXT, "text": TEXT}
CELL: Rules = {"label": TEXT, "levels": TEXT}
LATEST_TURN: Rules = {
    "dialogue": COUNT,
    "position": COUNT,
    "speaker": TEXT,
    "text": TEXT,
    "entropy": _optional(ENTROPY),
}
MEAN_ENTROPY: Rules = {"position": COUNT, "entropy": ENTROPY, "turns": COUNT}
TURN_ENTROPY: Rules = {
    "dialogue": COUNT,
    "cell": COUNT,
    "persona": TEXT,
    "speaker": TEXT,
    "entropy": ENTROPY,
}
UNUSABLE_TEXT: Rules = {"raw": _optional(TEXT), "problem": TEXT}
BRANCH: Rules = {"parent": TEXT, "root": TEXT, "turn": COUNT, "chosen": COUNT}
PERSONA: Rules = {"attributes": TEXT, "prose": TEXT}
ENDPOINT: Rules = {"model": TEXT, "what": TEXT, "told": TEXT}
ANSWERED_BY: Rules = {
    "model": TEXT,
    "served": TEXT,
    "fingerprint": TEXT,
    "dialogue": COUNT,
    "calls": _optional(COUNT),
    "first_call": _optional(COUNT),
    "last_call": _optional(COUNT),
}
