"""The outbox of a run file: calls that are sent in batches, until their turn is committed."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from simulate.models.batches import Answer, CallKey, OpenBatch
from simulate.runfile.reader import RunReader
from simulate.runfile.recorder import Recorder
from simulate.runfile.statements import Statement

GATHERED = "INSERT INTO batch VALUES (?,?,?,?,NULL,NULL,'gathered',NULL,?,NULL,NULL)"
SENT = "INSERT OR REPLACE INTO outbox VALUES (?,?,?,NULL,NULL)"
MOVED = """UPDATE batch SET state = ?, file = coalesce(?, file), id = coalesce(?, id),
    created = coalesce(created, ?) WHERE number = ?"""
ANSWERED = "UPDATE outbox SET status = ?, answer = ? WHERE dialogue = ? AND identity = ?"
ENDED = "UPDATE batch SET state = ?, told = ?, ended = ? WHERE number = ?"
FORGOTTEN = "DELETE FROM outbox WHERE batch = ? AND status IS NULL"


@dataclass(frozen=True, slots=True)
class OutboxOnFile:
    """What an earlier invocation has left in the outbox.

    Attributes:
        batches: those that are not read yet, by what names their endpoint.
        answers: what was read, and belongs to no committed turn.
        last: the number of the last batch; 0 for none.
    """

    batches: Mapping[str, Sequence[OpenBatch]] = field(default_factory=dict)
    answers: Mapping[CallKey, Answer] = field(default_factory=dict)
    last: int = 0

    @property
    def calls(self) -> int:
        """How many calls are in the outbox."""
        sent = sum(len(each.keys) for some in self.batches.values() for each in some)
        return sent + len(self.answers)


def outbox_on_file(file: RunReader) -> OutboxOnFile:
    """Return what is in the outbox of a run.

    Raises:
        RunFileError: the file is damaged.
    """
    rows = "SELECT dialogue, hex(identity), batch, status, answer FROM outbox"
    answers: dict[CallKey, Answer] = {}
    keys: dict[int, list[CallKey]] = {}
    for dialogue, identity, batch, status, answer in file.rows(rows):
        key = (dialogue, bytes.fromhex(identity))
        if status is None:
            keys.setdefault(batch, []).append(key)
        else:
            answers[key] = Answer(status, answer.encode())
    batches: dict[str, list[OpenBatch]] = {}
    left = "SELECT endpoint, number, requests, file, id, gathered FROM batch WHERE ended IS NULL"
    for endpoint, number, *others in file.rows(left):
        there = OpenBatch(number, keys.get(number, ()), *others)
        batches.setdefault(endpoint, []).append(there)
    last = next(iter(file.rows("SELECT coalesce(max(number), 0) FROM batch")))[0]
    return OutboxOnFile(batches, answers, last)


class RunOutbox:
    """The outbox of a run that goes on; see `simulate.models.batches.Outbox`.

    Args:
        record: commits what is kept.
        there: what an earlier invocation has left.
    """

    def __init__(self, record: Recorder, there: OutboxOnFile) -> None:
        record.settle_outbox()
        self._record = record
        self._batches = dict(there.batches)
        self._answers = dict(there.answers)
        self._last = there.last

    def find(self, key: CallKey) -> Answer | None:
        """See `Outbox.find`."""
        return self._answers.pop(key, None)

    def open_batches(self, endpoint: str) -> Sequence[OpenBatch]:
        """See `Outbox.open_batches`."""
        return self._batches.pop(endpoint, ())

    async def gathered(self, endpoint: str, keys: Sequence[CallKey], size: int) -> int:
        """See `Outbox.gathered`."""
        self._last += 1
        number = self._last
        begun = (GATHERED, (number, endpoint, len(keys), size, time.time()))
        await self._record.commit([begun, *((SENT, (*key, number)) for key in keys)])
        return number

    async def moved(
        self, number: int, state: str, *, file: str | None = None, id: str | None = None
    ) -> None:
        """See `Outbox.moved`."""
        created = None if id is None else time.time()
        await self._record.commit([(MOVED, (state, file, id, created, number))])

    async def answered(
        self, answers: Mapping[CallKey, Answer], unclaimed: Collection[CallKey]
    ) -> None:
        """See `Outbox.answered`."""
        statements: list[Statement] = [
            (ANSWERED, (status, body.decode(), *key)) for key, (status, body) in answers.items()
        ]
        await self._record.commit(statements)
        self._answers.update((key, answers[key]) for key in unclaimed)

    async def ended(self, number: int, state: str, told: str | None = None) -> None:
        """See `Outbox.ended`."""
        await self._record.commit(
            [(ENDED, (state, told, time.time(), number)), (FORGOTTEN, (number,))]
        )
