"""A target that says its secrets back: they stand in no artefact of a stress test."""

import base64
import json
from pathlib import Path

import pytest
from aiohttp import web

from tests.conftest import Command
from tests.targets.service import Service

TOKEN = "geheim-token-0123456789"  # noqa: S105  # made up
PASSWORD = "hunter2/&hunter2"  # noqa: S105  # made up
BASIC = base64.b64encode(f"me:{PASSWORD}".encode()).decode()


async def leak(request: web.Request) -> web.StreamResponse:
    """Say back whatever came, in each place that a target has."""
    came = json.dumps({**request.headers, "url": request.raw_path})
    body = await request.json() if request.can_read_body else {}
    if "fail" in str(body.get("message", "")):
        return web.Response(status=500, reason=TOKEN, text=came)
    calls = [{"name": came, "arguments": {came: [came]}}]
    return web.json_response({"reply": [came, "You idiot."], "calls": calls})


def test_what_a_target_says_back_stands_in_no_artefact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
    said = [{"responses": [{"text": t, "probability": 1.0}]} for t in ("Hello.", "Now fail.")]
    (tmp_path / "user.yaml").write_text(json.dumps([json.dumps(each) for each in said * 40]))
    (tmp_path / "s.yaml").write_text(
        "scenario: s\nspeakers: {ada: {plays: user, method: vs}, bot: {plays: target}}\n"
        "turns: {maximum: 2}\ndefaults: {n: 6}\n"
        "checks: {polite: {lacks: [idiot]}, short: {length: {most: 5}}}\n"
    )
    with Service(chat=leak, state=leak) as bot:
        monkeypatch.setenv("BOT_TOKEN", TOKEN)
        credentials = f"http://me:{PASSWORD.replace('/', '%2F').replace('&', '%26')}@"
        monkeypatch.setenv("BOT_URL", bot.url.replace("http://", credentials))
        (tmp_path / "bot.yaml").write_text(
            "kind: http\nurl: '{{ env.BOT_URL }}/chat?t={{ env.BOT_TOKEN }}'\n"
            "headers: {X-Token: '{{ env.BOT_TOKEN }}'}\ntool_calls: $.calls\n"
            "state: {url: '{{ env.BOT_URL }}/state', headers: {X: '{{ env.BOT_TOKEN }}'}}\n"
        )
        monkeypatch.chdir(tmp_path)
        words = ["stress", "s.yaml", "--target", "bot.yaml", "--model", "scripted:user.yaml"]
        files = ["--html", "a.html", "--junit", "a.xml", "--markdown", "a.md", "--out", "a.db"]
        printed = "".join(command(*words, *files, "--shrink", "--concurrency", "1")[1:])
        assert any(TOKEN in headers.get("X-Token", "") for headers in bot.headers)
        assert any(BASIC in headers.get("Authorization", "") for headers in bot.headers)
    for more in (["stress", "a.db", "--json"], ["export", "a.db", "--format", "jsonl"]):
        printed += "".join(command(*more)[1:])
    own = {"bot.yaml", "s.yaml", "user.yaml"}
    written = [p for p in tmp_path.rglob("*") if p.is_file() and p.name not in own]
    assert {p.suffix for p in written} >= {".db", ".html", ".xml", ".md", ".yaml"}
    for text in [printed, *(p.read_bytes().decode("utf-8", "replace") for p in written)]:
        assert not any(secret in text for secret in (TOKEN, PASSWORD, "hunter2", BASIC))
    assert "[redacted]" in printed
