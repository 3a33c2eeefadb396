"""A target that only a scenario or a run file names, both data from strangers, gets no secret."""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import run
from simulate.errors import InputError
from simulate.models import ScriptedModel
from simulate.runfile import open_run
from simulate.scenario import Scenario, load_scenario
from simulate.stress.api import stress_test
from simulate.stress.cases.regression import keep
from simulate.stress.cases.replaying import attached_target
from simulate.stress.cases.shrinking import shrink
from simulate.targets import TargetConfig
from tests.conftest import Command
from tests.endpoint import Serve
from tests.targets.service import Service, says
from tests.targets.talking import config

SECRET = "geheim-0123456789"  # noqa: S105  # made up


def sending(url: str) -> dict[str, Any]:
    return {"kind": "http", "url": url, "headers": {"X-Token": "{{ env.SHOP_TOKEN }}"}}


PLACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "header": sending,
    "url": lambda url: {"kind": "http", "url": f"{url}/{{{{ env.SHOP_TOKEN }}}}"},
    "body": lambda url: {"kind": "sse", "url": url, "body": {"a": ["{{ env['SHOP_TOKEN'] }}"]}},
    "set_up": lambda url: {"kind": "http", "url": url, "set_up": sending(url) | {"kind": None}},
    "token": lambda url: {
        "kind": "http",
        "url": url,
        "token": {"url": url, "body": {"client_secret": "{{ env.SHOP_TOKEN }}"}},
    },
    "follow_up": lambda url: {
        "kind": "http",
        "url": url,
        "follow_up": [{"url": url}, {"url": f"{url}/{{{{ env.SHOP_TOKEN }}}}"}],
    },
    "history_item": lambda url: {
        "kind": "http",
        "url": url,
        "history_item": {"a": "{{ env.SHOP_TOKEN }}"},
    },
    "socket": lambda url: {
        "kind": "websocket",
        "url": url.replace("http", "ws"),
        "opening": "{{ env.SHOP_TOKEN }}",
    },
    "command": lambda url: {"kind": "command", "command": ["cat"], "environment": ["SHOP_TOKEN"]},
    "file": lambda url: {"kind": "model", "model": "scripted:/etc/passwd"},
}


def scenario(folder: Path, target: Any, **more: Any) -> Path:
    if isinstance(target, dict) and isinstance(target.get("set_up"), dict):
        target["set_up"].pop("kind", None)
    speakers = {"ada": {"plays": "user", "method": "direct"}, "bot": {"plays": "target"}}
    speakers["bot"]["target"] = target
    data = {
        "scenario": "s",
        "speakers": speakers,
        "turns": {"maximum": 1},
        "checks": {"polite": {"lacks": ["idiot"]}},
        **more,
    }
    (folder / "s.yaml").write_text(json.dumps(data))
    return folder / "s.yaml"


def user() -> ScriptedModel:
    return ScriptedModel(lambda request: "Hello.")


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", SECRET)
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


@pytest.mark.parametrize("place", PLACES)
def test_a_scenario_alone_sends_nothing_of_the_environment_anywhere(
    tmp_path: Path, service: Callable[..., Service], place: str
) -> None:
    strangers = service(chat=says({"reply": "Thanks."}))
    path = scenario(tmp_path, PLACES[place](f"{strangers.url}/chat"))
    with pytest.raises(InputError, match=r"speakers\.bot\.target .*name the target with --target"):
        asyncio.run(run(path, n=1, model=user(), out=tmp_path / "a.db"))
    assert strangers.requests == []
    assert not (tmp_path / "a.db").exists()


def test_a_level_of_a_condition_sends_nothing_of_the_environment_either(
    tmp_path: Path, service: Callable[..., Service]
) -> None:
    bot = service(chat=says({"reply": "Thanks."}))
    change = {"bot": {"target": sending(f"{bot.url}/chat")}}
    levels = {"a": {"x": {}, "y": {"speakers": change}}}
    path = scenario(tmp_path, f"{bot.url}/chat", conditions=levels)
    with pytest.raises(InputError, match="environment variable SHOP_TOKEN"):
        asyncio.run(run(path, n=1, model=user(), target=f"{bot.url}/chat", out=tmp_path / "a.db"))
    assert bot.requests == []


def test_what_the_user_names_is_sent_what_its_file_says_in_place_of_the_scenarios(
    tmp_path: Path, service: Callable[..., Service]
) -> None:
    strangers, users = service(chat=says({"reply": "A"})), service(chat=says({"reply": "B"}))
    path = scenario(tmp_path, sending(f"{strangers.url}/chat"))
    mine: TargetConfig = config(**sending(f"{users.url}/chat"))
    asyncio.run(run(path, n=1, model=user(), target=mine, out=tmp_path / "a.db"))
    assert strangers.requests == []
    assert users.headers[0]["X-Token"] == SECRET
    assert SECRET.encode() not in (tmp_path / "a.db").read_bytes()


def test_the_key_does_not_go_to_a_chat_model_that_only_the_scenario_attaches(
    tmp_path: Path, serve: Serve
) -> None:
    strangers, users = serve(), serve()
    path = scenario(tmp_path, f"model:{strangers.spec}")
    asyncio.run(run(path, n=1, model=user(), out=tmp_path / "a.db"))
    asyncio.run(run(path, n=1, model=user(), target=users.spec, out=tmp_path / "b.db"))
    assert {h.get("Authorization") for h in strangers.headers} == {None}
    assert {h.get("Authorization") for h in users.headers} == {f"Bearer {SECRET}"}


def test_the_key_does_not_go_to_a_chat_model_that_only_a_run_file_names(
    serve: Serve,
) -> None:
    strangers = serve()

    async def ask() -> None:
        found = config("model", model=strangers.spec)
        async with attached_target(found, by_file=True) as attached:
            session = await attached.target.open("one")
            await session.reply("Hello.")

    asyncio.run(ask())
    assert {h.get("Authorization") for h in strangers.headers} == {None}


def recorded(folder: Path, url: str, target: Any, **checks: Any) -> Path:
    """Return a run file whose dialogue fails, and which then names another target."""
    found = {"polite": {"lacks": ["idiot"]}, **checks}
    path = scenario(folder, f"{url}/chat")
    asyncio.run(stress_test(path, n=1, model=user(), out=folder / "a.db"))
    changed = load_scenario(scenario(folder, target, checks=found))
    with sqlite3.connect(folder / "a.db") as file:
        file.execute(
            "UPDATE meta SET value = ? WHERE key = 'scenario'", [changed.model_dump_json()]
        )
    file.close()
    return folder / "a.db"


def test_shrinking_a_run_file_sends_nothing_of_the_environment_to_whom_it_names(
    tmp_path: Path, service: Callable[..., Service]
) -> None:
    bot = service(chat=says({"reply": "You idiot."}))
    path = recorded(tmp_path, bot.url, sending(f"{bot.url}/chat"))
    before = len(bot.requests)
    with open_run(path) as file, pytest.raises(InputError, match="a run file is only data"):
        asyncio.run(shrink(file, 0, "polite"))
    assert len(bot.requests) == before


def test_naming_the_target_does_not_let_a_run_file_call_functions(
    tmp_path: Path,
    service: Callable[..., Service],
    monkeypatch: pytest.MonkeyPatch,
    command: Command,
) -> None:
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nlook = bool\n")
    monkeypatch.syspath_prepend(tmp_path)
    bot = service(chat=says({"reply": "You idiot."}))
    path = recorded(tmp_path, bot.url, f"{bot.url}/chat", polite={"python": "evil:look"})
    where = ["--cases", str(tmp_path / "cases"), "--model", "embedded"]
    words = ("stress", path, "--shrink", "--target", f"{bot.url}/chat", *where)
    assert "a scenario file is only data" in command(*words)[2]
    assert not (tmp_path / "ran").exists()


def test_what_a_scenario_object_names_is_its_makers(tmp_path: Path) -> None:
    made = Scenario.model_validate_json(scenario(tmp_path, "python:a.b:c").read_text())
    with pytest.raises(InputError, match="cannot be imported"):
        asyncio.run(run(made, n=1, model=user(), out=tmp_path / "a.db"))


def test_keeping_cases_tells_what_a_run_file_may_not_name(
    tmp_path: Path, service: Callable[..., Service]
) -> None:
    bot = service(chat=says({"reply": "You idiot."}))
    path = recorded(tmp_path, bot.url, sending(f"{bot.url}/chat"))
    with open_run(path) as file:
        kept, problems = asyncio.run(keep(file, tmp_path / "cases"))
    assert kept == []
    assert "environment variable SHOP_TOKEN" in problems[0]
