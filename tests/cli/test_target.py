"""`simulate target try`: two turns with a target, each request and answer, and what is odd."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

from tests.conftest import Command
from tests.serving import LocalServer
from tests.targets.recipes.dify import Dify
from tests.targets.recipes.vendor import FOLDER
from tests.targets.service import socket

BOT = """\
import json, sys
said = []
for line in sys.stdin:
    asked = json.loads(line)
    if asked.get("state"):
        print(json.dumps({"turns": len(said)}), flush=True)
        continue
    said.append(asked["message"])
    print(json.dumps({"reply": "You said: " + "; ".join(said)}), flush=True)
"""


class Shop(LocalServer):
    """Bots with a memory, each answering in another form."""

    def __init__(self) -> None:
        super().__init__()
        self.said: dict[str, list[str]] = {}

    def routes(self, app: web.Application) -> None:
        app.router.add_post("/chat", self._chat)
        app.router.add_post("/as/{form}", self._form)
        app.router.add_get("/talk", socket(self._talk))

    def reply(self, session: str, message: str) -> str:
        said = self.said.setdefault(session, [])
        said.append(message)
        return f"({len(said)}) You began with: {said[0]}"

    async def _chat(self, request: web.Request) -> web.Response:
        body = await request.json()
        answer = {"reply": self.reply(str(body.get("session")), body["message"]), "cart": ""}
        return web.json_response(answer, headers={"X-Echo": request.headers.get("X-Key", "")})

    async def _form(self, request: web.Request) -> web.Response:
        message = (await request.json())["message"]
        answers = {
            "json": json.dumps({"reply": {"text": "Yes."}}),
            "events": 'data: {"text": "Yes."}\n\n',
            "page": "<!DOCTYPE html><p>Log in",
            "echo": message,
            "same": "How can I help?",
            "hostile": "\x1b[2J\u202eK",
            "many": json.dumps({"reply": ["x"] * 99, "calls": [{"name": "t" * 9999}] * 99}),
        }
        text = answers[request.match_info["form"]]
        return web.Response(text=text, content_type="text/plain")

    async def _talk(self, to: web.WebSocketResponse, text: str) -> None:
        await to.send_json({"text": self.reply(str(id(to)), json.loads(text)["message"])})


@pytest.fixture
def shop() -> Any:
    with Shop() as server:
        yield server


@pytest.fixture
def tried(
    shop: Shop, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str]]:
    """Try a target file; return the exit code and what is shown."""
    monkeypatch.setenv("COLUMNS", "500")

    def run(*words: Any, **fields: Any) -> tuple[int, str]:
        file = tmp_path / "bot.yaml"
        file.write_text(yaml.safe_dump({"kind": "http", **fields}), "utf-8")
        code, out, _ = command("target", "try", file, *words)
        return code, out

    return run


def test_each_request_and_answer_of_two_turns_is_shown(
    shop: Shop, tried: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_KEY", "opensesame")
    headers = {"X-Key": "{{ env.SHOP_KEY }}"}
    code, out = tried(url=f"{shop.base}/chat", headers=headers, capture={"echo": "header:X-Echo"})
    assert code == 0
    assert out.count(f"→ POST {shop.base}/chat") == out.count("← HTTP 200 OK") == 2
    [number] = set(re.findall(r"K\d{4}", out))
    assert f"turn 1: “Hello. My reference number is {number}, please keep it in mind.”" in out
    assert "X-Key: [redacted]" in out
    assert "opensesame" not in out
    assert "captured echo" in out
    assert out.rstrip().endswith("All well: it answered each turn, and remembers the first one.")


def test_a_bot_that_forgets_the_first_turn_is_told_with_what_would_mend_it(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the recipe of Dify, the lines on the conversation's id are left out."""
    lines = (FOLDER / "dify.yaml").read_text("utf-8").splitlines()
    naive = tmp_path / "naive.yaml"
    naive.write_text("\n".join(line for line in lines if "conversation" not in line), "utf-8")
    with Dify() as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        assert command("target", "try", FOLDER / "dify.yaml")[0] == 0
        code, out, _ = command("target", "try", naive, "--json")
    [warning] = json.loads(out)["warnings"]
    assert code == 1
    assert "it does not remember" in warning
    assert "`capture: {conversation_id: $..conversation_id}`" in warning
    assert "`{{ conversation_id | default('') }}`" in warning


def test_a_bot_without_a_session_is_told_the_ways_to_send_one(
    shop: Shop, tried: Callable[..., tuple[int, str]]
) -> None:
    body = {"message": "{{ message }}", "session": "{{ env.HOME }}{{ message }}"}
    code, out = tried(url=f"{shop.base}/chat", body=body)
    assert code == 1
    assert "Send `{{ session }}` where its API takes the conversation's id" in out


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("json", "the reply looks like JSON"),
        ("events", "the reply looks like server-sent events"),
        ("page", "the reply looks like a page"),
        ("echo", "the reply is the message itself"),
        ("same", "both replies are the same, “How can I help?”"),
    ],
)
def test_a_reply_that_is_none_is_told(
    shop: Shop, tried: Callable[..., tuple[int, str]], form: str, said: str
) -> None:
    code, out = tried(url=f"{shop.base}/as/{form}", reply="$")
    assert (code, said in out) == (1, True)


def test_an_empty_capture_is_told(shop: Shop, tried: Callable[..., tuple[int, str]]) -> None:
    code, out = tried(url=f"{shop.base}/chat", capture={"cart": "$.cart"})
    assert code == 2
    assert "capture cart “$.cart” finds nothing in the answer to turn" in out


def test_what_a_target_says_moves_no_cursor(
    shop: Shop, tried: Callable[..., tuple[int, str]]
) -> None:
    _, out = tried(url=f"{shop.base}/as/hostile", reply="$")
    assert "\\x1b[2J\\u202eK" in out
    assert "\x1b[2J" not in out


def test_a_flood_of_messages_and_calls_is_told_in_a_few_lines(
    shop: Shop, tried: Callable[..., tuple[int, str]]
) -> None:
    _, out = tried(url=f"{shop.base}/as/many", tool_calls="$.calls")
    assert "… 99 messages in all" in out
    assert "… 99 calls in all" in out
    assert len(out) < 40_000


def test_a_target_that_answers_nothing_usable_ends_with_2_and_is_shown_all_the_same(
    shop: Shop, tried: Callable[..., tuple[int, str]]
) -> None:
    code, out = tried("--json", url=f"{shop.base}/chat", reply="$.answer")
    found = json.loads(out)
    [step] = found["steps"]
    assert (code, step["reply"]) == (2, None)
    assert "finds nothing in what came" in found["error"]
    assert "You began with" in step["exchanges"][0]["answer"]


def test_an_answer_with_an_error_status_is_shown_and_told_once(
    shop: Shop, tried: Callable[..., tuple[int, str]]
) -> None:
    code, out = tried(url=f"{shop.base}/chatt")
    assert code == 2
    assert re.search(r"← HTTP 404 Not Found, \S+ s\n.*\n +404: Not Found\n", out)
    assert out.count("answers HTTP 404 Not Found: “404: Not Found”") == 1


def test_what_templates_see_of_a_dialogue_is_given(
    shop: Shop, tried: Callable[..., tuple[int, str]]
) -> None:
    body = {"session": "{{ persona.age }} {{ cell.tone }} {{ variables.shop }} {{ session }}"}
    words = ["--persona", "age=40", "--cell", "tone=curt", "--variable", "shop=Lantern"]
    code, out = tried(*words, url=f"{shop.base}/chat", body={**body, "message": "{{ message }}"})
    assert code == 0, out
    assert '"session": "40 curt Lantern try-' in out


def test_own_messages_are_said(shop: Shop, tried: Callable[..., tuple[int, str]]) -> None:
    code, out = tried("--message", "A.", "--message", "B.", url=f"{shop.base}/chat")
    assert code == 0
    assert [each[0] for each in shop.said.values()] == ["A."]
    assert "turn 2: “B.”" in out


def test_every_kind_of_target_is_tried(
    shop: Shop,
    tmp_path: Path,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    serve: Any,
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "tried_bot.py").write_text(
        "class Bot:\n    def __init__(self): self.said = []\n    def greeting(self): return 'Hi.'\n"
        "    def __call__(self, message):\n        self.said.append(message)\n"
        "        return f'{len(self.said)}: {self.said}'\n"
    )
    (tmp_path / "bot.py").write_text(BOT)
    program = {"kind": "command", "command": [sys.executable, str(tmp_path / "bot.py")]}
    (tmp_path / "program.yaml").write_text(yaml.safe_dump(program | {"state": True}))
    socket = f"ws://127.0.0.1:{shop.port}/talk"
    code, out, err = command("target", "try", socket)
    assert code == 0, out + err
    code, out, _ = command("target", "try", "python:tried_bot:Bot")
    assert (code, "greeting" in out) == (0, True)
    code, out, _ = command("target", "try", tmp_path / "program.yaml")
    assert (code, 'state: {"turns": 2}' in out) == (0, True)
    code, out, _ = command("target", "try", f"model:{serve().spec}")
    assert (code, out.count("reply: ")) == (1, 2)  # it says the same to everything


def test_what_is_no_target_ends_with_2(command: Command) -> None:
    code, out, err = command("target", "try", "bot.yml")
    assert (code, out) == (2, "")
    assert "bot.yml" in err
