"""Dialogues that were given whole, out of logs: nobody drew a turn of them, and nothing is stated.

They stand in a run file as dialogues that were interrupted after their last turn, so that what is
left to do, such as checks, is done by the engine, and is resumed.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulate.errors import one_line
from simulate.population import Value
from simulate.runfile.dialogue import Turn
from simulate.runfile.json_columns import dump
from simulate.runfile.statements import PERSONA, Statement, Statements

GIVEN = "given"
"""The key of `meta` that says what was given."""
NOTHING_STATED = (
    "the dialogues are out of a log, and no probabilities were stated: the rate is as observed"
)
"""Why there is no stated-weighted rate."""


@dataclass(frozen=True, slots=True)
class GivenDialogue:
    """A dialogue that is given.

    Attributes:
        key: names it; where it stands in a log.
        person: names who the user is.
        attributes: what is known of the user and the dialogue.
        turns: all of them.
    """

    key: str
    person: str
    attributes: Mapping[str, Value]
    turns: Sequence[Turn]


@dataclass(frozen=True, slots=True)
class Given:
    """What was given to a run file.

    Attributes:
        files: each log, with its format and how many dialogues of it were taken.
        left_out: what of the logs was left out: file, reason, line of the first, how many.
        checks: checks of the scenario that are not carried out, each with the reason.
    """

    files: Sequence[tuple[str, str, int]] = ()
    left_out: Sequence[tuple[str, str, int, int]] = ()
    checks: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, meta: Mapping[str, Any]) -> Given | None:
        """Return what was given to a run file; None where its dialogues were simulated."""
        found = meta.get(GIVEN)
        if found is None:
            return None
        files, left_out = ([tuple(each) for each in found[name]] for name in ("files", "left_out"))
        return cls(files, left_out, found["checks"])

    @property
    def human_data(self) -> str:
        """What people gave, for messages."""
        return f"the dialogues of {', '.join(file for file, _, _ in self.files)}"

    @property
    def lines(self) -> list[str]:
        """What was left out, a line for each file and reason, with the place of the first."""
        return [
            f"{one_line(file)}:{first}: left out: {why}" + (f" ({n:,} like this)" if n > 1 else "")
            for file, why, first, n in self.left_out
        ]

    @property
    def told(self) -> list[str]:
        """What a reader must know, in sentences without their ends."""
        sentences = [
            "The dialogues are out of a log, and their users are real: rates are as observed, and "
            "checks of a simulated user do not apply"
        ]
        reasons = Counter[str]()
        for _, why, _, n in self.left_out:
            reasons[why] += n
        if told := [f"what {why} ({n:,})" for why, n in reasons.most_common(3)]:
            rest = reasons.total() - sum(n for _, n in reasons.most_common(3))
            told += [f"others ({rest:,})"] if rest else []
            sentences.append(f"Left out of the log: {'; '.join(told)}")
        sentences += [f"Check {name} is left out: {why}" for name, why in self.checks.items()]
        return sentences


class GivenStatements:
    """Writes dialogues that are given, one after the other."""

    def __init__(self) -> None:
        self._statements = Statements()
        self._people: dict[str, dict[str, str]] = {}
        self._names: set[str] = set()
        self._replicates: Counter[str] = Counter()
        self.count = 0

    def write(self, dialogue: GivenDialogue) -> Iterator[Statement]:
        """Write a dialogue, with its user where that is new."""
        attributes = dump(dialogue.attributes)
        known = self._people.setdefault(dialogue.person, {})
        persona = known.get(attributes)
        if persona is None:
            persona = self._new(dialogue.person, len(known) + 1)
            known[attributes] = persona
            yield PERSONA, (persona, len(self._names) - 1, attributes, "")
        place = (self.count, dialogue.key, 0, persona, self._replicates[persona], time.time())
        yield (
            """INSERT INTO dialogue (id, key, cell, persona, replicate, status, started)
            VALUES (?,?,?,?,?,'running',?)""",
            place,
        )
        for turn in dialogue.turns:
            yield from self._statements.turn(self.count, turn, ())
        self._replicates[persona] += 1
        self.count += 1

    def _new(self, person: str, times: int) -> str:
        """Return a persona of a person; of one of whom something else was known before, `ann#2`."""
        name = person if times == 1 else f"{person}#{times}"
        while name in self._names:
            times += 1
            name = f"{person}#{times}"
        self._names.add(name)
        return name
