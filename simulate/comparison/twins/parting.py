"""Where two dialogues of one persona part, and why: what is on file about the first difference.

Up to there the same was said. What a speaker was told, who played it and what was shown may differ
from the beginning on; it shows first in the turn that is looked at, so all of it is named there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np

from simulate.runfile import Dialogue, RunReader, Turn
from simulate.runfile.call_reader import RecordedStep, instructions_of, steps_of
from simulate.runfile.dialogue import UNFINISHED
from simulate.scenario import Speaker
from simulate.terminal.numbers import number
from simulate.terminal.safe_text import counted, shortened
from simulate.verbalized import MethodSpec, RecordedDraw

LONGEST_LINE = 80
"""Of an instruction that is quoted."""
UNKNOWN = "nothing on file says why"


@dataclass(frozen=True, slots=True)
class Parting:
    """The first difference of two dialogues.

    Attributes:
        turn: its index, from 0; None where all that was said so far is the same.
        speaker: who speaks there; in the first dialogue, where it is not the same.
        reasons: what differs there, the nearest cause first; empty where nothing does.
        u: the random numbers that drew the reply in either; None where none was drawn.
        designed: how the cells play the speaker otherwise, which is why the two part where it first
            speaks; empty where they do not.
    """

    turn: int | None
    speaker: str | None = None
    reasons: tuple[str, ...] = ()
    u: tuple[float | None, float | None] = (None, None)
    designed: str = ""

    @property
    def told(self) -> str:
        """Where and why, in one sentence."""
        if self.turn is None:
            return "The same was said in both" + (f": {self.reasons[0]}" if self.reasons else ".")
        return f"Turn {self.turn} ({self.speaker}) is the first that differs: " + (
            "; ".join(self.reasons) + "."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "turn": self.turn,
            "speaker": self.speaker,
            "reasons": list(self.reasons),
            "u": list(self.u),
            "designed": self.designed or None,
        }


@dataclass(frozen=True, slots=True)
class _Told:
    """What a dialogue's speakers were told and shown."""

    instructions: Mapping[str, str]
    steps: Sequence[RecordedStep]

    @classmethod
    def of(cls, run: RunReader, dialogue: Dialogue) -> _Told:
        return cls(instructions_of(run, dialogue.id), steps_of(run, dialogue.id))

    def shown(self, turn: int) -> list[tuple[str, str]]:
        """Return what was shown before a turn is over, and to whom."""
        return [(s.who, s.what) for s in self.steps if s.kind == "show" and s.turn <= turn]


def parting(run: RunReader, a: Dialogue, b: Dialogue) -> Parting:
    """Return the first difference of two dialogues of a run."""
    for index, (one, other) in enumerate(zip_longest(a.turns, b.turns)):
        if one is None or other is None:
            return _shorter(a, b, index, one or other)
        if one.speaker != other.speaker:
            why = f"{one.speaker} speaks in A, and {other.speaker} in B"
            return Parting(index, one.speaker, (why,))
        if (one.text, one.messages, one.ends) != (other.text, other.messages, other.ends):
            told = _Told.of(run, a), _Told.of(run, b)
            reasons = tuple(_reasons(a, b, one, other, *told)) or (UNKNOWN,)
            drawn = tuple(None if t.draw is None or t.given else t.draw.u for t in (one, other))
            speakers = a.cell.speakers[one.speaker], b.cell.speakers[one.speaker]
            designed = next(_causes(*speakers), "")
            return Parting(index, one.speaker, reasons, (drawn[0], drawn[1]), designed)
    going_on = {a.status, b.status} & UNFINISHED
    return Parting(None, reasons=("so far, for one is not finished.",) if going_on else ())


def _shorter(a: Dialogue, b: Dialogue, index: int, there: Turn | None) -> Parting:
    """Return the parting of dialogues of which one has no such turn."""
    name, short = ("A", a) if len(a.turns) == index else ("B", b)
    if short.status in UNFINISHED:
        return Parting(None, reasons=(f"{name} has not gone on from turn {index} yet.",))
    how = "failed" if short.status == "failed" else "has ended"
    goes_on = "B" if name == "A" else "A"
    speaker = None if there is None else there.speaker
    return Parting(index, speaker, (f"{name} {how} before it, and {goes_on} goes on",))


def _reasons(
    a: Dialogue, b: Dialogue, one: Turn, other: Turn, told_a: _Told, told_b: _Told
) -> Iterator[str]:
    """Yield what differs at a turn that both have."""
    name = one.speaker
    if one.given and other.given:
        yield "the scenario gives another text in each"
        return
    speakers = a.cell.speakers[name], b.cell.speakers[name]
    causes = list(_causes(*speakers))
    texts = told_a.instructions.get(name, ""), told_b.instructions.get(name, "")
    if texts[0] != texts[1] and speakers[0].method.name != speakers[1].method.name:
        causes.append("its instructions, which ask for that, differ too")
    elif texts[0] != texts[1]:
        causes.insert(0, f"{name} has other instructions{_quoted(*texts)}")
    if told_a.shown(one.index) != told_b.shown(one.index):
        causes.append("something else was shown before it")
    yield from causes
    if one.draw is not None and other.draw is not None:
        yield from _draws(one, other)
    elif one.draw is None and other.draw is None:
        same = "" if causes else " under the same instructions"
        yield f"another text was written{same}, and nothing was drawn"
    else:
        drawn = one.draw or other.draw
        names = "AB" if one.draw is None else "BA"
        of = f"one of {len(drawn.distribution)} listed replies" if drawn is not None else ""
        yield f"{names[0]} wrote one reply, no list, and {names[1]} drew {of}"


def _causes(a: Speaker, b: Speaker) -> Iterator[str]:
    """Yield how a speaker is played otherwise."""
    if a.plays != b.plays:
        yield f"it plays {a.plays} in A, and {b.plays} in B"
        return
    if a.model != b.model:
        models = [each.model or "the run's" for each in (a, b)]
        yield f"its model is {models[0]} in A, and {models[1]} in B"
    if a.target != b.target:
        yield "it is another system under test"
    if a.method != b.method:
        if a.method.name != b.method.name:
            yield f"its method is {a.method.name} in A, and {b.method.name} in B"
        else:
            yield f"its method {a.method.name} differs in {_settings(a.method, b.method)}"
    if (a.temperature, a.top_p) != (b.temperature, b.top_p):
        yield "it is sampled with another temperature or top_p"


def _settings(a: MethodSpec, b: MethodSpec) -> str:
    """Return the settings in which two methods differ, with what each has."""
    told = []
    for name in MethodSpec.model_fields:
        values = getattr(a, name), getattr(b, name)
        if values[0] == values[1]:
            continue
        plain = all(each is None or isinstance(each, str | int | float) for each in values)
        shown = ["none" if each is None else str(each) for each in values]
        told.append(f"{name} ({shown[0]} in A, {shown[1]} in B)" if plain else name)
    return ", ".join(told)


def _draws(one: Turn, other: Turn) -> Iterator[str]:
    """Yield what differs in the chains of draws of a turn."""
    for first, second in zip(one.draws, other.draws, strict=False):
        if not _alike(first, second):
            if first.what == second.what:
                what = "replies" if first.what == "reply" else f"candidates ({first.what})"
                yield f"other {what} were listed{_by(first, second)}"
            return
        if first.chosen != second.chosen:
            of = counted(len(first.distribution), "candidate")
            why = "" if np.array_equal(first.chances, second.chances) else " with other chances"
            yield f"another one of the same {of} was drawn{why}{_by(first, second)}"
            return


def _alike(first: RecordedDraw, second: RecordedDraw) -> bool:
    """Tell whether two draws are from the same candidates with the same weights."""
    return (
        first.what == second.what
        and first.distribution.candidates == second.distribution.candidates
        and np.array_equal(first.distribution.weights, second.distribution.weights)
    )


def _by(first: RecordedDraw, second: RecordedDraw) -> str:
    if first.u == second.u:
        return f" (u = {number(first.u)} in both)"
    return f" (u = {number(first.u)} in A, {number(second.u)} in B)"


def _quoted(a: str, b: str) -> str:
    """Return the first line in which two instructions differ; the end of the shorter is empty."""
    for one, other in zip_longest(a.splitlines(), b.splitlines(), fillvalue=""):
        if one != other:
            start = _common(one, other)
            shown = (_from(one, start) or "nothing", _from(other, start) or "nothing")
            return f" (A: “{shown[0]}”, B: “{shown[1]}”)"
    return ""


def _common(one: str, other: str) -> int:
    """Return where two lines begin to differ, at the beginning of a word."""
    differing = (i for i, (x, y) in enumerate(zip(one, other, strict=False)) if x != y)
    at = next(differing, min(len(one), len(other)))
    return one.rfind(" ", 0, at) + 1


def _from(line: str, start: int) -> str:
    begun = "…" if start else ""
    return begun + shortened(line[start:].strip(), LONGEST_LINE) if line[start:].strip() else ""
