"""A finished walk, assessed: what was stated of the report split beside what people did.

Baselines are fitted to *all* moves of the people of the select split whose act or outcome is known,
whether the walk went through them or not; a map is fitted to those that it went through.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Literal

from simulate.calibration.assessment import Assessment, assess, assess_texts
from simulate.calibration.choosing import Acts, acts_of
from simulate.calibration.contamination import between_histories, between_references
from simulate.calibration.fitting import fit_isotonic, fit_temperature, judged
from simulate.calibration.forecasts import Forecasts, TextForecasts
from simulate.calibration.hazard import could_leave
from simulate.calibration.moves import Persons, moves_of
from simulate.calibration.readings import (
    Readings,
    Stated,
    Told,
    act_forecasts,
    leaving_forecasts,
    outcome_forecasts,
    read_walk,
    text_forecasts,
)
from simulate.calibration.result import Calibration
from simulate.calibration.situation import Situation
from simulate.calibration.walk import ORIGINAL, SPEAKER
from simulate.errors import InputError, StatisticsError, first_of
from simulate.measures.embeddings import Embedder
from simulate.reference.human_talks import HumanTalk
from simulate.reference.split import split_sizes
from simulate.runfile import RunReader
from simulate.statistics.skill import Mean
from simulate.terminal.safe_text import counted
from simulate.verbalized.probability_map import LEAVING, REPLIES, FittedTo, ProbabilityMap

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


@dataclass(frozen=True)
class MapOf:
    """What a map is fitted to.

    Attributes:
        what: `act`, `leaving`, or an outcome.
        role: whose; by default the last role of which it was forecast.
        kind: `temperature` or `isotonic`; by default isotonic of an event, else a temperature.
    """

    what: str = ACT
    role: str | None = None
    kind: Literal["temperature", "isotonic"] | None = None

    def among(self, things: Sequence[Thing]) -> Thing:
        """Return the thing that is meant.

        Raises:
            InputError: nothing of the kind was forecast.
        """
        found = [t for t in things if t.what == self.what and self.role in (None, t.role)]
        if not found:
            there = first_of([f"{thing.what}:{thing.role}" for thing in things]) or "nothing"
            asked = self.what if self.role is None else f"{self.what}:{self.role}"
            raise InputError(f"a map of {asked}: was not forecast; there are: {there}")
        return found[-1]


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
            stated += self._known(thing, method, where)
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

    def _known(self, thing: Thing, method: str, reference: str) -> Iterable[Stated]:
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
                    yield Stated(move, ORIGINAL, method, anything)


def assessed(
    run: RunReader,
    talks: Mapping[str, Sequence[HumanTalk]],
    situation: Situation,
    *,
    embedder: Embedder | None = None,
    margin: float | None = None,
    fit: MapOf | None = None,
    seed: int = 0,
) -> Calibration:
    """Assess a finished walk.

    Args:
        run: its open run file.
        talks: see `Walked`.
        situation: of the dialogues.
        embedder: for texts; without it they are not scored.
        margin: the calibration error that counts as none, named beforehand.
        fit: what a map is fitted to; None for no map.
        seed: of what is simulated.

    Raises:
        StatisticsError: it is no walk, or nothing of it can be assessed.
        ReferenceDataError: it walks through a dialogue that is not among these.
        InputError: there is no such thing to fit a map of.
    """
    walked = Walked(run, talks, situation)
    method, *others = walked.readings.methods or ("vs",)
    parts: list[Assessment] = []
    notes: list[str] = []
    for thing in walked.things:
        ours = walked.forecasts(thing, method, known=True)
        beside = [walked.forecasts(thing, other) for other in others]
        try:
            parts.append(assess(ours, [b for b in beside if b.n], seed=seed))
        except StatisticsError as error:
            notes.append(f"not assessed: {error}")
    for role in dict.fromkeys(stated.move.role for stated in walked.readings.texts):
        if embedder is None:
            notes.append(f"texts of {role} are not scored: name a space with --embeddings")
            continue
        try:
            of_others = [walked.texts(role, other, embedder) for other in others]
            ours_said = walked.texts(role, method, embedder)
            parts.append(assess_texts(ours_said, [o for o in of_others if o.n], seed=seed))
        except StatisticsError as error:
            notes.append(f"not assessed: {error}")
    fitted = () if fit is None else (_map(walked, run, method, fit),)
    if not parts and not fitted:
        raise StatisticsError(f"{run.path}: {'; '.join(notes) or 'nothing was stated'}")
    people = {
        stated.move.person
        for stated in walked.readings.all()
        if stated.move.talk.reference == walked.reference
    }
    return Calibration(
        model=model_of(run),
        method=method,
        references=tuple(talks),
        people={str(split): n for split, n in split_sizes(people).items()},
        parts=tuple(parts),
        margin=margin,
        contamination=contamination(walked, method),
        agreement=situation.agreement if walked.readings.acts else None,
        fitted=fitted,
        notes=(*_counted(walked.readings), *walked.acts.told, *notes),
    )


def contamination(walked: Walked, method: str) -> dict[str, Mean]:
    """Return by how much the Brier score differs under other wordings and in other references.

    It is that of acts where they were forecast, else of whatever was.
    """
    things = [thing for thing in walked.things if thing.what == ACT] or walked.things
    original = [walked.forecasts(thing, method) for thing in things]
    found = {}
    for history in walked.readings.histories[1:]:
        changed = [walked.forecasts(thing, method, history=history) for thing in things]
        if any(each.n for each in changed):
            found[f"{history} histories"] = between_histories(original, changed)
    first, *newer = walked.talks
    old = [walked.forecasts(thing, method, reference=first, known=True) for thing in things]
    for name in newer:
        new = [walked.forecasts(thing, method, reference=name, known=True) for thing in things]
        if any(each.of_split("report").n for each in new):
            found[f"data of {name}"] = between_references(old, new)
    return found


def _map(walked: Walked, run: RunReader, method: str, fit: MapOf) -> ProbabilityMap:
    """Fit a map to the people of the select split who were walked through, and judge it."""
    thing = fit.among(walked.things)
    ours = walked.forecasts(thing, method)
    known, others = ours.of_split("select"), ours.of_split("report")
    if not known.n:
        raise StatisticsError(
            f"map of {thing.what} of {thing.role}: nobody of the select split was walked through; "
            "walk through both splits (leave --split out), or --split select"
        )
    talks = walked.talks[walked.reference]
    fitted = FittedTo(
        reference=walked.reference,
        release=fingerprint(talks),
        split="select",
        role=thing.role,
        persons=len(set(known.positions.person)),
        model=model_of(run),
        method=method,
        prompt_version=run.scenario.prompt_version,
    )
    isotonic = fit.kind == "isotonic" or (fit.kind is None and len(ours.levels) == 2)
    made = (fit_isotonic if isotonic else fit_temperature)(
        known, fitted, version("simulate-dialogues")
    )
    return judged(made, others) if others.n else made


def fingerprint(talks: Iterable[HumanTalk]) -> str:
    """Return the SHA-256 of dialogues: who said what, and what came of it; hexadecimal."""
    found = hashlib.sha256()
    for talk in sorted(talks, key=lambda each: each.key):
        said = [[turn.speaker, turn.text, *turn.acts] for turn in talk.turns]
        whole = [talk.key, said, dict(talk.people), dict(talk.outcomes)]
        found.update(json.dumps(whole, sort_keys=True, default=str).encode())
    return found.hexdigest()


def model_of(run: RunReader) -> str:
    """Return the name of the model that was walked through the dialogues."""
    return str(run.meta["models"][0][SPEAKER])


def _counted(found: Readings) -> list[str]:
    """Return what there is to say of dialogues of the run that are not there."""
    told = []
    if found.failed:
        told.append(f"{counted(found.failed, 'question')} of the walk failed")
    if found.unfinished:
        told.append(
            f"{counted(found.unfinished, 'question')} of the walk are still to be asked: go on "
            "with --resume"
        )
    return told
