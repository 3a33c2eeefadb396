"""`ssot`: a random string of the model's own decides which one reply it gives, in one call.

Source: Misaki and Akiba 2025, String Seed of Thought, arXiv 2510.21150. Their prompt is not copied
here. The string stands in the answer, where it can be read beside the reply.
"""

from __future__ import annotations

from simulate.verbalized.asking import Ask, Steps, asked
from simulate.verbalized.distribution import ReplyDistribution
from simulate.verbalized.parse import parse_reasoned
from simulate.verbalized.replies import requests, said
from simulate.verbalized.schema import reasoned_schema
from simulate.verbalized.spec import Method, MethodSpec, Task

BEFORE = ("string", "reasoning")
"""What the model writes before the reply: its random string, and how this decides."""


class StringSeedOfThought(Method):
    """A random string of the model's own decides which one reply it gives, in one call."""

    verbalizes = False

    def __call__(self, spec: MethodSpec, task: Task) -> Steps:
        schema = reasoned_schema(task.value_schema, may_end=task.may_end, before=BEFORE)
        (prompt,) = requests(spec, task, [schema])
        candidate, parse = yield from asked(
            Ask(said("user", prompt), schema, replies=3, prompt_version=task.prompt_version),
            lambda text: parse_reasoned(
                text,
                read=task.read,
                may_end=task.may_end,
                names=task.names,
                in_talk=task.in_talk,
                before=BEFORE,
            ),
        )
        return ReplyDistribution.single(candidate, parse)


METHOD = StringSeedOfThought()
