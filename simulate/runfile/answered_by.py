"""Which models an endpoint says have answered, and what is said where they changed in a run.

A name such as `gpt-4.1` stands for a snapshot that its provider may exchange at any time, and a
router sends calls to several providers. A run that mixes them mixes models.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any, NamedTuple

from simulate.models import answering_name
from simulate.runfile.column_rules import ANSWERED_BY, check_row
from simulate.runfile.corruption import damage_told, reading
from simulate.runfile.query import Queryable

MOST_NAMED = 3


class AnsweredBy(NamedTuple):
    """What answered calls of one model of the run.

    Attributes:
        model: as the run calls it.
        served: the name that the endpoint gives; empty for none, `…` for the rest of very many.
        fingerprint: its `system_fingerprint`; empty for none.
        dialogue: the first dialogue that it answered.
        calls: how many calls it answered; None in files before schema 4.
        first_call: the number of the first of them, from 1 over the run; None likewise.
        last_call: that of the last.
    """

    model: str
    served: str
    fingerprint: str
    dialogue: int
    calls: int | None = None
    first_call: int | None = None
    last_call: int | None = None

    @property
    def name(self) -> str:
        """The name with the fingerprint in brackets."""
        return answering_name(self.served, self.fingerprint)


@damage_told
def answered_by(run: Queryable) -> dict[str, tuple[AnsweredBy, ...]]:
    """Return what answered each model of the run, the earliest first."""
    sql = """SELECT model, served, fingerprint, dialogue, calls, first_call, last_call
        FROM answered_by UNION ALL SELECT model, served, '', dialogue, NULL, NULL, NULL
        FROM served_model WHERE (model, served) NOT IN (SELECT model, served FROM answered_by)
        ORDER BY model, first_call, dialogue, served"""
    found = map(_answered_by, run.rows(sql))
    return {model: tuple(each) for model, each in groupby(found, lambda by: by.model)}


def _answered_by(row: tuple[Any, ...]) -> AnsweredBy:
    with reading("answered_by", model=row[0], served=row[1]):
        check_row(ANSWERED_BY, row)
    return AnsweredBy(*row)


def models_told(run: Queryable) -> list[str]:
    """Return a sentence for each model of the run: what answered it."""
    return [_told(model, each) for model, each in answered_by(run).items()]


def changes_told(run: Queryable) -> list[str]:
    """Return a sentence of caution for each model that more than one has answered."""
    return [
        f"{_told(model, each)}; a difference between dialogues may be one between these"
        for model, each in answered_by(run).items()
        if len(each) > 1
    ]


def _told(model: str, answering: tuple[AnsweredBy, ...]) -> str:
    shown = MOST_NAMED if len(answering) > MOST_NAMED + 1 else MOST_NAMED + 1
    named, more = answering[:shown], answering[shown:]
    parts = [f"{by.name}{_calls(by)}" for by in named]
    if more:
        calls = sum(by.calls or 0 for by in more)
        parts.append(f"{len(more):,} others in {calls:,} calls")
    return f"{model} was answered by {' and by '.join(parts)}"


def _calls(by: AnsweredBy) -> str:
    if by.calls is None:
        return f" from dialogue {by.dialogue:,} on"
    return f" in {by.calls:,} calls ({by.first_call:,} to {by.last_call:,})"
