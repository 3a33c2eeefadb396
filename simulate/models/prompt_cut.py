"""Notice an endpoint that cuts long prompts and does not say so.

Ollama, for one, drops what does not fit into `num_ctx`, often the oldest turns, and answers as if
nothing were missing. It shows only in what the endpoint counts: the prompts of a conversation go on
growing, and their tokens stay at a ceiling.

No tokeniser makes that few tokens of a text. Within one conversation the count grows by a tenth of
a token a byte at the least (a fourth is usual), whatever the chat template adds, since that stays
the same. So nothing is noticed before the prompts have grown by several times what the counts
differ by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulate.models.chat import Noticed, Usage
from simulate.models.tokens import tokens_of

SMALLEST_CEILING = 500
"""Tokens. No context is smaller, and an endpoint that counts only what its cache does not hold
counts less than this for each further turn."""
BAND = 0.03
"""How far below the ceiling a cut prompt may be, as a share: where whole messages are dropped, what
is left does not fill the context."""
FEWEST_PER_ESTIMATED = 0.4
"""Tokens that the most sparing tokeniser counts for a token of `tokens_of`."""
FEWEST_CALLS = 4
MARGIN = 64
"""Tokens that must be missing at the least."""
BEGINNING = 3
"""The messages by which a conversation is known again."""
MOST_CONVERSATIONS = 1000


def prompts_cut(model: str, ceiling: int) -> Noticed:
    """Return what is told of a model whose prompts are cut."""
    told = (
        f"{model} seems to cut prompts at about {ceiling:,} tokens: its count stays there while "
        "the prompts grow, so that it no longer reads the whole dialogue; give it a larger context "
        "(Ollama: OLLAMA_CONTEXT_LENGTH, or num_ctx in a Modelfile; see docs/models.md)"
    )
    return Noticed(model, "prompts cut", told)


@dataclass(slots=True)
class _Conversation:
    """Calls of one conversation, since its count has stopped to grow.

    Attributes:
        shortest: the estimated size of the shortest prompt, in tokens.
        longest: of the longest.
        lowest: the lowest count.
        calls: how many of them had a prompt longer than all before.
    """

    shortest: float
    longest: float
    lowest: int
    calls: int = 1

    def grown(self, size: float) -> float:
        """Return how many tokens a prompt of this size must have beyond the shortest."""
        return FEWEST_PER_ESTIMATED * (size - self.shortest)


class PromptCut:
    """Looks for the ceiling at which a model's prompts are cut."""

    def __init__(self) -> None:
        self._ceiling = 0
        self._near_ceiling: dict[int, _Conversation] = {}
        self._found = False

    def ceiling(self, messages: Sequence[Mapping[str, str]], used: Usage) -> int | None:
        """Take in a call; return the ceiling in tokens when it is found, and only then.

        Args:
            messages: what was sent.
            used: what the endpoint counted.
        """
        counted = used.prompt_tokens
        # Most calls end here: they are short, or shorter than another one.
        if counted < SMALLEST_CEILING or counted < (1 - BAND) * self._ceiling or self._found:
            return None
        if len(messages) <= BEGINNING or used.cached_tokens > counted:
            return None
        self._ceiling = max(counted, self._ceiling)
        known = hash(tuple([m.get("content") for m in messages[:BEGINNING]]))
        size = tokens_of(messages)
        calls = self._near_ceiling.get(known)
        if (
            calls is None
            or calls.lowest < (1 - BAND) * self._ceiling
            or counted - calls.lowest > calls.grown(size)
            or (calls.calls == 1 and counted > calls.lowest)
        ):
            if len(self._near_ceiling) >= MOST_CONVERSATIONS:
                del self._near_ceiling[next(iter(self._near_ceiling))]
            self._near_ceiling[known] = _Conversation(size, size, counted)
            return None
        calls.lowest = min(calls.lowest, counted)
        if size > calls.longest:
            calls.longest = size
            calls.calls += 1
        missing = calls.grown(calls.longest) - 4 * (self._ceiling - calls.lowest)
        self._found = calls.calls >= FEWEST_CALLS and missing >= MARGIN
        return self._ceiling if self._found else None
