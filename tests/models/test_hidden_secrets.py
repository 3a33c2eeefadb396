"""A secret is hidden however a service spells it, for models and for targets alike."""

import asyncio
import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from aiohttp import web

from simulate.errors import RequestRefusedError, TargetReplyError
from simulate.models import ChatRequest, open_model
from simulate.models.secrets import REDACTED, Secrets
from tests.endpoint import Serve
from tests.targets.talking import finding

SECRET = "s/k+1 ä\\“geheim”&=?9"  # noqa: S105
KEY = 'sk-ab/c+d=="geheim&=?9\\x'  # what a header can hold

SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "quoted": quote,
    "quoted with slashes": lambda value: quote(value, safe=""),
    "quoted in lower case": lambda value: quote(value, safe="").lower(),
    "quoted for a form": quote_plus,
    "JSON": lambda value: json.dumps(value)[1:-1],
    "JSON in Unicode": lambda value: json.dumps(value, ensure_ascii=False)[1:-1],
    "JSON with slashes escaped": lambda value: json.dumps(value)[1:-1].replace("/", "\\/"),
    "JSON for a page": lambda value: json.dumps(value)[1:-1].replace("&", "\\u0026"),
    "JSON in JSON": lambda value: json.dumps(json.dumps(value)[1:-1])[1:-1],
    "JSON in JSON in Unicode": lambda value: json.dumps(
        json.dumps(value, ensure_ascii=False)[1:-1], ensure_ascii=False
    )[1:-1],
    "JSON escaped throughout": lambda value: "".join(f"\\u{ord(c):04x}" for c in value),
    "HTML": html.escape,
    "HTML with numbers": lambda value: html.escape(value).replace("&quot;", "&#34;"),
    "JSON in HTML": lambda value: html.escape(json.dumps(value)[1:-1]),
    "quoted twice": lambda value: quote(quote(value, safe=""), safe=""),
    "quoted twice with slashes": lambda value: quote(quote(value)),
    "quoted twice in lower case": lambda value: quote(quote(value, safe="").lower()),
    "quoted twice for a form": lambda value: quote_plus(quote_plus(value)),
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "base64 for a URL": lambda value: base64.urlsafe_b64encode(value.encode()).decode(),
    "base64 after a user": lambda value: base64.b64encode(f"me:{value}".encode()).decode(),
    "base64 amid more": lambda value: base64.b64encode(f"ada:{value}:x".encode()).decode(),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_each_spelling_of_a_secret_is_hidden(spelling: str) -> None:
    spelled = SPELLINGS[spelling](SECRET)
    told = Secrets([SECRET]).hidden(f"not with {spelled}!")
    assert REDACTED in told
    assert SPELLINGS[spelling](SECRET)[4:-4] not in told


@pytest.mark.parametrize("spelling", ["JSON", "base64 amid more"])
def test_no_key_stands_in_an_error_of_a_model(serve: Serve, spelling: str) -> None:
    spelled = SPELLINGS[spelling](KEY)
    endpoint = serve(lambda body, n: web.Response(text=f"not with {spelled}!", status=400))

    async def ask() -> None:
        model = open_model(endpoint.spec, environment={"OPENAI_API_KEY": KEY})
        try:
            await model.complete(ChatRequest([{"role": "user", "content": "Hi."}]))
        finally:
            await model.aclose()

    with pytest.raises(RequestRefusedError) as told:
        asyncio.run(ask())
    assert REDACTED in str(told.value)
    assert spelled[4:-4] not in str(told.value)


@pytest.mark.parametrize("spelling", ["JSON", "base64 amid more"])
def test_no_token_stands_in_an_error_of_a_target(
    serve: Serve, spelling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_TOKEN", KEY)
    spelled = SPELLINGS[spelling](KEY)
    endpoint = serve(lambda body, n: web.Response(text=f"not with {spelled}!", status=400))
    told = finding(
        TargetReplyError,
        "http",
        url=f"{endpoint.url}/chat/completions",
        headers={"X-Token": "{{ env.BOT_TOKEN }}"},
    )
    assert REDACTED in told
    assert spelled[4:-4] not in told


def test_a_value_of_three_letters_is_no_secret() -> None:
    assert Secrets(["abc"]).hidden("abc abc") == "abc abc"
