"""A budget of tokens or money that a run does not cross.

Before a call is made, what it may take at most is set aside: the tokens of the prompt, and those of
the reply, which are `max_tokens` or what the longest reply to a similar request has taken so far.
Both are estimates that learn from what the endpoint counts (`tokens`), with a margin. A call that
does not fit waits for the calls in flight, which mostly take less than was set aside; where none is
in flight, the budget is reached.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass

from simulate.errors import BudgetReachedError, InputError, ModelError
from simulate.limits import LARGEST_COUNT, check_number
from simulate.models.chat import ChatModel, ChatReply, ChatRequest, Usage
from simulate.models.prices import Price
from simulate.models.tokens import TokenEstimator

MARGIN = 1.5
"""How much more a call may take than the most that is expected of it."""


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
        for name, limit in (("--budget-tokens", self.tokens), ("--budget-usd", self.usd)):
            if limit is not None:
                check_number(name, limit, 0, LARGEST_COUNT)
        self._held_tokens = 0
        self._held_usd = 0.0
        self._in_flight = 0
        self._settled = asyncio.Condition()

    @classmethod
    def of(cls, tokens: int | None, usd: float | None) -> Budget | None:
        """Return a budget of these limits; None without any."""
        return None if (tokens, usd) == (None, None) else cls(tokens, usd)

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
            self._settled.notify()  # there may be room for another one, too

    async def settle(self, tokens: int, usd: float, used: Usage, cost_usd: float) -> None:
        """Give back what was set aside, and book what was spent."""
        async with self._settled:
            self._in_flight -= 1
            self._held_tokens -= tokens
            self._held_usd -= usd
            self.spent_tokens += used.prompt_tokens + used.completion_tokens
            self.spent_usd += cost_usd
            # One at a time, since thousands may wait; where none is in flight, all are told.
            if self._in_flight:
                self._settled.notify()
            else:
                self._settled.notify_all()

    def _crossed(self, tokens: int, usd: float) -> str | None:
        if self.tokens is not None and self.spent_tokens + self._held_tokens + tokens > self.tokens:
            return (
                f"the budget of {self.tokens:,} tokens is reached: {self.spent_tokens:,} were "
                f"spent when a call was to be made that may take {tokens:,}; go on with a "
                "higher one"
            )
        if self.usd is not None and self.spent_usd + self._held_usd + usd > self.usd:
            return (
                f"the budget of ${self.usd:g} is reached: ${self.spent_usd:.4g} were spent when "
                f"a call was to be made that may take ${usd:.4g}; go on with a higher one"
            )
        return None


class WithinBudget:
    """A chat model whose calls stay within a budget that it shares with others.

    Args:
        model: the model that answers.
        price: what its calls cost; None where it is unknown.
        budget: shared by all models of a run.

    Attributes:
        model: see above.
        price: see above.

    Raises:
        InputError: money is limited and the model's price is unknown.
    """

    def __init__(self, model: ChatModel, price: Price | None, budget: Budget) -> None:
        if budget.usd is not None and price is None:
            raise InputError(
                f"--budget-usd: the price of {model.name} is unknown, so its cost cannot be "
                "limited; give --budget-tokens instead"
            )
        self.model = model
        self.price = price
        self._budget = budget
        self._estimator = TokenEstimator(highest=True)

    @property
    def name(self) -> str:
        """The name of the model that answers."""
        return self.model.name

    @property
    def concurrency(self) -> int:
        """That of the model that answers."""
        return self.model.concurrency

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer a request; see `ChatModel.complete`.

        Raises:
            BudgetReachedError: the call could cross the budget.
        """
        most = Usage(
            math.ceil(MARGIN * self._estimator.prompt(request)),
            0,
            request.max_tokens or math.ceil(MARGIN * self._estimator.completion(request)),
        )
        tokens = most.prompt_tokens + most.completion_tokens
        usd = self.price(most) if self.price is not None else 0.0
        await self._budget.reserve(tokens, usd)
        used, cost_usd = Usage(), 0.0
        try:
            reply = await self.model.complete(request)
            used, cost_usd = reply.usage, reply.cost_usd or 0.0
        except ModelError as error:
            used, cost_usd = Usage(*error.paid), error.paid_usd or 0.0
            raise
        finally:
            await self._budget.settle(tokens, usd, used, cost_usd)
        self._estimator.learn(request, used)
        return reply

    async def aclose(self) -> None:
        """Leave the model open: it belongs to who opened it."""
