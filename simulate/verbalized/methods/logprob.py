"""`logprob`: how likely the model's next token is to name each of a few answers, in two calls.

The answers are listed with a letter each, the model is asked for the letter alone, and the
probabilities of its first token are read, not drawn from: the field's way to a model's own
distribution over the options of a question (Santurkar et al. 2023, Whose Opinions Do Language
Models Reflect?, arXiv 2303.17548).

What is read: of the `TOP` likeliest first tokens, those that are the letter, with white space
around it and in either case, added up. An answer whose letter is not among them has probability 0;
it has at most that of the least of them. What is on no letter is lost, and the distribution's
`mass` says how much is left.

Models prefer a place in a list, whatever stands there (Zheng et al. 2024, Large Language Models Are
Not Robust Multiple Choice Selectors, arXiv 2309.03882). So the answers are listed twice, in their
order and in its reverse, and each has the mean of its two probabilities. For two answers that is
every order; for more, a preference that rises or falls steadily along the list cancels out.
"""

from __future__ import annotations

import json
import math
import string
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from simulate.errors import ParseError, quote
from simulate.verbalized.asking import Ask, Steps
from simulate.verbalized.candidate import Candidate
from simulate.verbalized.distribution import ReplyDistribution
from simulate.verbalized.requests import request, said
from simulate.verbalized.schema import closed_values
from simulate.verbalized.spec import Method, MethodSpec
from simulate.verbalized.task import Task

TOP = 20
"""Of how many tokens endpoints give the probability, at most."""
LETTERS = "ABCDEFGHJKLMNOPQRSTU"
"""One a listed answer; without I, with which replies in words begin."""
SPACES = string.whitespace + "▁ĠĊ"
"""White space, also as vocabularies write it that a server did not decode."""
SHOWN = 3


class FirstTokenProbabilities(Method):
    """How likely the model's next token is to name each of a few answers, in two calls."""

    def calls(self, spec: MethodSpec) -> int:
        """Return 2: the answers in their order, and in its reverse."""
        return 2

    def unfit(self, value_schema: Mapping[str, Any] | None) -> str | None:
        values = closed_values(value_schema, len(LETTERS))
        if values is not None:
            return None
        return f"needs an outcome with at most {len(LETTERS)} answers that can be listed"

    def __call__(self, spec: MethodSpec, task: Task) -> Steps:
        values = closed_values(task.value_schema, len(LETTERS))
        if values is None or task.read is None:
            raise ValueError(f"method logprob {self.unfit(task.value_schema)}")
        texts = tuple(map(task.read, values))
        found = [0.0] * len(texts)
        asks = [_ask(spec, task, listed) for listed in (texts, texts[::-1])]
        for ask, step in zip(asks, (1, -1), strict=True):
            likely = _by_letter((yield ask), len(texts))
            for i, probability in enumerate(likely[::step]):
                found[i] += probability / len(asks)
        return ReplyDistribution.from_probabilities(tuple(map(Candidate, texts, found)))


def _ask(spec: MethodSpec, task: Task, listed: Sequence[str]) -> Ask:
    options = "\n".join(f"{letter}: {text}" for letter, text in zip(LETTERS, listed, strict=False))
    prompt = request(spec, replace(task, form=options))
    return Ask(said("user", prompt), logprobs=TOP)


def _by_letter(answer: str, number: int) -> list[float]:
    """Return the probability of each letter.

    Args:
        answer: a JSON object of first tokens, each with its log-probability in nats.
        number: how many letters were listed.

    Raises:
        ParseError: none of the tokens is a listed letter.
    """
    logs: dict[str, float] = json.loads(answer)
    found = [0.0] * number
    for token, log in logs.items():
        letter = token.strip(SPACES).upper()
        if len(letter) == 1 and (place := LETTERS.find(letter)) in range(number):
            found[place] += math.exp(log)
    if not any(found):
        shown = ", ".join(f"{quote(t, 20)} {math.exp(p):.2g}" for t, p in [*logs.items()][:SHOWN])
        raise ParseError(
            f"none of the letters {LETTERS[0]} to {LETTERS[number - 1]} is among the "
            f"{len(logs)} likeliest first tokens, which begin with {shown}: the model does not "
            "answer with a letter alone; take another method than logprob"
        )
    return found


METHOD = FirstTokenProbabilities()
