"""What a walk stated, beside what people did, as forecasts that can be scored.

Baselines are fitted to *all* moves of the people of the select split whose act or outcome is known,
whether the walk went through them or not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from simulate.calibration.acts import acts_of
from simulate.calibration.forecasts import Forecasts, Position, TextForecasts, level_of
from simulate.calibration.hazard import could_leave
from simulate.calibration.moves import Move, Persons, moves_of
from simulate.calibration.situation import Situation
from simulate.calibration.walk import ORIGINAL, SPEAKER
from simulate.calibration.walk_reader import Statement, read_walk
from simulate.errors import StatisticsError
from simulate.measures.embeddings import Embedder
from simulate.reference.human_talks import HumanTalk
from simulate.runfile import RunReader
from simulate.verbalized.probability_map import LEAVING, REPLIES

ACT = REPLIES
"""What people do next; a map of it is one of replies."""
AMOUNT = re.compile(
    r"[$£€] ?\d|\b\d{1,6}(?:\.\d{1,2})? ?(?:cents?|dollars?|bucks?|usd|pennies)\b|\bhalf\b",
    re.IGNORECASE,
)
"""What names an amount."""
STAYS, LEAVES = "stays", "leaves"


@dataclass(frozen=True)
class Thing:
    """Something that is forecast.

    Attributes:
        what: `act`, `leaving`, or an outcome.
        role: whose.
    """

    what: str
    role: str


class WalkForecasts:
    """What a walk stated, as forecasts.

    Args:
        run: the open run file of a walk.
        talks: all dialogues that may have been walked through, by reference; the first is the main
            one, and the others are what it is compared with.
        situation: of them.
        cell: the index of the one cell that is read; all for None.

    Raises:
        StatisticsError: it is no walk.
        ReferenceDataError: it walks through a dialogue that is not among these.
    """

    def __init__(
        self,
        run: RunReader,
        talks: Mapping[str, Sequence[HumanTalk]],
        situation: Situation,
        cell: int | None = None,
    ) -> None:
        everything = [talk for each in talks.values() for talk in each]
        self.statements = read_walk(run, everything, situation, cell)
        walked = list({s.move.talk.key: s.move.talk for s in self.statements.all()}.values())
        self.acts = acts_of(everything, walked, situation)
        self.talks, self._situation = talks, situation
        self._traits = Persons(situation).needed
        self._givers = {outcome.of for outcome in situation.outcomes.values()}
        self.reference = next(iter(talks))

    @property
    def things(self) -> list[Thing]:
        """What is forecast over levels, by role."""
        found = [Thing(ACT, role) for role in self.statements.acts]
        roles = dict.fromkeys(stated.move.role for stated in self.statements.leaving)
        found += [Thing(LEAVING, role) for role in roles]
        outcomes = self._situation.outcomes
        return found + [Thing(name, outcomes[name].of) for name in self.statements.outcomes]

    def forecasts(
        self,
        thing: Thing,
        method: str,
        *,
        history: str = ORIGINAL,
        reference: str | None = None,
        known: bool = False,
    ) -> Forecasts:
        """Return the forecasts of one thing by one method.

        Args:
            thing: what is forecast.
            method: how it was asked.
            history: under which wording of what was said.
            reference: whose people; the main one by default.
            known: whether the people of the select split are all whose act or outcome is known,
                in place of those that were walked through; nothing was stated of them.
        """
        where = reference or self.reference
        stated = [
            each
            for each in self._stated(thing)
            if (each.method, each.history, each.move.talk.reference) == (method, history, where)
            and each.move.role == thing.role
        ]
        if known:
            stated = [each for each in stated if each.move.split == "report"]
            answers = next((each.answers for each in stated), None)
            stated += self._known(thing, method, where, answers)
        if thing.what == ACT:
            return self._of_acts(thing.role, stated, method)
        if thing.what == LEAVING:
            last = [int(s.move.last) for s in stated]
            found = self._compared(LEAVING, method, (STAYS, LEAVES), stated, last, int)
            return could_leave(found, self._situation.shortest)
        return self._of_outcome(thing.what, stated, method)

    def texts(self, role: str, method: str, embedder: Embedder) -> TextForecasts:
        """Return the forecasts of what a role says next, by one method."""
        wanted = (method, ORIGINAL, self.reference, role)
        stated = [
            s
            for s in self.statements.texts
            if (s.method, s.history, s.move.talk.reference, s.move.role) == wanted
        ]
        usable = [s for s in stated if s.values]
        said = [s.move.said.text for s in usable]
        texts = [str(value) for s in usable for value, _ in s.values]
        vectors = np.asarray(embedder.embed([*said, *texts]), dtype=np.float64)
        ends = np.cumsum([len(s.values) for s in usable])
        weights = [np.array([w for _, w in s.values]) for s in usable]
        return TextForecasts.of(
            method,
            np.split(vectors[len(said) :], ends)[:-1],
            [w / w.sum() for w in weights],
            vectors[: len(said)],
            [self._position(s.move) for s in usable],
            failed=len(stated) - len(usable),
        )

    def _of_acts(self, role: str, stated: Sequence[Statement], method: str) -> Forecasts:
        """Return forecasts of the next act; moves whose act is not known are left out."""
        levels = self.statements.levels[role]
        acts = [self.acts.of(s.move.talk, s.move.turn) for s in stated]
        came = [None if act is None else level_of(act, levels) for act in acts]
        place = partial(level_of, levels=levels)
        return self._compared(ACT, method, levels, stated, came, place)

    def _of_outcome(self, name: str, stated: Sequence[Statement], method: str) -> Forecasts:
        """Return forecasts of an outcome; dialogues without it, or outside its support, are out.

        Of an amount the levels are all amounts that were stated or came true, in ascending order.
        """
        outcome = self._situation.outcomes[name]
        values = [s.move.talk.outcomes.get(name) for s in stated]
        if (levels := outcome.levels) is not None:
            there = [levels.index(str(v)) if str(v) in levels else None for v in values]
            return self._compared(name, method, levels, stated, there, levels.index)
        low, high = outcome.support or (-np.inf, np.inf)
        came = [v if v is None or low <= float(v) <= high else None for v in values]
        usable = [(s, v) for s, v in zip(stated, came, strict=True) if s.values and v is not None]
        seen = {float(v) for s, _ in usable for v, _ in s.values} | {float(v) for _, v in usable}
        amounts = sorted(seen | {float(end) for end in (low, high) if np.isfinite(end)})
        place = {amount: number for number, amount in enumerate(amounts)}
        # What nothing was stated of is only counted, so that its level does not matter.
        at = [None if v is None else place.get(float(v), 0) for v in came]
        named = [f"{amount:g}" for amount in amounts]

        def placed(value: float) -> int:
            return place[float(value)]

        return self._compared(name, method, named, stated, at, placed, amounts)

    def _compared(
        self,
        what: str,
        method: str,
        levels: Sequence[str],
        stated: Sequence[Statement],
        came: Sequence[int | None],
        place: Callable[[Any], int],
        codes: Sequence[float] | None = None,
    ) -> Forecasts:
        """Return what was stated beside the level that came true, where that is known.

        Args:
            what: is forecast.
            method: how it was asked.
            levels: of it.
            stated: what was stated.
            came: of each, the number of the level that came true.
            place: returns the number of the level that a stated value is.
            codes: amounts that the levels are.
        """
        known = [(s, level) for s, level in zip(stated, came, strict=True) if level is not None]
        usable = [(s, level) for s, level in known if s.values]
        shares = np.zeros((len(usable), len(levels)))
        for row, (s, _) in enumerate(usable):
            for value, weight in s.values:
                shares[row, place(value)] += weight
        counts = [s.answers for s, _ in usable if s.answers is not None]
        return Forecasts.of(
            what,
            method,
            levels,
            shares / shares.sum(axis=1, keepdims=True),
            [level for _, level in usable],
            [self._position(s.move) for s, _ in usable],
            codes=codes,
            answers=counts if counts and len(counts) == len(usable) else None,
            failed=len(known) - len(usable),
        )

    def _position(self, move: Move) -> Position:
        """Return where a move stands; an amount counts that was named by who gives."""
        known, before = move.talk.attributes.get(move.role) or {}, move.talk.turns[: move.turn]
        return Position(
            move.person,
            move.talk.key,
            move.turn,
            move.role,
            move.split,
            any(t.speaker in self._givers and AMOUNT.search(t.text) for t in before),
            self.acts.of(move.talk, move.turn - 1) or "",
            {name: known[name] for name in self._traits if known.get(name) is not None},
        )

    def _stated(self, thing: Thing) -> Sequence[Statement]:
        if thing.what == ACT:
            return self.statements.acts[thing.role]
        if thing.what == LEAVING:
            return self.statements.leaving
        return self.statements.outcomes[thing.what]

    def _known(
        self, thing: Thing, method: str, reference: str, answers: int | None
    ) -> Iterable[Statement]:
        """Iterate over all moves of the select split, with anything in place of what was stated."""
        levels = self.statements.levels.get(thing.role, ())
        outcome = self._situation.outcomes.get(thing.what)
        anything: tuple[tuple[object, float], ...] = ((False, 0.5), (True, 0.5))
        if thing.what == ACT:
            anything = ((levels[0], 1.0),)
        elif outcome is not None:
            low = outcome.levels[0] if outcome.levels else (outcome.support or (0.0, 0.0))[0]
            anything = ((low, 1.0),)
        for talk in self.talks[reference]:
            for move in moves_of(talk, thing.role):
                if move.split == "select":
                    yield Statement(move, ORIGINAL, method, anything, answers)


def model_of(run: RunReader) -> str:
    """Return the name of the model that was walked through the dialogues.

    Raises:
        StatisticsError: the run file does not say.
    """
    name = (run.meta.get("models") or [{}])[0].get(SPEAKER)
    if name is None:
        raise StatisticsError(f"{run.path}: it does not say which model was walked through it")
    return str(name)
