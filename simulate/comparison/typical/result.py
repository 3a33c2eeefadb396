"""Typical and tail: representative texts with their weights."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from simulate.errors import first_of
from simulate.terminal.safe_text import counted, shortened

TAIL = 0.1
"""The share of the probability that the tail has at most."""
SMALL = 0.1
SAID = 160
"""Characters of a text that a sentence quotes."""
QUOTED = 3
"""Texts that a sentence quotes of each part."""


@dataclass(frozen=True)
class Example:
    """Where a text stands.

    Attributes:
        dialogue: its place in the plan.
        turn: its index.
        drawn: whether it was said there, and not only listed among the candidates.
    """

    dialogue: int
    turn: int
    drawn: bool


@dataclass(frozen=True)
class Representative:
    """A text that stands for others.

    Attributes:
        text: as it was written.
        weight: of all that it stands for, in [0, 1].
        drawn: how often one of them was drawn.
        dialogues: in how many dialogues one of them is listed.
        replies: how many different ones there are.
        spread: mean distance of these from the text, in [0, 1]; 0 where all are alike.
        example: where it stands.
        value: the outcome's value, where it is of one.
    """

    text: str
    weight: float
    drawn: int
    dialogues: int
    replies: int
    spread: float
    example: Example
    value: str | None = None

    @property
    def quoted(self) -> str:
        """Its beginning in quotation marks, on one line."""
        return f"“{shortened(' '.join(self.text.split()), SAID)}”"

    @property
    def told(self) -> str:
        """How much it stands for."""
        many = "drawn once" if self.drawn == 1 else f"drawn {self.drawn:,} times"
        return f"{_share(self)} · {many} · in {counted(self.dialogues, 'dialogue')}"


@dataclass(frozen=True)
class Part:
    """The typical part, or the tail.

    Attributes:
        weight: of all that is in it, in [0, 1].
        replies: how many different replies, or values.
        shown: what stands for them, that with most weight first.
    """

    weight: float = 0.0
    replies: int = 0
    shown: tuple[Representative, ...] = ()

    @property
    def say(self) -> str:
        """Whether what a sentence quotes is all that is said."""
        return "say" if self.replies <= min(QUOTED, len(self.shown)) else "say things like"


@dataclass(frozen=True)
class TypicalAndTail:
    """What typical and tail users say.

    Attributes:
        about: such as `turn 3 (persuadee)`, or `donation`.
        turn: the index of the turn; None where it is about an outcome.
        turns: those that can be chosen.
        outcome: its name; None where it is about a turn.
        unit: of the outcome.
        cell: its label.
        cells: those that can be chosen.
        dialogues: that were read.
        of: dialogues that could have been.
        candidates: how many replies they list.
        replies: how many of these are different.
        typical: all but the tail.
        tail: the least probable replies that have at most 10 % of the probability together.
        distance: how far apart two texts are taken to be.
        notes: what must be known.
        place: the turn, and which one of its speaker it is; empty where it is about an outcome.
    """

    about: str
    turn: int | None
    turns: tuple[int, ...]
    outcome: str | None
    unit: str | None
    cell: str
    cells: tuple[str, ...]
    dialogues: int
    of: int
    candidates: int
    replies: int
    typical: Part
    tail: Part
    distance: str
    notes: tuple[str, ...] = ()
    place: str = ""

    @property
    def elsewhere(self) -> tuple[str, ...]:
        """What else can be looked at: other turns, and other cells."""
        turns = [str(turn) for turn in self.turns if turn != self.turn]
        cells = [cell for cell in self.cells if cell != self.cell]
        found = [f"other turns of users: {first_of(turns)}"] if turns else []
        return (*found, f"other cells: {first_of(cells)}") if cells else tuple(found)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What to quote: first of typical users, then of the tail."""
        if not self.dialogues:
            return (f"Nothing has been said about {self.about} yet in cell {self.cell}.",)
        where = f"{self.about} of cell {self.cell}"
        unit = f" {self.unit}" if self.unit else ""
        if self.outcome is not None:
            typical, tail = (
                "; ".join(f"{each.value}{unit} ({_share(each)}){_after(each)}" for each in part)
                for part in (self.typical.shown, self.tail.shown)
            )
            found = [f"Typical {where}: {typical}."]
            return (*found, f"In the tail, {_rare(self.tail)}: {tail}.") if tail else tuple(found)
        typical, tail = (
            "; ".join(f"{each.quoted} ({_share(each)})" for each in part[:QUOTED])
            for part in (self.typical.shown, self.tail.shown)
        )
        say = self.typical.say
        found = [f"At turn {self.place} typical users in cell {self.cell} {say} {typical}."]
        if tail:
            found.append(f"Tail users, {_rare(self.tail)}, {self.tail.say} {tail}.")
        return tuple(found)

    @property
    def sized(self) -> str:
        """What it is of."""
        part = f"{self.dialogues:,} of {self.of:,}" if self.dialogues < self.of else f"{self.of:,}"
        found = f"{part} dialogues" if self.of != 1 else "1 dialogue"
        if self.outcome is None and self.dialogues:
            return f"{found}, {self.candidates:,} listed replies, {self.replies:,} different"
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self) | {"sentences": list(self.sentences)}


def _share(each: Representative) -> str:
    return f"{each.weight:.1%}" if each.weight < SMALL else f"{each.weight:.0%}"


def _after(each: Representative) -> str:
    return f", after {each.quoted}" if each.replies else ""


def _rare(tail: Part) -> str:
    if tail.weight > TAIL:
        return f"the least probable ({tail.weight:.0%}, so that nothing is rare)"
    return f"the least probable {tail.weight:.1%}"
