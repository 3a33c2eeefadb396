"""A budget of tokens or money that a run does not cross.

Before a call is made, what it may take at most is set aside. Tokens of the prompt are estimated
from its characters, those of the reply from `max_tokens` or the longest reply to a like request so
far; both learn from what the endpoint counts, and carry a margin. A call that does not fit waits
for the calls in flight, which mostly take less than was set aside; where none is in flight, the
budget is reached.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from simulate.errors import BudgetReachedError, InputError
from simulate.models.chat import ChatModel, ChatReply, ChatRequest, Usage
from simulate.models.prices import Price

__all__ = ["Budget", "WithinBudget"]

MARGIN = 1.5
FIRST_TOKENS_PER_CHARACTER = 0.5
FIRST_COMPLETION_TOKENS = 512
TOKENS_PER_MESSAGE = 8


@dataclass
class Budget:
    """What a run may spend, and what it has spent.

    Attributes:
        tokens: prompt and completion tokens together; None for no limit.
        usd: money; None for no limit.
        spent_tokens: so far, earlier invocations of the run included.
        spent_usd: likewise.

    Raises:
        InputError: a limit is not above 0.
    """

    tokens: int | None = None
    usd: float | None = None
    spent_tokens: int = 0
    spent_usd: float = 0.0

    def __post_init__(self) -> None:
        if self.tokens is not None and self.tokens < 1:
            raise InputError(f"--budget-tokens is {self.tokens}, it must be ≥ 1")
        if self.usd is not None and not self.usd > 0:
            raise InputError(f"--budget-usd is {self.usd:g}, it must be > 0")
        self._held_tokens = 0
        self._held_usd = 0.0
        self._in_flight = 0
        self._settled = asyncio.Condition()

    async def reserve(self, tokens: int, usd: float) -> None:
        """Set aside what a call may take, waiting for calls in flight where need be.

        Raises:
            BudgetReachedError: it does not fit, and no call in flight can give anything back.
        """
        async with self._settled:
            while (crossed := self._crossed(tokens, usd)) is not None:
                if not self._in_flight:
                    raise BudgetReachedError(crossed)
                await self._settled.wait()
            self._in_flight += 1
            self._held_tokens += tokens
            self._held_usd += usd

    async def settle(self, tokens: int, usd: float, reply: ChatReply | None) -> None:
        """Give back what was set aside, and book what was spent."""
        async with self._settled:
            self._in_flight -= 1
            self._held_tokens -= tokens
            self._held_usd -= usd
            if reply is not None:
                self.spent_tokens += reply.usage.prompt_tokens + reply.usage.completion_tokens
                self.spent_usd += reply.cost_usd or 0.0
            self._settled.notify_all()

    def _crossed(self, tokens: int, usd: float) -> str | None:
        if self.tokens is not None and self.spent_tokens + self._held_tokens + tokens > self.tokens:
            return (
                f"the budget of {self.tokens:,} tokens is reached: {self.spent_tokens:,} were "
                f"spent when a call was to be made that may take {tokens:,}"
            )
        if self.usd is not None and self.spent_usd + self._held_usd + usd > self.usd:
            return (
                f"the budget of ${self.usd:g} is reached: ${self.spent_usd:.4g} were spent when "
                f"a call was to be made that may take ${usd:.4g}"
            )
        return None


class WithinBudget:
    """A chat model whose calls stay within a budget that it shares with others.

    Args:
        model: the model that answers.
        budget: shared by all models of a run.

    Raises:
        InputError: money is limited and the model's price is unknown.
    """

    def __init__(self, model: ChatModel, budget: Budget) -> None:
        self._model = model
        self._budget = budget
        self._price: Price | None = getattr(model, "price", None)
        if budget.usd is not None and self._price is None:
            raise InputError(
                f"--budget-usd: the price of {model.name} is unknown, so its cost cannot be "
                "limited; give --budget-tokens instead"
            )
        self._per_character: float | None = None
        self._longest: dict[tuple[bool, int], int] = {}

    @property
    def name(self) -> str:
        """The name of the model that answers."""
        return self._model.name

    @property
    def concurrency(self) -> int:
        """That of the model that answers."""
        return self._model.concurrency

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer a request; see `ChatModel.complete`.

        Raises:
            BudgetReachedError: the call could cross the budget.
        """
        characters = sum(len(_content(m)) for m in request.messages)
        characters += 0 if request.schema is None else len(str(request.schema))
        overhead = TOKENS_PER_MESSAGE * len(request.messages)
        alike = (request.schema is None, request.replies)
        longest = self._longest.get(alike, FIRST_COMPLETION_TOKENS)
        per_character = self._per_character or FIRST_TOKENS_PER_CHARACTER
        most = Usage(
            int(MARGIN * (per_character * characters + overhead)),
            0,
            request.max_tokens or int(MARGIN * longest),
        )
        tokens = most.prompt_tokens + most.completion_tokens
        usd = self._price(most) if self._price is not None else 0.0
        await self._budget.reserve(tokens, usd)
        reply = None
        try:
            reply = await self._model.complete(request)
        finally:
            await self._budget.settle(tokens, usd, reply)
        used = reply.usage
        if used.prompt_tokens and characters:
            beyond = max(used.prompt_tokens - overhead, 1)
            self._per_character = max(beyond / characters, self._per_character or 0.0)
        self._longest[alike] = max(used.completion_tokens, self._longest.get(alike, 0))
        return reply

    async def aclose(self) -> None:
        """Leave the model open: it belongs to who opened it."""


def _content(message: Mapping[str, str]) -> str:
    return message.get("content") or ""
