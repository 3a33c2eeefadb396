"""From references and what the user wants to a walk that can be played."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from simulate.calibration.act_classifier import ActClassifier, Validation, context, validated
from simulate.calibration.acts import levels_of
from simulate.calibration.altered import renaming
from simulate.calibration.moves import FEWEST_PEOPLE, Move, Persons, chosen, known_talks
from simulate.calibration.situation import Situation
from simulate.calibration.walk import (
    ORIGINAL,
    PARAPHRASED,
    RENAMED,
    TOLD,
    History,
    Told,
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
    asks: tuple[Told, ...] = TOLD
    methods: tuple[str, ...] = ("vs",)
    k: int = FEW
    histories: tuple[str, ...] = (ORIGINAL,)
    told: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        check_number("dialogues", self.dialogues, 1, MOST_DIALOGUES)
        check_number("turns", self.turns, 1, MOST_TURNS)
        parts = (("forecast", self.asks, TOLD), ("history", self.histories, HISTORIES))
        for name, given, known in parts:
            for each in given:
                if each not in known:
                    raise InputError(f"{name} {quote(each, 40)}: must be one of {', '.join(known)}")


@dataclass(frozen=True)
class Acts:
    """Which act each turn is: as annotated, else as a classifier says that is good enough.

    Attributes:
        levels: what is asked for, by role.
        validations: of the classifiers, by role; empty where everything is annotated.
    """

    situation: Situation
    levels: Mapping[str, tuple[str, ...]]
    validations: Mapping[str, Validation] = field(default_factory=dict)
    _classifiers: Mapping[str, ActClassifier] = field(default_factory=dict)

    def of(self, talk: HumanTalk, turn: int) -> str | None:
        """Return the act of a turn in words; None where it is not known."""
        said = talk.turns[turn]
        if said.acts or talk.annotated or not turn or said.speaker not in self._classifiers:
            return self.situation.first_act(said.acts)
        levels = self.levels[said.speaker]
        return levels[int(self._classifiers[said.speaker].named([context(talk, turn)])[0])]

    @property
    def told(self) -> tuple[str, ...]:
        """What there is to say of the classifiers, in a sentence for each."""
        return tuple(
            f"acts of {role} in dialogues that nobody annotated: "
            f"{'named by' if each.good_enough else 'left out; below κ .60 nothing is named by'} a "
            f"classifier, which has κ {each.kappa:.2f} with the coders ({each.accuracy:.0%} of "
            f"{each.n:,} turns of people it was not fitted to)"
            for role, each in self.validations.items()
        )

    def known(self, move: Move) -> bool:
        """Tell whether it is known which act a move is."""
        return self.of(move.talk, move.turn) is not None


def acts_of(known: Sequence[HumanTalk], walked: Sequence[HumanTalk], situation: Situation) -> Acts:
    """Return which act each turn is.

    Args:
        known: all dialogues; levels are counted in them, and classifiers fitted to them.
        walked: those that are walked through, some of which may not be annotated.
        situation: of them.
    """
    levels = levels_of(known, situation)
    if all(talk.annotated for talk in walked):
        return Acts(situation, levels)
    found = {
        role: made
        for role, each in levels.items()
        if (made := validated(known, each, role, situation)) is not None
    }
    return Acts(
        situation,
        levels,
        {role: validation for role, (_, validation) in found.items()},
        {role: each for role, (each, validation) in found.items() if validation.good_enough},
    )


@dataclass(frozen=True)
class Prepared:
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


def prepared(references: Sequence[str], situation: Situation, choice: Choice) -> Prepared:
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
    return Prepared(situation, talks, moves, acts, choice, persons, tuple(notes))


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
