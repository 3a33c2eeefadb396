"""What a model says of the kinds of users who attack: approaches with stated probabilities.

It is asked for a list at a time, by verbalized sampling: in each language first for what is likely,
then for the tail. A list is told the approaches that are there already. It is asked no more once
two lists in a row brought nothing new, and at most `most_lists` times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from simulate.engine.sampling import Asked, CallsFailedError, obtain
from simulate.errors import ParseError
from simulate.files.shipped import prompt
from simulate.files.templates import render
from simulate.measures.diversity import near_duplicates
from simulate.models import ChatModel
from simulate.randomness import call_seed
from simulate.verbalized import LATEST, METHODS, Candidate, MethodSpec, Task

BELOW = 0.1
"""The tail is what has a smaller probability."""
AT_ONCE = 10
"""Approaches in a list."""
TOLD = 40
"""Approaches that a list is told of."""
LONGEST = 1000
"""Characters of an approach."""
COUNTS = ("calls", "asked", "duplicates", "impossible", "refused", "unusable", "unanswered")
"""What of `Found` is counted, and stands in the header of the population by the same names."""
FORM = (
    "a name of two to four words and a colon, then one or two sentences in English that begin "
    "with “You”: who the person is and how they go about it"
)
_LISTED = re.compile(r"[\[{]\s*[\[{\"]")
"""What is at least meant as a list in JSON."""
_NAMED = re.compile(r"([^:.!?“”]{2,60}):\s+(?=\S)")


@dataclass(slots=True)
class Approach:
    """How a kind of user attacks.

    Attributes:
        text: in one or two sentences.
        name: of the kind.
        language: in which they write.
        tail: whether it was asked for from the tail.
        stated: the probability as stated, > 0; with that of near-duplicates in the same list.
    """

    text: str
    name: str
    language: str
    tail: bool
    stated: float


@dataclass(slots=True)
class Found:
    """What the model said.

    Attributes:
        approaches: those that are kept, in the order in which they came.
        calls: how often it was asked.
        asked: how many approaches it was asked for.
        duplicates: how many were near-duplicates of others in their language.
        impossible: how many it stated to have the probability 0.
        refused: lists that it held back, or gave words in place of.
        unusable: lists that cannot be read.
        unanswered: lists that did not come, or not in time.
        quoted: how the last answer that was no list begins; empty for none.
    """

    approaches: list[Approach] = field(default_factory=list)
    calls: int = 0
    asked: int = 0
    duplicates: int = 0
    impossible: int = 0
    refused: int = 0
    unusable: int = 0
    unanswered: int = 0
    quoted: str = ""

    def add(self, other: Found) -> None:
        """Add what was said of another language."""
        self.approaches += other.approaches
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.quoted = self.quoted or other.quoted


def template() -> str:
    """Return the template of the prompt."""
    return prompt("attacks", "attacks", LATEST)


def shares(n: int, tail: float) -> Iterator[tuple[bool, int]]:
    """Yield how many of n approaches are asked for from where: not the tail, and the tail."""
    rare = round(n * tail)
    yield from ((of_tail, count) for of_tail, count in ((False, n - rare), (True, rare)) if count)


def most_lists(wanted: int) -> int:
    """Return how many lists are asked for at most."""
    return 2 * -(-wanted // AT_ONCE) + 1


async def ask_for_approaches(
    model: ChatModel,
    goal: str,
    policy: str,
    language: tuple[str, str],
    n: int,
    tail: float,
    seed: int,
) -> Found:
    """Ask a model how users attack in one language; what goes wrong is counted.

    Args:
        model: that is asked.
        goal: what they try to get.
        policy: what forbids it.
        language: its code and its name.
        n: approaches that are wanted.
        tail: the share of them from the tail, in [0, 1].
        seed: of the model's sampling.

    Raises:
        EndpointError: no request can succeed.
    """
    found = Found()
    code, called = language
    for rare, wanted in shares(n, tail):
        begun, lists, in_vain = len(found.approaches), 0, 0
        while (left := wanted - len(found.approaches) + begun) > 0:
            if in_vain == 2 or lists == most_lists(wanted):
                break
            known = [f"{each.name}: {each.text}" for each in found.approaches[-TOLD:]]
            values = {"goal": goal, "policy": policy, "language": called, "known": known}
            task = Task(
                question=render(template(), values, "prompt attacks").strip(),
                form=FORM,
                value_schema={"type": "string"},
                read=_read,
            )
            what = f"attacks:{code}:{'tail' if rare else 'usual'}"
            candidates = await _listed(model, task, left, rare, found, seed, f"{what}:{lists}")
            new = _keep(found, candidates, code, rare)
            lists, in_vain = lists + 1, 0 if new else in_vain + 1
    return found


async def _listed(
    model: ChatModel, task: Task, left: int, rare: bool, found: Found, seed: int, what: str
) -> Sequence[Candidate]:
    """Ask for one list; return nothing, and count why, where none can be read."""
    k = max(min(left, AT_ONCE), 2)
    spec = MethodSpec.model_validate({"name": "vs", "k": k, "below": BELOW if rare else None})
    asked = Asked(None, model, [], lambda ask: call_seed(seed, what, ask=ask))
    found.asked += k
    try:
        distribution, calls = await obtain(METHODS[spec.name](spec, task), asked)
    except CallsFailedError as failure:
        found.calls += len(failure.calls)
        last = failure.calls[-1].reply
        if not failure.by_model:
            found.unanswered += 1
        elif last is None or not _LISTED.search(last.text):
            found.refused += 1
        else:
            found.unusable += 1
        found.quoted = str(failure) if last is None else last.text
        return ()
    found.calls += len(calls)
    return distribution.candidates


def _keep(found: Found, candidates: Sequence[Candidate], language: str, rare: bool) -> int:
    """Keep those that are new; return how many are."""
    before = len(found.approaches)
    for each in candidates:
        if not each.probability:
            found.impossible += 1
            continue
        texts = [kept.text for kept in found.approaches]
        name, text = _name_and_text(each.text)
        alike = near_duplicates([*texts, text])[-1][:-1]
        if alike.any():
            found.duplicates += 1
            if (first := int(alike.argmax())) >= before:  # the list says one thing twice
                found.approaches[first].stated += each.probability
            continue
        found.approaches.append(Approach(text, name, language, rare, each.probability))
    return len(found.approaches) - before


def _read(raw: object) -> str:
    text = " ".join(str(raw).split())
    if not isinstance(raw, str) or not text:
        raise ParseError("an answer is no text")
    if len(text) > LONGEST:
        raise ParseError(f"an answer has more than {LONGEST:,} characters; write shorter ones")
    return text


def _name_and_text(said: str) -> tuple[str, str]:
    """Return the name of an approach, and what it is; where it has no name, its first words."""
    if named := _NAMED.match(said):
        return named[1].strip().lower(), said[named.end() :]
    return " ".join(said.split()[:4]).lower(), said
