"""A finished run from canned answers, and commands run in this process."""

import asyncio
import json
import sqlite3
from pathlib import Path

import pytest

from simulate.cli import main
from simulate.engine import run
from simulate.models import ScriptedModel
from simulate.runfile import open_run

LIST = [{"text": "Hello.", "probability": 0.6}, {"text": "No.", "probability": 0.3}]
VALUES = [{"value": 1, "probability": 0.6}, {"value": 0.5, "probability": 0.3}]
RULES = [
    {"when": "did the persuadee promise", "answers": [{"value": 1}]},
    {"when": '"value"', "answers": [{"responses": VALUES}]},
    {"when": "probab", "answers": [{"responses": LIST}]},
    "Fine.",
]


def answers(folder: Path) -> str:
    """Write canned answers for `donation`; return their SPEC."""
    path = folder / "answers.yaml"
    path.write_text(json.dumps(RULES))
    return f"scripted:{path}"


def finished_run(folder: Path) -> Path:
    """Run one dialogue of `donation` with the method vs to its end."""
    model = ScriptedModel.from_file(answers(folder).partition(":")[2])
    path = folder / "a.db"
    asyncio.run(run("donation", n=1, model=model, methods=["vs"], seed=1, out=path))
    with open_run(path) as file:
        assert file.failures() == []
    return path


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Run a command; return its exit code and what it says on stderr."""
    with pytest.raises(SystemExit) as end:
        main(words)
    text = capsys.readouterr().err
    assert "Traceback" not in text
    return int(end.value.code or 0), text


def resumed(capsys: pytest.CaptureFixture[str], path: Path, *changes: str) -> tuple[int, str]:
    """Resume `finished_run` by a command, with some of its options changed."""
    options = {"SCENARIO": "donation", "-n": "1", "--method": "vs", "--seed": "1"}
    options |= {"--model": answers(path.parent), "--out": str(path)}
    options |= dict(zip(changes[::2], changes[1::2], strict=True))
    scenario = options.pop("SCENARIO")
    words = [word for pair in options.items() for word in pair]
    return told(capsys, "run", scenario, *words, "--resume", "--json")


def whole(path: Path) -> bool:
    """Ask SQLite whether a file is undamaged."""
    connection = sqlite3.connect(path)
    try:
        return bool(connection.execute("PRAGMA integrity_check").fetchone() == ("ok",))
    finally:
        connection.close()
