"""What is kept of calls that are sent in batches, so that none is sent twice and no answer is lost.

A call is known by the dialogue that asks and by what is asked: see `call_key`. Its answer is kept
until the turn that it was made for is committed, in one transaction with that commit.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from simulate.errors import InputError
from simulate.models.chat import ChatRequest

KEY_BYTES = 16
NO_ANSWER = 0
"""The status of a request that its batch has not answered."""

CallKey = tuple[int, bytes]
"""A dialogue, and a digest of what it asks: see `call_key`."""


class Answer(NamedTuple):
    """What a batch says of one request.

    Attributes:
        status: the HTTP status; `NO_ANSWER` where none came.
        body: as it came; where none came, why.
    """

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """A batch that is not read yet.

    Attributes:
        number: its number in the run, from 1.
        keys: the calls in it that have no answer yet.
        requests: how many it has.
        file: what the endpoint calls the file of its requests; None where it was not uploaded.
        id: what the endpoint calls the batch; None where it is not known to be created.
        gathered: when its requests were put together, in seconds since 1970.
    """

    number: int
    keys: Sequence[CallKey]
    requests: int
    file: str | None
    id: str | None
    gathered: float


class Outbox(Protocol):
    """Keeps what is sent in batches; each method returns when it is on disk."""

    def find(self, key: CallKey) -> Answer | None:
        """Return the answer to a call that was read before, once."""
        ...

    def open_batches(self, endpoint: str) -> Sequence[OpenBatch]:
        """Return the batches at an endpoint that an earlier invocation has left."""
        ...

    async def gathered(self, endpoint: str, keys: Sequence[CallKey], size: int) -> int:
        """Keep which calls go into a batch, of so many bytes, and return its number."""
        ...

    async def moved(
        self, number: int, state: str, *, file: str | None = None, id: str | None = None
    ) -> None:
        """Keep how far a batch has come, and what the endpoint calls its file and itself."""
        ...

    async def answered(
        self, answers: Mapping[CallKey, Answer], unclaimed: Collection[CallKey]
    ) -> None:
        """Keep answers; `unclaimed` are those that nobody waits for yet, and `find` returns."""
        ...

    async def ended(self, number: int, state: str, told: str | None = None) -> None:
        """Keep that a batch is over, and forget its calls that have no answer."""
        ...


@dataclass(slots=True)
class _Asked:
    """The call that is being made: who asks, with which seed, and what was sent for it so far."""

    dialogue: int
    seed: int | None
    sent: Counter[bytes] = field(default_factory=Counter)


_ASKED: ContextVar[_Asked] = ContextVar("asked")


@contextmanager
def asking(request: ChatRequest) -> Iterator[None]:
    """Say whose call is made in this block."""
    if request.dialogue is None:
        raise InputError("only the calls of a run's dialogues are sent in batches")
    before = _ASKED.set(_Asked(request.dialogue, request.seed))
    try:
        yield
    finally:
        _ASKED.reset(before)


def call_key(endpoint: str, body: bytes) -> CallKey:
    """Return what identifies a request that is about to be sent for the call in `asking`.

    That is the dialogue, the call's seed (a function of the persona, the replicate, the turn and
    the number of the question, sent or not), the endpoint, the body, and how often this body was
    sent for this call before. Equal requests of two dialogues, such as those of two cells, are two
    calls, as they are without batches. A dialogue that is resumed asks the same in the same order,
    also what was sent again after a fault, and so finds each of its requests.
    """
    asked = _ASKED.get()
    digest = hashlib.sha256(f"{endpoint}\n{asked.seed}\n".encode())
    digest.update(body)
    number = asked.sent[digest.digest()]
    asked.sent[digest.digest()] += 1
    digest.update(f"\n{number}".encode())
    return asked.dialogue, digest.digest()[:KEY_BYTES]
