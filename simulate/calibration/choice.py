"""From references and what the user wants to a walk that can be played."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from simulate.calibration.acts import Acts, acts_of
from simulate.calibration.altered import renaming
from simulate.calibration.moves import FEWEST_PEOPLE, Move, Persons, chosen, known_talks
from simulate.calibration.situation import Situation
from simulate.calibration.walk import (
    ASKS,
    ORIGINAL,
    PARAPHRASED,
    RENAMED,
    Asks,
    History,
    Walk,
    walk_of,
)
from simulate.errors import InputError, quote
from simulate.limits import MOST_DIALOGUES, MOST_TURNS, check_number
from simulate.reference.human_talks import HumanTalk, HumanTurn, human_talks
from simulate.reference.split import Split
from simulate.scenario.cell import FEW
from simulate.terminal.safe_text import counted

HISTORIES = (ORIGINAL, RENAMED, PARAPHRASED)


@dataclass(frozen=True)
class Choice:
    """What is walked through, and what is asked.

    Attributes:
        dialogues: of each reference, at most.
        turns: of each role in each dialogue, at most.
        roles: whose turns are forecast; empty for both.
        split: of which side the people are; None for both.
        asks: what is forecast: `act`, `text`, `outcome`.
        methods: how distributions are obtained; the first one is assessed, the others are
            baselines beside it.
        k: how many texts, and amounts.
        histories: wordings of what was said before: `original`, and `renamed` or `paraphrased`.
        told: whether the model is told who the person is.
        seed: of what is drawn.
    """

    dialogues: int = 50
    turns: int = 4
    roles: tuple[str, ...] = ()
    split: Split | None = None
    asks: tuple[Asks, ...] = ASKS
    methods: tuple[str, ...] = ("vs",)
    k: int = FEW
    histories: tuple[str, ...] = (ORIGINAL,)
    told: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        check_number("dialogues", self.dialogues, 1, MOST_DIALOGUES)
        check_number("turns", self.turns, 1, MOST_TURNS)
        parts = (("forecast", self.asks, ASKS), ("history", self.histories, HISTORIES))
        for name, given, known in parts:
            for each in given:
                if each not in known:
                    raise InputError(f"{name} {quote(each, 40)}: must be one of {', '.join(known)}")


@dataclass(frozen=True)
class PreparedWalk:
    """What is going to be walked through.

    Attributes:
        situation: of the dialogues.
        talks: all dialogues that can be walked through, by reference; the first is the main one.
        moves: what is forecast.
        acts: which act each turn is.
        choice: what the user wants.
        notes: sentences on what was left out.
    """

    situation: Situation
    talks: Mapping[str, Sequence[HumanTalk]]
    moves: Sequence[Move]
    acts: Acts
    choice: Choice
    persons: Persons
    notes: tuple[str, ...] = ()

    @property
    def walked(self) -> list[HumanTalk]:
        """The dialogues that are walked through, each once."""
        return list({move.talk.key: move.talk for move in self.moves}.values())

    def walk(self, paraphrases: Mapping[str, Sequence[HumanTurn]] | None = None) -> Walk:
        """Return the walk.

        Args:
            paraphrases: dialogues in other words, by key; None takes them as they are, to count.
        """
        names = dict.fromkeys((ORIGINAL, *self.choice.histories))
        histories = [self._history(name, paraphrases) for name in names]
        return walk_of(
            self.situation,
            self.acts.levels,
            self.moves,
            histories,
            self.persons,
            self.acts.known,
            self.choice.methods,
            self.choice.k,
            self.choice.asks,
        )

    def _history(self, name: str, paraphrases: Mapping[str, Sequence[HumanTurn]] | None) -> History:
        names = self.situation.names
        if name == ORIGINAL:
            return History(name, names)
        if name == PARAPHRASED and paraphrases is not None:
            return History(name, names, paraphrases)
        changed = renaming(self.situation.renamed) if name == RENAMED else str
        turns = {
            talk.key: tuple(replace(turn, text=changed(turn.text)) for turn in talk.turns)
            for talk in self.walked
        }
        return History(name, {key: changed(value) for key, value in names.items()}, turns)


def prepared_walk(references: Sequence[str], situation: Situation, choice: Choice) -> PreparedWalk:
    """Return what is walked through.

    Raises:
        ReferenceDataError: a reference has no texts, or too few people who can be told of.
        StatisticsError: nobody is on the side that is asked for.
        InputError: no reference is given, or there is no such role.
    """
    if not references:
        raise InputError("name human dialogues: --reference persuasionforgood:FOLDER")
    for role in choice.roles:
        if role not in situation.roles:
            raise InputError(f"--role {role}: must be one of {', '.join(situation.roles)}")
    persons = Persons(situation, told=choice.told)
    roles = tuple(role for role in situation.roles if role in (choice.roles or situation.roles))
    talks: dict[str, Sequence[HumanTalk]] = {}
    notes: list[str] = []
    moves: list[Move] = []
    for spec in references:
        known, left = known_talks(human_talks(spec), situation, persons)
        name = known[0].reference
        if name in talks:
            raise InputError(f"--reference {spec}: a reference called {name} is given already")
        talks[name] = known
        if left:
            notes.append(
                f"{counted(left, 'dialogue')} of {name} left out: who took part lacks what a "
                "persona is told by"
            )
        moves += chosen(
            known,
            roles,
            dialogues=choice.dialogues,
            turns=choice.turns,
            split=choice.split,
            seed=choice.seed,
        )
    walked = list({move.talk.key: move.talk for move in moves}.values())
    acts = acts_of([talk for each in talks.values() for talk in each], walked, situation)
    notes += acts.told
    return PreparedWalk(situation, talks, moves, acts, choice, persons, tuple(notes))


def too_few(moves: Sequence[Move]) -> str | None:
    """Return why moves are too few to be assessed; None where they are not."""
    for role in dict.fromkeys(move.role for move in moves):
        people = {m.person for m in moves if m.role == role and m.split == "report"}
        if len(people) < FEWEST_PEOPLE:
            return (
                f"{len(people)} people of the report split are walked as {role}, and "
                f"{FEWEST_PEOPLE} are needed to say anything: take more dialogues"
            )
    return None
