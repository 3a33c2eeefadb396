import asyncio
import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulate.errors import RunFileError
from simulate.models import ChatReply, Usage
from simulate.runfile import (
    Call,
    Header,
    OutcomeValue,
    PlannedDialogue,
    RunWriter,
    Turn,
    export_csv,
    export_jsonl,
    export_parquet,
    open_run,
)
from simulate.runfile.lock import WriterLock
from simulate.runfile.schema import SCHEMA_VERSION
from simulate.scenario import Answer, Scenario
from simulate.verbalized import AS_STATED, Candidate, ReplyDistribution, recorded

SCENARIO = Scenario.model_validate(
    {
        "scenario": "talk",
        "speakers": {"bot": {"plays": "assistant"}, "ada": {"plays": "user", "method": "vs"}},
        "turns": {"maximum": 1},
        "outcomes": {
            "gift": {
                "kind": "amount",
                "support": [0, 2],
                "asked": {"speaker": "ada", "question": "?"},
            }
        },
    }
)
HEADER = Header(
    {"run": "r1", "scenario": SCENARIO.model_dump(mode="json"), "seed": 0, "n": 2},
    [(0, "all", {})],
    [("p1", {"age": 30}, "You are 30."), ("p2", {"age": 40}, "You are 40.")],
    [PlannedDialogue(0, "k0", 0, "p1", 0), PlannedDialogue(1, "k1", 0, "p2", 0)],
)
ASK = ({"role": "user", "content": "Now reply."},)
CALL = Call(
    "ada", 0, "m", ASK, {"type": "object"}, 5, ChatReply("raw text", "stop", Usage(10, 4, 3), 0.5)
)
DRAW = recorded(
    ReplyDistribution(
        (Candidate("Hi.", 0.5), Candidate("=cmd", 0.3, ends=True)), np.array([0.625, 0.375])
    ),
    AS_STATED,
    "reply",
    0.9,
)


async def write_one(path: Path) -> None:
    """Write a run whose first dialogue is completed and whose second one failed."""
    writer = RunWriter.create(path, HEADER)
    try:
        await writer.start(0, {"bot": "Be kind.", "ada": "You are Ada."})
        await writer.turn(0, Turn(0, "bot", "Hello."))
        await writer.turn(
            0, Turn(1, "ada", "=cmd", ends=True, parse="clean", draws=(DRAW,)), [CALL]
        )
        stated = (Candidate("0.5", 0.4), Candidate("1.0", 0.6))
        answer = recorded(ReplyDistribution.from_probabilities(stated), AS_STATED, "gift", 0.1)
        outcome = OutcomeValue("gift", 0.5, "clean", (answer,), (Answer(0.5), Answer(1.0)))
        await writer.outcome(0, outcome, [CALL], completes=True)
        await writer.start(1, {"bot": "Be kind.", "ada": "You are Ada."})
        await writer.fail(1, "user model", "there is no JSON in “hm”", [CALL], turn=1)
        writer.learnt("m", "temperature", "HTTP 400")
    finally:
        await writer.aclose()


@pytest.fixture
def run(tmp_path: Path) -> Path:
    path = tmp_path / "a.db"
    asyncio.run(write_one(path))
    return path


def exported(path: Path) -> list[dict[str, Any]]:
    with open_run(path) as file:
        return list(file.dialogues())


def test_the_export_has_the_fixed_form(run: Path) -> None:
    assert exported(run)[0] == {
        "run": "r1",
        "dialogue": "k0",
        "status": "completed",
        "error": None,
        "cell": {},
        "prompt_version": 2,
        "persona": {"id": "p1", "attributes": {"age": 30}},
        "replicate": 0,
        "turns": [
            {"index": 0, "speaker": "bot", "text": "Hello.", "candidates": None, "chosen": None},
            {
                "index": 1,
                "speaker": "ada",
                "text": "=cmd",
                "candidates": [
                    {"text": "Hi.", "probability": 0.5, "weight": 0.625},
                    {"text": "=cmd", "probability": 0.3, "weight": 0.375, "ends": True},
                ],
                "chosen": 1,
                "parse": "clean",
                "ends": True,
            },
        ],
        "outcomes": {
            "gift": {
                "value": 0.5,
                "candidates": [
                    {"value": 0.5, "probability": 0.4, "weight": 0.4},
                    {"value": 1.0, "probability": 0.6, "weight": 0.6},
                ],
            }
        },
        "usage": {
            "calls": 2,
            "prompt_tokens": 20,
            "cached_tokens": 8,
            "completion_tokens": 6,
            "cost_usd": None,
        },
    }


def test_a_failed_dialogue_has_its_fault_and_reason_and_no_outcome(run: Path) -> None:
    failed = exported(run)[1]
    assert failed["status"] == "failed"
    assert failed["error"] == "user model: there is no JSON in “hm”"
    assert failed["outcomes"] == {}


def test_an_outcome_of_a_failed_dialogue_is_missing(run: Path) -> None:
    with open_run(run) as file:
        rows = list(file.outcome_rows("gift"))
    assert [(r.status, r.value) for r in rows] == [("completed", 0.5), ("failed", None)]


def test_the_prompt_of_a_call_can_be_read_as_it_was_sent(run: Path) -> None:
    with open_run(run) as file:
        turn, outcome = file.calls(0)
    assert turn.prompt == [
        {"role": "system", "content": "You are Ada."},
        {"role": "user", "content": "Hello."},
        {"role": "user", "content": "Now reply."},
    ]
    assert [m["role"] for m in outcome.prompt] == ["system", "user", "assistant", "user"]
    assert turn.reply is not None
    assert (turn.reply.text, turn.schema, turn.seed) == ("raw text", {"type": "object"}, 5)


def test_what_an_endpoint_refuses_is_on_file(run: Path) -> None:
    with open_run(run) as file:
        assert file.refusals() == {"m": {"temperature": "HTTP 400"}}


def test_failures_are_grouped_by_reason(run: Path) -> None:
    with open_run(run) as file:
        assert file.failures() == [("user model", "there is no JSON in “hm”", 1, 1)]


def test_jsonl_has_one_dialogue_a_line(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.jsonl"
    with open_run(run) as file, out.open("w") as text:
        assert export_jsonl(file, text) == 2
    assert [json.loads(line) for line in out.read_text().splitlines()] == exported(run)


def test_csv_holds_no_formula(run: Path, tmp_path: Path) -> None:
    meta = {**HEADER.meta, "n": 1}
    people = [("=p", {"a": "@x"}, "")]
    path, out = tmp_path / "bad.db", tmp_path / "a.csv"
    bad = Header(meta, HEADER.cells, people, [PlannedDialogue(0, "k0", 0, "=p", 0)])

    async def write() -> None:
        writer = RunWriter.create(path, bad)
        await writer.start(0, {})
        await writer.aclose()

    asyncio.run(write())
    with open_run(path) as file, out.open("w", newline="") as text:
        assert export_csv(file, text) == 1
    assert ",'=p,'@x," in out.read_text()


def test_parquet_has_a_row_a_dialogue(run: Path, tmp_path: Path) -> None:
    import polars

    out = tmp_path / "a.parquet"
    with open_run(run) as file, out.open("wb") as binary:
        export_parquet(file, binary)
    frame = polars.read_parquet(out)
    assert frame["outcome.gift"].to_list() == [0.5, None]


def test_a_file_that_is_there_is_not_overwritten(run: Path) -> None:
    with pytest.raises(RunFileError, match="--resume"):
        asyncio.run(write_one(run))


def test_a_second_writer_is_refused(run: Path) -> None:
    async def two() -> None:
        first = RunWriter.resume(run)
        try:
            RunWriter.resume(run)
        finally:
            await first.aclose()

    with pytest.raises(RunFileError, match="another process is writing"):
        asyncio.run(two())


def test_a_lock_whose_file_was_just_unlinked_is_not_taken_for_the_one_in_place(
    tmp_path: Path,
) -> None:
    first = WriterLock(tmp_path / "a.db")
    (tmp_path / "a.db.lock").unlink()
    second = WriterLock(tmp_path / "a.db")
    first.release()
    with pytest.raises(RunFileError, match="another process"):
        WriterLock(tmp_path / "a.db")
    second.release()


def test_a_reader_sees_what_is_committed_while_the_writer_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "a.db"

    async def go() -> list[str]:
        writer = RunWriter.create(path, HEADER)
        try:
            with open_run(path) as file:
                before = [s for _, s in file.planned()]
                await writer.start(0, {})
                after = [s for _, s in file.planned()]
            return before + after
        finally:
            await writer.aclose()

    assert asyncio.run(go()) == ["planned", "planned", "running", "planned"]


def test_a_finished_run_is_one_file(run: Path) -> None:
    assert [p.name for p in run.parent.iterdir()] == ["a.db"]


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\0" + b"x" * 200])
def test_a_file_that_is_no_run_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(content)
    with pytest.raises(RunFileError, match=r"x\.db"):
        open_run(path)


def test_another_sqlite_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    with pytest.raises(RunFileError, match="not a run file of simulate"):
        open_run(path)


def test_a_value_that_no_file_can_hold_is_an_error_and_nobody_waits_for_ever(
    tmp_path: Path,
) -> None:
    async def write() -> None:
        writer = RunWriter.create(tmp_path / "a.db", HEADER)
        try:
            with pytest.raises(RunFileError, match="surrogates"):
                await asyncio.wait_for(writer.turn(0, Turn(0, "bot", "\ud800")), 5)
        finally:
            await writer.aclose()

    asyncio.run(write())


def test_a_newer_schema_is_refused(run: Path) -> None:
    connection = sqlite3.connect(run)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(RunFileError, match="update simulate"):
        open_run(run)


def test_a_scenario_that_this_version_cannot_read_is_one_clear_error(run: Path) -> None:
    connection = sqlite3.connect(run)
    with connection:
        connection.execute("""UPDATE meta SET value = '{"x": 1}' WHERE key = 'scenario'""")
    connection.close()
    with open_run(run) as file, pytest.raises(RunFileError, match="version that wrote it"):
        _ = file.scenario


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunFileError, match=r"no\.db"):
        open_run(tmp_path / "no.db")


def test_a_run_in_a_read_only_folder_can_be_read(run: Path) -> None:
    run.parent.chmod(0o555)
    try:
        assert len(exported(run)) == 2
    finally:
        run.parent.chmod(0o755)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_folder_that_cannot_be_made_is_one_clear_error() -> None:
    with pytest.raises(RunFileError):
        asyncio.run(write_one(Path("/dev/full/runs/a.db")))


@pytest.mark.skipif(os.name == "nt", reason="limits are of Unix")
def test_a_full_disk_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    path = tmp_path / "a.db"

    async def fill() -> None:
        writer = RunWriter.create(path, HEADER)
        try:
            await writer.start(0, {})
            pages = writer._connection.execute("PRAGMA page_count").fetchone()[0]
            writer._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
            for position in range(100):
                await writer.turn(0, Turn(position, "bot", "x" * 2000))
        finally:
            await writer.aclose()

    with pytest.raises(RunFileError, match="disk is full; free some space"):
        asyncio.run(fill())
    with open_run(path) as file:
        assert next(file.rows("PRAGMA integrity_check"))[0] == "ok"
        assert len(file.dialogue(0).turns) == next(file.rows("SELECT turns FROM dialogue"))[0] > 0
