"""Lines of the JSONL export of usual dialogues, made of what is stored without reading it whole.

In a usual dialogue speakers took turns, users drew each from one distribution, and outcomes were
measured: nothing was given, shown, targeted, checked, left out, or asked from a tail. Its line is
what `exported` gives, character for character. What breaks a rule here, or is of another kind, is
left to those who read it whole, and say what is wrong with it.
"""

from __future__ import annotations

import heapq
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from typing import Any, get_args

from simulate.errors import RunFileError
from simulate.population import Persona
from simulate.runfile.corruption import DAMAGE
from simulate.runfile.dialogue import Spent
from simulate.runfile.json_columns import load_value
from simulate.runfile.jsonl import line_of, of_cell, persona_fields
from simulate.runfile.query import Queryable
from simulate.scenario import DOES_NOT_APPLY, Cell, Outcome, Scenario
from simulate.verbalized import Parse

UNUSUAL = ("draw", "target_turn", "tail_turn", "given_turn", "verdict", "target_state", "branch")
"""Tables that have no row of a usual dialogue."""
TURNS = """SELECT dialogue, position, speaker, text, ends, parse, candidates, chosen, u FROM turn
    ORDER BY dialogue, position"""
OUTCOMES = """SELECT dialogue, name, value, parse, candidates, chosen, u FROM outcome
    ORDER BY dialogue"""
PERSONAS = "SELECT dialogue, speaker, persona FROM speaker_persona ORDER BY dialogue, speaker"
KEPT = 1000
"""Personas and answers of each outcome that are kept as JSON for further dialogues."""
_LARGEST = 1e15
_PARSE = {None: "", **{parse: f', "parse": "{parse}"' for parse in get_args(Parse)}}
_ENDS = {False: "", True: ', "ends": true'}

Row = tuple[Any, ...]


class _UnusualError(ValueError):
    """Something is of another kind than in a usual dialogue."""


class UsualLines:
    """Makes the lines of a run, in the order of its dialogues.

    Args:
        run: the run file.
        run_id: its id.
        scenario: of the run.
        cells: of the run, by their index.
        persona: returns a persona by its id.
    """

    def __init__(
        self,
        run: Queryable,
        run_id: str,
        scenario: Scenario,
        cells: Sequence[Cell],
        persona: Callable[[str], Persona],
    ) -> None:
        self._run = quoted(run_id)
        self._usual = not (scenario.exclude or scenario.checks)
        self._cells = {
            cell.index: (
                line_of(of_cell(scenario, cell))[1:-1],
                {n: quoted(n) for n in cell.speakers},
            )
            for cell in cells
            if _is_usual(cell)
        }
        self._outcomes = {
            name: (
                quoted(name),
                lru_cache(KEPT)(_value_of(each)),
                lru_cache(KEPT)(_answer_of(each)),
            )
            for name, each in scenario.outcomes.items()
        }
        self._of_turn = {name for name, each in scenario.outcomes.items() if _is_of_turn(each)}
        self._persona = lru_cache(KEPT)(lambda pid: line_of(persona_fields(persona(pid))))
        others = (run.rows(f"SELECT dialogue FROM {t} ORDER BY dialogue") for t in UNUSUAL)  # noqa: S608
        self._others = _InStep(heapq.merge(*others))
        self._turns = _InStep(run.rows(TURNS))
        self._measured = _InStep(run.rows(OUTCOMES))
        self._personas = _InStep(run.rows(PERSONAS))

    def line(self, row: Row) -> str | None:
        """Return the line of a dialogue; None where it is not a usual one.

        Args:
            row: of `DIALOGUES`; those before it had smaller ids.
        """
        number, key, cell, persona, replicate, status, fault, error, *spent = row
        if not self._usual or cell not in self._cells:
            return None
        about, names = self._cells[cell]
        try:
            if self._others.of(number):
                return None
            others = [f"{quoted(s)}: {self._persona(p)}" for _, s, p in self._personas.of(number)]
            return (
                f'{{"run": {self._run}, "dialogue": {quoted(key)}, "status": {quoted(status)}, '
                f'"error": {"null" if error is None else quoted(f"{fault}: {error}")}, {about}, '
                f'"persona": {self._persona(persona)}, '
                f"{_object('personas', others) if others else ''}"
                f'"replicate": {replicate}, '
                f'"turns": [{", ".join(_turns(names, self._turns.of(number)))}], '
                f"{_object('outcomes', self._outcomes_of(number))}"
                f'"usage": {line_of(Spent(*spent)._asdict())}}}'
            )
        except (*DAMAGE, RunFileError):
            return None

    def _outcomes_of(self, number: int) -> list[str]:
        stored = {name: rest for _, name, *rest in self._measured.of(number)}
        if not self._of_turn.isdisjoint(stored):
            raise _UnusualError
        found = []
        for name, (label, value, answer) in self._outcomes.items():
            if name in stored:
                text, parse, *drawn = stored[name]
                _ = _PARSE[parse]
                candidates = _candidates(answer, *drawn)
                found.append(f'{label}: {{{value(text)}, "candidates": {candidates}}}')
        return found


class _InStep:
    """Rows of a table that go along with the dialogues, each with its dialogue's id first."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self._ahead: Row | None = None
        self._sound = True

    def of(self, number: int) -> list[Row]:
        """Return the rows of a dialogue; those of smaller ids are passed over.

        Raises:
            _UnusualError: a row could not be read before, so that none after it will come.
        """
        if not self._sound:
            raise _UnusualError
        if self._ahead is not None and self._ahead[0] > number:
            return []
        found = [self._ahead] if self._ahead is not None and self._ahead[0] == number else []
        self._ahead, self._sound = None, False
        for row in self._rows:
            if row[0] > number:
                self._ahead = row
                break
            if row[0] == number:
                found.append(row)
        self._sound = True
        return found


def _turns(names: Mapping[str, str], rows: Sequence[Row]) -> Iterator[str]:
    for place, row in enumerate(rows):
        _, position, speaker, text, ends, parse, candidates, chosen, u = row
        if type(position) is not int or position != place or not text:
            raise _UnusualError
        drawn = _candidates(_text, candidates, chosen, u, text)
        yield (
            f'{{"index": {place}, "speaker": {names[speaker]}, "text": {quoted(text)}, '
            f'"candidates": {drawn}, "chosen": {"null" if chosen is None else chosen}'
            f"{_PARSE[parse]}{_ENDS[ends]}}}"
        )


def _text(text: str) -> str:
    return f'"text": {quoted(text)}'


def _candidates(
    written: Callable[[str], str],
    stored: str | None,
    chosen: int | None,
    u: float | None,
    text: str | None = None,
) -> str:
    """Return candidates as the export has them.

    Args:
        written: what the export has of a candidate's text.
        stored: the candidates as they are stored.
        chosen: the index of the chosen one.
        u: the random number of the draw.
        text: of the turn, where it is one.
    """
    if stored is None:
        if chosen is not None or u is not None:
            raise _UnusualError
        return "null"
    each = json.loads(stored)
    if type(chosen) is not int or u is None or not 0 <= u < 1 or "\\u" in stored:
        raise _UnusualError
    if text is not None and each[chosen][0] is None:
        each[chosen][0] = text
    weights = [weight for _, _, weight, _ in each]
    if not (0 <= chosen < len(each) and {float}.issuperset(map(type, weights))):
        raise _UnusualError
    if not (min(weights) >= 0 and abs(math.fsum(weights) - 1) < 1e-9):
        raise _UnusualError
    found = []
    for words, stated, weight, ends in each:
        if type(words) is not str:
            raise _UnusualError
        if stated is not None and not (
            type(stated) in (float, int) and -_LARGEST < stated < _LARGEST
        ):
            raise _UnusualError
        probability = "null" if stated is None else repr(stated)
        marked = "" if text is None else _ENDS[ends]
        found.append(
            f'{{{written(words)}, "probability": {probability}, "weight": {weight!r}{marked}}}'
        )
    return f"[{', '.join(found)}]"


def _value_of(outcome: Outcome) -> Callable[[str | None], str]:
    """Return what writes the stored value of an outcome."""

    def written(stored: str | None) -> str:
        value = None if stored is None else load_value(stored)
        if outcome.may_not_apply and value == DOES_NOT_APPLY:
            return _answer(None, applies=False)
        if value is not None and not outcome.is_value(value):
            raise _UnusualError
        return _answer(value)

    return written


def _answer_of(outcome: Outcome) -> Callable[[str], str]:
    """Return what writes the answer that a candidate of an outcome is."""

    def written(text: str) -> str:
        answer = outcome.answer(text)
        return _answer(answer.value, applies=answer.applies)

    return written


def _answer(value: object, *, applies: bool = True) -> str:
    return f'"value": {line_of(value)}' + ("" if applies else ', "applies": false')


def _object(name: str, members: Sequence[str]) -> str:
    return f'"{name}": {{{", ".join(members)}}}, '


def _is_usual(cell: Cell) -> bool:
    """Tell whether the turns of a cell are drawn from one distribution each, if from any."""
    return not cell.order_varies and not any(
        speaker.tail is not None or speaker.method.parts or speaker.method.below is not None
        for speaker in cell.speakers.values()
    )


def _is_of_turn(outcome: Outcome) -> bool:
    """Tell whether an outcome may have been drawn with the turn of a task."""
    return bool(outcome.answered or outcome.matched)
