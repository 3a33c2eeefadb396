"""A hostile target and a hostile run file: reports and cases show them, and do nothing."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from aiohttp import web

from simulate.errors import plain_lines
from simulate.models import ScriptedModel
from simulate.runfile import open_run
from simulate.stress.api import stress_test
from simulate.stress.cases.case import load_case
from simulate.stress.cases.regression import keep
from tests.cli.test_hostile import ACTIVE, HOSTILE, OWN_STYLE, _Page, harmless
from tests.conftest import Command
from tests.targets.service import Service

COMMANDS = ["::stop-commands::x", "a ##[add-mask]b", "\n::error::owned\n", "\r\n  ::warning::x"]
TEXTS = [text for text in HOSTILE if "\0" not in text] + COMMANDS
N = len(TEXTS)


def scenario(folder: Path, url: str) -> Path:
    text = json.dumps(TEXTS)
    data = {
        "scenario": "talk",
        "speakers": {
            "ada": {"plays": "user", "method": "direct"},
            "bot": {"plays": "target", "target": target(url)},
        },
        "turns": {"maximum": 2},
        "checks": {
            "polite": {"never_matches": "(?s).+", "description": text[:400]},
            "tools": {"reaches": {"tool": {"name": "refund"}}},
            "state": {"reaches": {"state": {"path": "$.none"}}},
        },
    }
    (folder / "talk.yaml").write_text(json.dumps(data))
    return folder / "talk.yaml"


def target(url: str) -> dict[str, Any]:
    return {
        "kind": "http",
        "url": f"{url}/chat",
        "tool_calls": "$.calls",
        "state": {"url": f"{url}/state"},
    }


async def chat(request: web.Request) -> web.StreamResponse:
    """Answer with all that is hostile, as texts, names and arguments."""
    body = await request.json()
    text = body["message"]
    if "nothing" in text:
        return web.Response(status=500, reason="x\x9b31m", text=text)
    calls = [{"name": text, "arguments": {text: [text]}}]
    return web.json_response({"reply": [text, *TEXTS], "calls": calls})


async def state(request: web.Request) -> web.StreamResponse:
    return web.json_response(dict.fromkeys(TEXTS, TEXTS))


@pytest.fixture(scope="module")
def bot() -> Iterator[Service]:
    with Service(chat=chat, state=state) as service:
        yield service


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory, bot: Service) -> Path:
    """Return a run with a hostile target, whose file was made more hostile by hand."""
    folder = tmp_path_factory.mktemp("stress")
    said_so_far = iter(TEXTS * 100)
    user = ScriptedModel(lambda request: next(said_so_far))
    path = folder / "a.db"
    asyncio.run(stress_test(scenario(folder, bot.url), n=N, model=user, out=path, concurrency=1))
    with sqlite3.connect(path) as file:
        for i, text in enumerate(TEXTS):
            file.execute(
                "UPDATE verdict SET reason = ?, quote = ? WHERE dialogue = ? AND name <> 'state'",
                [text, text, i],
            )
            file.execute(
                "UPDATE OR IGNORE verdict SET name = ? WHERE dialogue = ? AND name = 'tools'",
                [text + str(i), i],
            )
        file.execute(
            "UPDATE persona SET attributes = ?",
            [json.dumps({t: TEXTS[i % 2] for i, t in enumerate(TEXTS)})],
        )
        names = [{"ada": TEXTS[0], "bot": " ".join(TEXTS)}]
        file.execute("UPDATE meta SET value = ? WHERE key = 'models'", [json.dumps(names)])
        file.execute("UPDATE meta SET value = ? WHERE key = 'run'", [json.dumps(" ".join(TEXTS))])
    file.close()
    return path


def test_no_report_acts(
    recorded: Path, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    names = {kind: tmp_path / f"a.{kind}" for kind in ("html", "junit", "markdown")}
    names["markdown"].write_bytes(b"before\xff\n")
    words = [word for kind, path in names.items() for word in (f"--{kind}", str(path))]
    text = "".join(command("stress", recorded, *words)[1:])
    assert harmless(text), ACTIVE.findall(OWN_STYLE.sub("", text))
    commands = [line for line in text.splitlines() if line.strip().startswith("::")]
    assert all(line.startswith("::error ") for line in commands)
    assert "##[" not in text
    ElementTree.fromstring(names["junit"].read_bytes())  # noqa: S314  # our own
    assert harmless(names["junit"].read_text("utf-8"))
    summary = names["markdown"].read_bytes()
    assert summary.startswith(b"before\xff\n# Stress test")
    shown = summary.partition(b"\n")[2].decode()
    assert not any(sign in shown for sign in ("<script", "http:", "](", "@SUM"))
    page = _Page()
    page.feed(names["html"].read_text("utf-8"))
    assert page.tags.isdisjoint({"script", "iframe", "object", "embed", "svg", "form", "base"})
    assert {link.partition(":")[0] for link in page.loads} <= {"data"}


def test_the_json_of_a_report_is_ascii_alone(recorded: Path, command: Command) -> None:
    out = command("stress", recorded, "--json")[1]
    assert json.loads(out)["cells"]
    assert out.isascii()
    assert harmless(out)


def test_a_case_of_a_hostile_dialogue_is_plain_data_in_the_folder(
    recorded: Path, tmp_path: Path, bot: Service
) -> None:
    folder = tmp_path / "cases"
    folder.mkdir()
    (tmp_path / "outside.yaml").write_text("mine")
    with open_run(recorded) as file:
        kept, _ = asyncio.run(keep(file, folder, max_calls=30))
    paths = [each.path for each in kept if each.path is not None]
    assert paths
    for path in paths:
        assert path.parent == folder
        assert ACTIVE.search(path.read_text("utf-8").replace("\r", "")) is None
        assert load_case(path).messages
    assert {p.name for p in tmp_path.iterdir()} == {"cases", "outside.yaml"}


def test_a_link_in_the_folder_of_cases_is_not_written_through(
    recorded: Path, tmp_path: Path, bot: Service
) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    with open_run(recorded) as file:
        (first, *_), _ = asyncio.run(keep(file, tmp_path / "a", max_calls=10))
        assert first.path is not None
        (tmp_path / "b").mkdir()
        (tmp_path / "b" / first.path.name).symlink_to(mine)
        asyncio.run(keep(file, tmp_path / "b", max_calls=10))
    assert mine.read_text() == "mine"


def rebuilt(column: str) -> str:
    """Return SQL that makes the table of verdicts anew, without its rules."""
    columns = (
        *("dialogue", "name", "verdict", "whose", "probability"),
        *("turn", "reason", "quote", "disagreement"),
    )
    kept = [c for c in columns if not column.endswith(f" {c}")]
    return (
        f"CREATE TABLE v AS SELECT {', '.join(kept)}, {column} FROM verdict; "  # noqa: S608
        "DROP TABLE verdict; ALTER TABLE v RENAME TO verdict"
    )


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE verdict SET verdict = 'maybe'",
        rebuilt("x'ff00' AS name"),
        rebuilt("'high' AS probability"),
        rebuilt("'first' AS turn"),
        "UPDATE dialogue SET cell = 99",
        "UPDATE dialogue SET persona = 'nobody'",
        "UPDATE meta SET value = '[1]' WHERE key = 'models'",
        "UPDATE meta SET value = '{}' WHERE key = 'seed'",
        "UPDATE persona SET attributes = '[]'",
    ],
)
def test_a_run_file_with_values_of_any_kind_is_one_clear_line(
    recorded: Path, tmp_path: Path, command: Command, sql: str
) -> None:
    path = tmp_path / "b.db"
    path.write_bytes(recorded.read_bytes())
    with sqlite3.connect(path) as file:
        file.execute("PRAGMA ignore_check_constraints = ON")
        file.execute("PRAGMA foreign_keys = OFF")
        file.executescript(sql)
    file.close()
    text = "".join(command("stress", path)[1:])
    assert harmless(text)


def test_lines_are_no_commands_of_a_workflow() -> None:
    shown = plain_lines("\n".join(TEXTS), {"GITHUB_ACTIONS": "true"})
    assert "##[" not in shown
    assert "::" not in shown
    assert harmless(shown)
    assert plain_lines("a::b ##[c]", {}) == "a::b ##[c]"
