"""A secret of this process stands in no run file, whoever says it and however it is escaped."""

import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from simulate.models.redaction import REDACTED
from simulate.runfile import open_run
from tests.conftest import Command
from tests.endpoint import Body, Serve, usual_text
from tests.targets.service import Service

KEY = "sk-never-to-be-seen-0123456789"
TOKEN = "token-of-the-target-0123456789"  # noqa: S105  # made up
OTHER = "of-the-environment-0123456789"
SCENARIO = """scenario: s
speakers: {ada: {plays: user, method: vs}, bot: {plays: PLAYS}}
turns: {maximum: 2}
outcomes: {mood: {kind: yesno, asked: {speaker: ada, question: "Happy?"}}}
"""


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(c):04x}" for c in text)


def with_key(body: Body, spelled: str) -> str:
    """Answer as usual, with the key in each text of each candidate."""
    return usual_text(body).replace('."', f' {spelled}."') if body.get("response_format") else KEY


SPELLINGS: dict[str, Callable[[Body], str]] = {
    "one letter escaped": lambda body: with_key(body, f"\\u0073{KEY[1:]}"),
    "escaped": lambda body: with_key(body, escaped(KEY)),
    "as a string of JSON": lambda body: json.dumps(with_key(body, escaped(KEY))),
    "as a string of JSON, all escaped": lambda body: f'"{escaped(with_key(body, escaped(KEY)))}"',
}


def texts_in(path: Path) -> list[str]:
    """Return all texts of a run file, and what they hold as JSON."""
    with sqlite3.connect(path) as file:
        tables = [
            name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        rows = [row for name in tables for row in file.execute(f"SELECT * FROM {name}")]  # noqa: S608
    file.close()
    texts = [value for row in rows for value in row if isinstance(value, str)]
    decoded = list(texts)
    for _ in range(3):
        decoded = [text.replace("\\\\", "\\") for text in decoded]
        decoded = [_unescaped(text) for text in decoded]
        texts += decoded
    return texts


def _unescaped(text: str) -> str:
    parts = text.split("\\u")
    return parts[0] + "".join(
        chr(int(part[:4], 16)) + part[4:] if len(part) >= 4 else part for part in parts[1:]
    )


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_key_that_a_model_escapes_stands_in_no_run_file(
    tmp_path: Path,
    serve: Serve,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    spelling: str,
) -> None:
    endpoint = serve(lambda body, n: SPELLINGS[spelling](body))
    (tmp_path / "s.yaml").write_text(SCENARIO.replace("PLAYS", "assistant"))
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    path = tmp_path / "a.db"
    words = [
        "run",
        str(tmp_path / "s.yaml"),
        "-n",
        "1",
        "--model",
        endpoint.spec,
        "--out",
        str(path),
    ]
    assert command(*words)[0] == 0
    with open_run(path) as file:
        [dialogue] = [file.dialogue(0)]
    texts = [turn.text for turn in dialogue.turns]
    assert len(texts) == 4
    assert all(REDACTED in text for text in texts)
    for turn in dialogue.turns[::2]:
        assert turn.distribution is not None
        assert len(turn.distribution.candidates) == 5
        assert all(REDACTED in text for text in turn.distribution.texts)
    exported = command("export", str(path), "--format", "jsonl")[1]
    assert not any(KEY in text for text in [exported, *texts_in(path)])


def stress(
    tmp_path: Path, command: Command, target: str, model: str, files: dict[str, Any]
) -> list[str]:
    """Talk to a target, and return what stands in the run file and was printed."""
    (tmp_path / "s.yaml").write_text(SCENARIO.replace("PLAYS", "target"))
    for name, content in files.items():
        (tmp_path / name).write_text(content if isinstance(content, str) else json.dumps(content))
    words = ["run", "s.yaml", "-n", "1", "--target", target, "--model", model, "--out", "a.db"]
    printed = "".join(command(*words)[1:])
    assert Path("a.db").exists(), printed
    with open_run("a.db") as file:
        assert any(REDACTED in turn.text for turn in file.dialogue(0).turns)
    return [printed, *texts_in(tmp_path / "a.db")]


async def says_others(request: web.Request) -> web.StreamResponse:
    """Say the key of the model, in what is said, called and known."""
    calls = [{"name": "look", "arguments": json.dumps({escaped(KEY): KEY})}]
    text = json.dumps({"reply": "It is KEY.", "calls": calls}).replace("KEY.", f"{escaped(KEY)}.")
    return web.Response(text=text, content_type="application/json")


def test_a_target_cannot_say_the_key_of_a_model_nor_a_model_the_token_of_a_target(
    tmp_path: Path, serve: Serve, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = serve(lambda body, n: usual_text(body).replace('."', f' {TOKEN}."'))
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("BOT_TOKEN", TOKEN)
    monkeypatch.chdir(tmp_path)
    with Service(chat=says_others, state=says_others) as bot:
        file = (
            f"kind: http\nurl: {bot.url}/chat\nheaders: {{X-Token: '{{{{ env.BOT_TOKEN }}}}'}}\n"
            f"tool_calls: $.calls\nstate: {{url: {bot.url}/state}}\n"
        )
        texts = stress(tmp_path, command, "bot.yaml", endpoint.spec, {"bot.yaml": file})
    with open_run("a.db") as run:
        turns = run.dialogue(0).turns
    assert f"It is {REDACTED}." in [turn.text for turn in turns]
    assert all(REDACTED in turn.text for turn in turns[::2])
    assert not any(secret in text for text in texts for secret in (KEY, TOKEN))


def test_a_function_cannot_say_what_is_secret_in_the_environment(
    tmp_path: Path, serve: Serve, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", OTHER)
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:{TOKEN}@proxy.invalid:8080")
    monkeypatch.chdir(tmp_path)
    code = "import os\ndef bot(message):\n    return [os.environ['GITHUB_TOKEN'], %s]\n"
    files = {"leaking_bot.py": code % "os.environ['HTTPS_PROXY']"}
    texts = stress(tmp_path, command, "python:leaking_bot:bot", serve().spec, files)
    assert os.environ["GITHUB_TOKEN"] == OTHER
    assert not any(secret in text for text in texts for secret in (OTHER, TOKEN))
