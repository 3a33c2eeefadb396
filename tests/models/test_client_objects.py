"""Client objects of the `openai` package as models, and the SPECs that go through it."""

import asyncio
import contextlib
import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from openai import AsyncAzureOpenAI, AsyncOpenAI, OpenAI

import simulate
from simulate.engine import run
from simulate.errors import EndpointError, ModelError, ModelSpecError, ProtocolError
from simulate.models import ChatReply, ChatRequest, Models, ModelSettings, open_model
from simulate.models.redaction import REDACTED, hidden_in_reply
from tests.endpoint import Serve, completion, refusal
from tests.serving import LocalServer

ASKED = ChatRequest([{"role": "user", "content": "Hi."}])
KEY = "sk-a-key-of-some-length"


class Azure(LocalServer):
    """A resource with the one deployment `mine`, as Azure's documentation has it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[dict[str, Any]] = []

    def routes(self, app: web.Application) -> None:
        app.router.add_post("/openai/deployments/{name}/chat/completions", self._answer)

    async def _answer(self, request: web.Request) -> web.Response:
        self.asked.append({**request.headers, **request.query})
        if request.headers.get("api-key") != KEY:
            return refusal("Access denied due to invalid subscription key", 401, code="401")
        if "api-version" not in request.query:
            return refusal("Missing required query parameter: api-version", 404)
        if request.match_info["name"] != "mine":
            told = "The API deployment for this resource does not exist."
            return refusal(told, 404, code="DeploymentNotFound")
        return web.json_response(completion("Hello."))


def asked_of(model: Any, *requests: ChatRequest) -> list[ChatReply]:
    async def whole() -> list[ChatReply]:
        async with Models() as models:
            try:
                opened = models.chat(model)
                return [await opened.complete(request) for request in requests or (ASKED,)]
            finally:
                if isinstance(model, tuple) and isinstance(model[0], AsyncOpenAI):
                    await model[0].close()

    return asyncio.run(whole())


def test_a_client_object_sends_its_key_headers_and_query(serve: Serve) -> None:
    endpoint = serve()
    client = AsyncOpenAI(
        api_key=KEY,
        base_url=endpoint.url,
        organization="org",
        project="pro",
        default_headers={"X-Title": "A study"},
        default_query={"tier": "flex"},
    )
    asked_of((client, "mock"))
    sent = endpoint.headers[0]
    assert sent["Authorization"] == f"Bearer {KEY}"
    assert (sent["OpenAI-Organization"], sent["OpenAI-Project"]) == ("org", "pro")
    assert sent["X-Title"] == "A study"
    assert endpoint.queries[0] == {"tier": "flex"}


def test_a_run_through_a_client_object_is_the_run_over_the_wire(
    tmp_path: Path, serve: Serve
) -> None:
    endpoint = serve()

    async def both() -> None:
        async with AsyncOpenAI(api_key=KEY, base_url=endpoint.url) as client:
            await run("donation", model=(client, "mock"), n=2, out=tmp_path / "sdk.db")
            assert not client.is_closed()
        await run("donation", model=endpoint.spec, n=2, out=tmp_path / "wire.db")

    asyncio.run(both())
    texts = []
    for name in ("sdk.db", "wire.db"):
        with simulate.open_run(tmp_path / name) as file:
            texts.append([[t.text for t in d.turns] for d in file.read()])
    assert texts[0] == texts[1]


def test_one_client_serves_two_models_of_a_run_under_one_limit(serve: Serve) -> None:
    endpoint = serve()

    async def whole() -> None:
        client = AsyncOpenAI(api_key=KEY, base_url=endpoint.url)
        async with Models() as models:
            one, other = models.chat((client, "a")), models.chat((client, "b"))
            assert models.chat((client, "a")) is one
            await one.complete(ASKED)
            await other.complete(ASKED)

    asyncio.run(whole())
    assert [body["model"] for body in endpoint.bodies] == ["a", "b"]


def test_as_many_retries_are_made_as_the_client_says(serve: Serve) -> None:
    endpoint = serve(lambda body, n: None if n == 0 else refusal("Oops", 500))
    client = AsyncOpenAI(api_key=KEY, base_url=endpoint.url, max_retries=1)
    with pytest.raises(ModelError, match="2 attempts"):
        asked_of((client, "mock"), ASKED, ASKED)
    assert len(endpoint.bodies) == 3


def test_a_client_of_an_event_loop_that_has_ended_is_refused_in_one_line(serve: Serve) -> None:
    script = f"""
import asyncio
from openai import AsyncOpenAI
from simulate import SimulateError, verbalize
client = AsyncOpenAI(api_key="{KEY}", base_url="{serve().url}")
asyncio.run(verbalize("Name a fruit.", model=(client, "m")))
try:
    asyncio.run(verbalize("Name a fruit.", model=(client, "m")))
except SimulateError as error:
    print(error)
"""
    # In a process of its own, since the first loop leaves a connection behind.
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "was used in another event loop before" in ended.stdout


def test_a_closed_client_is_refused_in_one_line(serve: Serve) -> None:
    client = AsyncOpenAI(api_key=KEY, base_url=serve().url)
    asyncio.run(client.close())
    with pytest.raises(ModelSpecError, match="openai:m: its client object is closed"):
        asked_of((client, "m"))


@pytest.mark.parametrize(
    "given",
    [
        (object(), "m"),
        (OpenAI(api_key=KEY), "m"),
        (None, "m"),
        (AsyncOpenAI(api_key=KEY), "m", "n"),
        [AsyncOpenAI(api_key=KEY), "m"],
        AsyncOpenAI(api_key=KEY),
    ],
)
def test_what_is_no_asynchronous_client_is_refused_in_one_line(given: Any) -> None:
    with pytest.raises(ModelSpecError, match="an AsyncOpenAI or AsyncAzureOpenAI"):
        asked_of(given)


@pytest.mark.parametrize("name", ["", " ", None])
def test_a_client_without_a_models_name_is_refused_in_one_line(name: Any) -> None:
    client = AsyncOpenAI(api_key=KEY, base_url="http://127.0.0.1:9/v1")
    with pytest.raises(ModelSpecError, match="and the model's name"):
        asked_of((client, name))


def test_an_azure_client_reaches_its_deployment() -> None:
    with Azure() as azure:
        client = AsyncAzureOpenAI(api_key=KEY, azure_endpoint=azure.base, api_version="2024-10-21")
        assert asked_of((client, "mine"))[0].text == "Hello."
        assert azure.asked[0]["api-version"] == "2024-10-21"


@pytest.fixture
def azure(monkeypatch: pytest.MonkeyPatch) -> Any:
    with Azure() as server:
        monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", server.base)
        monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_API_VERSION", "2024-10-21")
        yield server


def test_an_azure_spec_reaches_its_deployment(azure: Azure) -> None:
    assert asked_of("azure:mine")[0].text == "Hello."
    assert azure.asked[0]["api-key"] == KEY


def test_an_azure_deployment_that_is_not_there_is_one_line(azure: Azure) -> None:
    with pytest.raises(EndpointError, match=r"no such model or address .*does not exist"):
        asked_of("azure:other")


@pytest.mark.parametrize(
    "missing", ["AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_API_KEY", "OPENAI_API_VERSION"]
)
def test_what_azure_needs_of_the_environment_is_named(
    azure: Azure, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(missing)
    with pytest.raises(ModelSpecError, match=rf"azure:mine.*{missing}"):
        open_model("azure:mine")


def test_an_openai_spec_takes_what_the_package_reads_from_the_environment(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = serve()
    monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_ORG_ID", "org")
    asked_of("openai:gpt")
    assert endpoint.bodies[0]["model"] == "gpt"
    assert endpoint.headers[0]["OpenAI-Organization"] == "org"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OPENAI_API_KEY", "schlüssel"),
        ("OPENAI_API_KEY", "a\r\nb: c"),
        ("OPENAI_ORG_ID", "schlüssel"),
        ("OPENAI_BASE_URL", "http://[::1"),
    ],
)
def test_what_of_the_environment_cannot_be_sent_is_one_line(
    variable: str, value: str, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", serve().url)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv(variable, value)
    with pytest.raises((ModelSpecError, EndpointError)) as told:
        asked_of("openai:gpt")
    assert "environment" in str(told.value) or variable in str(told.value)
    assert value not in str(told.value)


@pytest.mark.parametrize("status", [200, 400])
def test_a_body_that_grows_when_it_is_unpacked_is_read_to_a_limit(
    status: int, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = gzip.compress(bytes(64 * 2**20))

    def bomb(body: Any, n: int) -> web.Response:
        return web.Response(status=status, body=packed, headers={"Content-Encoding": "gzip"})

    monkeypatch.setenv("OPENAI_BASE_URL", serve(bomb).url)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with pytest.raises(ProtocolError, match="the endpoint's body is longer than 16,777,216 bytes"):
        asked_of("openai:gpt")


def test_an_answer_that_never_ends_is_broken_off_through_the_package_too(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def drips(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while True:
                await response.write(b" ")
                await asyncio.sleep(0.05)
        return response

    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    url = serve(lambda body, n: None if n else drips).url
    settings = ModelSettings(timeout_s=0.5)

    async def ask() -> ChatReply:
        model = open_model(f"openai:gpt@{url}", settings=settings)
        try:
            return await model.complete(ASKED)
        finally:
            await model.aclose()

    assert asyncio.run(ask()).attempts == 2


def test_a_file_does_not_say_where_the_package_sends_the_key(serve: Serve) -> None:
    with pytest.raises(ModelSpecError, match="a file may not say where"):
        open_model(f"openai:gpt@{serve().url}", by_file=True, environment={"OPENAI_API_KEY": KEY})


def test_an_unknown_kind_of_model_is_refused_in_one_line() -> None:
    with pytest.raises(ModelSpecError, match="there is no kind of model “anthropic”"):
        open_model("anthropic:claude", environment={"OPENAI_API_KEY": KEY})


def test_a_key_that_a_provider_renews_stands_in_no_error(serve: Serve) -> None:
    async def renewed() -> str:
        return f"renewed-{KEY}"

    def says_it_back(body: Any, n: int) -> Callable[[web.Request], Any]:
        async def answer(request: web.Request) -> web.StreamResponse:
            return refusal(f"no: {request.headers['Authorization']}", 401)

        return answer

    client = AsyncOpenAI(api_key=renewed, base_url=serve(says_it_back).url)
    with pytest.raises(EndpointError) as told:
        asked_of((client, "m"))
    assert REDACTED in str(told.value)
    assert KEY not in str(told.value)


def test_a_token_that_a_provider_of_azure_makes_is_hidden_in_replies_too() -> None:
    async def renewed() -> str:
        return f"made-for-azure-{KEY}"

    class Echo(Azure):
        async def _answer(self, request: web.Request) -> web.Response:
            return web.json_response(completion(request.headers["Authorization"]))

    with Echo() as azure:
        client = AsyncAzureOpenAI(
            azure_ad_token_provider=renewed, azure_endpoint=azure.base, api_version="1"
        )
        [reply] = asked_of((client, "mine"))
    assert hidden_in_reply(reply.text) == REDACTED


def test_a_body_through_a_client_says_what_the_wire_says(serve: Serve) -> None:
    over_sdk, over_wire = serve(), serve()
    full = ChatRequest([{"role": "user", "content": "Hé"}], {"type": "number"}, 1, 5, 0.1, 0.9, 3)
    asked_of((AsyncOpenAI(api_key=KEY, base_url=over_sdk.url), "mock"), full)
    asked_of(over_wire.spec, full)
    assert json.dumps(over_sdk.bodies[0]) == json.dumps(over_wire.bodies[0])
