"""`multi`: one reply, then another, k times, each with the earlier ones in sight."""

from __future__ import annotations

from itertools import repeat

from simulate.verbalized.asking import Steps
from simulate.verbalized.replies import one_by_one
from simulate.verbalized.requests import requests, schema_of_one
from simulate.verbalized.spec import Method, MethodSpec, needs_a_number
from simulate.verbalized.task import Task


class Multi(Method):
    """One reply, then another, k times, each with the earlier ones in sight."""

    def calls(self, spec: MethodSpec) -> int:
        """Return k: one call for each reply."""
        return 1 if spec.k == "auto" else spec.k

    def problem(self, spec: MethodSpec) -> str | None:
        return needs_a_number(spec)

    def __call__(self, spec: MethodSpec, task: Task) -> Steps:
        prompts = requests(spec, task, repeat(schema_of_one(task)))
        return one_by_one(prompts, task, remembering=True)


METHOD = Multi()
