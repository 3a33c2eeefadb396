"""Which act the next turn is: the event that is forecast, and its levels.

The event is the annotated act of the *first sentence* of the person's next turn: what is done
next, one thing and not several, although a turn goes on. Acts of fewer than 2 % of these turns
among the people of the select split, and what the coders could not name (`other`, `off-task`), are
“none of these”, whose probability is asked for with that of the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from simulate.calibration.act_classifier import ActClassifier, Validation, context, validated
from simulate.calibration.forecasts import NONE
from simulate.calibration.moves import Move
from simulate.calibration.situation import Situation
from simulate.reference.human_talks import HumanTalk
from simulate.reference.split import split_of
from simulate.scenario.cell import MOST_LISTED

RAREST = 0.02
"""Share of turns below which an act is one of “none of these”."""
UNNAMED = frozenset({"other", "off-task"})
"""Labels of coders for what is none of their acts."""


def levels_of(talks: Iterable[HumanTalk], situation: Situation) -> dict[str, tuple[str, ...]]:
    """Return the acts of each role that are asked for, by the alphabet, and `NONE` last.

    They are counted among people of the select split; their order tells nothing of how frequent
    they are. A role without annotated turns has none.
    """
    counts: dict[str, Counter[str]] = {role: Counter() for role in situation.roles}
    for talk in talks:
        for turn in talk.turns[1:]:
            act = turn.acts[0] if turn.acts else None
            known = turn.speaker in counts and turn.speaker in talk.people
            if act is not None and known and split_of(talk.people[turn.speaker]) == "select":
                counts[turn.speaker][act] += 1
    return {
        role: (*sorted(map(situation.in_words, named)), NONE)
        for role, count in counts.items()
        if (named := _named(count))
    }


def _named(count: Counter[str]) -> tuple[str, ...]:
    often = sorted(count.items(), key=lambda each: (-each[1], each[0]))
    found = [a for a, n in often if n >= RAREST * count.total() and a not in UNNAMED]
    return tuple(found[: MOST_LISTED - 1])


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
