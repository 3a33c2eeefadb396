"""`json_schema`, `length`, `latency`, `repeats`: the form of turns, and how long they took."""

from __future__ import annotations

import json
from typing import NoReturn

from simulate.errors import quote
from simulate.measures.normalization import LOOKED_AT, flat, words
from simulate.stress.checks.result import PASSES, Finding, Look
from simulate.stress.checks.schemas import wrong_in

__all__ = ["json_schema", "latency", "length", "repeats"]

COMPARED = 5_000
"""How many characters of a turn are compared with another."""


def json_schema(look: Look) -> Finding:
    """Fail with the first message that is no JSON or does not follow the schema."""
    schema = look.check.json_schema or {}
    for turn in look.speaking:
        for message in turn.messages or (turn.text,):
            try:
                value = json.loads(message, parse_constant=_no_number)
            except (ValueError, RecursionError) as error:
                fenced = "```" in message
                reason = "is JSON inside a code fence, not JSON" if fenced else f"no JSON: {error}"
                return Finding("fail", reason, turn.index, message)
            if wrong := wrong_in(value, schema):
                where, how = wrong
                return Finding("fail", f"{where}: {quote(how)}", turn.index, message)
    return PASSES


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def length(look: Look) -> Finding:
    """Fail with the first turn that is too long or too short."""
    rule = look.check.length
    assert rule is not None  # noqa: S101  # the check's way
    for turn in look.speaking:
        n = len(turn.text) if rule.unit == "characters" else len(words(turn.text[:LOOKED_AT]))
        if rule.most is not None and n > rule.most:
            return Finding(
                "fail", f"{n:,} {rule.unit}, at most {rule.most:,}", turn.index, turn.text
            )
        if rule.fewest is not None and n < rule.fewest:
            reason = f"{n:,} {rule.unit}, at least {rule.fewest:,}"
            return Finding("fail", reason, turn.index, turn.text)
    return PASSES


def latency(look: Look) -> Finding:
    """Fail with the first turn that took too long; abstain where no turn was timed."""
    rule = look.check.latency
    assert rule is not None  # noqa: S101  # the check's way
    timed = [(t, t.latency_s) for t in look.turns if t.latency_s is not None]
    for turn, seconds in timed:
        if seconds > rule.most_s:
            reason = f"took {seconds:.3g} s, at most {rule.most_s:g} s"
            return Finding("fail", reason, turn.index)
    if not timed:
        return Finding("abstain", f"no turn of {look.speaker} was timed; only a target's turns are")
    return PASSES


def repeats(look: Look) -> Finding:
    """Fail with the turn by which more turns are alike than may be."""
    from rapidfuzz import fuzz

    rule = look.check.repeats
    assert rule is not None  # noqa: S101  # the check's way
    before: list[str] = []
    for turn in look.speaking:
        text = flat(turn.text[:COMPARED]).text.strip()
        alike = 1 + sum(
            fuzz.ratio(text, other, score_cutoff=rule.similarity) > 0 or text == other
            for other in before
        )
        if alike > rule.most:
            reason = f"{alike} turns are alike, at most {rule.most}"
            return Finding("fail", reason, turn.index, turn.text)
        before.append(text)
    return PASSES
