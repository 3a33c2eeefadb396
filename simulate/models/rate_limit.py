"""Requests and tokens per minute: when the next request may be sent.

Requests are spaced, not let through in bursts of a minute, because endpoints count over seconds
too. Each request takes its share of a minute, and a second of it may be saved up; so in no 60
seconds are there more requests than are allowed, and in the long run one in 61 fewer. Tokens are
spaced likewise, by what a request is expected to take, corrected by what the endpoint counted;
where that is right, no 60 seconds have more than are allowed and those of one request.

Nothing here reads a clock: the time is given, in seconds.
"""

from __future__ import annotations

from simulate.limits import LARGEST_COUNT, check_number
from simulate.models.chat import ChatRequest, Usage
from simulate.models.tokens import TokenEstimator

SAVED_S = 1.0
"""How much unused time is saved up for later requests, in seconds."""
MINUTE_S = 60.01 + SAVED_S
"""What a minute's requests are spread over, so that with what is saved no minute has more."""


class Pace:
    """The requests and tokens that one endpoint may get a minute.

    Args:
        rpm: requests per minute, ≥ 1; None for no limit.
        tpm: prompt and completion tokens per minute, ≥ 1; None for no limit.

    Raises:
        InputError: a limit is below 1.
    """

    def __init__(self, rpm: int | None = None, tpm: int | None = None) -> None:
        for name, value in (("rpm", rpm), ("tpm", tpm)):
            if value is not None:
                check_number(f"--{name}", value, 1, LARGEST_COUNT, "leave it out for no limit")
        self._rpm, self._tpm = rpm, tpm
        self.take_part(1, 1)
        self._requests_until = float("-inf")
        self._tokens_until = float("-inf")
        self._estimator = TokenEstimator()

    def take_part(self, part: int, whole: int) -> None:
        """Let only a part through, where other processes let the rest through.

        Whole numbers are taken, so that no minute has more than is allowed by all of them.

        Args:
            part: of `whole`.
            whole: the parts of all processes together.
        """
        rpm, tpm = self._rpm, self._tpm
        self._per_request_s = 0.0 if rpm is None else MINUTE_S / max(rpm * part // whole, 1)
        self._per_token_s = 0.0 if tpm is None else MINUTE_S / max(tpm * part // whole, 1)

    def ready_at(self) -> float:
        """Return the time from which the next request may be sent, in seconds."""
        return max(self._requests_until, self._tokens_until) - SAVED_S

    def take(self, now: float, tokens: int) -> None:
        """Note that a request is sent now that is expected to take so many tokens."""
        self._requests_until = max(now, self._requests_until) + self._per_request_s
        self._tokens_until = max(now, self._tokens_until) + self._per_token_s * tokens

    def expected(self, request: ChatRequest) -> int:
        """Return how many tokens a request is expected to take; 0 where they are not limited."""
        if not self._per_token_s:
            return 0
        completion = self._estimator.completion(request)
        if request.max_tokens is not None:
            completion = min(completion, request.max_tokens)
        return round(self._estimator.prompt(request) + completion)

    def settle(self, request: ChatRequest, expected: int, used: Usage) -> None:
        """Put what a request took in place of what was expected, and learn from it."""
        if not self._per_token_s or not used.prompt_tokens:
            return
        taken = used.prompt_tokens + used.completion_tokens
        self._tokens_until += self._per_token_s * (taken - expected)
        self._estimator.learn(request, used)
