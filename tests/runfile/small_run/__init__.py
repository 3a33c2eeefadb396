"""A short run of two speakers with known answers, and one of any size for the benchmark."""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import random
import sqlite3
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest

from simulate import ScriptedModel, run_sync
from simulate.engine import make_plan
from simulate.models import ChatRequest
from simulate.population import load_population
from simulate.runfile import Header, RunWriter
from simulate.runfile.json_columns import dump, text_hash
from simulate.scenario import Scenario, load_scenario

HERE = Path(__file__).parent
PERSUADER = (
    "Hi there! How is your day going so far?",
    "Have you heard of Save the Children? They help children in need all over the world.",
    "Even a small part of the $2 would buy a child a week of school supplies.",
    "Would you consider giving something, perhaps fifty cents? Every bit counts.",
)
REPLIES = (
    ("Pretty good, just working through a few tasks. You?", "Busy. What is this about?", "Fine."),
    ("I think I have seen their ads, yes.", "No, who are they?", "I do not trust big charities."),
    ("That sounds worthwhile, but rent is due on Friday.", "Okay, that is nice.", "Hmm."),
    ("Sure, I can give 50 cents.", "I am sorry, I need every cent.", "Let me think about it."),
)
BROKEN = "Sure! Here are some replies:\n\n1. **Maybe** - 0.4\n2. Rent is due, sorry — 0.3 and so on"


def answer(request: ChatRequest) -> str | dict[str, Any]:
    """Play both speakers of the donation scenario, and its judge; now and then unreadably."""
    last = request.messages[-1]["content"]
    rng = random.Random(hashlib.sha256(f"{request.seed}".encode()).digest())
    turn = min(sum(m["role"] == "assistant" for m in request.messages), 3)
    if "how much" in last.casefold():
        if request.schema and "responses" in json.dumps(request.schema):
            return _verbalized(rng, [0.0, 0.25, 0.5, 1.0, 2.0], "value")
        return json.dumps({"value": rng.choice([0, 0.5, 1])}) if request.schema else "0.5"
    if not request.schema:
        return rng.choice(REPLIES[turn]) if rng.random() < 0.3 else PERSUADER[turn]
    if request.messages[-2:][0]["content"] == BROKEN:
        return BROKEN
    if turn == 1 and sum(request.messages[0]["content"].encode()) % 2 == 1:
        return BROKEN
    return _verbalized(rng, list(REPLIES[turn]) + list(REPLIES[(turn + 1) % 4][:2]))


def _verbalized(rng: random.Random, texts: list[Any], key: str = "text") -> dict[str, Any]:
    shares = [rng.random() ** 2 + 0.02 for _ in texts]
    total = sum(shares) * rng.choice([1.0, 1.0, 0.9, 1.1])
    return {
        "responses": [
            {key: t, "probability": round(s / total, 2)} for t, s in zip(texts, shares, strict=True)
        ]
    }


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a short run with completed and failed dialogues; not to be changed."""
    return make_small_run(tmp_path_factory.mktemp("runs") / "donation.db")


@pytest.fixture
def own_run(small_run: Path, tmp_path: Path) -> Path:
    """Copy the short run, in a folder of its own, that a test may change."""
    path = tmp_path / "own.db"
    copyfile(small_run, path)
    return path


def small_scenario(most_turns: int = 4) -> Scenario:
    """Return a scenario of the tests' own, so that no change of a shipped one changes them."""
    scenario = load_scenario(HERE / "scenario.yaml")
    turns = scenario.turns.model_copy(update={"maximum": most_turns})
    return scenario.model_copy(update={"turns": turns})


def make_small_run(path: Path, n: int = 8, replies: Any = answer, seed: int = 7) -> Path:
    """Run a short donation scenario on a scripted model; the same file every time."""
    people = load_population(HERE / "population.yaml")
    model = ScriptedModel(replies)
    run_sync(small_scenario(), n=n, model=model, population=people, seed=seed, out=path)
    made_steady(path)
    return path


def made_steady(path: Path) -> None:
    """Replace what differs from run to run: the run's id, times and versions."""
    with sqlite3.connect(path) as connection:
        for key, value in (
            ("run", "00112233aabbccdd"),
            ("created", "2026-01-02T03:04:05+00:00"),
            ("versions", {"simulate-dialogues": "0.1.0"}),
        ):
            connection.execute("UPDATE meta SET value = ? WHERE key = ?", (dump(value), key))
        connection.execute("UPDATE dialogue SET started = 1000 + id WHERE started IS NOT NULL")
        connection.execute(
            "UPDATE dialogue SET finished = started + 4.5 + id % 3 WHERE finished IS NOT NULL"
        )
        connection.execute(
            "UPDATE call SET latency_s = 0.5 + (id % 7) / 10.0, prompt_tokens = 120 + id % 11"
        )
        connection.execute(
            "UPDATE dialogue SET prompt_tokens = 800 + id * 13 % 97 WHERE started IS NOT NULL"
        )
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def make_large_run(path: Path, dialogues: int, most_turns: int = 3, seed: int = 1) -> Path:
    """Write a run file with many dialogues straight away, without playing them."""
    scenario = small_scenario(most_turns)
    n = -(-dialogues // len(scenario.cells()))
    plan = make_plan(scenario, None, n, seed)
    meta = {
        "run": "ffeeddccbbaa9988",
        "created": "2026-01-02T03:04:05+00:00",
        "versions": {"simulate-dialogues": "0.1.0"},
        "seed": seed,
        "n": n,
        "scenario": scenario.model_dump(mode="json"),
        "population": None,
        "models": [{"persuader": "scripted", "persuadee": "scripted", "judge": "scripted"}] * 2,
    }
    header = Header(
        meta,
        [(c.index, c.label, c.levels) for c in plan.cells],
        [(p.id, p.attributes, p.prose) for p in plan.personas],
        plan.dialogues,
    )

    async def create() -> None:
        await (RunWriter.create(path, header)).aclose()

    asyncio.run(create())
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN")
    instructions = text_hash("You are a crowd worker.")
    request = text_hash("[]")
    connection.execute("INSERT INTO text VALUES (?,?)", (instructions, "You are a crowd worker."))
    connection.execute("INSERT INTO text VALUES (?,?)", (request, "[]"))
    rng = random.Random(seed)
    call = 0
    for planned in plan.dialogues:
        failed = rng.random() < 0.02
        entropies = []
        verbalizes = plan.cells[planned.cell].label != "direct"
        turns, calls = [], []
        for position in range(most_turns * 2 - (3 if failed else 0)):
            user = position % 2 == 1
            options = REPLIES[position // 2 % 4]
            drawn, chosen, entropy = None, None, None
            if user and verbalizes:
                raw = [rng.random() + 0.05 for _ in options]
                weights = [w / sum(raw) for w in raw]
                chosen = rng.choices(range(len(options)), weights)[0]
                entropy = -sum(w * math.log(w) for w in weights)
                entropies.append(entropy)
                drawn = dump(
                    [[t, round(w, 2), w, False] for t, w in zip(options, weights, strict=True)]
                )
            text = options[chosen or 0] if user else PERSUADER[position // 2 % 4]
            parse = "clean" if user else None
            row = (planned.id, position, "persuadee" if user else "persuader", text, parse)
            turns.append((*row, chosen, drawn, entropy, rng.random() if drawn else None, 0))
            call += 1
            calls.append((call, planned.id, position, row[2], request, drawn or text, 0.4))
        connection.executemany("INSERT INTO turn VALUES (?,?,?,?,?,?,?,?,?,?)", turns)
        connection.executemany(
            "INSERT INTO call (id, dialogue, turn, speaker, attempt, model, request, seed, raw,"
            " finish, prompt_tokens, completion_tokens, latency_s, tries)"
            " VALUES (?,?,?,?,0,'scripted',?,1,?,'stop',120,40,?,1)",
            calls,
        )
        if not failed:
            value = rng.choice([0, 0, 0.5, 1, 2]) if verbalizes else rng.choice([0.5, 1])
            for name in scenario.outcomes:
                connection.execute(
                    "INSERT INTO outcome VALUES (?,?,?,?,NULL,NULL,NULL,NULL)",
                    (planned.id, name, dump(float(value)), float(value)),
                )
        connection.execute(
            "UPDATE dialogue SET status = ?, fault = ?, error = ?, turns = ?, distributions = ?,"
            " entropy = ?, calls = ?, prompt_tokens = ?, completion_tokens = ?, started = ?,"
            " finished = ? WHERE id = ?",
            (
                "failed" if failed else "completed",
                "model" if failed else None,
                "the reply holds no candidates (asked 2 times)" if failed else None,
                len(turns),
                len(entropies),
                sum(entropies),
                len(calls),
                120 * len(calls),
                40 * len(calls),
                planned.id * 0.01,
                planned.id * 0.01 + 4,
                planned.id,
            ),
        )
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path
