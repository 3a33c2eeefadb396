"""Every models file of docs/models.md is read, and every recipe plays a run against its vendor.

The vendor is a local server that asks for what the vendor's documentation asks for, and refuses
what it refuses.
"""

import asyncio
import json
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from simulate.engine import run
from simulate.models import ModelSettings
from simulate.models.named import read_models
from simulate.scenario import Scenario
from tests.conftest import Command
from tests.endpoint import Body, completion, refusal, usual_text
from tests.serving import LocalServer

PAGE = (Path(__file__).parents[2] / "docs" / "models.md").read_text("utf-8")
FILES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
KEY = "sk-0123456789abcdef"
Refuses = Callable[[Body], web.Response | None]


def refuses(*fields: str, status: int = 400) -> Refuses:
    """Refuse fields that an API does not have, as it words it."""

    def refuse(body: Body) -> web.Response | None:
        found = next((name for name in fields if name in body), None)
        told = f"Unsupported parameter: '{found}' is not supported with this model."
        return refusal(told, status, param=found) if found else None

    return refuse


def no_schema(body: Body) -> web.Response | None:
    """Refuse a JSON Schema, and take a JSON object."""
    if body.get("response_format", {}).get("type") == "json_schema":
        return refusal("This response_format type is unavailable now")
    return None


@dataclass(frozen=True)
class Vendor:
    """What a vendor's documentation asks for."""

    path: str
    header: str | None = "Authorization"
    query: str = ""
    body: tuple[str, ...] = ()
    refuse: Refuses = lambda body: None


VENDORS = {
    "openai": Vendor("/v1", body=("reasoning_effort",), refuse=refuses("max_tokens", "top_p")),
    "azure-v1": Vendor("/openai/v1", "api-key"),
    "azure-dated": Vendor(
        "/openai/deployments/my-deployment", "api-key", query="api-version=2024-10-21"
    ),
    "azure-package": Vendor(
        "/openai/deployments/my-deployment", "api-key", query="api-version=2024-10-21"
    ),
    "openrouter": Vendor("/api/v1", body=("provider",)),
    "groq": Vendor("/openai/v1", body=("reasoning_effort",)),
    "gemini": Vendor("/v1beta/openai", body=("reasoning_effort",), refuse=refuses("seed")),
    "anthropic": Vendor("/v1"),
    "mistral": Vendor("/v1", body=("safe_prompt",), refuse=refuses("seed", status=422)),
    "deepseek": Vendor("/v1", body=("thinking",), refuse=no_schema),
    "vllm": Vendor("/v1", body=("chat_template_kwargs",)),
    "sglang": Vendor("/v1", body=("chat_template_kwargs",)),
    "llama-cpp": Vendor("/v1", None, body=("cache_prompt",)),
    "ollama": Vendor("/v1", None, body=("reasoning_effort",), refuse=refuses("options", "num_ctx")),
    "lm-studio": Vendor("/v1", None, body=("ttl",)),
    "litellm": Vendor("/v1", body=("cache",)),
}


class Served(LocalServer):
    """One vendor."""

    def __init__(self, vendor: Vendor) -> None:
        super().__init__()
        self.vendor = vendor
        self.answered = 0

    def routes(self, app: web.Application) -> None:
        app.router.add_post("/{path:.*}", self._answer)

    async def _answer(self, request: web.Request) -> web.Response:
        asks, body = self.vendor, await request.json()
        if request.path != f"{asks.path}/chat/completions" or request.query_string != asks.query:
            return refusal("Resource not found", 404)
        if asks.header is None:
            assert not {"Authorization", "api-key"} & set(request.headers)
        elif request.headers.get(asks.header, "").removeprefix("Bearer ") != KEY:
            return refusal("Access denied", 401)
        missing = set(asks.body) - set(body)
        if refused := refusal(f"missing: {missing}") if missing else asks.refuse(body):
            return refused
        self.answered += 1
        schema = body.get("response_format", {}).get("type") == "json_schema"
        text = usual_text(body) if schema else json.dumps({"text": "Yes."})
        return web.json_response(completion(text, model=body["model"]))


@pytest.mark.parametrize("text", FILES, ids=lambda text: text.partition(":")[0])
def test_each_models_file_of_the_page_can_be_read(text: str, tmp_path: Path) -> None:
    path = tmp_path / "models.yaml"
    path.write_text(text, "utf-8")
    assert read_models(path).entries


def recipes(folder: Path) -> dict[str, ModelSettings]:
    path = folder / "models.yaml"
    path.write_text("".join(FILES[1:]), "utf-8")
    return dict(read_models(path).entries)


def test_there_is_a_recipe_for_each_vendor_that_is_played(tmp_path: Path) -> None:
    assert set(recipes(tmp_path)) == set(VENDORS)


@pytest.mark.parametrize("name", VENDORS)
def test_a_recipe_plays_a_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = recipes(tmp_path)[name]
    if settings.key_variable is not None:
        monkeypatch.setenv(settings.key_variable, KEY)
    assert settings.url is not None
    with Served(VENDORS[name]) as served:
        here = f"{served.base}{urlsplit(settings.url).path}"
        entries = {name: ModelSettings.model_validate({**settings.model_dump(), "url": here})}
        result = asyncio.run(run(TALK, n=1, model=name, models=entries, out=tmp_path / "run.db"))
        assert (result.completed, served.answered) == (1, result.calls)


TALK = Scenario.model_validate(
    {
        "scenario": "talk",
        "turns": {"maximum": 1},
        "speakers": {
            "ada": {"plays": "user", "method": "direct", "temperature": 0.7, "max_tokens": 50},
            "bob": {"plays": "assistant"},
        },
    }
)


@pytest.mark.parametrize("line", re.findall(r"^\$ simulate (.*)", PAGE, re.MULTILINE))
def test_a_command_of_the_page_is_one(
    line: str, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("models.yaml").write_text(FILES[0], "utf-8")
    words = shlex.split(line.partition("  #")[0])
    code, _, err = command(*words, *(["--dry-run"] if words[0] == "run" else []))
    assert code == 0, err


@pytest.mark.parametrize("field", ModelSettings.model_fields)
def test_the_page_has_every_field(field: str) -> None:
    assert f"| `{field}` |" in PAGE


def test_what_the_page_shows_in_python_can_be_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    with Served(Vendor("/v1", None, body=("reasoning_effort",))) as served:
        code = code.replace("http://127.0.0.1:8000", served.base).replace("n=20", "n=1")
        found: dict[str, Any] = {}
        exec(code, found)  # noqa: S102  # our own page
    assert found["result"].failed + found["result"].completed == 2
