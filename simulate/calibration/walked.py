"""What a walk stated, as forecasts by thing, role, method, wording and reference.

Baselines are fitted to *all* moves of the people of the select split whose act or outcome is known,
whether the walk went through them or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from simulate.calibration.choosing import Acts, acts_of
from simulate.calibration.forecasts import Forecasts, TextForecasts
from simulate.calibration.hazard import could_leave
from simulate.calibration.moves import Persons, moves_of
from simulate.calibration.readings import Readings, Stated, read_walk
from simulate.calibration.situation import Situation
from simulate.calibration.stated_forecasts import (
    Told,
    act_forecasts,
    leaving_forecasts,
    outcome_forecasts,
    text_forecasts,
)
from simulate.calibration.walk import ORIGINAL, SPEAKER
from simulate.measures.embeddings import Embedder
from simulate.reference.human_talks import HumanTalk
from simulate.runfile import RunReader
from simulate.verbalized.probability_map import LEAVING, REPLIES

ACT = REPLIES
"""What people do next; a map of it is one of replies."""


@dataclass(frozen=True)
class Thing:
    """Something that is forecast.

    Attributes:
        what: `act`, `leaving`, or an outcome.
        role: whose.
    """

    what: str
    role: str


class Walked:
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
        self.readings: Readings = read_walk(run, everything, situation, cell)
        walked = list({s.move.talk.key: s.move.talk for s in self.readings.all()}.values())
        self.acts: Acts = acts_of(everything, walked, situation)
        self.talks, self._situation = talks, situation
        self._told = Told(situation, self.acts.of, Persons(situation).needed)
        self.reference = next(iter(talks))

    @property
    def things(self) -> list[Thing]:
        """What is forecast over levels, by role."""
        found = [Thing(ACT, role) for role in self.readings.acts]
        roles = dict.fromkeys(stated.move.role for stated in self.readings.leaving)
        found += [Thing(LEAVING, role) for role in roles]
        outcomes = self._situation.outcomes
        return found + [Thing(name, outcomes[name].of) for name in self.readings.outcomes]

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
            return act_forecasts(stated, self.readings.levels[thing.role], self._told, method)
        if thing.what == LEAVING:
            found = leaving_forecasts(stated, self._told, method)
            return could_leave(found, self._situation.shortest)
        return outcome_forecasts(thing.what, stated, self._told, self._situation, method)

    def texts(self, role: str, method: str, embedder: Embedder) -> TextForecasts:
        """Return the forecasts of what a role says next, by one method."""
        wanted = (method, ORIGINAL, self.reference, role)
        stated = [
            s
            for s in self.readings.texts
            if (s.method, s.history, s.move.talk.reference, s.move.role) == wanted
        ]
        return text_forecasts(stated, self._told, method, embedder)

    def _stated(self, thing: Thing) -> Sequence[Stated]:
        if thing.what == ACT:
            return self.readings.acts[thing.role]
        if thing.what == LEAVING:
            return self.readings.leaving
        return self.readings.outcomes[thing.what]

    def _known(
        self, thing: Thing, method: str, reference: str, answers: int | None
    ) -> Iterable[Stated]:
        """Iterate over all moves of the select split, with anything in place of what was stated."""
        levels = self.readings.levels.get(thing.role, ())
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
                    yield Stated(move, ORIGINAL, method, anything, answers)


def model_of(run: RunReader) -> str:
    """Return the name of the model that was walked through the dialogues."""
    return str(run.meta["models"][0][SPEAKER])
