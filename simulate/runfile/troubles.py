"""What did not go as it was asked for, by kind and reason, with the place of each.

Five kinds, and each thing is of one kind only:

- a **failed** dialogue could not be finished;
- a **text not usable** is a model call whose text could not be read: it was asked for again, or the
  dialogue failed;
- an **answer repaired** is a turn or an outcome whose text was read after its form was mended;
- a **text cut off** ended at the limit of its length, and was used;
- a **request sent again** had found its endpoint busy or out of reach.

`corrections` counts the same without the places.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Literal, NamedTuple

from simulate.runfile.branches import OF_PLAN
from simulate.runfile.corrections import without_quotes
from simulate.runfile.corruption import damage_told
from simulate.runfile.dialogue import Call
from simulate.runfile.reader import RunReader
from simulate.verbalized.repairs import repair_of

Kind = Literal["failed", "text not usable", "answer repaired", "text cut off", "request sent again"]
KINDS: tuple[Kind, ...] = (
    "failed",
    "text not usable",
    "answer repaired",
    "text cut off",
    "request sent again",
)
MOST_LOOKED_AT = 1000
"""Repaired answers whose text is looked at for what was repaired; reading all may take long."""
REST = f"not looked at: beyond the first {MOST_LOOKED_AT:,} repaired answers"


class Place(NamedTuple):
    """Where something happened: in a dialogue, at a turn or an outcome, or at neither."""

    dialogue: int
    turn: int | None = None
    outcome: str | None = None


class Trouble(NamedTuple):
    """Things of one kind that have one reason.

    Attributes:
        kind: what happened.
        what: why, or what was repaired; without what it quotes.
        times: how often.
        places: of each, in the order of the plan; of a request that was sent again n times, once.
    """

    kind: Kind
    what: str
    times: int
    places: tuple[Place, ...]

    @property
    def dialogues(self) -> list[int]:
        """The dialogues it happened in, in the order of the plan."""
        return list(dict.fromkeys(place.dialogue for place in self.places))


@damage_told
def troubles(run: RunReader) -> list[Trouble]:
    """Return what did not go as it was asked for, by kind, the most frequent first."""
    found: dict[tuple[Kind, str], list[tuple[Place, int]]] = defaultdict(list)
    for kind, what, place, times in (*_failed(run), *_of_calls(run), *_repaired(run)):
        found[kind, what].append((place, times))
    listed = [
        Trouble(kind, what, sum(n for _, n in each), tuple(place for place, _ in each))
        for (kind, what), each in found.items()
    ]
    return sorted(listed, key=lambda each: (KINDS.index(each.kind), -each.times, each.what))


Found = tuple[Kind, str, Place, int]


def _failed(run: RunReader) -> Iterator[Found]:
    sql = "SELECT id, fault, error FROM dialogue WHERE status = 'failed'"
    for number, fault, error in run.rows(sql):
        yield "failed", f"{fault}: {error}", Place(number), 1


def _of_calls(run: RunReader) -> Iterator[Found]:
    sql = f"""SELECT dialogue, turn, outcome, model, problem, finish, tries FROM call
        WHERE (problem IS NOT NULL OR finish = 'length' OR tries > 1) AND {OF_PLAN}"""  # noqa: S608
    for dialogue, turn, outcome, model, problem, finish, tries in run.rows(sql):
        place = Place(dialogue, turn, outcome)
        if problem is not None:
            yield "text not usable", without_quotes(str(problem)), place, 1
        elif finish == "length":
            yield "text cut off", "at the limit of its length, and used as it was", place, 1
        if tries > 1:
            yield "request sent again", f"to {model}", place, tries - 1


def _repaired(run: RunReader) -> Iterator[Found]:
    places = [
        *_read(run, f"SELECT dialogue, position FROM turn WHERE parse = 'repaired' AND {OF_PLAN}"),  # noqa: S608
        *_read(
            run,
            f"SELECT dialogue, NULL, name FROM outcome WHERE parse = 'repaired' AND {OF_PLAN}",  # noqa: S608
        ),
    ]
    of_dialogue: dict[int, list[Place]] = defaultdict(list)
    for place in sorted(places, key=lambda each: each.dialogue):
        of_dialogue[place.dialogue].append(place)
    looked_at = 0
    for dialogue, each in of_dialogue.items():
        calls = list(run.calls(dialogue)) if looked_at < MOST_LOOKED_AT else None
        looked_at += len(each)
        for place in each:
            raw = None if calls is None else raw_of(calls, place)
            yield "answer repaired", REST if raw is None else repair_of(raw), place, 1


def _read(run: RunReader, sql: str) -> Iterator[Place]:
    return (Place(*row) for row in run.rows(sql))


def raw_of(calls: list[Call], place: Place) -> str | None:
    """Return what the model wrote that was used at a place; None where that is not known."""
    used = [
        call.reply.text
        for call in calls
        if (call.turn, call.outcome) == (place.turn, place.outcome)
        and call.reply is not None
        and call.problem is None
    ]
    return used[-1] if used else None
