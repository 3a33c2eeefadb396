"""What is secret in this process is hidden, however a service spells it, and whoever says it."""

import asyncio
import base64
import html
import json
import random
import string
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from simulate.errors import RequestRefusedError, TargetReplyError
from simulate.models import ChatRequest, open_model
from simulate.models.redaction import (
    LONGEST_DECODED,
    REDACTED,
    Secrets,
    hidden,
    hidden_in,
    hidden_in_reply,
    keep_secret,
)
from simulate.models.secrets import names_secret, secrets_in, secrets_of_environment
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
    "JSON escaped throughout, in JSON": lambda value: "".join(f"\\\\u{ord(c):04X}" for c in value),
    "JSON of an escaped backslash": lambda value: "".join(f"\\u005cu{ord(c):04x}" for c in value),
    "quoted throughout": lambda value: "".join(f"%{byte:02x}" for byte in value.encode()),
    "quoted throughout, in JSON": lambda value: "".join(f"\\u0025{b:02X}" for b in value.encode()),
    "HTML throughout": lambda value: "".join(f"&#{ord(c)};" for c in value),
    "HTML throughout, twice": lambda value: "".join(f"&amp;#x{ord(c):x};" for c in value),
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


@st.composite
def _answers(draw: st.DrawFn) -> tuple[Any, str]:
    """Make up data that hold a key or parts of it, and their JSON, with any escapes."""
    chance = random.Random(draw(st.integers()))
    pieces = [
        KEY,
        KEY[1:],
        KEY[:-1],
        "\\",
        '"',
        "\n",
        "50%",
        "&amp;",
        "u0073",
        "é",
        "🙂",
        "{}",
        " and ",
    ]

    def text() -> str:
        return "".join(chance.choices(pieces, k=chance.randint(0, 8)))

    def escaped(data: Any) -> str:
        written = json.dumps(data, ensure_ascii=chance.random() < 0.5)
        return "".join(
            f"\\u{ord(c):04x}" if c in string.ascii_letters and chance.random() < share else c
            for c in written
        )

    data = [{"text": text(), "more": [text()]} for _ in range(chance.randint(1, 4))]
    share = 0.0
    written = escaped(data)
    for _ in range(chance.randint(0, 2)):
        written = escaped(written)
    return data, written


def _decoded(written: str) -> Any:
    data = json.loads(written)
    return _decoded(data) if isinstance(data, str) else data


@given(_answers())
def test_hiding_leaves_json_with_all_else_that_it_said(answer: tuple[Any, str]) -> None:
    data, written = answer
    told = _decoded(Secrets([KEY]).hidden(written))
    assert len(told) == len(data)
    for said, was in zip(told, data, strict=True):
        for text, before in ((said["text"], was["text"]), (said["more"][0], was["more"][0])):
            assert KEY not in text
            if "\\u0073" not in before:  # which is the first letter of the key once more decoded
                assert (text == before) == (KEY not in before)


def test_an_escape_whose_letter_begins_a_secret_leaves_json() -> None:
    written = json.dumps({"text": "a line\nvapi-0123456789abcdef"})
    found = Secrets(["nvapi-0123456789abcdef"]).hidden(written)
    assert json.loads(found) == {"text": f"a line{REDACTED}"}


def test_no_key_of_an_object_is_lost_where_two_are_hidden() -> None:
    data = {KEY: 1, f"\\u0073{KEY[1:]}": [KEY], "a": 2}
    found = hidden_in(data, Secrets([KEY]).hidden)
    assert found == {REDACTED: 1, f"{REDACTED} (2)": [REDACTED], "a": 2}


@pytest.mark.parametrize(
    "text", ["\\u005c" * 9, "%25" * 9, "&amp;" * 9, "\\" * 9, "&", "\\u0073k-"]
)
def test_a_long_text_of_escapes_holds_nobody(text: str) -> None:
    long = text * (4 * LONGEST_DECODED // len(text))
    assert Secrets([KEY]).hidden(long) == long


def test_what_one_endpoint_is_sent_is_hidden_in_what_any_other_says() -> None:
    keep_secret(["held-by-the-first-endpoint", "ollama"])
    assert hidden_in_reply("It is held-by-the-first-endpoint.") == f"It is {REDACTED}."
    assert hidden_in_reply("I like ollama.") == "I like ollama."
    assert hidden("no: ollama") == f"no: {REDACTED}"


def test_a_word_that_stands_for_a_key_is_none() -> None:
    keep_secret(["none", "EMPTY"])
    assert hidden("It has none; it is EMPTY.") == "It has none; it is EMPTY."


@pytest.mark.parametrize(
    "name",
    [
        *("Authorization", "X-Api-Key", "api-key", "apikey", "OPENAI_API_KEY", "accessToken"),
        *("Cookie", "DB_PASSWORD", "Ocp-Apim-Subscription-Key", "X-Amz-Credential", "oauth", "sig"),
    ],
)
def test_names_of_secrets_are_known(name: str) -> None:
    assert names_secret(name)


@pytest.mark.parametrize(
    "name", ["author", "max_tokens", "tokenizer", "keyword", "KEYBOARD", "X-Design", "PWD", "user"]
)
def test_names_of_other_things_are_none_of_secrets(name: str) -> None:
    assert not names_secret(name)


def test_an_environment_says_what_is_secret_in_it() -> None:
    environment = {
        "GITHUB_TOKEN": "token-of-github",
        "HTTPS_PROXY": "http://me:of-the-proxy@proxy:8080",
        "all_proxy": "me:of-another@proxy:8080",
        "SSH_AUTH_SOCK": "/run/agent",
        "OPENAI_API_KEY_FILE": "/run/key",
        "HOME": "/root",
    }
    found = set(secrets_of_environment(environment))
    of_proxies = {"of-the-proxy", "me:of-the-proxy", "of-another", "me:of-another"}
    assert found == {"token-of-github", *of_proxies}


def test_of_a_query_only_what_is_named_like_a_secret_is_one() -> None:
    assert secrets_in("https://h/v1?api-version=2024-10-21&code=7&sig=of%20it") == [
        "of%20it",
        "of it",
    ]
