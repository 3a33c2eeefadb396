"""`vs-cot`: reasoning, then k replies with their probabilities."""

from __future__ import annotations

from simulate.verbalized.asking import Steps
from simulate.verbalized.replies import listed
from simulate.verbalized.spec import OF_STATED, Method, MethodSpec
from simulate.verbalized.task import Task


class VerbalizedSamplingWithReasoning(Method):
    """Reasoning, then k replies with their probabilities."""

    states = True
    lists = True
    takes = OF_STATED

    def __call__(self, spec: MethodSpec, task: Task) -> Steps:
        return listed(spec, task, reasoning=True)


METHOD = VerbalizedSamplingWithReasoning()
