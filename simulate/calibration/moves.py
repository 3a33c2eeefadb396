"""Which moves of people are forecast: a seeded sample of dialogues and of turns in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from simulate.calibration.situation import Situation
from simulate.errors import ReferenceDataError, StatisticsError, first_of
from simulate.files.templates import variables_of
from simulate.population import Population, load_population
from simulate.randomness import generator, sorting_key
from simulate.reference.human_talks import HumanTalk, HumanTurn
from simulate.reference.split import SPLITS, Split, split_of
from simulate.terminal.safe_text import counted

FEWEST_PEOPLE = 20
"""Of fewer people nothing can be said."""


@dataclass(frozen=True, slots=True)
class Move:
    """One turn of a human dialogue that is forecast.

    Attributes:
        talk: the dialogue.
        turn: the index of the turn, ≥ 1: what opens a dialogue follows nothing.
    """

    talk: HumanTalk
    turn: int

    @property
    def said(self) -> HumanTurn:
        """What the person did say."""
        return self.talk.turns[self.turn]

    @property
    def role(self) -> str:
        """Which party the person is."""
        return self.said.speaker

    @property
    def person(self) -> str:
        """Who it is."""
        return self.talk.people[self.role]

    @property
    def split(self) -> Split:
        """On which side the person is."""
        return split_of(self.person)

    @property
    def last(self) -> bool:
        """Whether it is the person's last turn in the dialogue."""
        later = self.talk.turns[self.turn + 1 :]
        return all(turn.speaker != self.role for turn in later)


def moves_of(talk: HumanTalk, role: str) -> list[Move]:
    """Return the turns of a role that can be forecast."""
    return [
        Move(talk, number)
        for number, turn in enumerate(talk.turns)
        if number and turn.speaker == role
    ]


class Persons:
    """Puts the people of dialogues in words, as the situation asks for.

    Args:
        situation: whose `words` names the population that has them.
        told: whether anything is told of them.

    Attributes:
        needed: the attributes that they are told by.
    """

    def __init__(self, situation: Situation, *, told: bool = True) -> None:
        self._words: Population | None = None
        if told and situation.words is not None:
            self._words = load_population(situation.words)
        self.needed = () if self._words is None else _read_by(self._words)

    def missing(self, talk: HumanTalk, role: str) -> list[str]:
        """Return the attributes that a person would need and lacks."""
        known = talk.attributes.get(role) or {}
        return [name for name in self.needed if name not in known]

    def prose(self, talk: HumanTalk, role: str) -> str:
        """Return a person in words; empty where nothing is told."""
        if self._words is None:
            return ""
        return self._words.in_words(talk.attributes[role])


def _read_by(words: Population) -> tuple[str, ...]:
    """Return the attributes that a population's prose reads."""
    read = variables_of(words.prose, f"population {words.population}: prose")
    read |= set(re.findall(r"\bwords\.(\w+)", words.prose))
    return tuple(name for name in words.attributes if name in read)


def known_talks(
    talks: Sequence[HumanTalk], situation: Situation, persons: Persons
) -> tuple[list[HumanTalk], int]:
    """Return the dialogues in which both people can be told of, and how many others there are.

    Raises:
        ReferenceDataError: nobody speaks in the situation's roles, or too few people have the
            attributes that are told.
    """
    name, roles = talks[0].reference, tuple(situation.roles)
    fitting = [t for t in talks if {turn.speaker for turn in t.turns} <= set(roles)]
    if not fitting:
        speak = first_of(dict.fromkeys(turn.speaker for t in talks for turn in t.turns))
        raise ReferenceDataError(
            f"reference {name}: nobody speaks as {' or '.join(roles)}; there speak: {speak}. Name "
            "the roles in a file of your own with --situation"
        )
    lacking: dict[str, int] = {}
    known = []
    for talk in fitting:
        missing = [each for role in roles for each in persons.missing(talk, role)]
        for column in set(missing):
            lacking[column] = lacking.get(column, 0) + 1
        if not missing:
            known.append(talk)
    people = {who for talk in known for who in talk.people.values()}
    if len(people) < FEWEST_PEOPLE:
        most = sorted(lacking, key=lambda column: (-lacking[column], column))
        why = (
            f"; others lack columns that their persona is told by: {first_of(most)}. Give these, "
            "or take --untold, which tells nothing of who somebody is"
            if lacking
            else ""
        )
        raise ReferenceDataError(
            f"reference {name}: {counted(len(people), 'person')} in it can be walked through, "
            f"fewer than {FEWEST_PEOPLE}{why}"
        )
    return known, len(talks) - len(known)


def chosen(
    talks: Sequence[HumanTalk],
    roles: Sequence[str],
    *,
    dialogues: int,
    turns: int,
    split: Split | None,
    seed: int,
) -> list[Move]:
    """Draw dialogues, and in each the turns of each role that are forecast.

    Annotated dialogues come first. Of them, as many are drawn in which the second role is on one
    side of the split as on the other. Turns are drawn one from each of as many equal parts of the
    dialogue, so that its beginning, middle and end are all there.

    Args:
        talks: to draw from.
        roles: whose turns are forecast.
        dialogues: how many at most.
        turns: of each role in each dialogue, at most.
        split: of which side people are; both for None.
        seed: of what is drawn.

    Raises:
        StatisticsError: nobody is on that side.
    """
    found = [
        move
        for talk in _drawn(talks, roles, dialogues, split, seed)
        for role in roles
        if split is None or split_of(talk.people[role]) == split
        for move in _turns(talk, role, turns, seed)
    ]
    if not found:
        raise StatisticsError(f"nobody of the {split} split has a turn that can be forecast")
    return found


def _drawn(
    talks: Sequence[HumanTalk],
    roles: Sequence[str],
    dialogues: int,
    split: Split | None,
    seed: int,
) -> list[HumanTalk]:
    def order(talk: HumanTalk) -> tuple[bool, bytes]:
        return not talk.annotated, sorting_key(seed, "calibrate:dialogues", talk.id)

    sides = {
        side: sorted((t for t in talks if split_of(t.people[roles[-1]]) == side), key=order)
        for side in (SPLITS if split is None else (split,))
    }
    share = -(-dialogues // len(sides))
    first = [talk for each in sides.values() for talk in each[:share]]
    rest = sorted((talk for each in sides.values() for talk in each[share:]), key=order)
    return sorted([*first, *rest][:dialogues], key=order)


def _turns(talk: HumanTalk, role: str, turns: int, seed: int) -> Iterator[Move]:
    moves = moves_of(talk, role)
    if not moves:
        return
    chance = generator(seed, f"calibrate:turns:{role}", talk.id)
    for part in np.array_split(np.arange(len(moves)), min(turns, len(moves))):
        yield moves[int(chance.choice(part))]
