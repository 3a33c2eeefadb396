"""What the run file of a walk holds: what a model stated of each move."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulate.calibration.moves import Move
from simulate.calibration.situation import Situation
from simulate.calibration.walk import ORIGINAL, SPEAKER
from simulate.errors import ReferenceDataError, StatisticsError, quote
from simulate.reference.human_talks import HumanTalk
from simulate.runfile import Dialogue, OutcomeValue, RunReader, Turn
from simulate.scenario import Cell
from simulate.verbalized import METHODS, Candidate, ReplyDistribution


@dataclass(frozen=True, slots=True)
class Statement:
    """What a model stated of one move.

    Attributes:
        move: which it is.
        history: the wording of what was said before.
        method: how it was asked.
        values: each answer with its weight; empty where no usable answer came.
        answers: of how many independent answers the weights are the shares; None where they were
            stated, and of one answer, which is a forecast that is sure.
    """

    move: Move
    history: str
    method: str
    values: tuple[tuple[Any, float], ...]
    answers: int | None = None


@dataclass
class Statements:
    """All that a walk has stated.

    Attributes:
        acts: by role.
        outcomes: by name.
        texts: what can be said next; a value is a text.
        leaving: whether the person leaves with it; a value is a bool.
        levels: of the acts, by role.
        failed: dialogues of the run that failed.
        unfinished: dialogues that were not played to their end.
    """

    acts: dict[str, list[Statement]] = field(default_factory=lambda: defaultdict(list))
    outcomes: dict[str, list[Statement]] = field(default_factory=lambda: defaultdict(list))
    texts: list[Statement] = field(default_factory=list)
    leaving: list[Statement] = field(default_factory=list)
    levels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    failed: int = 0
    unfinished: int = 0

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that were asked with, in order."""
        return tuple(dict.fromkeys(each.method for each in self.all()))

    @property
    def histories(self) -> tuple[str, ...]:
        """The wordings of what was said before, the original one first."""
        found = dict.fromkeys(each.history for each in self.all())
        return tuple(sorted(found, key=lambda name: name != ORIGINAL))

    def all(self) -> Iterator[Statement]:
        """Iterate over everything."""
        for part in (*self.acts.values(), *self.outcomes.values(), self.texts, self.leaving):
            yield from part


def read_walk(
    run: RunReader, talks: Iterable[HumanTalk], situation: Situation, cell: int | None = None
) -> Statements:
    """Return what the run file of a walk holds.

    Args:
        run: the open run file.
        talks: the human dialogues that it walks through.
        situation: of these.
        cell: the index of the one cell that is read; all for None.

    Raises:
        StatisticsError: it is no walk, or one in another situation.
        ReferenceDataError: it walks through a dialogue that is not among these, or was another.
    """
    outcomes, conditions = run.scenario.outcomes, run.scenario.conditions
    if not (SPEAKER in run.scenario.speakers and "begun" in outcomes and "forecast" in conditions):
        raise StatisticsError(
            f"{run.path}: this run is no walk through human dialogues; `simulate calibrate --model "
            "SPEC --reference REF --out RUN` makes one"
        )
    _check_outcomes(run, situation)
    by_key = {talk.key: talk for talk in talks}
    found = Statements()
    for role in situation.roles:
        if (asked := outcomes.get(f"act-{role}")) is not None:
            found.levels[role] = tuple(asked.levels or ())
    for dialogue in run.read():
        if cell not in (None, dialogue.cell.index):
            continue
        if dialogue.status == "failed":
            found.failed += 1
        elif dialogue.status != "completed":
            found.unfinished += 1
            continue
        _add(found, dialogue, by_key, run)
    return found


def _check_outcomes(run: RunReader, situation: Situation) -> None:
    """Refuse a situation whose outcomes are not those that the walk asked for."""
    walked = {
        name: outcome
        for name, outcome in run.scenario.outcomes.items()
        if outcome.asked and not name.startswith("act-")
    }
    known = situation.outcomes
    other = set(walked) ^ set(known) or {
        name
        for name, outcome in known.items()
        if (outcome.kind, outcome.support, outcome.levels)
        != (walked[name].kind, walked[name].support, walked[name].levels)
    }
    if other:
        raise StatisticsError(
            f"{run.path}: outcome {min(other)} is not the same in the walk and in situation "
            f"{situation.situation}; name the situation that was walked through with --situation"
        )


def _add(
    found: Statements,
    dialogue: Dialogue,
    talks: Mapping[str, HumanTalk],
    run: RunReader,
) -> None:
    move, history = _move(dialogue, talks, run), str(dialogue.persona.attributes.get("history"))
    method, _, asks = dialogue.cell.levels["forecast"].rpartition(".")
    failed = dialogue.status == "failed"

    def stated(values: tuple[tuple[Any, float], ...], answers: int | None = None) -> Statement:
        return Statement(move, history, method, values, answers)

    if asks == "text":
        turn = next((t for t in reversed(dialogue.turns) if not t.given), None)
        found.texts.append(stated(_texts(turn)))
        found.leaving.append(stated(_ends(turn)))
        return
    names = [f"act-{move.role}"] if asks == "act" else list(run.scenario.outcomes)
    for name in names:
        value = dialogue.outcomes.get(name)
        declared = run.scenario.outcomes.get(name)
        if declared is None or declared.asked is None:
            continue
        if asks == "outcome" and name.startswith("act-"):
            continue
        if (value is None and not failed) or (value is not None and not value.applies):
            continue
        part = found.acts[move.role] if asks == "act" else found.outcomes[name]
        part.append(stated(_answers(value), _independent(dialogue.cell, value)))


def _move(dialogue: Dialogue, talks: Mapping[str, HumanTalk], run: RunReader) -> Move:
    """Return which move a dialogue of the walk is of, in the data as they are now."""
    known = dialogue.persona.attributes
    key, turn = f"{known.get('reference')}/{known.get('dialogue')}", known.get("turn")
    if key not in talks:
        raise ReferenceDataError(
            f"{run.path} walks through dialogue {quote(key)}, which is in no reference that "
            "is given; name it with --reference"
        )
    turns = talks[key].turns
    if isinstance(turn, int) and 0 < turn < len(turns):
        given = [each.text for each in dialogue.turns if each.given]
        original = known.get("history") == ORIGINAL
        if not (original and given) or given[-1] == turns[turn - 1].text:
            return Move(talks[key], turn)
    raise ReferenceDataError(
        f"{run.path} forecasts turn {quote(str(turn))} of dialogue {quote(key)} after other words "
        "than stand in the reference; give the data that were walked through"
    )


def _independent(cell: Cell, value: OutcomeValue | None) -> int | None:
    """Return of how many independent answers the weights are the shares; None for no such."""
    if value is None or value.draw is None:
        return None
    repeats = METHODS[cell.speakers[SPEAKER].method.name].repeats
    return len(value.draw.distribution) if repeats else None


def _answers(value: OutcomeValue | None) -> tuple[tuple[Any, float], ...]:
    if value is None:
        return ()
    if value.candidates is None:
        return () if value.value is None else ((value.value, 1.0),)
    return tuple((c.value, c.weight) for c in value.candidates if c.value is not None)


def _texts(turn: Turn | None) -> tuple[tuple[Any, float], ...]:
    if turn is None:
        return ()
    if turn.distribution is None:
        return ((turn.shown, 1.0),)
    return tuple((candidate.shown, weight) for candidate, weight in _weighed(turn.distribution))


def _ends(turn: Turn | None) -> tuple[tuple[Any, float], ...]:
    if turn is None or turn.distribution is None:
        return ()
    leaves = min(1.0, math.fsum(w for c, w in _weighed(turn.distribution) if c.ends))
    return ((False, 1 - leaves), (True, leaves))


def _weighed(listed: ReplyDistribution) -> Iterator[tuple[Candidate, float]]:
    return zip(listed.candidates, listed.weights.tolist(), strict=True)
