"""What is secret in the process is hidden in what a target of any kind says, put together first."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from simulate.errors import TargetReplyError
from simulate.models.redaction import REDACTED, keep_secret
from tests.targets.service import Handler, Serve, socket, streams
from tests.targets.talking import finding, talk

KEY = "sk-of-somebody-else-0123456789"
ESCAPED = "".join(f"\\u{ord(c):04x}" for c in KEY)


@pytest.fixture(autouse=True)
def _held() -> None:
    keep_secret([KEY])


@pytest.mark.parametrize("cut", [1, 10, len(KEY) - 1])
def test_a_secret_that_the_pieces_of_a_stream_part_is_hidden(service: Serve, cut: int) -> None:
    pieces = ("It is ", KEY[:cut], KEY[cut:], ".")
    events = (f"data: {json.dumps({'text': piece})}\n\n".encode() for piece in pieces)
    bot = service(chat=streams(*events))
    [reply] = talk("sse", url=f"{bot.url}/chat")
    assert reply.text == f"It is {REDACTED}."


def test_a_secret_in_a_message_of_a_socket_is_hidden(socket_chat: Callable[[Handler], str]) -> None:
    async def answer(at: web.WebSocketResponse, text: str) -> None:
        await at.send_str('{"text": "It is %s."}' % ESCAPED)  # noqa: UP031  # of braces

    [reply] = talk("websocket", url=socket_chat(socket(answer)))
    assert reply.text == f"It is {REDACTED}."


def program(script: str) -> dict[str, Any]:
    return {"command": ["sh", "-c", f"read -r asked; {script}"]}


def test_a_secret_in_what_a_program_writes_is_hidden() -> None:
    calls = [{"name": KEY, "arguments": json.dumps({KEY: [KEY]})}]
    answer = json.dumps({"reply": KEY, "tool_calls": calls})
    [reply] = talk("command", **program(f"echo '{answer}'"))
    assert reply.text == REDACTED
    assert reply.tool_calls[0].name == REDACTED
    assert reply.tool_calls[0].arguments == {REDACTED: [REDACTED]}


@pytest.mark.parametrize(
    "script", [f"printf '%s\\n' 'no JSON {ESCAPED}'", f"echo {KEY} >&2; exit 3"]
)
def test_a_secret_in_what_a_message_quotes_of_a_program_is_hidden(script: str) -> None:
    told = finding(TargetReplyError, "command", **program(script))
    assert REDACTED in told
    assert KEY not in told
    assert ESCAPED not in told
