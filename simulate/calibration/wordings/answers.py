"""How the answers of simulated users were, wording by wording: could they be used, and what they
took.

An answer is a turn of a user, or an outcome that one is asked for. It is *faulty* where at least
one of these holds:

- **parse**: it was not read as it came: it was repaired, or asked for again;
- **echo**: a candidate says what the model was shown: the example of an answer, nothing but a
  placeholder such as “…”, or five words or more in a row that stand in its instructions, in the
  request, or in the turn before;
- **flat**: at least three replies, and the largest stated probability is at most 1.1 times the
  smallest, so that nothing was said of how likely they are.

Of outcomes, and of the turn of a task that is one, only the first is asked: a flat list of values
may be right, as of a die, and a value may stand in the question.

A dialogue that failed by what a user's model wrote counts as one whose answers are all faulty;
others that failed say nothing of a wording, and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from simulate.measures.normalization import answer_form

if TYPE_CHECKING:
    from simulate.runfile import Call, Dialogue, RunReader, Turn
    from simulate.verbalized import Parse, ReplyDistribution

FAULTS = ("parse", "echo", "flat")
ECHOED_WORDS = 5
FLAT_RATIO = 1.1
FEWEST_FLAT = 3
_SHOWN = re.compile(r'"(?:text|value)":\s{0,9}"([^"\n]{1,200})"')
_PLACEHOLDER = frozenset("….-–—_<>[](){}\"'“”‘’ \t\n")
"""What a text without a word of its own is made of."""


@dataclass
class Answers:
    """The answers of one persona under one wording, over all its dialogues.

    Attributes:
        answers: how many there are.
        faulty: how many are faulty.
        faults: how many have each fault.
        dialogues: how many dialogues ended, whether they failed or not.
        failed: how many failed by what a user's model wrote.
        tokens: prompt and completion tokens of the calls to users, in completed dialogues.
    """

    answers: int = 0
    faulty: int = 0
    faults: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FAULTS, 0))
    dialogues: int = 0
    failed: int = 0
    tokens: int = 0

    @property
    def loss(self) -> float:
        """The mean share of faulty answers of its dialogues, in [0, 1]."""
        share = self.faulty / self.answers if self.answers else 0.0
        return (share * (self.dialogues - self.failed) + self.failed) / self.dialogues

    @property
    def completed(self) -> int:
        """Dialogues that did not fail."""
        return self.dialogues - self.failed


def answers_by_person(run: RunReader) -> list[dict[str, Answers]]:
    """Return, for each cell, the answers of each persona that has any."""
    found: list[dict[str, Answers]] = [{} for _ in run.cells]
    spoken = run.scenario.answer is None
    for dialogue in run.read():
        failed = dialogue.status == "failed"
        if dialogue.status != "completed" and not (failed and dialogue.fault in _users(dialogue)):
            continue
        person = run.root(dialogue.persona.id)
        own = found[dialogue.cell.index].setdefault(person, Answers())
        own.dialogues += 1
        own.failed += failed
        if not failed:
            _count(own, dialogue, list(run.calls(dialogue.id)), spoken=spoken)
    return found


def _count(own: Answers, dialogue: Dialogue, calls: Sequence[Call], *, spoken: bool) -> None:
    users = _users(dialogue)
    asked = [call for call in calls if call.speaker in users]
    own.tokens += sum(call.usage.prompt_tokens + call.usage.completion_tokens for call in asked)
    by_turn: dict[int, list[Call]] = {}
    by_outcome: dict[str, list[Call]] = {}
    for call in asked:
        if call.turn is not None:
            by_turn.setdefault(call.turn, []).append(call)
        elif call.outcome is not None:
            by_outcome.setdefault(call.outcome, []).append(call)
    for turn in dialogue.turns:
        if turn.index in by_turn:
            of_turn = by_turn[turn.index]
            shown = _shown_before(turn, dialogue.turns, of_turn) if spoken else None
            _add(own, _parse_fault(turn.parse, of_turn) | _faults_of_replies(turn, shown))
    for name, of in by_outcome.items():
        if (measured := dialogue.outcomes.get(name)) is not None:
            _add(own, _parse_fault(measured.parse, of))


def _users(dialogue: Dialogue) -> set[str]:
    return {name for name, each in dialogue.cell.speakers.items() if each.plays == "user"}


def _add(own: Answers, faults: Mapping[str, bool]) -> None:
    own.answers += 1
    own.faulty += any(faults.values())
    for name, there in faults.items():
        own.faults[name] += there


def _parse_fault(parse: Parse | None, calls: Sequence[Call]) -> dict[str, bool]:
    again = any(call.problem is not None for call in calls)
    return {"parse": parse == "repaired" or again}


def _shown_before(turn: Turn, turns: Sequence[Turn], calls: Sequence[Call]) -> list[str]:
    """Return the instructions, the request, and the turn before."""
    prompt = calls[0].prompt
    shown = [prompt[0]["content"], prompt[-1]["content"]] if prompt else []
    return shown + ([turns[turn.index - 1].text] if turn.index else [])


def _faults_of_replies(turn: Turn, shown: Sequence[str] | None) -> dict[str, bool]:
    if shown is None:
        return {}
    drawn_from = turn.distribution
    texts = (turn.text,) if drawn_from is None else drawn_from.texts
    flat = drawn_from is not None and is_flat(drawn_from)
    return {"echo": is_echo(texts, shown), "flat": flat}


def is_flat(drawn_from: ReplyDistribution) -> bool:
    """Return whether a list of replies says nothing of how likely they are."""
    stated = [candidate.probability for candidate in drawn_from.candidates]
    if len(stated) < FEWEST_FLAT or any(each is None for each in stated):
        return False
    weights = drawn_from.weights
    return bool(np.max(weights) <= FLAT_RATIO * np.min(weights))


def is_echo(texts: Sequence[str], shown: Sequence[str]) -> bool:
    """Return whether one of some replies says what the model was shown.

    Args:
        texts: the replies; one without a text is no echo.
        shown: what stood in the prompt.
    """
    forms = [_form(text) for text in shown]
    examples = {answer_form(each) for text in shown for each in _SHOWN.findall(text)}
    for text in texts:
        form = answer_form(text)
        if text.strip() and (form in examples or _PLACEHOLDER.issuperset(text)):
            return True
        long = len(form.split()) >= ECHOED_WORDS
        if long and any(f" {form} " in each for each in forms):
            return True
    return False


@lru_cache(maxsize=1024)
def _form(text: str) -> str:
    """Return what a model was shown, as words between spaces; instructions are shown many times."""
    return f" {answer_form(text)} "
