"""Dialogues that have asked the same so far share the answer: one of them pays, the others wait.

The dialogues of one persona form a tree: a node is all that was asked up to some point, and a
dialogue stands on the last node that it has asked for. Two of them share the answer of a node as
long as all their requests were the same, byte for byte; what each draws from it is its own. From
their first difference on they share nothing more.

**Who pays hangs on no order of events**: of the dialogues that come to a node, the first one of the
plan. One that is there already waits for those before it in the plan that still may come: those
that stand further up on its way. An answer is shared once it is on file together with the turn or
the outcome it was made for; a payer that fails before that leaves the node to the next one.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

import numpy as np

from simulate.engine.dialogues import Dialogues
from simulate.models import ChatModel, ChatRequest
from simulate.runfile import Call, PlannedDialogue, RunReader, SharedCall
from simulate.runfile.dialogue import UNFINISHED

Known = Callable[[PlannedDialogue], "Siblings"]
"""Tells what is known of the siblings of a dialogue."""
SAID = tuple(each.name for each in fields(ChatRequest) if each.compare)


class SharedAnswer(NamedTuple):
    """An answer that is on file.

    Attributes:
        payer: the dialogue that paid for it.
        ask: the how-manyeth call it was, from 0, for the same turn or outcome.
        text: what the model wrote.
    """

    payer: int
    ask: int
    text: str


@dataclass(frozen=True, slots=True)
class Siblings:
    """What is known beforehand of the dialogues of one persona.

    Attributes:
        left: how many of them are to be played.
        answers: what is on file, by all that was asked up to there.
        asked: what each dialogue that has begun has asked: the node of each request, in order.
    """

    left: int
    answers: dict[bytes, SharedAnswer] = field(default_factory=dict)
    asked: dict[int, list[bytes]] = field(default_factory=dict)


class _Node:
    """All that was asked up to some point, and its answer."""

    __slots__ = ("above", "answer", "here", "payer", "prefix", "waiting")

    def __init__(self, prefix: bytes, above: _Node | None, answer: SharedAnswer | None) -> None:
        self.prefix = prefix
        self.above = above
        self.answer = answer
        self.here: set[int] = set()
        """Dialogues that stand here: they have asked for nothing after it."""
        self.payer: int | None = None
        self.waiting: dict[int, asyncio.Future[None]] = {}


class _Family:
    """The dialogues of one persona."""

    def __init__(self, known: Siblings) -> None:
        self.known = known
        self.left = known.left
        self.root = _Node(b"", None, None)
        self._nodes: dict[bytes, _Node] = {}
        self._held_up: dict[int, list[_Node]] = {}

    def node(self, prefix: bytes, above: _Node) -> _Node:
        """Return a node; it is a new one where nobody has come to it yet."""
        if (found := self._nodes.get(prefix)) is None:
            found = self._nodes[prefix] = _Node(prefix, above, self.known.answers.get(prefix))
        return found

    async def comes(self, dialogue: int, node: _Node) -> None:
        """Come to a node; wait until it has an answer, or the dialogue is to pay for it."""
        told: asyncio.Future[None] | None = None
        if node.answer is None:
            told = node.waiting[dialogue] = asyncio.get_running_loop().create_future()
            self.consider(node)
        self.moved(dialogue)
        if told is not None:
            try:
                await told
            finally:
                node.waiting.pop(dialogue, None)

    def moved(self, dialogue: int) -> None:
        """Let those go on that a dialogue has held up, which is elsewhere now."""
        for node in self._held_up.pop(dialogue, ()):
            self.consider(node)

    def consider(self, node: _Node) -> None:
        """Tell those who wait at a node and need not any more."""
        if node.answer is not None:
            for told in node.waiting.values():
                if not told.done():
                    told.set_result(None)
        elif node.payer is None and node.waiting:
            first = min(node.waiting)
            if (before := _coming(first, node)) is not None:
                self._held_up.setdefault(before, []).append(node)
            elif not node.waiting[first].done():
                node.payer = first
                node.waiting[first].set_result(None)


def _coming(first: int, node: _Node) -> int | None:
    """Return a dialogue that is earlier in the plan and may still come to a node, if any."""
    above = node.above
    while above is not None:
        for each in above.here:
            if each < first:
                return each
        above = above.above
    return None


class Sharer:
    """A dialogue among those of its persona."""

    def __init__(self, sharing: PrefixSharing, persona: str, dialogue: int) -> None:
        self._sharing = sharing
        self._persona = persona
        self._dialogue = dialogue
        self._family = family = sharing.families[persona]
        self._number = 0
        self._node = family.root
        for prefix in family.known.asked.get(dialogue, ()):
            self._node = family.node(prefix, self._node)
            self._number += 1
        self._node.here.add(dialogue)
        self._paying: list[_Node] = []

    async def ask(self, model: ChatModel, request: ChatRequest) -> SharedAnswer | None:
        """Return the answer to a request; None where this dialogue is to pay for it."""
        told = [self._sharing.identity(model), _said(request)]
        asked = json.dumps(told, separators=(",", ":")).encode()
        above, family = self._node, self._family
        prefix = hashlib.sha256(above.prefix + asked).digest()[:16]
        node = self._node = family.node(prefix, above)
        above.here.discard(self._dialogue)
        node.here.add(self._dialogue)
        self._number += 1
        await family.comes(self._dialogue, node)
        if node.answer is None:
            self._paying.append(node)
        return node.answer

    @property
    def place(self) -> SharedCall:
        """Where the last request stands, as its call keeps it."""
        payer = None if self._node.answer is None else self._node.answer.payer
        return SharedCall(self._number - 1, self._node.prefix, payer)

    def committed(self, calls: Sequence[Call]) -> None:
        """Share what this dialogue has paid for: it is on file."""
        if self._paying:
            usable = {c.shared.prefix: (c.ask, c.reply.text) for c in calls if c.shared and c.reply}
            for node in self._paying:
                node.answer = SharedAnswer(self._dialogue, *usable[node.prefix])
                self._family.consider(node)
            self._paying.clear()

    def leave(self) -> None:
        """Have no more to do with the others: the dialogue has ended, or is left as it is."""
        family = self._family
        self._node.here.discard(self._dialogue)
        for node in (*self._paying, self._node):
            if node.payer == self._dialogue:
                node.payer = None
            family.consider(node)
        family.moved(self._dialogue)
        family.left -= 1
        if not family.left:
            self._sharing.families.pop(self._persona, None)


class PrefixSharing:
    """The dialogues of all personas that are being played.

    Args:
        models: of each cell, role to model.
        names: of each cell, role to what the model is called on file.
        settings: of each cell, role to what is recorded of the settings of its model.
    """

    def __init__(
        self,
        models: Sequence[Mapping[str, ChatModel]],
        names: Sequence[Mapping[str, str]],
        settings: Sequence[Mapping[str, Any]],
    ) -> None:
        self.families: dict[str, _Family] = {}
        self._identities = {
            id(model): [called[role], said.get(role)]
            for cell, called, said in zip(models, names, settings, strict=True)
            for role, model in cell.items()
        }

    def identity(self, model: ChatModel) -> Any:
        """Return what a model is: its name and its settings."""
        return self._identities[id(model)]

    def join(self, planned: PlannedDialogue, known: Siblings) -> Sharer:
        """Return a dialogue among those of its persona, of which something is known beforehand."""
        if planned.persona not in self.families:
            self.families[planned.persona] = _Family(known)
        return Sharer(self, planned.persona, planned.id)


def siblings_of_new(dialogues: Dialogues) -> Known:
    """Return what is known where nothing is on file; no dialogue is made for it.

    Args:
        dialogues: of the plan, in the order of their numbers.
    """
    of_person = np.bincount(dialogues.people)
    left = of_person[dialogues.people]
    return lambda dialogue: Siblings(int(left[np.searchsorted(dialogues.numbers, dialogue.id)]))


def siblings_of_resumed(
    dialogues: Sequence[PlannedDialogue], status: Mapping[int, str], file: RunReader
) -> Known:
    """Return what is known where a run file is; see `siblings`."""
    found = siblings(dialogues, status, file)
    return lambda dialogue: found[dialogue.persona]


def siblings(
    dialogues: Iterable[PlannedDialogue],
    status: Mapping[int, str],
    file: RunReader,
) -> dict[str, Siblings]:
    """Return what is known of the dialogues of each persona that has some to be played.

    Args:
        dialogues: of the plan; those of a persona all together.
        status: of each that has begun.
        file: the run file.
    """
    left: Counter[str] = Counter()
    begun: list[PlannedDialogue] = []
    for d in dialogues:  # once: they may be made as they are looked at
        stands = status.get(d.id, "planned")
        left[d.persona] += stands in UNFINISHED
        if stands != "planned":
            begun.append(d)
    found = {persona: Siblings(number) for persona, number in left.items() if number}
    for d in begun:
        if (known := found.get(d.persona)) is None:
            continue
        nodes = known.asked[d.id] = []
        for place, call in file.shared_answers(d.id):
            nodes.append(place.prefix)
            if call is not None and call.reply is not None:
                known.answers[place.prefix] = SharedAnswer(d.id, call.ask, call.reply.text)
    return found


def siblings_on_file(file: RunReader, personas: Collection[str]) -> dict[str, Siblings]:
    """Return what is known of the dialogues of some personas, all of which are in one place."""
    there = {each: status for each, status in file.planned() if each.persona in personas}
    return siblings(there, {each.id: status for each, status in there.items()}, file)


def _said(request: ChatRequest) -> list[Any]:
    """Return all that a request says; not for whom it is made."""
    return [getattr(request, name) for name in SAID]
