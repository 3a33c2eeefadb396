"""What llama.cpp writes piece by piece, read as any other answer is."""

from typing import Any

import pytest

from simulate.errors import ContentFilteredError, ModelError
from simulate.models import ChatRequest
from simulate.models.embedded import read_pieces

HELLO = ChatRequest([{"role": "user", "content": "Hi"}])
USAGE = {"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}}


def pieces(*deltas: dict[str, str], finish: str | None = "stop") -> list[dict[str, Any]]:
    said = [{"choices": [{"delta": delta}]} for delta in deltas]
    return [*said, {"choices": [{"delta": {}, "finish_reason": finish}]}, {"usage": USAGE}]


def test_pieces_are_joined_and_counted() -> None:
    read = read_pieces(pieces({"content": "Hel"}, {"content": "lo."}), HELLO)
    assert (read.text, read.stop, read.usage.cached_tokens) == ("Hello.", "stop", 4)


@pytest.mark.parametrize(
    ("deltas", "text", "stop"),
    [
        ([{"reasoning_content": "Hm."}, {"content": "Hello."}], "Hello.", "stop"),
        ([{"content": "<think>Hm.</think>"}, {"content": "Hello."}], "Hello.", "stop"),
        ([{"reasoning_content": "Hm."}], "", "reasoning"),
    ],
)
def test_reasoning_never_becomes_text(deltas: Any, text: str, stop: str) -> None:
    read = read_pieces(pieces(*deltas), HELLO)
    assert (read.text, read.stop) == (text, stop)


def test_the_token_limit_is_told_apart() -> None:
    assert read_pieces(pieces({"content": "Hel"}, finish="length"), HELLO).stop == "length"


@pytest.mark.parametrize(
    ("finish", "error"),
    [(None, ModelError), ("error", ModelError), ("content_filter", ContentFilteredError)],
)
def test_half_an_answer_is_no_reply(finish: str | None, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_pieces(pieces({"content": "Hel"}, finish=finish), HELLO)
