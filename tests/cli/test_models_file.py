"""Models files, a scenario's own models, and the options that say how models are called."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import run
from simulate.errors import RunFileError
from simulate.models import ModelSettings
from simulate.runfile import open_run
from simulate.scenario import load_scenario
from tests.conftest import Command
from tests.endpoint import Serve

KEY = "sk-0123456789abcdef"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def models(name: str = "models.yaml", **entries: dict[str, Any]) -> str:
    Path(name).write_text(json.dumps(entries), "utf-8")
    return name


def scenario(**fields: Any) -> str:
    data = {
        "scenario": "talk",
        "turns": {"maximum": 1},
        "speakers": {
            "ada": {"plays": "user", "method": "direct", "model": fields.pop("ada", None)},
            "bob": {"plays": "assistant"},
        },
        **fields,
    }
    Path("talk.yaml").write_text(json.dumps(data, indent=1), "utf-8")
    return "talk.yaml"


def test_a_name_in_the_folders_file_is_a_model_and_what_it_means_is_told(
    serve: Serve, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = serve()
    models(fast={"url": f"{endpoint.url}?region=eu", "model": "mock", "key_variable": "MINE"})
    monkeypatch.setenv("MINE", KEY)
    code, _, err = command("verbalize", "Hi", "--method", "direct", "--model", "fast")
    assert code == 0, err
    assert err.splitlines() == [f"models.yaml:1: fast is the model mock@{endpoint.url}"]
    assert endpoint.headers[0]["Authorization"] == f"Bearer {KEY}"


def test_a_file_that_is_named_goes_before_the_folders_and_needs_no_telling(
    serve: Serve, command: Command
) -> None:
    endpoint = serve()
    models(fast={"url": "http://127.0.0.1:9/v1"})
    other = models("other.yaml", fast={"url": endpoint.url})
    words = ("verbalize", "Hi", "--method", "direct", "--model", "fast", "--models", other)
    code, _, err = command(*words)
    assert (code, err, len(endpoint.bodies)) == (0, "", 1)


def test_options_say_how_the_users_models_are_called(
    serve: Serve, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, theirs = serve(), serve()
    monkeypatch.setenv("TEAM", "a team")
    said = ["--header", "X-Team: {{ env.TEAM }}", "--query", "region=eu"]
    said += ["--body", 'reasoning_effort="low"', "--body", "top_k=3", "--try-timeout", "20"]
    words = ["run", scenario(ada=theirs.spec), "-n", "1", "--model", endpoint.spec, *said]
    code, _, err = command(*words, "--connections", "2", "--out", "run.db")
    assert code == 0, err
    assert endpoint.headers[0]["X-Team"] == "a team"
    assert endpoint.queries == [{"region": "eu"}]
    assert (endpoint.bodies[0]["reasoning_effort"], endpoint.bodies[0]["top_k"]) == ("low", 3)
    assert "X-Team" not in theirs.headers[0]
    assert "top_k" not in theirs.bodies[0]
    with open_run("run.db") as file:
        settings = {
            "body": {"reasoning_effort": "low", "top_k": 3},
            "query": {"region": "eu"},
            "headers": ["X-Team"],
        }
        assert file.meta["settings"] == [{"bob": settings, "judge": settings}]
    assert b"a team" not in Path("run.db").read_bytes()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--header", "X"], "--header: write --header 'NAME: VALUE'"),
        (["--header", f"Authorization: Bearer {KEY}"], "--header Authorization: a key must not"),
        (["--header", "X: {{ env.NOT_SET }}"], "names the environment variable NOT_SET, which is"),
        (["--header", "X: {{ what }}"], "a template here sees env.NAME"),
        (["--query", "token=hunter2"], "--query token: a key must not stand here"),
        (["--body", "a"], "--body: write --body FIELD=JSON"),
        (["--body", "a=low"], "--body a: its value is not JSON; a text stands in quotes"),
        (["--body", "a=1", "--body", "a=2"], "--body a: is given twice"),
        (["--header", "a: 1", "--header", "A: 2"], "--header: A: stands here twice"),
        (["--body", r'a="\ud800"'], "--body: must be JSON"),
        (["--body", "messages=[]"], "--body: messages: is what is simulated"),
        (["--try-timeout", "0"], "--try-timeout: must be greater than 0"),
        (["--connections", "0"], "--connections: must be greater than or equal to 1"),
        (["--models", "none.yaml"], "none.yaml: cannot be read: not there"),
    ],
)
def test_an_option_that_breaks_a_rule_is_one_line(
    words: list[str], told: str, command: Command
) -> None:
    code, out, err = command("verbalize", "Hi", "--model", "m@http://127.0.0.1:9/v1", *words)
    assert (code, out) == (2, "")
    assert told in err
    assert len(err.splitlines()) == 1
    assert not any(secret in err for secret in (KEY, "hunter2"))


@pytest.mark.parametrize("words", [["run", "talk.yaml"], ["verbalize", "Hi"]])
def test_options_that_hold_for_no_model_of_the_run_are_refused(
    words: list[str], command: Command
) -> None:
    scenario()
    code, _, err = command(*words, "--model", "embedded", "--body", "a=1")
    assert code == 2
    assert "--body: none of the run's models is at an endpoint" in err


@pytest.mark.parametrize("model", ["gpt-4.1-mini", "fast", "openai:gpt-4.1-mini", "azure:mine"])
def test_a_dry_run_needs_no_key(model: str, command: Command) -> None:
    models(fast={"url": "http://127.0.0.1:9/v1", "key_variable": "NOT_SET"})
    code, out, err = command("run", scenario(), "-n", "2", "--model", model, "--dry-run", "--json")
    assert code == 0, err
    assert json.loads(out)["calls"] == 4


def test_check_reads_a_models_file(command: Command) -> None:
    code, out, _ = command("check", models(fast={"key_variable": "NOT_SET"}, slow={}))
    assert (code, out) == (0, "ok  models.yaml: models fast, slow\n")
    code, _, err = command("check", models(fast={"api_key": "hunter2"}))
    assert (code, err.startswith("models.yaml:1: fast: api_key: a key must not")) == (2, True)


def test_a_scenario_brings_names_of_its_own(
    serve: Serve, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = serve()
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    offered = {"fast": {"url": endpoint.url, "model": "mock", "body": {"top_k": 1}}}
    code, _, err = command(
        "run", scenario(ada="fast", models=offered), "-n", "1", "--model", "fast"
    )
    assert code == 0, err
    assert f"models.fast of the scenario is the model mock@{endpoint.url}" in err.splitlines()
    assert [body["top_k"] for body in endpoint.bodies] == [1, 1]
    assert not any("Authorization" in headers for headers in endpoint.headers)


def test_the_users_name_goes_before_a_scenarios(serve: Serve, command: Command) -> None:
    endpoint = serve()
    file = models(fast={"url": endpoint.url})
    offered = {"fast": {"url": "http://127.0.0.1:9/v1"}}
    words = ("run", scenario(ada="fast", models=offered), "-n", "1", "--model", "fast")
    code, _, err = command(*words, "--models", file)
    assert code == 0, err
    assert len(endpoint.bodies) == 2


@pytest.mark.parametrize(
    "entry",
    [
        {"key_variable": "AWS_SECRET_ACCESS_KEY"},
        {"headers": {"X": "{{ env.AWS_SECRET_ACCESS_KEY }}"}},
        {"query": {"x": "{{ env.AWS_SECRET_ACCESS_KEY }}"}},
        {"ca_bundle": "/etc/hosts"},
        {"headers": {"Authorization": "Bearer hunter2"}},
    ],
)
def test_a_scenario_sends_no_secret(entry: dict[str, Any], command: Command) -> None:
    name = scenario(ada="fast", models={"fast": {"url": "http://127.0.0.1:9/v1", **entry}})
    code, _, err = command("check", name)
    assert code == 2
    assert "talk.yaml:" in err
    assert "fast" in err
    assert "hunter2" not in err


def test_a_run_is_not_resumed_with_another_body(serve: Serve) -> None:
    endpoint = serve()

    def play(n: int, **settings: Any) -> Any:
        entries = {"fast": ModelSettings(url=endpoint.url, **settings)}
        talk = load_scenario(scenario())
        resume = Path("run.db").exists()
        coming = run(talk, n=n, model="fast", models=entries, out="run.db", resume=resume)
        return asyncio.run(coming)

    assert play(1, body={"reasoning_effort": "low"}).completed == 1
    with pytest.raises(RunFileError, match=r"another body of ada .*“low”|low.*high"):
        play(2, body={"reasoning_effort": "high"})
    with pytest.raises(RunFileError, match="here none"):
        play(2)
    assert play(2, body={"reasoning_effort": "low"}, timeout_s=60).completed == 2


def test_a_model_target_may_be_a_name_and_is_called_by_what_it_means(serve: Serve) -> None:
    endpoint = serve()
    data = load_scenario(scenario()).model_dump()
    data["speakers"]["bob"] = {"plays": "target", "target": {"kind": "model", "model": "bot"}}
    entries = {"bot": {"url": endpoint.url, "model": "mock", "body": {"top_k": 7}}}
    talk = type(load_scenario("talk.yaml")).model_validate(data)
    coming = run(talk, n=1, model=endpoint.spec, models=entries, out="run.db", probe=False)
    assert asyncio.run(coming).completed == 1
    assert sum("top_k" in body for body in endpoint.bodies) == 1
    with open_run("run.db") as file:
        assert file.meta["models"][0]["bob"] == f"model:bot=mock@{endpoint.url}"
        assert file.meta["settings"] == [{"bob": {"body": {"top_k": 7}}}]
