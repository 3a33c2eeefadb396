"""Keys and passwords stand in no file, message or process title, whoever says them back."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars
import pytest
from aiohttp import web

from simulate.errors import ModelError, ModelSpecError, ScenarioError
from simulate.models import ChatRequest, Models, holds_secret, open_model, redacted
from simulate.models.redaction import REDACTED
from simulate.models.secrets import find_key, secrets_in
from simulate.runfile import open_run
from simulate.scenario import load_scenario
from tests.conftest import AsJson, Command
from tests.endpoint import Body, Endpoint, Serve, completion, usual_text
from tests.ways import over_wire

KEY = "sk-never-to-be-seen-0123456789"
PASSWORD = "hunter2-never-to-be-seen"  # noqa: S105
CREDENTIALS = "bWU6aHVudGVyMi1uZXZlci10by1iZS1zZWVu"
"""“me:” and the password in base64, as basic authentication sends them."""
SECRETS = (KEY, PASSWORD, CREDENTIALS)
ASKED = ChatRequest([{"role": "user", "content": "Hi."}])


def simulate(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "simulate", *words],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def with_password(endpoint: Endpoint) -> str:
    return endpoint.spec.replace("http://", f"http://me:{PASSWORD}@")


async def says_it_back(request: web.Request) -> web.StreamResponse:
    """Refuse, with the whole authorization in what is told."""
    told = f"not with {request.headers['Authorization']}"
    return web.json_response({"error": {"message": told}}, status=400, reason=told)


async def replies_with_it(request: web.Request) -> web.StreamResponse:
    """Answer with the authorization among the words of each reply."""
    text = usual_text(await request.json())
    return web.json_response(completion(text.replace("e", request.headers["Authorization"], 1)))


async def not_the_protocol(request: web.Request) -> web.StreamResponse:
    return web.Response(text=request.headers["Authorization"] * 50)


def echoing(body: Body, number: int) -> Any:
    kinds = {4: says_it_back, 9: not_the_protocol}
    return kinds.get(number % 40, replies_with_it if number % 3 == 2 else None)


@pytest.mark.parametrize("way", ["key", "password"])
def test_no_secret_stands_in_any_artefact_of_a_run(
    tmp_path: Path,
    serve: Serve,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
) -> None:
    found: dict[str, bytes] = {}

    def behave(body: Body, number: int) -> Any:
        if number == 60:  # the run file is being written now
            found.update({f"during {p.name}": p.read_bytes() for p in tmp_path.iterdir()})
        return echoing(body, number)

    endpoint = serve(behave)
    key_file = tmp_path.parent / f"{way}.key"
    key_file.write_text(KEY + "\n")
    environment = {
        "key": {"SIMULATE_MODEL": endpoint.spec, "OPENAI_API_KEY_FILE": str(key_file)},
        "password": {"SIMULATE_MODEL": with_password(endpoint), "OPENAI_API_KEY": KEY},
    }[way]
    path = str(tmp_path / "a.db")
    screens = ("transcript", "failures") if way == "key" else ("failures",)
    done = simulate("run", "donation", "-n", "3", "--out", path, "--json", **environment)
    assert done.returncode == 3, done.stderr
    found["said by the run"] = (done.stdout + done.stderr).encode()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for words in (
        *(["export", path, "--format", f, "--out", f"{path}.{f}"] for f in ("jsonl", "parquet")),
        ["export", path, "--format", "csv", "--out", f"{path}.csv"],
        *([["compare", path, "--html", f"{path}.html"]] if way == "key" else []),
        *(["view", path, "--screen", s, "--screenshot", f"{path}.{s}.svg"] for s in screens),
        ["view", path, "--screen", "failures", "--json"],
    ):
        found[" ".join(words)] = "".join(command(*words)[1:]).encode()
    first = "Basic " if way == "password" else f"Bearer {KEY}"
    assert endpoint.headers[0]["Authorization"].startswith(first)
    found |= {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    found["rows of Parquet"] = str(polars.read_parquet(f"{path}.parquet").rows()).encode()
    assert REDACTED.encode() in found["rows of Parquet"]
    assert {"a.db", "during a.db-wal", "a.db.jsonl", "a.db.csv", "a.db.parquet"} <= set(found)
    assert {f"a.db.{screen}.svg" for screen in screens} <= set(found)
    assert ("a.db.html" in found) == (way == "key")
    with open_run(path) as file:
        assert any(REDACTED in failure.error for failure in file.failures())
    assert REDACTED.encode() in found["a.db.jsonl"]
    for name, content in found.items():
        for secret in SECRETS:
            assert secret.encode() not in content, name


@pytest.mark.parametrize(
    "words",
    [
        ["run", "poem", "--model", f"m@http://me:{PASSWORD}@127.0.0.1:1/v1"],
        ["run", "poem", f"--model=m@HTTP://me:{PASSWORD}@127.0.0.1:1/v1"],
        ["run", "poem", f"--speaker-model=judge=m@http://me:{PASSWORD}@127.0.0.1:1/v1"],
        ["run", "poem", "--model", f"m@http://h/v1@http://me:{PASSWORD}@127.0.0.1:1/v1"],
        ["run", "poem", "--model", f"m@http://me:no {PASSWORD}@127.0.0.1:1/v1"],
        ["verbalize", "hm", "--model", f"m@http://{PASSWORD}@127.0.0.1:1/v1"],
        ["doctor", "--model", f"m@https://host/v1?api-key={PASSWORD}"],
    ],
)
def test_a_password_on_the_command_line_is_refused_without_saying_it_again(
    words: list[str],
) -> None:
    done = simulate(*words)
    assert done.returncode == 2
    assert "SIMULATE_MODEL" in done.stderr
    assert PASSWORD not in done.stdout + done.stderr


def test_a_prompt_that_holds_an_address_is_no_password() -> None:
    done = simulate("verbalize", "see http://me:you@example.org", "-k", "0")
    assert "process" not in done.stderr


def test_a_password_in_a_scenario_is_refused_since_run_files_hold_the_scenario(
    tmp_path: Path,
) -> None:
    path = tmp_path / "s.yaml"
    url = f"m@http://me:{PASSWORD}@host/v1"
    path.write_text(
        "scenario: s\nspeakers:\n  ada: {plays: user}\n"
        f"  bob:\n    plays: user\n    model: {url}\n"
    )
    with pytest.raises(ScenarioError, match=r"s\.yaml:6: .*stored in every run file") as told:
        load_scenario(path)
    assert PASSWORD not in str(told.value)


def told_by(endpoint: Endpoint, url: str, ask: Callable[[str], Any]) -> str:
    async def whole() -> str:
        with pytest.raises(ModelError) as told:
            await ask(endpoint.url.replace("http://", url))
        return str(told.value)

    return asyncio.run(whole())


@pytest.mark.parametrize("behave", [says_it_back, not_the_protocol])
@pytest.mark.parametrize("url", ["http://", f"http://me:{PASSWORD}@"])
def test_no_error_repeats_a_secret_that_the_endpoint_says_back(
    serve: Serve, behave: Any, url: str
) -> None:
    async def ask(url: str) -> None:
        model = over_wire("m", url, KEY, retries=1, backoff_s=0.01)
        try:
            await model.complete(ASKED)
        finally:
            await model.aclose()

    told = told_by(serve(lambda body, n: behave), url, ask)
    assert REDACTED in told
    assert not any(secret in told for secret in SECRETS)


@pytest.mark.parametrize("url", ["http://", f"http://me:{PASSWORD}@"])
def test_no_error_of_scoring_repeats_a_secret(serve: Serve, url: str) -> None:
    async def ask(url: str) -> None:
        async with Models(environment={"OPENAI_API_KEY": KEY}) as models:
            await models.scorer(f"m@{url}").score("a", "b")

    told = told_by(serve(), url, ask)
    assert "HTTP 404" in told
    assert not any(secret in told for secret in SECRETS)


def test_an_address_that_is_not_there_is_told_without_its_password(serve: Serve) -> None:
    async def ask(url: str) -> None:
        model = over_wire("m", url + "/elsewhere", KEY)
        try:
            await model.complete(ASKED)
        finally:
            await model.aclose()

    told = told_by(serve(), f"http://me:{PASSWORD}@", ask)
    assert "/v1/elsewhere/chat/completions” is the endpoint" in told
    assert PASSWORD not in told


@pytest.mark.parametrize(
    ("spec", "shown"),
    [
        ("m@http://me:pw@host/v1", "m@http://host/v1"),
        ("m@HTTP://me:pw@host/v1", "m@http://host/v1"),
        ("http://me:pw@host/v1", "http://host/v1"),
        ("m@http://me:p@w@host/v1?key=pw", "m@http://host/v1"),
        ("m@ftp://me:pw@host/v1", "m@ftp://host/v1"),
        ("m@http://me:p/w@host/v1", "m@(not a URL)"),
        ("m@http://me:1/w@host/v1", "m@http://me"),
        ("m@http://host:80/v1@http://me:pw@host/v1", "m@http://host"),
        ("m@http://host/v1%40http://me:pw%40host/v1", "m@http://host"),
        ("m@http://me:p w@host/v1", "m@http://host/v1"),
        ("http://me:p?w@host/v1", "(not a URL)"),
        ("m@http:/me:pw@host/v1", "m@host/v1"),
        ("m@me:pw@host/v1", "m@host/v1"),
        ("m@http://[::1]:80/v1", "m@http://[::1]:80/v1"),
    ],
)
def test_a_spec_is_shown_without_its_secrets(spec: str, shown: str) -> None:
    assert redacted(spec) == shown


@pytest.mark.parametrize("spec", ["m", "m@http://host:80/v1", "m@http://host/v1?api-version=2"])
def test_a_spec_without_secrets_is_told_from_one_with(spec: str) -> None:
    assert not holds_secret(spec)


@pytest.mark.parametrize(
    "spec",
    [
        "m@http://me:p w@host/v1",
        "m@http://me:1/2@host/v1",
        "m@http://host/v1@http://me:pw@host/v1",
        "m@http://host/v1?key=pw",
    ],
)
def test_a_spec_with_secrets_is_told_from_one_without(spec: str) -> None:
    assert holds_secret(spec)


def test_the_secrets_of_a_url_within_a_url_are_known() -> None:
    assert secrets_in("http://a:pw-1@h/v1@http://b:pw-2@i/v1") == [
        "b:pw-2",
        "pw-2",
        "a:pw-1",
        "pw-1",
    ]


def test_a_key_can_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(f"{KEY}\n")
    assert find_key({"OPENAI_API_KEY_FILE": str(path)}) == KEY


@pytest.mark.parametrize("content", ["", "two words", "a\nb", "\udcff", "x" * 70_000])
def test_a_file_that_holds_no_key_is_refused_without_showing_it(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / "key"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(ModelSpecError, match="on one line and nothing else") as told:
        find_key({"OPENAI_API_KEY_FILE": str(path)})
    assert not content or content not in str(told.value)


def test_a_key_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelSpecError, match=r"OPENAI_API_KEY_FILE: .*no-key cannot be read"):
        open_model("m", environment={"OPENAI_API_KEY_FILE": str(tmp_path / "no-key")})


def test_a_key_and_a_key_file_are_not_guessed_between() -> None:
    with pytest.raises(ModelSpecError, match="both set"):
        find_key({"OPENAI_API_KEY": KEY, "OPENAI_API_KEY_FILE": "x"})


def test_a_key_that_no_header_can_hold_is_refused_without_showing_it() -> None:
    with pytest.raises(ModelSpecError, match="look at OPENAI_API_KEY") as told:
        over_wire("m", "http://host/v1", f"{KEY}\n")
    assert KEY not in str(told.value)


def test_doctor_says_that_a_key_is_set_and_not_which(
    monkeypatch: pytest.MonkeyPatch, as_json: AsJson
) -> None:
    async def nobody(specs: list[str], names: object) -> list[dict[str, Any]]:
        return [{"model": redacted(spec), "answers": True} for spec in specs]

    monkeypatch.setattr(sys.modules["simulate.cli.doctor"], "_try_all", nobody)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://me:{PASSWORD}@host/v1")
    monkeypatch.setenv("SIMULATE_MODEL", f"m@http://me:{PASSWORD}@host/v1")
    told = as_json("doctor")
    assert told["environment"]["OPENAI_API_KEY"] == "set"
    assert not any(secret in str(told) for secret in SECRETS)
