"""Where a dialogue can be left: a turn whose reply was drawn, and the replies that it might be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simulate.engine.prompt_texts import text_hash
from simulate.engine.turn import spoken
from simulate.errors import InputError
from simulate.runfile import Dialogue, Turn
from simulate.runfile.dialogue import UNFINISHED
from simulate.runfile.json_columns import dump
from simulate.scenario import Scenario, template_values
from simulate.targets import read_target
from simulate.targets.config import TargetConfig
from simulate.targets.kinds.model import ModelTarget
from simulate.verbalized import RecordedDraw


@dataclass(frozen=True, eq=False)
class BranchPoint:
    """A turn of a completed dialogue, at which another reply can be taken.

    Attributes:
        scenario: of the run.
        dialogue: the parent.
        index: the turn, from 0.

    Raises:
        InputError: the dialogue cannot be left there; the message says why.
    """

    scenario: Scenario
    dialogue: Dialogue
    index: int

    def __post_init__(self) -> None:
        if why := why_not_left(self.dialogue):
            raise InputError(f"dialogue {self.dialogue.key}: {why}")
        count = len(self.dialogue.turns)
        if not 0 <= self.index < count:
            there = f"its turns are 0 to {count - 1:,}" if count else "it has none"
            raise InputError(f"dialogue {self.dialogue.key} has no turn {self.index}; {there}")
        if why := why_no_other(self.dialogue, self.turn):
            able = [t.index for t in self.dialogue.turns if not why_no_other(self.dialogue, t)]
            have = f"turns that have: {', '.join(map(str, able))}" if able else "no turn has"
            raise InputError(
                f"dialogue {self.dialogue.key}, turn {self.index} ({self.turn.speaker}): {why}; "
                f"{have}"
            )

    @property
    def turn(self) -> Turn:
        """The turn as it was taken."""
        return self.dialogue.turns[self.index]

    @property
    def draw(self) -> RecordedDraw:
        """The draw of its reply."""
        found = self.turn.draw
        assert found is not None  # noqa: S101  # a turn without one is refused
        return found

    @cached_property
    def weights(self) -> dict[int, float]:
        """How likely each different reply is as stated, by the first candidate that is it.

        Candidates of the same words are one reply. Those of weight 0 are left out.
        """
        first: dict[tuple[str, bool], int] = {}
        found: dict[int, float] = {}
        of_turn = self.draw.distribution
        for place, each in enumerate(of_turn.candidates):
            at = first.setdefault((each.text, each.ends), place)
            found[at] = found.get(at, 0.0) + float(of_turn.weights[place])
        return {place: weight for place, weight in found.items() if weight > 0}

    @property
    def shares(self) -> NDArray[np.float64]:
        """(K,) the weights of the replies; sum to 1."""
        weights = np.array(list(self.weights.values()))
        return np.asarray(weights / weights.sum(), dtype=np.float64)

    @property
    def drawn(self) -> int:
        """The reply that was drawn, as `weights` names it."""
        return self.reply(self.draw.chosen)

    def reply(self, candidate: int) -> int:
        """Return the first candidate that has the same words as one."""
        candidates = self.draw.distribution.candidates
        same = (candidates[candidate].text, candidates[candidate].ends)
        return next(i for i, each in enumerate(candidates) if (each.text, each.ends) == same)

    def check_other(self, candidate: int) -> None:
        """Refuse a candidate that is not another reply.

        Raises:
            InputError: there is no such candidate, its probability is 0, or it was drawn.
        """
        where = f"dialogue {self.dialogue.key}, turn {self.index}"
        count = len(self.draw.distribution)
        if not 0 <= candidate < count:
            raise InputError(
                f"{where} has no candidate {candidate}; its candidates are 0 to {count - 1}"
            )
        if not self.draw.distribution.weights[candidate] > 0:
            raise InputError(
                f"{where}: candidate {candidate} has the probability 0: it is no reply that this "
                "person could give; choose another one"
            )
        if self.reply(candidate) == self.drawn:
            what = (
                "is the one that was drawn"
                if candidate == self.draw.chosen
                else (f"has the words of candidate {self.draw.chosen}, which was drawn")
            )
            raise InputError(f"{where}: candidate {candidate} {what}; choose another one")

    def said(self, candidate: int) -> tuple[str, bool]:
        """Return what is said that takes a candidate, and whether it ends the talk."""
        of, name = self.dialogue, self.turn.speaker
        values = template_values(of.cell, of.persona, name, of.personas)
        taken = self.draw.distribution.candidates[candidate]
        return spoken(self.scenario, of.cell.speakers[name], values, name, taken)

    def turns(self, candidate: int) -> list[Turn]:
        """Return the turns that a branch begins with, which are given."""
        text, ends = self.said(candidate)
        taken = replace(self.draw, chosen=candidate, flattened=None)
        here = replace(self.turn, text=text, ends=ends, draws=(*self.turn.draws[:-1], taken))
        before = self.dialogue.turns[: self.index]
        return [replace(turn, given=True) for turn in (*before, here)]

    def key(self, candidate: int, repeat: int) -> str:
        """Return the key of a branch: a hash of what it is.

        Args:
            candidate: which it takes.
            repeat: the n-th branch that takes it here, from 0.
        """
        return text_hash(dump(["branch", self.dialogue.key, self.index, candidate, repeat]))[:16]


def why_not_left(dialogue: Dialogue) -> str | None:
    """Say why a dialogue has no branches; None where it can."""
    if dialogue.status != "completed":
        going_on = dialogue.status in UNFINISHED
        how = "go on with its run first (--resume)" if going_on else "choose another one"
        return f"it is {dialogue.status}, and only a completed dialogue is left for a branch; {how}"
    speakers = dialogue.cell.speakers.items()
    targets = [n for n, each in speakers if each.plays == "target" and keeps_session(each.target)]
    if targets:
        return (
            f"{', '.join(targets)} is an external system, which keeps what was said in a session "
            "of its own and may answer otherwise when it is told again: no branch begins as its "
            "parent did"
        )
    return None


def keeps_session(target: str | TargetConfig | None) -> bool:
    """Tell whether a target keeps what was said; a model under test is sent all of it each time."""
    read = read_target(target) if isinstance(target, str) else target
    return not isinstance(read, ModelTarget)


def why_no_other(dialogue: Dialogue, turn: Turn) -> str | None:
    """Say why no other reply can be taken at a turn; None where one can."""
    speaker = dialogue.cell.speakers[turn.speaker]
    if turn.given:
        parent = dialogue.branch.parent if dialogue.branch is not None else None
        if parent is not None:
            return f"it was given by its parent; branch off dialogue {parent} there"
        return "it was given by the scenario, and not drawn"
    if turn.draw is None:
        if speaker.plays == "user":
            return "its method kept no distribution"
        return f"what plays {speaker.plays} has no distribution of replies"
    if turn.tail:
        return "it was asked for from the tail: its candidates are not what is usual"
    different = {(c.text, c.ends) for c in turn.draw.distribution.candidates}
    if len(different) < 2:
        return "only one reply is listed"
    return None


def why_not_explored(dialogue: Dialogue, turn: Turn) -> str | None:
    """Say why the replies of a turn cannot be set against the drawn one; None where they can."""
    if (why := why_no_other(dialogue, turn)) or turn.draw is None:
        return why
    drawn_from = turn.draw.distribution
    if not drawn_from.weights[turn.draw.chosen] > 0:
        return "the reply that was drawn has the probability 0"
    each = zip(drawn_from.candidates, drawn_from.weights, strict=True)
    if len({(c.text, c.ends) for c, weight in each if weight > 0}) < 2:
        return "only one reply has a probability above 0"
    return None


def points_of(scenario: Scenario, dialogue: Dialogue) -> Sequence[BranchPoint]:
    """Return the turns of a dialogue whose replies can be set against each other."""
    if why_not_left(dialogue):
        return ()
    able = [turn.index for turn in dialogue.turns if not why_not_explored(dialogue, turn)]
    return [BranchPoint(scenario, dialogue, index) for index in able]
