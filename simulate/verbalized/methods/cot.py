"""`cot`: reasoning and then one reply, in one call; the distribution is that one reply."""

from __future__ import annotations

from simulate.verbalized.asking import Ask, Steps, asked
from simulate.verbalized.distribution import ReplyDistribution
from simulate.verbalized.parse import parse_reasoned
from simulate.verbalized.replies import requests, said
from simulate.verbalized.schema import reasoned_schema
from simulate.verbalized.spec import Method, MethodSpec, Task


class ChainOfThought(Method):
    """Reasoning and then one reply, in one call; the distribution is that one reply."""

    verbalizes = False

    def __call__(self, spec: MethodSpec, task: Task) -> Steps:
        schema = reasoned_schema(task.value_schema, may_end=task.may_end)
        (prompt,) = requests(spec, task, [schema])
        candidate, parse = yield from asked(
            Ask(said("user", prompt), schema, replies=2, prompt_version=task.prompt_version),
            lambda text: parse_reasoned(
                text, read=task.read, may_end=task.may_end, names=task.names, in_talk=task.in_talk
            ),
        )
        return ReplyDistribution.single(candidate, parse)


METHOD = ChainOfThought()
