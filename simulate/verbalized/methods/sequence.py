"""`sequence`: a list of k replies, each of the same weight."""

from __future__ import annotations

from simulate.verbalized.asking import Steps
from simulate.verbalized.replies import listed
from simulate.verbalized.spec import Method, MethodSpec
from simulate.verbalized.task import Task


class Sequence(Method):
    """A list of k replies, each of the same weight."""

    lists = True

    def __call__(self, spec: MethodSpec, task: Task) -> Steps:
        return listed(spec, task)


METHOD = Sequence()
