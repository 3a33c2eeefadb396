"""Write a run file: one writer, group commits, and no turn without its calls.

Records are handed to a thread that owns the SQLite connection. It takes all that has come in
meanwhile, commits it in one transaction, and only then tells those who wait. So a turn is on disk
before the dialogue goes on, and a thousand dialogues share one disk flush.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from simulate.errors import RunFileError
from simulate.models import cost_of
from simulate.runfile.files import WriterLock, connect_writer, reason, remove
from simulate.runfile.records import (
    CallRecord,
    DrawRecord,
    Header,
    OutcomeRecord,
    TurnRecord,
    VerdictRecord,
    dump,
    text_hash,
)
from simulate.runfile.schema import TABLES

__all__ = ["RunWriter"]

Statement = tuple[str, Sequence[Any]]

MOST_KNOWN_TEXTS = 100_000
MOST_KNOWN_SCHEMAS = 1000
MOST_KNOWN_REQUESTS = 1000
LARGEST_BATCH = 1000
GATHERING_S = 0.003
"""How long a commit waits for others to share its disk flush with: nothing beside a model call."""

TURN = "INSERT INTO turn VALUES (?,?,?,?,?,?,?,?,?,?)"
OUTCOME = "INSERT INTO outcome VALUES (?,?,?,?,?,?,?,?)"
CALL = """INSERT INTO call (dialogue, turn, outcome, speaker, attempt, model, request, schema, seed,
    raw, finish, problem, prompt_tokens, cached_tokens, completion_tokens, cost_usd, latency_s,
    tries) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"""
TARGET_TURN = "INSERT INTO target_turn VALUES (?,?,?,?,?)"
TAIL_TURN = "INSERT INTO tail_turn VALUES (?,?,?)"
STATE = "INSERT OR REPLACE INTO target_state VALUES (?,?)"
VERDICT = "INSERT OR REPLACE INTO verdict VALUES (?,?,?,?,?,?,?,?,?)"
TEXT = "INSERT OR IGNORE INTO text VALUES (?,?)"
SPENT = """UPDATE dialogue SET turns = turns + ?, distributions = distributions + ?,
    entropy = entropy + ?, calls = calls + ?, prompt_tokens = prompt_tokens + ?,
    cached_tokens = cached_tokens + ?, completion_tokens = completion_tokens + ?,
    cost_usd = CASE WHEN ? = 0 THEN cost_usd WHEN calls = 0 THEN ? ELSE cost_usd + ? END
    WHERE id = ?"""
"""A dialogue's cost is unknown (NULL) as soon as the cost of one of its calls is."""


class RunWriter:
    """The one writer of a run file.

    Create one with `RunWriter.create` or `RunWriter.resume`, inside a running event loop, and
    close it with `aclose`.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: WriterLock) -> None:
        self.path = path
        self._connection = connection
        self._lock = lock
        self._queue: queue.SimpleQueue[tuple[list[Statement], asyncio.Future[None]] | None] = (
            queue.SimpleQueue()
        )
        self._loop = asyncio.get_running_loop()
        self._known_texts: set[bytes] = set()
        self._known_requests: dict[tuple[tuple[str, str], ...], bytes] = {}
        self._known_schemas: dict[int, tuple[Mapping[str, Any], bytes]] = {}
        self._thread = threading.Thread(target=self._work, name="run-file-writer", daemon=True)
        self._thread.start()

    @classmethod
    def create(cls, path: Path, header: Header) -> RunWriter:
        """Start a new run file.

        Raises:
            RunFileError: there is a file already, or it cannot be written.
        """
        _refuse_if_there(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunFileError(f"folder {path.parent}: {error.strerror}") from None
        lock = WriterLock(path)
        # Built beside and moved into place, so that a run file is never half a run file.
        draft = path.with_name(path.name + ".new")
        try:
            _refuse_if_there(path)  # another process may have made it before the lock was ours
            remove(draft)
            connection = connect_writer(draft, create=True)
            try:
                connection.executescript(TABLES)
                connection.execute("BEGIN")
                _write_header(connection, header)
                connection.execute("COMMIT")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.close()
            draft.rename(path)
            return cls(path, connect_writer(path, create=False), lock)
        except (sqlite3.Error, OSError) as error:
            lock.release()
            remove(draft)
            raise reason(error, path) from None
        except BaseException:
            lock.release()
            remove(draft)
            raise

    @classmethod
    def resume(cls, path: Path) -> RunWriter:
        """Go on with a run file.

        Raises:
            RunFileError: there is none, it is not a run file, or another process writes to it.
        """
        if not path.exists():
            raise RunFileError(f"there is no run file {path} to resume; leave out --resume")
        lock = WriterLock(path)
        try:
            return cls(path, connect_writer(path, create=False), lock)
        except BaseException:
            lock.release()
            raise

    async def start(self, dialogue: int, instructions: dict[str, str]) -> None:
        """Note that a dialogue begins, with the rendered instructions of its speakers."""
        statements: list[Statement] = [
            (
                "UPDATE dialogue SET status = 'running', started = ? WHERE id = ?",
                (time.time(), dialogue),
            )
        ]
        for speaker, text in instructions.items():
            key = self._text(text, statements)
            statements.append(("INSERT INTO instructions VALUES (?,?,?)", (dialogue, speaker, key)))
        await self._commit(statements)

    async def turn(self, dialogue: int, turn: TurnRecord) -> None:
        """Commit a turn together with its calls."""
        candidates, chosen, u, entropy = _drawn(turn.draw)
        statements: list[Statement] = [
            (
                TURN,
                (
                    dialogue,
                    turn.position,
                    turn.speaker,
                    turn.text,
                    turn.parse,
                    chosen,
                    candidates,
                    entropy,
                    u,
                    int(turn.ends),
                ),
            )
        ]
        if turn.reply is not None:
            tools = [[call.name, call.arguments] for call in turn.reply.tool_calls]
            did = (dump(turn.reply.messages), dump(tools), turn.reply.latency_s)
            statements.append((TARGET_TURN, (dialogue, turn.position, *did)))
        if turn.below is not None:
            statements.append((TAIL_TURN, (dialogue, turn.position, turn.below)))
        self._calls(dialogue, turn.position, None, turn.calls, statements)
        statements.append(_spent(dialogue, turn.calls, 1, turn.draw))
        await self._commit(statements)

    async def state(self, dialogue: int, state: Any) -> None:
        """Commit a target's state after the dialogue, plain JSON data."""
        await self._commit([(STATE, (dialogue, dump(state)))])

    async def finish(
        self,
        dialogue: int,
        outcomes: Sequence[OutcomeRecord],
        *,
        completed: bool,
        verdicts: Sequence[VerdictRecord] = (),
    ) -> None:
        """Commit outcomes and verdicts with their calls and, if so, that it is completed."""
        statements: list[Statement] = []
        for verdict in verdicts:
            statements.append(
                (
                    VERDICT,
                    (
                        dialogue,
                        verdict.check,
                        verdict.verdict,
                        verdict.whose,
                        verdict.probability,
                        verdict.turn,
                        verdict.reason,
                        verdict.quote,
                        verdict.disagreement,
                    ),
                )
            )
            self._calls(dialogue, None, f"check:{verdict.check}", verdict.calls, statements)
            statements.append(_spent(dialogue, verdict.calls, 0, None))
        for outcome in outcomes:
            candidates, chosen, u, _ = _drawn(outcome.draw)
            value = outcome.value
            number = float(value) if isinstance(value, int | float) else None
            statements.append(
                (
                    OUTCOME,
                    (
                        dialogue,
                        outcome.name,
                        None if value is None else dump(value),
                        number,
                        chosen,
                        candidates,
                        outcome.parse,
                        u,
                    ),
                )
            )
            self._calls(dialogue, None, outcome.name, outcome.calls, statements)
            statements.append(_spent(dialogue, outcome.calls, 0, None))
        if completed:
            statements.append(
                (
                    "UPDATE dialogue SET status = 'completed', finished = ? WHERE id = ?",
                    (time.time(), dialogue),
                )
            )
        if statements:
            await self._commit(statements)

    async def fail(
        self,
        dialogue: int,
        fault: str,
        error: str,
        calls: Sequence[CallRecord] = (),
        turn: int | None = None,
        outcome: str | None = None,
    ) -> None:
        """Commit that a dialogue failed: whose fault it is, why, and the calls that led there."""
        statements: list[Statement] = []
        self._calls(dialogue, turn, outcome, calls, statements)
        statements.append(_spent(dialogue, calls, 0, None))
        statements.append(
            (
                "UPDATE dialogue SET status = 'failed', fault = ?, error = ?, finished = ? "
                "WHERE id = ?",
                (fault, error, time.time(), dialogue),
            )
        )
        await self._commit(statements)

    def learnt(self, model: str, what: str, told: str) -> None:
        """Commit what an endpoint refuses with the next batch, waiting for nothing."""
        statement = ("INSERT OR IGNORE INTO refusal VALUES (?,?,?)", (model, what, told))
        done: asyncio.Future[None] = self._loop.create_future()
        # A writer that cannot write is told to the dialogues that wait for it.
        done.add_done_callback(lambda future: future.cancelled() or future.exception())
        self._queue.put(([statement], done))

    async def note(self, key: str, value: Any) -> None:
        """Commit a fact about the run as a whole."""
        await self._commit([("INSERT OR REPLACE INTO meta VALUES (?,?)", (key, dump(value)))])

    async def aclose(self) -> None:
        """Commit what is left, fold the WAL into the file, and let others write."""
        self._queue.put(None)
        await self._loop.run_in_executor(None, self._thread.join)
        try:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error:
            pass  # a reader holds the WAL; it stays beside the file and is part of it
        finally:
            self._connection.close()
            self._lock.release()

    def _text(self, text: str, statements: list[Statement]) -> bytes:
        key = text_hash(text)
        if key not in self._known_texts:
            if len(self._known_texts) < MOST_KNOWN_TEXTS:
                self._known_texts.add(key)
            statements.append((TEXT, (key, text)))
        return key

    def _request(self, messages: Sequence[Mapping[str, str]], statements: list[Statement]) -> bytes:
        """Return the key of a request; most turns of a run ask with the same words."""
        words = tuple([(m["role"], m["content"]) for m in messages])
        key = self._known_requests.get(words)
        if key is None:
            key = self._text(dump(messages), statements)
            if len(self._known_requests) < MOST_KNOWN_REQUESTS:
                self._known_requests[words] = key
        return key

    def _schema(self, schema: Mapping[str, Any], statements: list[Statement]) -> bytes:
        """Return the key of a schema; schemas are few objects that many calls share."""
        found = self._known_schemas.get(id(schema))
        if found is not None and found[0] is schema:
            return found[1]
        key = self._text(dump(schema), statements)
        if len(self._known_schemas) < MOST_KNOWN_SCHEMAS:
            self._known_schemas[id(schema)] = (schema, key)
        return key

    def _calls(
        self,
        dialogue: int,
        turn: int | None,
        outcome: str | None,
        calls: Iterable[CallRecord],
        statements: list[Statement],
    ) -> None:
        for call in calls:
            request = self._request(call.request, statements)
            schema = None if call.schema is None else self._schema(call.schema, statements)
            reply = call.reply
            usage = reply.usage if reply else None
            statements.append(
                (
                    CALL,
                    (
                        dialogue,
                        turn,
                        outcome,
                        call.speaker,
                        call.attempt,
                        call.model,
                        request,
                        schema,
                        call.seed,
                        reply.text if reply else None,
                        reply.finish if reply else None,
                        call.problem,
                        usage.prompt_tokens if usage else 0,
                        usage.cached_tokens if usage else 0,
                        usage.completion_tokens if usage else 0,
                        reply.cost_usd if reply else None,
                        reply.latency_s if reply else None,
                        call.tries,
                    ),
                )
            )

    async def _commit(self, statements: list[Statement]) -> None:
        done: asyncio.Future[None] = self._loop.create_future()
        self._queue.put((statements, done))
        await done

    def _work(self) -> None:
        """Commit what comes in, batch by batch, until told to stop."""
        stopping = False
        while not stopping:
            first = self._queue.get()
            if first is None:
                return
            time.sleep(GATHERING_S)
            batch = [first]
            while len(batch) < LARGEST_BATCH:
                try:
                    more = self._queue.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    stopping = True
                    break
                batch.append(more)
            error: RunFileError | None = None
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                for statements, _ in batch:
                    for sql, values in statements:
                        self._connection.execute(sql, values)
                self._connection.execute("COMMIT")
            except Exception as problem:
                # Whatever it is: a thread that died here would leave every dialogue waiting.
                error = reason(problem, self.path)
                try:
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
                except sqlite3.Error:
                    pass  # the first error is the one that is told
            waiting = [done for _, done in batch]
            self._loop.call_soon_threadsafe(_tell, waiting, error)


def _refuse_if_there(path: Path) -> None:
    try:
        there = path.exists()
    except OSError as error:  # a name that is too long, a folder that may not be looked into
        raise RunFileError(f"run file {path}: {error.strerror}") from None
    if there:
        raise RunFileError(
            f"run file {path} is already there: go on with it by --resume, or choose another "
            "with --out"
        )


def _tell(waiting: list[asyncio.Future[None]], error: RunFileError | None) -> None:
    for done in waiting:
        if done.done():
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)


def _drawn(draw: DrawRecord | None) -> tuple[str | None, int | None, float | None, float | None]:
    if draw is None:
        return None, None, None, None
    return dump(draw.candidates), draw.chosen, draw.u, draw.entropy


def _spent(
    dialogue: int, calls: Sequence[CallRecord], turns: int, draw: DrawRecord | None
) -> Statement:
    replies = [c.reply for c in calls if c.reply is not None]
    usages = [reply.usage for reply in replies]
    cost = cost_of(replies)
    return (
        SPENT,
        (
            turns,
            int(draw is not None),
            draw.entropy if draw else 0.0,
            len(usages),
            sum(u.prompt_tokens for u in usages),
            sum(u.cached_tokens for u in usages),
            sum(u.completion_tokens for u in usages),
            len(usages),
            cost,
            cost,
            dialogue,
        ),
    )


def _write_header(connection: sqlite3.Connection, header: Header) -> None:
    connection.executemany(
        "INSERT INTO meta VALUES (?,?)", [(k, dump(v)) for k, v in header.meta.items()]
    )
    connection.executemany(
        "INSERT INTO cell VALUES (?,?,?)",
        [(index, label, dump(levels)) for index, label, levels in header.cells],
    )
    connection.executemany(
        "INSERT INTO persona VALUES (?,?,?,?)",
        [(pid, i, dump(attrs), prose) for i, (pid, attrs, prose) in enumerate(header.personas)],
    )
    connection.executemany(
        "INSERT INTO dialogue (id, key, cell, persona, replicate) VALUES (?,?,?,?,?)",
        [(d.id, d.key, d.cell, d.persona, d.replicate) for d in header.dialogues],
    )
