"""A model that plays canned or computed answers, for tests, demonstrations and dry runs.

An answer depends on the request alone (its messages and its seed), never on the order of calls,
so a run on a scripted model is the same at any concurrency.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from simulate.errors import InputError, ModelSpecError, RequestRefusedError
from simulate.files.patterns import PatternTooSlowError, Search, check_pattern
from simulate.files.yaml import read_yaml_list
from simulate.models.chat import ChatReply, ChatRequest, Usage
from simulate.models.first_token import likeliest_tokens

Answer = str | Mapping[str, Any]


class ScriptedModel:
    """A chat model whose answers are written down.

    Args:
        answers: a function of the request; or a list of answers, one of which is picked by a hash
            of the request; or rules, each a mapping with `answers` and, optionally, `when`, a
            regular expression that is searched for in the last message, and where none is found
            there, in the first, since a request may stand in the instructions (the first rule that
            matches serves, one without `when` after both). An answer is a text, or a mapping that
            is written as JSON; where log-probabilities are asked for, a mapping of first tokens to
            their logarithms.
        name: how the model is called in files and messages.
    """

    concurrency = 64

    def __init__(
        self,
        answers: Callable[[ChatRequest], Answer] | Sequence[Answer],
        name: str = "scripted",
    ) -> None:
        self.name = name
        self._compute = answers if callable(answers) else _rules(answers, name)

    @classmethod
    def from_file(cls, path: str | Path) -> ScriptedModel:
        """Read the answers from a YAML or JSON file: a list as the constructor takes it.

        Raises:
            ModelSpecError: the file cannot be read or is no list of answers.
        """
        try:
            data = read_yaml_list(Path(path)).data
        except InputError as error:
            raise ModelSpecError(f"scripted:{error}, of answers or of rules") from None
        if not data:
            raise ModelSpecError(f"scripted:{path}: must be a list of answers, or of rules")
        return cls(data, name=f"scripted:{Path(path).name}")

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer a request; see `ChatModel.complete`."""
        answer = self._compute(request)
        logs = None
        if request.top_logprobs is not None and isinstance(answer, Mapping):
            tokens = [{"token": token, "logprob": log} for token, log in answer.items()]
            logs = likeliest_tokens({"logprobs": {"content": [{"top_logprobs": tokens}]}})
            answer = next(iter(logs or {"": 0.0}))
        text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
        prompt = sum(len(m["content"].split()) for m in request.messages)
        usage = Usage(prompt, 0, len(text.split()))
        return ChatReply(text, usage=usage, top_logprobs=logs)

    async def aclose(self) -> None:
        """Do nothing: there is nothing to give back."""


def _rules(answers: Sequence[Any], name: str) -> Callable[[ChatRequest], Answer]:
    rules: list[tuple[str, list[Answer]]] = []
    plain = [a for a in answers if not (isinstance(a, Mapping) and "answers" in a)]
    for rule in answers:
        if isinstance(rule, Mapping) and "answers" in rule:
            pattern = str(rule.get("when", ""))
            try:
                check_pattern(pattern)
            except ValueError as error:
                raise ModelSpecError(f"{name}: when: {error}") from None
            if not isinstance(rule["answers"], Sequence) or isinstance(rule["answers"], str):
                raise ModelSpecError(f"{name}: answers: must be a list of answers")
            rules.append((pattern, list(rule["answers"])))
    if plain:
        rules.append(("", plain))

    def compute(request: ChatRequest) -> Answer:
        first, last = (request.messages[at]["content"] for at in (0, -1))
        told = [(rule, text) for text in (last, first) for rule in rules if rule[0]]
        for (pattern, choices), text in [*told, *((rule, "") for rule in rules if not rule[0])]:
            try:
                found = choices and (not pattern or Search().first(pattern, text))
            except PatternTooSlowError as error:
                raise RequestRefusedError(f"{name}: when: {error}") from None
            if found:
                key = json.dumps([list(request.messages), request.seed], sort_keys=True)
                index = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
                return choices[index % len(choices)]
        raise RequestRefusedError(f"{name}: no rule's “when” matches the last message")

    return compute
