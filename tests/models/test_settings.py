"""Settings of models: what is read, what is refused, and what is sent."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import ValidationError

from simulate.errors import EndpointError, InputError, ModelSpecError
from simulate.models import ChatModel, ChatReply, ChatRequest, Models, ModelSettings, open_model
from simulate.models.named import models_of_folder, named_models, read_models
from tests.endpoint import Serve, completion, refusal, stalled

KEY = "sk-0123456789abcdef"
HI = ChatRequest([{"role": "user", "content": "Hi"}])


def reply_of(model: ChatModel, request: ChatRequest = HI) -> ChatReply:
    async def ask() -> ChatReply:
        try:
            return await model.complete(request)
        finally:
            await model.aclose()

    return asyncio.run(ask())


def asked(name: str, entries: Any, **environment: str) -> ChatReply:
    return reply_of(open_model(name, models=entries, environment=environment))


def read(folder: Path, text: str) -> Any:
    path = folder / "models.yaml"
    path.write_text(text, "utf-8")
    return read_models(path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("fast: {api_key: hunter2}", ":1: fast: api_key: a key must not stand here"),
        ("fast:\n  key: hunter2", ":2: fast: key: a key must not stand here"),
        (f"fast:\n  key_variable: {KEY}", ":2: fast: key_variable: a key must not stand here"),
        ("fast:\n  key_variable: hunter-2", ":2: fast.key_variable: must be the name of an env"),
        (f"fast:\n  headers: 'X: {KEY}'", ":2: fast: headers: a key must not stand here"),
        ("fast:\n  headers:\n    Authorization: hunter2", ":3: fast: headers.Authorization: a key"),
        ("fast:\n  headers:\n    Cookie: hunter2", ":3: fast.headers: Cookie: a secret must not"),
        ("fast:\n  query:\n    a: b\n    api-key: hunter2", ":4: fast: query.api-key: a key must"),
        ("fast:\n  body:\n    a: {b: [{token: hunter2}]}", ":3: fast: body.a.b.token: a key must"),
        (f"fast:\n  body:\n    a: [{KEY}]", ":3: fast: body.a: a key must not stand here"),
        ("fast: {url: 'http://me:hunter2@h/v1'}", ":1: fast.url: must have no password or key"),
        ("fast: {url: 'http://h/v1?key=hunter2'}", ":1: fast.url: must have no password or key"),
    ],
)
def test_a_key_in_a_models_file_is_refused_at_its_line_and_not_repeated(
    text: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(ModelSpecError) as caught:
        read(tmp_path, text)
    assert f"models.yaml{told}" in str(caught.value)
    assert "hunter" not in str(caught.value)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("fast: {urll: 'http://h'}", "fast.urll: there is no such field here; did you mean “url”?"),
        ("fast: {timeout_s: 0}", "fast.timeout_s: must be greater than 0"),
        ("fast: {connections: 1.5}", "fast.connections: must be a whole number"),
        ("fast: {through: smoke}", "fast.through: must be 'wire', 'openai'"),
        ("fast: {url: h:8000}", "fast.url: must be one URL that can be called"),
        ("fast: {body: {messages: []}}", "fast.body: messages: is what is simulated"),
        ("fast: {body: {a: .nan}}", "models.yaml:1: “.nan” is no finite number"),
        (
            "fast: {body: {a: '{{ env.A }}'}}",
            "body.a: the environment is read in headers",
        ),
        ("fast: {headers: {X: '{{ session }}'}}", "a template here sees env.NAME"),
        ("fast: {headers: {X: '{{ env }}'}}", "env can only be used as env.NAME"),
        ("fast: {headers: {Host: h}}", "Host: is set by what sends the request"),
        ("fast: {headers: {'X Y': h}}", "“X Y” is not the name of a header"),
        ("fast: {headers: {X: a, x: b}}", "x: stands here twice"),
        ('fast: {model: "a\\nb"}', "fast.model: must be a name, without line breaks"),
        ('fast: {url: "http://h:80\\t80/v1"}', "fast.url: must be one URL that can be called"),
        ("fast: {through: azure, key_header: api-key}", "key_header: the openai package has its"),
        ("embedded: {}", "embedded: a name here must be none that means another model already"),
        ("m@http://h/v1: {}", "a name here must be none that means another model already"),
        ("a b: {}", "a name here must be none that means another model already"),
        ("fast: [1]", "fast: must be a mapping of fields to values"),
        ("- fast", "models.yaml:1: must be a mapping"),
    ],
)
def test_a_models_file_that_breaks_a_rule_is_told_which(
    text: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(ModelSpecError) as caught:
        read(tmp_path, text)
    assert told in str(caught.value)


def test_everything_that_an_entry_says_is_sent(serve: Serve, tmp_path: Path) -> None:
    endpoint = serve()
    names = read(
        tmp_path,
        f"""
fast:
  model: qwen3
  url: {endpoint.url}
  key_variable: FAST_KEY
  key_header: api-key
  headers: {{X-Team: "the {{{{ env.TEAM }}}}"}}
  query: {{api-version: 2024-10-21, who: "{{{{ env.TEAM }}}} & co"}}
  body: {{chat_template_kwargs: {{enable_thinking: false}}, temperature: 0.5}}
""",
    )
    assert asked("fast", names, FAST_KEY=KEY, TEAM="a team").text
    assert endpoint.headers[0]["api-key"] == KEY
    assert "Authorization" not in endpoint.headers[0]
    assert endpoint.headers[0]["X-Team"] == "the a team"
    assert endpoint.queries == [{"api-version": "2024-10-21", "who": "a team & co"}]
    assert endpoint.bodies[0] == {
        "chat_template_kwargs": {"enable_thinking": False},
        "temperature": 0.5,
        "model": "qwen3",
        "messages": HI.messages,
        "stream": False,
    }


def test_a_template_of_the_models_own_is_no_template_of_ours(serve: Serve) -> None:
    endpoint = serve()
    body = {"chat_template": "{% for m in messages %}{{ m.content }}{% endfor %}"}
    asked("m", {"m": {"url": endpoint.url, "body": body}})
    assert endpoint.bodies[0]["chat_template"] == body["chat_template"]


@pytest.mark.parametrize("field", ["headers", "query", "body"])
def test_a_hostile_text_is_looked_through_in_linear_time(field: str) -> None:
    with pytest.raises(ModelSpecError):
        open_model("m", models={"m": {field: {"token": "{{" * 2_000_000}}}, environment={})


def test_fields_that_are_nested_too_deeply_are_one_line(serve: Serve) -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ModelSpecError, match="must be JSON"):
        open_model("m", models={"m": {"body": {"a": deep}}}, environment={})


def test_what_a_request_says_goes_before_the_further_fields(serve: Serve) -> None:
    endpoint = serve()
    entries = {"m": {"url": endpoint.url, "body": {"temperature": 0.5, "top_k": 9}}}
    model = open_model("m", models=entries, environment={})
    reply_of(model, ChatRequest(HI.messages, temperature=1.0))
    assert (endpoint.bodies[0]["temperature"], endpoint.bodies[0]["top_k"]) == (1.0, 9)


@pytest.mark.parametrize(
    ("entry", "environment", "sent"),
    [
        ({}, {"OPENAI_API_KEY": KEY}, None),
        ({"key_variable": "MINE"}, {"OPENAI_API_KEY": "sk-other-key-00", "MINE": KEY}, KEY),
        ({"key_variable": "OPENAI_API_KEY"}, {"OPENAI_API_KEY": KEY}, KEY),
    ],
)
def test_an_entry_is_sent_the_key_that_it_names_and_no_other(
    entry: dict[str, str], environment: dict[str, str], sent: str | None, serve: Serve
) -> None:
    endpoint = serve()
    asked("m", {"m": {"url": endpoint.url, **entry}}, **environment)
    assert endpoint.headers[0].get("Authorization") == (sent and f"Bearer {sent}")


def test_the_key_of_an_entry_may_stand_in_a_file(serve: Serve, tmp_path: Path) -> None:
    endpoint = serve()
    (tmp_path / "key").write_text(f"{KEY}\n")
    asked(
        "m", {"m": {"url": endpoint.url, "key_variable": "MINE"}}, MINE_FILE=str(tmp_path / "key")
    )
    assert endpoint.headers[0]["Authorization"] == f"Bearer {KEY}"


def test_a_header_of_the_keys_name_goes_before_the_key(serve: Serve) -> None:
    endpoint = serve(lambda body, n: sent.append(n))
    sent: list[int] = []
    entry = {
        "url": endpoint.url,
        "key_variable": "MINE",
        "headers": {"authorization": "{{ env.B }}"},
    }
    asked("m", {"m": entry}, MINE=KEY, B="Basic 0123456789")
    given = [v for name, v in endpoint.headers[0].items() if name.lower() == "authorization"]
    assert given == ["Basic 0123456789"]


def test_settings_in_python_that_hold_a_key_do_not_repeat_it() -> None:
    with pytest.raises(ValidationError, match="a key must not stand here") as caught:
        ModelSettings.model_validate({"api_key": KEY})
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("value", ["a\x01b", "a\x7fb", "hunter\r\n2: x"])
def test_a_variable_with_a_control_character_becomes_no_header(value: str) -> None:
    entries = {"m": {"url": "http://h/v1", "headers": {"X": "{{ env.MINE }}"}}}
    with pytest.raises(InputError, match="holds a line break or another control") as caught:
        open_model("m", models=entries, environment={"MINE": value})
    assert "hunter" not in str(caught.value)


def test_an_entry_at_the_users_own_endpoint_is_sent_its_key(serve: Serve) -> None:
    endpoint = serve()
    entries = {"m": {"body": {"top_k": 1}}}
    asked("m", entries, OPENAI_BASE_URL=endpoint.url, OPENAI_API_KEY=KEY)
    assert endpoint.headers[0]["Authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"key_variable": "MINE"}, "models: m names the environment variable MINE, which is not"),
        ({"headers": {"X": "{{ env.MINE }}"}}, "names the environment variable MINE, which is not"),
    ],
)
def test_a_variable_that_is_not_set_is_one_line(entry: dict[str, Any], told: str) -> None:
    with pytest.raises(ModelSpecError, match=told):
        open_model("m", models={"m": {"url": "http://h/v1", **entry}}, environment={})


def test_a_key_that_is_refused_is_named_by_its_variable_and_said_nowhere(serve: Serve) -> None:
    endpoint = serve(lambda body, n: refusal(f"no such key: {KEY}, team a-team-0", 401))
    entry = {
        "url": endpoint.url,
        "key_variable": "MINE",
        "headers": {"X": "{{ env.TEAM }}"},
    }
    with pytest.raises(EndpointError, match="set MINE to a key that it accepts") as caught:
        asked("m", {"m": entry}, MINE=KEY, TEAM="a-team-0")
    assert KEY not in str(caught.value)
    assert "a-team-0" not in str(caught.value)


def test_one_try_takes_as_long_as_the_settings_say(serve: Serve) -> None:
    endpoint = serve(lambda body, n: None if n else stalled(20))
    assert asked("m", {"m": {"url": endpoint.url, "timeout_s": 0.2}}).attempts == 2


def test_entries_of_one_host_keep_to_the_fewest_connections_that_one_of_them_says() -> None:
    entries = {
        name: {"url": "http://127.0.0.1:1/v1", "connections": n} for name, n in (("a", 9), ("b", 3))
    }
    models = Models(names=entries, environment={})
    model: Any = models.chat("a")
    assert model.connection.limit.most == 9
    models.chat("b")
    assert model.connection.limit.most == 3


def test_a_models_names_distinguish_what_one_endpoint_serves() -> None:
    entry: dict[str, Any] = {"model": "qwen3", "url": "http://h/v1"}
    entries = {"slow": {**entry, "body": {"think": True}}, "qwen3": entry}
    assert open_model("slow", models=entries, environment={}).name == "slow=qwen3@http://h/v1"
    assert open_model("qwen3", models=entries, environment={}).name == "qwen3@http://h/v1"


def test_settings_hold_for_a_model_that_is_named_by_its_spec(serve: Serve) -> None:
    endpoint = serve()
    settings = ModelSettings(url=endpoint.url, body={"top_k": 1})
    reply_of(open_model("m", settings=settings, environment={}))
    assert endpoint.bodies[0]["top_k"] == 1


def test_the_environment_names_a_models_file(tmp_path: Path) -> None:
    read(tmp_path, "fast: {model: qwen3, url: 'http://h/v1'}")
    environment = {"SIMULATE_MODELS": str(tmp_path / "models.yaml"), "SIMULATE_MODEL": "fast"}
    assert open_model(environment=environment).name == "fast=qwen3@http://h/v1"
    with pytest.raises(ModelSpecError, match=r"none\.yaml: cannot be read: not there"):
        named_models(None, {"SIMULATE_MODELS": str(tmp_path / "none.yaml")})


def test_another_programs_models_file_in_the_folder_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "models.yaml"
    path.write_text("version: 2\nmodels: [{name: orders}]\nfast: {sql: select}\n")
    names = models_of_folder(tmp_path)
    assert names.find("gpt-4.1") is None
    with pytest.raises(ModelSpecError, match=r"fast\.sql: there is no such field"):
        names.find("fast")


def test_a_file_in_the_folder_that_cannot_be_read_stops_only_who_looks_a_name_up(
    tmp_path: Path,
) -> None:
    (tmp_path / "models.yaml").write_text("- a\n", "utf-8")
    names = models_of_folder(tmp_path)
    assert open_model("m@http://h/v1", models=names, environment={}).name == "m@http://h/v1"
    with pytest.raises(ModelSpecError, match=r"models\.yaml:1: must be a mapping"):
        open_model("m", models=names, environment={"OPENAI_BASE_URL": "http://h/v1"})


def test_a_name_that_only_a_scenario_uses_is_sent_no_secret_by_a_file_that_nobody_named(
    tmp_path: Path,
) -> None:
    read(tmp_path, "fast: {url: 'http://h/v1', key_variable: MINE}\nfree: {url: 'http://h/v1'}")
    names = models_of_folder(tmp_path)
    environment = {"MINE": KEY}
    with pytest.raises(ModelSpecError, match=r"say --models .*models\.yaml"):
        open_model("fast", models=names, by_file=True, environment=environment)
    assert open_model("fast", models=names, environment=environment).name == "fast@http://h/v1"
    assert open_model("free", models=names, by_file=True, environment=environment).name
    named = read_models(tmp_path / "models.yaml")
    assert open_model("fast", models=named, by_file=True, environment=environment).name


def test_an_options_header_goes_before_one_of_that_name_in_any_letters() -> None:
    of_option, of_file = (ModelSettings(headers={name: name}) for name in ("x-team", "X-Team"))
    assert of_option.over(of_file).headers == {"x-team": "x-team"}


def test_the_package_is_not_told_to_send_the_environments_key_elsewhere(serve: Serve) -> None:
    entry = {"url": serve().url, "through": "openai"}
    with pytest.raises(ModelSpecError, match="key_variable"):
        open_model("m", models={"m": entry}, environment={"OPENAI_API_KEY": KEY})


@pytest.mark.parametrize("through", ["wire", "openai"])
def test_no_cookie_is_kept(through: str, serve: Serve) -> None:
    def tracked(body: Any, n: int) -> web.Response:
        answer = web.json_response(completion("Hello."))
        answer.set_cookie("track", "me")
        return answer

    async def ask_twice() -> None:
        model = open_model("m", models={"m": entry}, environment={"MINE": KEY})
        try:
            await model.complete(HI)
            await model.complete(HI)
        finally:
            await model.aclose()

    endpoint = serve(tracked)
    entry: dict[str, Any] = {"url": endpoint.url, "through": through, "key_variable": "MINE"}
    asyncio.run(ask_twice())
    assert [headers.get("Cookie") for headers in endpoint.headers] == [None, None]


@pytest.mark.parametrize("through", ["wire", "openai"])
def test_settings_hold_over_the_wire_and_through_the_package(through: str, serve: Serve) -> None:
    endpoint = serve()
    entry = {
        "url": endpoint.url,
        "through": through,
        "key_variable": "MINE",
        "headers": {"X-Team": "{{ env.TEAM }}"},
        "query": {"api-version": "1"},
        "body": {"top_k": 1},
    }
    asked("m", {"m": entry}, MINE=KEY, TEAM="a team")
    sent = {name.lower(): value for name, value in endpoint.headers[0].items()}
    assert (sent["authorization"], sent["x-team"]) == (f"Bearer {KEY}", "a team")
    assert endpoint.queries == [{"api-version": "1"}]
    assert endpoint.bodies[0]["top_k"] == 1
