"""`repeated`: `direct`, k times, none of the calls seeing another."""

from __future__ import annotations

from simulate.verbalized.asking import Steps
from simulate.verbalized.replies import one_by_one
from simulate.verbalized.requests import request, schema_of_one
from simulate.verbalized.spec import Method, MethodSpec, needs_a_number
from simulate.verbalized.task import Task


class Repeated(Method):
    """`direct`, k times, none of the calls seeing another.

    The field's baseline: what the model itself, sampled again and again, gives. Each call has a
    seed of its own and the same messages, so that equal replies are to be expected: they are kept
    apart, each with the weight 1/k, and for a closed outcome the distribution is the empirical one.
    An endpoint that answers all calls alike (temperature 0) gives k equal candidates.
    """

    repeats = True
    prompted_as = "direct"

    def calls(self, spec: MethodSpec) -> int:
        """Return k: one call for each reply."""
        return 1 if spec.k == "auto" else spec.k

    def problem(self, spec: MethodSpec) -> str | None:
        return needs_a_number(spec)

    def __call__(self, spec: MethodSpec, task: Task) -> Steps:
        prompt = request(spec, task, schema=schema_of_one(task))
        return one_by_one([prompt] * self.calls(spec), task, remembering=False)


METHOD = Repeated()
