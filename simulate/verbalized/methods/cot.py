"""`cot`: reasoning and then one reply, in one call; the distribution is that one reply."""

from __future__ import annotations

from simulate.verbalized.asking import Steps
from simulate.verbalized.replies import reasoned
from simulate.verbalized.spec import Method, MethodSpec
from simulate.verbalized.task import Task


class ChainOfThought(Method):
    """Reasoning and then one reply, in one call; the distribution is that one reply."""

    verbalizes = False

    def __call__(self, spec: MethodSpec, task: Task) -> Steps:
        return reasoned(spec, task)


METHOD = ChainOfThought()
