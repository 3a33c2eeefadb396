"""From the run file of a walk, and what people did, to forecasts that can be scored."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulate.calibration.acts import level_of
from simulate.calibration.forecasts import Forecasts, Positions, TextForecasts
from simulate.calibration.moves import Move
from simulate.calibration.situation import Situation
from simulate.calibration.walk import ORIGINAL, POPULATION_QUERY, SPEAKER
from simulate.errors import ReferenceDataError, StatisticsError, quote
from simulate.measures.embeddings import Embedder
from simulate.reference.human_talks import HumanTalk
from simulate.runfile import Dialogue, OutcomeValue, RunReader, Turn
from simulate.verbalized import METHODS, Candidate, ReplyDistribution
from simulate.verbalized.probability_map import LEAVING

AMOUNT = re.compile(
    r"[$£€] ?\d|\b\d{1,6}(?:\.\d{1,2})? ?(?:cents?|dollars?|bucks?|usd|pennies)\b|\bhalf\b",
    re.IGNORECASE,
)
"""What names an amount."""
STAYS, LEAVES = "stays", "leaves"

ActOf = Callable[[HumanTalk, int], str | None]
"""Returns the act of a turn in words; None where it is not known."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What a model stated of one move.

    Attributes:
        move: which it is.
        history: the wording of what was said before.
        method: how it was asked.
        values: each answer with its weight; empty where no usable answer came.
        one: whether it is one answer, and no distribution.
    """

    move: Move
    history: str
    method: str
    values: tuple[tuple[Any, float], ...]
    one: bool = False


@dataclass
class Readings:
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

    acts: dict[str, list[Stated]] = field(default_factory=lambda: defaultdict(list))
    outcomes: dict[str, list[Stated]] = field(default_factory=lambda: defaultdict(list))
    texts: list[Stated] = field(default_factory=list)
    leaving: list[Stated] = field(default_factory=list)
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

    @property
    def moves(self) -> int:
        """How many different moves something was stated of."""
        return len({(each.move.talk.key, each.move.turn) for each in self.all()})

    @property
    def people(self) -> int:
        """How many different people they are of."""
        return len({each.move.person for each in self.all()})

    def all(self) -> Iterator[Stated]:
        """Iterate over everything."""
        for part in (*self.acts.values(), *self.outcomes.values(), self.texts, self.leaving):
            yield from part


def read_walk(
    run: RunReader, talks: Iterable[HumanTalk], situation: Situation, cell: int | None = None
) -> Readings:
    """Return what the run file of a walk holds.

    Args:
        run: the open run file.
        talks: the human dialogues that it walks through.
        situation: of these.
        cell: the index of the one cell that is read; all for None.

    Raises:
        StatisticsError: it is no walk.
        ReferenceDataError: it walks through a dialogue that is not among these.
    """
    outcomes = run.scenario.outcomes
    if SPEAKER not in run.scenario.speakers or "begun" not in outcomes:
        raise StatisticsError(
            f"{run.path}: this run is no walk through human dialogues; `simulate calibrate --model "
            "SPEC --reference REF --out RUN` makes one"
        )
    by_key = {talk.key: talk for talk in talks}
    found = Readings()
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


def _add(
    found: Readings,
    dialogue: Dialogue,
    talks: Mapping[str, HumanTalk],
    run: RunReader,
) -> None:
    known = dialogue.persona.attributes
    key = f"{known['reference']}/{known['dialogue']}"
    if key not in talks:
        raise ReferenceDataError(
            f"{run.path} walks through dialogue {quote(key)}, which is in no reference that "
            "is given; name it with --reference"
        )
    move, history = Move(talks[key], int(str(known["turn"]))), str(known["history"])
    method, _, asks = dialogue.cell.levels["forecast"].rpartition(".")
    failed = dialogue.status == "failed"

    def stated(values: tuple[tuple[Any, float], ...], *, one: bool = False) -> Stated:
        return Stated(move, history, method, values, one)

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
        one = value is not None and not value.draws
        part.append(stated(_answers(value), one=one))


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


class Told:
    """What is known of moves beside what was stated: people, acts, amounts.

    Args:
        situation: of the dialogues; the amounts of those count whose its outcomes are.
        act_of: says which act a turn is.
        traits: the attributes of people by which forecasts are looked at.
    """

    def __init__(self, situation: Situation, act_of: ActOf, traits: Sequence[str] = ()) -> None:
        self._traits = traits
        self.act_of = act_of
        self._givers = {outcome.of for outcome in situation.outcomes.values()}

    def positions(self, moves: Sequence[Move]) -> Positions:
        """Return where moves stand."""
        known = [m.talk.attributes.get(m.role) or {} for m in moves]
        traits = {name: [each.get(name) for each in known] for name in self._traits}
        return Positions.of(
            [m.person for m in moves],
            [m.talk.key for m in moves],
            np.array([m.turn for m in moves], dtype=np.int64),
            [m.role for m in moves],
            [m.split for m in moves],
            amount_stated=[self.amount_before(m) for m in moves],
            previous_act=[self.act_of(m.talk, m.turn - 1) or "" for m in moves],
            traits={name: column for name, column in traits.items() if set(column) != {None}},
        )

    def amount_before(self, move: Move) -> bool:
        """Tell whether who gives has named an amount before a move."""
        said = move.talk.turns[: move.turn]
        return any(t.speaker in self._givers and AMOUNT.search(t.text) for t in said)


def act_forecasts(
    stated: Sequence[Stated], levels: Sequence[str], told: Told, method: str
) -> Forecasts:
    """Return forecasts of the next act; moves whose act is not known are left out."""
    known = [(s, act) for s in stated if (act := told.act_of(s.move.talk, s.move.turn)) is not None]
    usable = [(s, act) for s, act in known if s.values]
    shares = np.zeros((len(usable), len(levels)))
    for row, (s, _) in enumerate(usable):
        for value, weight in s.values:
            shares[row, level_of(value, levels)] += weight
    return Forecasts.of(
        "act",
        method,
        levels,
        _normalised(shares),
        np.array([level_of(act, levels) for _, act in usable], dtype=np.int64),
        told.positions([s.move for s, _ in usable]),
        answers=_of_one([s for s, _ in usable]),
        failed=len(known) - len(usable),
    )


def leaving_forecasts(stated: Sequence[Stated], told: Told, method: str) -> Forecasts:
    """Return forecasts of whether the person's next turn is the last one that the person takes."""
    usable = [s for s in stated if s.values]
    shares = np.array([[w for _, w in s.values] for s in usable]).reshape(-1, 2)
    return Forecasts.of(
        LEAVING,
        method,
        (STAYS, LEAVES),
        _normalised(shares),
        np.array([s.move.last for s in usable], dtype=np.int64),
        told.positions([s.move for s in usable]),
        failed=len(stated) - len(usable),
    )


def outcome_forecasts(
    name: str, stated: Sequence[Stated], told: Told, situation: Situation, method: str
) -> Forecasts:
    """Return forecasts of an outcome; dialogues without it, or outside its support, are left out.

    Of an amount the levels are all amounts that were stated or came true, in ascending order.
    """
    outcome = situation.outcomes[name]
    low, high = outcome.support or (-np.inf, np.inf)
    numeric = outcome.levels is None

    def came(s: Stated) -> Any:
        value = s.move.talk.outcomes.get(name)
        if value is None or (numeric and not low <= float(value) <= high):
            return None
        return float(value) if numeric else str(value)

    known = [(s, value) for s in stated if (value := came(s)) is not None]
    usable = [(s, value) for s, value in known if s.values]
    numbers: list[Any] = list(outcome.levels or ())
    if numeric:
        seen = {float(v) for s, _ in usable for v, _ in s.values} | {v for _, v in usable}
        numbers = sorted(seen | {float(b) for b in (low, high) if np.isfinite(b)})
    place = {value: i for i, value in enumerate(numbers)}
    shares = np.zeros((len(usable), len(numbers)))
    for row, (s, _) in enumerate(usable):
        for value, weight in s.values:
            shares[row, place[float(value) if numeric else value]] += weight
    return Forecasts.of(
        name,
        method,
        [f"{n:g}" for n in numbers] if numeric else numbers,
        _normalised(shares),
        np.array([place[value] for _, value in usable], dtype=np.int64),
        told.positions([s.move for s, _ in usable]),
        codes=numbers if numeric else None,
        answers=_of_one([s for s, _ in usable]),
        failed=len(known) - len(usable),
    )


def text_forecasts(
    stated: Sequence[Stated],
    told: Told,
    method: str,
    embedder: Embedder,
    truth: Callable[[str], str] = str,
) -> TextForecasts:
    """Return forecasts of the next text in the space of an embedder.

    Args:
        stated: what was stated.
        told: what is known of the moves.
        method: how it was asked.
        embedder: turns texts into vectors.
        truth: gives what was said the wording of the history.
    """
    usable = [s for s in stated if s.values]
    said = [truth(s.move.said.text) for s in usable]
    texts = [str(value) for s in usable for value, _ in s.values]
    vectors = np.asarray(embedder.embed([*said, *texts]), dtype=np.float64)
    ends = np.cumsum([len(s.values) for s in usable])
    listed: list[NDArray[np.float64]] = np.split(vectors[len(said) :], ends)[:-1]
    weights = [np.array([w for _, w in s.values]) for s in usable]
    return TextForecasts.of(
        method,
        listed,
        [w / w.sum() for w in weights],
        vectors[: len(said)],
        told.positions([s.move for s in usable]),
        failed=len(stated) - len(usable),
    )


def _normalised(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    return shares / shares.sum(axis=1, keepdims=True) if len(shares) else shares


def _of_one(stated: Sequence[Stated]) -> NDArray[np.int64] | None:
    """Return that each forecast is of one answer, where no probability was stated."""
    if stated and all(s.one for s in stated):
        return np.ones(len(stated), dtype=np.int64)
    return None


def states(method: str) -> bool:
    """Tell whether a method states probabilities."""
    return method == POPULATION_QUERY or METHODS[method].states
