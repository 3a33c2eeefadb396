"""The tables of a run file: one SQLite file in WAL mode with its schema version inside.

A run file alone is enough to audit a run and to continue it: it holds the resolved scenario and
population, the seed, the versions, every turn with its candidates, and every model call with its
prompt, its raw text and its usage. Prompts are kept without repeating the history: a call stores
what came after the history (`request`), and the instructions of each speaker are stored once.
"""

from __future__ import annotations

APPLICATION_ID = 0x53494D55
"""“SIMU”, in the header of every run file."""

SCHEMA_VERSION = 5

TABLES = """
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL                -- JSON
) STRICT, WITHOUT ROWID;

CREATE TABLE cell (
    id INTEGER PRIMARY KEY,            -- from 0
    label TEXT NOT NULL,
    levels TEXT NOT NULL               -- JSON: condition to level
) STRICT;

CREATE TABLE persona (
    id TEXT PRIMARY KEY,
    position INTEGER NOT NULL,         -- from 0; -1: not of a first user, see speaker_persona
    attributes TEXT NOT NULL,          -- JSON
    prose TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE dialogue (
    id INTEGER PRIMARY KEY,            -- place in the plan, from 0
    key TEXT NOT NULL UNIQUE,          -- hash of what the dialogue is, known before it runs
    cell INTEGER NOT NULL REFERENCES cell (id),
    persona TEXT NOT NULL REFERENCES persona (id),
    replicate INTEGER NOT NULL,
    status TEXT NOT NULL DEFAULT 'planned'
        CHECK (status IN ('planned', 'running', 'completed', 'failed')),
    fault TEXT,                        -- whose failure it is, where it failed
    error TEXT,                        -- why, where it failed
    turns INTEGER NOT NULL DEFAULT 0,
    distributions INTEGER NOT NULL DEFAULT 0,   -- turns drawn from a distribution
    entropy REAL NOT NULL DEFAULT 0,   -- nats, summed over those turns
    calls INTEGER NOT NULL DEFAULT 0,
    prompt_tokens INTEGER NOT NULL DEFAULT 0,
    cached_tokens INTEGER NOT NULL DEFAULT 0,
    completion_tokens INTEGER NOT NULL DEFAULT 0,
    cost_usd REAL,                     -- NULL: unknown
    started REAL,                      -- seconds since 1970
    finished REAL
) STRICT;

CREATE INDEX dialogue_status ON dialogue (status, cell);

CREATE TABLE turn (
    dialogue INTEGER NOT NULL REFERENCES dialogue (id),
    position INTEGER NOT NULL,         -- from 0
    speaker TEXT NOT NULL,
    text TEXT NOT NULL,
    parse TEXT,                        -- clean or repaired; NULL for a target and a clean assistant
    chosen INTEGER,                    -- the drawn candidate; NULL where none was drawn
    candidates TEXT,                   -- JSON: [[text, probability, weight, ends], …]; text is null
                                       -- where the chosen one is the text of the turn
    entropy REAL,                      -- nats
    u REAL,                            -- the random number of the draw
    ends INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (dialogue, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE outcome (
    dialogue INTEGER NOT NULL REFERENCES dialogue (id),
    name TEXT NOT NULL,
    value TEXT,                        -- JSON, "does not apply" is one too; NULL: missing
    number REAL,                       -- the value as a number, for sorting; NULL for words
    chosen INTEGER,
    candidates TEXT,                   -- JSON: [[value, probability, weight], …]
    parse TEXT,
    u REAL,
    PRIMARY KEY (dialogue, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE instructions (
    dialogue INTEGER NOT NULL REFERENCES dialogue (id),
    speaker TEXT NOT NULL,
    text BLOB NOT NULL REFERENCES text (hash),
    PRIMARY KEY (dialogue, speaker)
) STRICT, WITHOUT ROWID;

CREATE TABLE call (
    id INTEGER PRIMARY KEY,
    dialogue INTEGER NOT NULL REFERENCES dialogue (id),
    turn INTEGER,                      -- the turn it was made for; NULL for an outcome
    outcome TEXT,                      -- the outcome or check:NAME it was made for, or NULL
    speaker TEXT,                      -- whose history it continues; NULL for a judge
    attempt INTEGER NOT NULL,          -- from 0: the n-th call for the same thing
    model TEXT NOT NULL,
    request BLOB NOT NULL REFERENCES text (hash),  -- JSON: the messages after the history,
                                       -- or an object with them; see `stored_once`
    schema BLOB REFERENCES text (hash),            -- JSON Schema that was asked for
    seed INTEGER NOT NULL,
    raw TEXT,                          -- what the model wrote, but for what the turn or
                                       -- outcome holds; NULL where it holds all
    finish TEXT,                       -- stop, length or reasoning; NULL: nothing came
    problem TEXT,                      -- why the text could not be used, where it could not
    prompt_tokens INTEGER NOT NULL DEFAULT 0,
    cached_tokens INTEGER NOT NULL DEFAULT 0,
    completion_tokens INTEGER NOT NULL DEFAULT 0,
    cost_usd REAL,
    latency_s REAL,
    tries INTEGER NOT NULL             -- how often the request was sent until it was answered
) STRICT;

CREATE INDEX call_dialogue ON call (dialogue, turn);

CREATE TABLE text (
    hash BLOB PRIMARY KEY,             -- first 16 bytes of SHA-256
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE refusal (                 -- what an endpoint refuses, learnt from its answers
    model TEXT NOT NULL,
    what TEXT NOT NULL,
    told TEXT NOT NULL,
    PRIMARY KEY (model, what)
) STRICT, WITHOUT ROWID;
"""

TARGETS_AND_CHECKS = """
CREATE TABLE target_turn (             -- what a target did in a turn of its own
    dialogue INTEGER NOT NULL REFERENCES dialogue (id),
    position INTEGER NOT NULL,
    messages TEXT NOT NULL,            -- JSON: [text, …], null for that of the turn
    tool_calls TEXT NOT NULL,          -- JSON: [[name, arguments], …]
    latency_s REAL NOT NULL,           -- -1: not known, as of a turn out of a log
    PRIMARY KEY (dialogue, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE tail_turn (               -- a turn that was asked for from the tail
    dialogue INTEGER NOT NULL REFERENCES dialogue (id),
    position INTEGER NOT NULL,
    below REAL NOT NULL,               -- the threshold
    PRIMARY KEY (dialogue, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE target_state (            -- a target's state after the dialogue, where it offers one
    dialogue INTEGER PRIMARY KEY REFERENCES dialogue (id),
    state TEXT NOT NULL                -- JSON
) STRICT;

CREATE TABLE verdict (                 -- what a check says of a dialogue
    dialogue INTEGER NOT NULL REFERENCES dialogue (id),
    name TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('pass', 'fail', 'abstain', 'error')),
    whose TEXT NOT NULL CHECK (whose IN ('target', 'user')),
    probability REAL,                  -- of fail, as a judge states it
    turn INTEGER,                      -- the turn that shows it
    reason TEXT NOT NULL,
    quote TEXT NOT NULL,
    disagreement REAL,                 -- share of a judge's votes that differ from the verdict
    PRIMARY KEY (dialogue, name)
) STRICT, WITHOUT ROWID;
"""

DRAWS_AND_STEPS = """
CREATE TABLE draw (                    -- draws that the turn or the outcome itself does not hold
    dialogue INTEGER NOT NULL REFERENCES dialogue (id),
    turn INTEGER NOT NULL,             -- the turn; -1 for an outcome
    outcome TEXT NOT NULL,             -- the outcome; empty for a turn
    number INTEGER NOT NULL,           -- its place in the chain, from 0
    what TEXT NOT NULL,                -- what is drawn: tail, act, reply, …
    candidates TEXT,                   -- JSON: [[text, probability, weight, ends], …]; NULL for the
                                       -- last of a chain, whose row of turn or outcome has them
    chances TEXT,                      -- JSON: [chance, …]; NULL: as the weights
    chosen INTEGER NOT NULL,
    u REAL NOT NULL,
    PRIMARY KEY (dialogue, turn, outcome, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE step (                    -- what happened between turns, where the scenario has steps
    dialogue INTEGER NOT NULL REFERENCES dialogue (id),
    number INTEGER NOT NULL,           -- from 0
    turn INTEGER NOT NULL,             -- how many turns lay before it
    kind TEXT NOT NULL CHECK (kind IN ('show', 'ask')),
    who TEXT NOT NULL,                 -- to whom it was shown, or who was asked; empty for a judge
    what TEXT NOT NULL,                -- the text that was shown, or the outcome's name
    PRIMARY KEY (dialogue, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE given_turn (              -- a turn that was given, not asked for
    dialogue INTEGER NOT NULL REFERENCES dialogue (id),
    position INTEGER NOT NULL,
    source TEXT NOT NULL,              -- where it comes from: scenario, log, or a branch's parent
    PRIMARY KEY (dialogue, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE speaker_persona (         -- personas of their own that other speakers have
    dialogue INTEGER NOT NULL REFERENCES dialogue (id),
    speaker TEXT NOT NULL,
    persona TEXT NOT NULL REFERENCES persona (id),
    PRIMARY KEY (dialogue, speaker)
) STRICT, WITHOUT ROWID;

CREATE TABLE branch (                  -- a dialogue that goes on from a candidate not drawn
    dialogue INTEGER PRIMARY KEY REFERENCES dialogue (id),
    parent INTEGER NOT NULL REFERENCES dialogue (id),
    root INTEGER NOT NULL REFERENCES dialogue (id),
    turn INTEGER NOT NULL,             -- where it leaves the parent
    chosen INTEGER NOT NULL            -- the candidate that it takes there
) STRICT;

CREATE TABLE served_model (            -- up to schema 3; since then `answered_by` has it
    model TEXT NOT NULL,               -- as the run calls it
    served TEXT NOT NULL,
    dialogue INTEGER NOT NULL REFERENCES dialogue (id),  -- the first that it answered
    PRIMARY KEY (model, served)
) STRICT, WITHOUT ROWID;
"""
"""Facts about the run as a whole stand in `meta`: `fingerprint`, `prompts` (the version of each
method's prompt), and `draws`, which says that chances are on file and need not be derived; and
`in_wal` where a file lacks its WAL, see `wal`."""

ENDPOINTS = """
CREATE TABLE answered_by (             -- what an endpoint says has answered
    model TEXT NOT NULL,               -- as the run calls it
    served TEXT NOT NULL,              -- the name that the endpoint gives; empty for none
    fingerprint TEXT NOT NULL,         -- its system_fingerprint; empty for none
    dialogue INTEGER NOT NULL REFERENCES dialogue (id),  -- the first that it answered
    first_call INTEGER NOT NULL REFERENCES call (id),
    last_call INTEGER NOT NULL REFERENCES call (id),
    calls INTEGER NOT NULL,            -- how many it answered
    PRIMARY KEY (model, served, fingerprint)
) STRICT, WITHOUT ROWID;

CREATE TABLE notice (                  -- what is odd about an endpoint's answers
    model TEXT NOT NULL,
    what TEXT NOT NULL,
    told TEXT NOT NULL,
    PRIMARY KEY (model, what)
) STRICT, WITHOUT ROWID;
"""

BATCHES_AND_SHARING = """
CREATE TABLE batch (                   -- requests that an endpoint answers as one batch
    number INTEGER PRIMARY KEY,        -- from 1
    endpoint TEXT NOT NULL,            -- its URL and path, without secrets
    requests INTEGER NOT NULL,
    bytes INTEGER NOT NULL,            -- of the file that is uploaded
    file TEXT,                         -- what the endpoint calls that file; NULL: not uploaded yet
    id TEXT,                           -- what it calls the batch; NULL: not known to be created
    state TEXT NOT NULL,               -- gathered, uploaded, or what the endpoint says of it
    told TEXT,                         -- what went wrong with it as a whole, where something did
    gathered REAL NOT NULL,            -- seconds since 1970
    created REAL,
    ended REAL
) STRICT;

CREATE TABLE outbox (                  -- calls sent in a batch whose turn is not committed yet
    dialogue INTEGER NOT NULL REFERENCES dialogue (id),
    identity BLOB NOT NULL,            -- first 16 bytes of SHA-256 of who asks what, and how often
    batch INTEGER NOT NULL REFERENCES batch (number),
    status INTEGER,                    -- HTTP status of the answer; NULL: none yet; 0: the batch
                                       -- has ended without one
    answer TEXT,                       -- its body; of none, why
    PRIMARY KEY (dialogue, identity)
) STRICT, WITHOUT ROWID;

CREATE TABLE shared_call (             -- answers that dialogues share, for each that was asked
    dialogue INTEGER NOT NULL REFERENCES dialogue (id),
    number INTEGER NOT NULL,           -- its place among those of the dialogue, from 0
    prefix BLOB NOT NULL,              -- first 16 bytes of SHA-256 of all that was asked up to here
    payer INTEGER NOT NULL REFERENCES dialogue (id),  -- whose call it was; itself where it paid
    turn INTEGER,                      -- the turn it was for; NULL for an outcome
    outcome TEXT,                      -- the outcome it was for; NULL for a turn
    seed INTEGER NOT NULL,             -- of the call, by which it is found among the payer's
    PRIMARY KEY (dialogue, number)
) STRICT, WITHOUT ROWID;
"""

VERSION_1 = TABLES
TABLES += TARGETS_AND_CHECKS + DRAWS_AND_STEPS + ENDPOINTS + BATCHES_AND_SHARING

MIGRATIONS: dict[int, str] = {
    1: TARGETS_AND_CHECKS,
    2: DRAWS_AND_STEPS,
    3: ENDPOINTS,
    4: BATCHES_AND_SHARING,
}
"""SQL that brings a run file of the given schema version to the next one.

A migration only adds tables, so that a reader, which must not write, can stand in for them.
"""
