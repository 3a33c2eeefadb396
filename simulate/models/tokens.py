"""How many tokens a text has, before anybody has counted them.

Tokenisers merge bytes of UTF-8, so bytes say more than characters: English has about four a token,
and a script with two, three or four bytes a character has two to four times as many tokens a
character, as tokenisers of recent models do (Cyrillic and Arabic about 0.5 a character, Chinese,
Japanese and Hindi about 0.75, emoji 1 or more). The figure starts there and follows what the
endpoint counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulate.models.chat import ChatRequest, Usage

BYTES_PER_TOKEN = 4.0
TOKENS_PER_MESSAGE = 4
"""What the form of the conversation adds to each message."""
FIRST_COMPLETION_TOKENS = 350
"""What a reply is taken to have before one has come: five candidates of two sentences each."""
LEARNING = 0.2
"""How much one reply changes what is expected of the next."""


def tokens_in(text: str) -> float:
    """Return how many tokens a text may have, where nothing is known of the tokeniser."""
    size = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
    return size / BYTES_PER_TOKEN


def tokens_of(messages: Sequence[Mapping[str, str]]) -> float:
    """Return how many tokens the texts of some messages may have, likewise."""
    return tokens_in("".join([m.get("content") or "" for m in messages]))


class TokenEstimator:
    """What requests and their replies take, learnt from what the endpoint counts.

    Args:
        highest: whether the most that was seen counts, and not what is usual.
    """

    def __init__(self, *, highest: bool = False) -> None:
        self._highest = highest
        self._factor: float | None = None
        self._completion: dict[tuple[bool, int], float] = {}

    def prompt(self, request: ChatRequest) -> float:
        """Return how many tokens a request's prompt may have."""
        factor = 1.0 if self._factor is None else self._factor
        return factor * _text(request) + TOKENS_PER_MESSAGE * len(request.messages)

    def completion(self, request: ChatRequest) -> float:
        """Return how many tokens the reply may have; `max_tokens` is no part of it."""
        return self._completion.get(_alike(request), FIRST_COMPLETION_TOKENS)

    def learn(self, request: ChatRequest, used: Usage) -> None:
        """Take in what a call took; nothing where it is not known, no prompt that was estimated."""
        if not used.prompt_tokens:
            return
        if not used.estimated:
            beyond = max(used.prompt_tokens - TOKENS_PER_MESSAGE * len(request.messages), 1)
            self._factor = self._next(self._factor, beyond / max(_text(request), 1.0))
        alike = _alike(request)
        self._completion[alike] = self._next(self._completion.get(alike), used.completion_tokens)

    def _next(self, before: float | None, seen: float) -> float:
        if before is None:
            return seen
        return max(before, seen) if self._highest else before + LEARNING * (seen - before)


def _text(request: ChatRequest) -> float:
    tokens = tokens_of(request.messages)
    return tokens + (0.0 if request.schema is None else tokens_in(str(request.schema)))


def _alike(request: ChatRequest) -> tuple[bool, int]:
    return request.schema is None, request.replies
