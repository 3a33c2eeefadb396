"""A run file of each older schema can be read as it is, and gone on with."""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import run
from simulate.models import ChatRequest, ScriptedModel
from simulate.runfile import open_run
from simulate.runfile.answered_by import models_told
from simulate.runfile.schema import APPLICATION_ID, SCHEMA_VERSION
from simulate.runfile.schema_check import schema_of
from simulate.scenario import Scenario

HERE = Path(__file__).parent
OLDER = range(1, SCHEMA_VERSION)

SCENARIO = Scenario.model_validate(
    {
        "scenario": "old",
        "prompt_version": 1,
        "speakers": {"bot": {"plays": "assistant"}, "ada": {"plays": "user"}},
        "turns": {"maximum": 2},
        "conditions": {
            "method": {
                "direct": {"speakers": {"ada": {"method": "direct"}}},
                "vs": {"speakers": {"ada": {"method": {"name": "vs", "k": 2}}}},
            }
        },
        "outcomes": {
            "gift": {
                "kind": "amount",
                "support": [0, 2],
                "asked": {"speaker": "ada", "question": "How much?"},
            }
        },
    }
)
"""What the files in `schema-*.sql` were begun with: seed 7, three dialogues per cell."""


def answer(request: ChatRequest) -> Any:
    said, schema = len(request.messages), str(request.schema)
    if request.schema is None:
        return f"Turn after {said} messages."
    if "responses" not in schema:
        return {"value": 1}
    if "value" in schema:
        return {"responses": [{"value": v, "probability": p} for v, p in ((0, 0.6), (2, 0.4))]}
    texts = ((f"Yes, {said}.", 0.7), (f"No, {said}.", 0.3))
    return {"responses": [{"text": t, "probability": p} for t, p in texts]}


Restore = Callable[[int], Path]


@pytest.fixture
def restore(tmp_path: Path) -> Restore:
    """Bring a file of an older version back from its dump: interrupted amid its dialogues."""

    def restored(version: int) -> Path:
        path = tmp_path / f"schema-{version}.db"
        connection = sqlite3.connect(path)
        connection.executescript((HERE / f"schema-{version}.sql").read_text("utf-8"))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.close()
        return path

    return restored


@pytest.mark.parametrize("version", OLDER)
def test_an_older_file_is_read_without_being_changed(restore: Restore, version: int) -> None:
    path = restore(version)
    before = path.read_bytes()
    with open_run(path) as file:
        dialogues = list(file.dialogues())
        assert all(d.verdicts == () for d in file.read())
        assert file.examined(0).state is None
    assert {d["status"] for d in dialogues} == {"completed", "running"}
    assert path.read_bytes() == before


@pytest.mark.parametrize("version", OLDER)
def test_an_older_run_is_gone_on_with_as_if_nothing_had_happened(
    restore: Restore, tmp_path: Path, version: int
) -> None:
    path, fresh = restore(version), tmp_path / "fresh.db"
    model = ScriptedModel(answer)
    asyncio.run(run(SCENARIO, model=model, n=3, seed=7, out=path, resume=True))
    asyncio.run(run(SCENARIO, model=model, n=3, seed=7, out=fresh))
    assert said(path) == said(fresh)
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


@pytest.mark.parametrize("version", OLDER)
def test_a_migrated_file_has_the_tables_of_a_new_one(
    restore: Restore, tmp_path: Path, version: int
) -> None:
    path, fresh = restore(version), tmp_path / "fresh.db"
    model = ScriptedModel(answer)
    for out, resume in ((path, True), (fresh, False)):
        asyncio.run(run(SCENARIO, model=model, n=3, seed=7, out=out, resume=resume))
    assert tables(path) == tables(fresh)


def test_models_that_answered_before_they_were_counted_are_told(
    restore: Restore, tmp_path: Path
) -> None:
    with open_run(restore(3)) as file:
        assert models_told(file) == [
            "scripted was answered by old-1 from dialogue 0 on and by old-2 from dialogue 1 on"
        ]


def said(path: Path) -> list[Any]:
    with open_run(path) as file:
        return [
            {k: v for k, v in d.items() if k not in ("run", "dialogue")} for d in file.dialogues()
        ]


def tables(path: Path) -> str:
    connection = sqlite3.connect(path)
    columns = {
        name: connection.execute(f"PRAGMA table_info({name})").fetchall()
        for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
    }
    connection.close()
    return json.dumps(columns, sort_keys=True)


def test_a_tail_drawn_in_an_older_file_is_drawn_once_also_in_what_is_added(tmp_path: Path) -> None:
    data = SCENARIO.model_dump(mode="json", exclude_defaults=True)
    data["conditions"] = {}
    data["speakers"]["ada"] |= {"method": {"name": "vs", "k": 2}, "tail": {"share": 0.5}}
    scenario, model = Scenario.model_validate(data), ScriptedModel(answer)
    path = tmp_path / "a.db"
    asyncio.run(run(scenario, model=model, n=2, seed=7, out=path))
    with open_run(path) as file:
        before = [turn.log_weight for d in file.read() for turn in d.turns]
    connection = sqlite3.connect(path)
    with connection:
        for kind, name in schema_of(SCHEMA_VERSION).keys() - schema_of(2).keys():
            if kind == "table":
                connection.execute(f"DROP TABLE {name}")
        connection.execute("DELETE FROM meta WHERE key IN ('draws', 'fingerprint', 'prompts')")
        connection.execute("PRAGMA user_version = 2")
    connection.close()
    asyncio.run(run(scenario, model=model, n=3, seed=7, out=path, resume=True))
    with open_run(path) as file:
        turns = [turn for d in file.read() for turn in d.turns]
    assert [turn.log_weight for turn in turns][: len(before)] == before
    assert {tuple(d.what for d in turn.draws) for turn in turns} == {(), ("tail", "reply")}
