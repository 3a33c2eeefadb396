"""`vs-multi`: k replies with their probabilities, a part of them in each of several rounds."""

from __future__ import annotations

from simulate.verbalized.asking import Steps
from simulate.verbalized.replies import listed
from simulate.verbalized.spec import OF_STATED, Method, MethodSpec
from simulate.verbalized.task import Task

DEFAULT_ROUNDS = 2


class VerbalizedSamplingInRounds(Method):
    """K replies with their probabilities, a part of them in each of several rounds."""

    states = True
    lists = True
    takes = OF_STATED | {"rounds"}
    first_wording = "confidence"

    def calls(self, spec: MethodSpec) -> int:
        """Return the rounds."""
        return spec.rounds or DEFAULT_ROUNDS

    def problem(self, spec: MethodSpec) -> str | None:
        if spec.k == "auto" or spec.k >= spec.calls:
            return None
        return f"k ({spec.k}) must be ≥ rounds ({spec.calls}): each round asks for a candidate"

    def __call__(self, spec: MethodSpec, task: Task) -> Steps:
        return listed(spec, task)


METHOD = VerbalizedSamplingInRounds()
