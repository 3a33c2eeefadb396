"""Rows that a run file gives out, as typed records."""

from __future__ import annotations

from typing import Any, NamedTuple

from simulate.runfile.examined import Verdict, Whose

__all__ = ["CallRow", "DrawRow", "OutcomeRow", "VerdictRow"]


class OutcomeRow(NamedTuple):
    """One outcome of one dialogue that began.

    Attributes:
        cell: the cell's index.
        persona: the persona's id.
        replicate: the n-th dialogue of the same cell and persona.
        status: of the dialogue.
        value: None where it is missing.
        candidates: (value, stated probability or None, weight) of each candidate; None where the
            value was not drawn from a distribution. The value of a candidate is None where a
            matched outcome of a task does not match it.
    """

    cell: int
    persona: str
    replicate: int
    status: str
    value: float | str | bool | None
    candidates: tuple[tuple[Any, float | None, float], ...] | None


class VerdictRow(NamedTuple):
    """What a check says of a dialogue; see `VerdictRecord`."""

    dialogue: int
    check: str
    verdict: Verdict
    whose: Whose
    probability: float | None
    turn: int | None
    reason: str
    quote: str
    disagreement: float | None


class DrawRow(NamedTuple):
    """A turn that was drawn from a distribution.

    Attributes:
        position: the turn index.
        speaker: who speaks.
        chosen: the index of the drawn candidate.
        candidates: text, stated probability or None, weight, and whether it ends the dialogue.
        below: the threshold of the tail where it was asked for from there, else None.
    """

    position: int
    speaker: str
    chosen: int
    candidates: tuple[tuple[str, float | None, float, bool], ...]
    below: float | None


class CallRow(NamedTuple):
    """One model call, with its prompt as it was sent."""

    turn: int | None
    outcome: str | None
    speaker: str | None
    attempt: int
    model: str
    prompt: list[dict[str, str]]
    schema: dict[str, Any] | None
    seed: int
    raw: str | None
    finish: str | None
    problem: str | None
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    cost_usd: float | None
    latency_s: float | None
    tries: int
