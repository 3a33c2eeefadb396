"""What is written for each record, as SQL statements; nothing here touches a file."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from simulate.population import Persona
from simulate.runfile.dialogue import UNMEASURED, Call, CheckVerdict, OutcomeValue, Turn
from simulate.runfile.header import Header, PlannedDialogue
from simulate.runfile.json_columns import (
    candidates_json,
    chances_json,
    dump,
    text_hash,
    tool_calls_json,
)
from simulate.runfile.spending import spending_of
from simulate.runfile.stored_once import (
    NOTHING,
    Made,
    cut_messages,
    cut_raw,
    made_outcome,
    made_turn,
    made_verdict,
)
from simulate.scenario import DOES_NOT_APPLY
from simulate.verbalized import RecordedDraw, storable

Statement = tuple[str, Sequence[Any] | Mapping[str, Any]]

MOST_KNOWN_TEXTS = 100_000
MOST_KNOWN_SCHEMAS = 1000
MOST_KNOWN_REQUESTS = 1000
MOST_KNOWN_ANSWERING = 200
MORE = "…"
"""Stands for the models beyond those, where an endpoint gives each answer a name of its own."""

TURN = "INSERT INTO turn VALUES (?,?,?,?,?,?,?,?,?,?)"
OUTCOME = "INSERT INTO outcome VALUES (?,?,?,?,?,?,?,?)"
CALL = """INSERT INTO call (dialogue, turn, outcome, speaker, attempt, model, request, schema, seed,
    raw, finish, problem, prompt_tokens, cached_tokens, completion_tokens, cost_usd, latency_s,
    tries) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"""
SHARED_CALL = "INSERT INTO shared_call VALUES (?,?,?,?,?,?,?)"
DRAW = "INSERT INTO draw VALUES (?,?,?,?,?,?,?,?,?)"
TARGET_TURN = "INSERT INTO target_turn VALUES (?,?,?,?,?)"
TAIL_TURN = "INSERT INTO tail_turn VALUES (?,?,?)"
GIVEN_TURN = "INSERT INTO given_turn VALUES (?,?,'scenario')"
STEP = "INSERT OR IGNORE INTO step VALUES (?,?,?,?,?,?)"
STATE = "INSERT OR REPLACE INTO target_state VALUES (?,?)"
VERDICT = "INSERT OR REPLACE INTO verdict VALUES (?,?,?,?,?,?,?,?,?)"
TEXT = "INSERT OR IGNORE INTO text VALUES (?,?)"
INSTRUCTIONS = "INSERT INTO instructions VALUES (?,?,?)"
PERSONA = "INSERT OR IGNORE INTO persona VALUES (?,?,?,?)"
SPEAKER_PERSONA = "INSERT INTO speaker_persona VALUES (?,?,?)"
REFUSAL = "INSERT OR IGNORE INTO refusal VALUES (?,?,?)"
NOTICE = "INSERT OR IGNORE INTO notice VALUES (?,?,?)"
ANSWERED_BY = """INSERT INTO answered_by
    VALUES (?,?,?,?,last_insert_rowid(),last_insert_rowid(),1) ON CONFLICT DO UPDATE
    SET last_call = excluded.last_call, calls = calls + 1"""
"""Follows the statement of the call, whose id it takes."""
SETTLED = "DELETE FROM outbox WHERE dialogue = ?"
"""A dialogue that commits, or fails, has none of its calls in a batch any more."""
STARTED = """UPDATE dialogue SET status = 'running', started = ?
    WHERE id = ? AND status = 'planned'"""
COMPLETED = """UPDATE dialogue SET status = 'completed', finished = ?
    WHERE id = ? AND status = 'running'"""
FAILED = """UPDATE dialogue SET status = 'failed', fault = ?, error = ?, finished = ?
    WHERE id = ? AND status IN ('planned', 'running')"""
"""A dialogue may fail before it has begun."""
AGAIN = """UPDATE dialogue SET status = ?, fault = NULL, error = NULL, finished = NULL
    WHERE id = ? AND status = 'failed'"""
SPENT = """UPDATE dialogue SET turns = turns + ?, distributions = distributions + ?,
    entropy = entropy + ?, calls = calls + ?, prompt_tokens = prompt_tokens + ?,
    cached_tokens = cached_tokens + ?, completion_tokens = completion_tokens + ?,
    cost_usd = CASE WHEN ? = 0 THEN cost_usd WHEN calls = 0 THEN ? ELSE cost_usd + ? END
    WHERE id = ? AND status = 'running'"""
"""A dialogue's cost is unknown (NULL) as soon as the cost of one of its calls is."""
META = "INSERT OR REPLACE INTO meta VALUES (?,?)"
MOVED = "UPDATE persona SET position = ? WHERE id = ?"
EXPECTING = frozenset((STARTED, COMPLETED, FAILED, AGAIN, SPENT))
"""Statements that change one row, and none where another program has changed its status."""


class Statements:
    """Makes statements of records, and remembers which texts are on file already.

    Attributes:
        settles: whether calls are sent in batches, and are to be forgotten with what they were for.
    """

    def __init__(self) -> None:
        self.settles = False
        self._known_texts: set[bytes] = set()
        self._known_requests: dict[tuple[object, ...], bytes] = {}
        self._known_schemas: dict[int, tuple[Mapping[str, Any], bytes]] = {}
        self._known_answering: dict[tuple[str | None, ...], tuple[str, str, str]] = {}

    def start(
        self, dialogue: int, instructions: Mapping[str, str], personas: Mapping[str, Persona]
    ) -> list[Statement]:
        """Note that a dialogue begins, with what its speakers are told and who else they are."""
        statements: list[Statement] = [(STARTED, (time.time(), dialogue))]
        for speaker, text in instructions.items():
            key = self._text(text, statements)
            statements.append((INSTRUCTIONS, (dialogue, speaker, key)))
        for speaker, own in personas.items():
            statements.append((PERSONA, (own.id, -1, dump(own.attributes), own.prose)))
            statements.append((SPEAKER_PERSONA, (dialogue, speaker, own.id)))
        return statements

    def turn(self, dialogue: int, turn: Turn, calls: Sequence[Call]) -> list[Statement]:
        """Write a turn together with its calls."""
        drawn, entropy = _drawn(turn.draw, turn.text), turn.entropy
        parts = (turn.index, turn.speaker, turn.text, turn.parse, drawn[1], drawn[0], entropy)
        statements: list[Statement] = [(TURN, (dialogue, *parts, drawn[2], int(turn.ends)))]
        if turn.latency_s is not None or turn.tool_calls or (turn.given and len(turn.messages) > 1):
            said = [None if message == turn.text else message for message in turn.messages]
            took = UNMEASURED if turn.latency_s is None else turn.latency_s
            did = (dump(said), tool_calls_json(turn.tool_calls), took)
            statements.append((TARGET_TURN, (dialogue, turn.index, *did)))
        if turn.below is not None:
            statements.append((TAIL_TURN, (dialogue, turn.index, turn.below)))
        if turn.given:
            statements.append((GIVEN_TURN, (dialogue, turn.index)))
        statements += _chain(dialogue, turn.index, "", turn.draws)
        statements += self._calls(dialogue, turn.index, None, calls, made_turn(turn))
        statements += _shared(dialogue, turn.index, None, calls)
        statements.append(_spent(dialogue, calls, 1, turn.draw, entropy))
        statements += self._settled(dialogue)
        return statements

    def outcome(
        self,
        dialogue: int,
        outcome: OutcomeValue,
        calls: Sequence[Call],
        turns: Sequence[Turn] = (),
    ) -> list[Statement]:
        """Write an outcome with the calls that measured it; `turns` are what a judge read."""
        candidates, chosen, u = _drawn(outcome.draw)
        value = outcome.value if outcome.applies else DOES_NOT_APPLY
        number = float(value) if isinstance(value, int | float) else None
        told = None if value is None else dump(value)
        parts = (outcome.name, told, number, chosen, candidates, outcome.parse, u)
        return [
            (OUTCOME, (dialogue, *parts)),
            *_chain(dialogue, -1, outcome.name, outcome.draws),
            *self._calls(dialogue, None, outcome.name, calls, made_outcome(outcome), turns),
            *_shared(dialogue, None, outcome.name, calls),
            _spent(dialogue, calls, 0, None, None),
            *self._settled(dialogue),
        ]

    def verdict(
        self, dialogue: int, verdict: CheckVerdict, turns: Sequence[Turn] = ()
    ) -> list[Statement]:
        """Write what a check says, with the calls of its judge, who read the turns."""
        says = (verdict.check, verdict.verdict, verdict.attributed_to)
        why = (
            verdict.probability,
            verdict.turn,
            verdict.reason,
            verdict.quote,
            verdict.disagreement,
        )
        what, made = f"check:{verdict.check}", made_verdict(verdict)
        return [
            (VERDICT, (dialogue, *says, *why)),
            *self._calls(dialogue, None, what, verdict.calls, made, turns),
            _spent(dialogue, verdict.calls, 0, None, None),
            *self._settled(dialogue),
        ]

    def completed(self, dialogue: int) -> Statement:
        """Note that a dialogue is completed."""
        return COMPLETED, (time.time(), dialogue)

    def failed(
        self,
        dialogue: int,
        fault: str,
        error: str,
        calls: Sequence[Call],
        turn: int | None,
        outcome: str | None,
    ) -> list[Statement]:
        """Note that a dialogue failed: whose fault it is, why, and the calls that led there."""
        spent = [_spent(dialogue, calls, 0, None, None)] if calls else []
        return [
            *self._calls(dialogue, turn, outcome, calls),
            *spent,
            (FAILED, (fault, error, time.time(), dialogue)),
            *self._settled(dialogue),
        ]

    def _settled(self, dialogue: int) -> Sequence[Statement]:
        return ((SETTLED, (dialogue,)),) if self.settles else ()

    def _calls(
        self,
        dialogue: int,
        turn: int | None,
        outcome: str | None,
        calls: Iterable[Call],
        made: Made = NOTHING,
        turns: Sequence[Turn] = (),
    ) -> list[Statement]:
        statements: list[Statement] = []
        earlier: list[str] = []
        for call in calls:
            if call.taken:
                continue
            read = turns if call.speaker is None else ()
            cut = cut_messages(call.request, earlier, read)
            request = self._request(cut or call.request, statements, cut=cut is not None)
            schema = None if call.schema is None else self._schema(call.schema, statements)
            asked = (call.speaker, call.ask, call.model, request, schema, call.seed)
            said: tuple[str | None, str | None] = (None, None)
            if (reply := call.reply) is not None:
                of = made if call.problem is None else NOTHING
                said = (cut_raw(reply.text, call.schema, of), reply.finish)
                earlier.append(reply.text)
            usage = call.usage
            used = (usage.prompt_tokens, usage.cached_tokens, usage.completion_tokens)
            latency_s = None if reply is None else reply.latency_s
            spent = (*used, call.cost_usd, latency_s)
            got = (*said, call.problem, *spent)
            statements.append((CALL, (dialogue, turn, outcome, *asked, *got, call.attempts)))
            if reply is not None and (reply.served_model or reply.fingerprint):
                answering = self._answering(call.model, reply.served_model, reply.fingerprint)
                statements.append((ANSWERED_BY, (*answering, dialogue)))
        return statements

    def _answering(
        self, model: str, served: str | None, fingerprint: str | None
    ) -> tuple[str, str, str]:
        """Return what answered, as it is kept; a run has few."""
        names = (model, served, fingerprint)
        known = self._known_answering.get(names)
        if known is None:
            if len(self._known_answering) >= MOST_KNOWN_ANSWERING:
                return model, MORE, ""
            known = model, storable(served or ""), storable(fingerprint or "")
            self._known_answering[names] = known
        return known

    def _text(self, text: str, statements: list[Statement]) -> bytes:
        key = text_hash(text)
        if key not in self._known_texts:
            if len(self._known_texts) < MOST_KNOWN_TEXTS:
                self._known_texts.add(key)
            statements.append((TEXT, (key, text)))
        return key

    def _request(
        self, messages: Sequence[Mapping[str, str]], statements: list[Statement], *, cut: bool
    ) -> bytes:
        """Return the key of a request; most turns of a run ask with the same words."""
        words = (cut, *[(m["role"], m["content"]) for m in messages])
        key = self._known_requests.get(words)
        if key is None:
            key = self._text(dump({"messages": messages} if cut else messages), statements)
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


def _drawn(
    draw: RecordedDraw | None, text: str | None = None
) -> tuple[str | None, int | None, float | None]:
    """Return candidates, the chosen one and u; see `candidates_json`."""
    if draw is None:
        return None, None, None
    return candidates_json(draw, text), draw.chosen, draw.u


def _chain(
    dialogue: int, turn: int, outcome: str, draws: Sequence[RecordedDraw]
) -> Iterable[Statement]:
    """Write the earlier draws whole, and the last one where its chances are not its weights."""
    last = len(draws) - 1
    for number, draw in enumerate(draws):
        if number == last and draw.flattened is None:
            continue
        candidates = None if number == last else candidates_json(draw)
        what = (draw.what, candidates, chances_json(draw), draw.chosen, draw.u)
        yield DRAW, (dialogue, turn, outcome, number, *what)


def _shared(
    dialogue: int, turn: int | None, outcome: str | None, calls: Iterable[Call]
) -> Iterable[Statement]:
    """Write where calls stand among the answers that dialogues share, and who paid for each."""
    for call in calls:
        if (place := call.shared) is not None:
            payer = dialogue if place.payer is None else place.payer
            at = (place.number, place.prefix, payer, turn, outcome, call.seed)
            yield SHARED_CALL, (dialogue, *at)


def _spent(
    dialogue: int,
    calls: Sequence[Call],
    turns: int,
    draw: RecordedDraw | None,
    entropy: float | None,
) -> Statement:
    took = spending_of(calls)
    usage, cost = took.usage, took.cost_usd
    return (
        SPENT,
        (
            turns,
            int(draw is not None),
            entropy or 0.0,
            took.answered,
            usage.prompt_tokens,
            usage.cached_tokens,
            usage.completion_tokens,
            took.paid,
            cost,
            cost,
            dialogue,
        ),
    )


def header_statements(header: Header) -> Iterable[Statement]:
    """Write what a run file is begun with."""
    for key, value in header.meta.items():
        yield "INSERT INTO meta VALUES (?,?)", (key, dump(value))
    for index, label, levels in header.cells:
        yield "INSERT INTO cell VALUES (?,?,?)", (index, label, dump(levels))
    places = header.places or range(len(header.personas))
    yield from plan_statements(header.personas, header.dialogues, places)


def plan_statements(
    personas: Sequence[tuple[str, Mapping[str, Any], str]],
    dialogues: Sequence[PlannedDialogue],
    places: Iterable[int],
) -> Iterable[Statement]:
    """Write personas, each at its place, and dialogues of a plan."""
    for place, (pid, attributes, prose) in zip(places, personas, strict=True):
        yield "INSERT INTO persona VALUES (?,?,?,?)", (pid, place, dump(attributes), prose)
    plan = "INSERT INTO dialogue (id, key, cell, persona, replicate) VALUES (?,?,?,?,?)"
    for d in dialogues:
        yield plan, (d.id, d.key, d.cell, d.persona, d.replicate)


def moved_statements(places: Mapping[str, int]) -> Iterable[Statement]:
    """Write places of personas on file, by id, where new ones stand between them."""
    for persona, place in places.items():
        yield MOVED, (place, persona)
