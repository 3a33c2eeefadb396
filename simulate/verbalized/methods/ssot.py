"""`ssot`: a random string of the model's own decides which one reply it gives, in one call.

Source: Misaki and Akiba 2025, String Seed of Thought, arXiv 2510.21150. Their prompt is not copied
here. The string stands in the answer, where it can be read beside the reply.
"""

from __future__ import annotations

from simulate.verbalized.asking import Steps
from simulate.verbalized.replies import reasoned
from simulate.verbalized.spec import Method, MethodSpec
from simulate.verbalized.task import Task

BEFORE = ("string", "reasoning")
"""What the model writes before the reply: its random string, and how this decides."""


class StringSeedOfThought(Method):
    """A random string of the model's own decides which one reply it gives, in one call."""

    verbalizes = False

    def __call__(self, spec: MethodSpec, task: Task) -> Steps:
        return reasoned(spec, task, BEFORE)


METHOD = StringSeedOfThought()
