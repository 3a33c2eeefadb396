"""`multi`: one reply, then another, k times, each with the earlier ones in sight."""

from __future__ import annotations

from itertools import repeat

from simulate.verbalized.asking import Message, Steps
from simulate.verbalized.candidate import Candidate, Parse
from simulate.verbalized.distribution import ReplyDistribution
from simulate.verbalized.replies import one, requests, said, schema_of_one
from simulate.verbalized.spec import Method, MethodSpec, Task, needs_a_number


class Multi(Method):
    """One reply, then another, k times, each with the earlier ones in sight."""

    def calls(self, spec: MethodSpec) -> int:
        """Return k: one call for each reply."""
        return 1 if spec.k == "auto" else spec.k

    def problem(self, spec: MethodSpec) -> str | None:
        return needs_a_number(spec)

    def __call__(self, spec: MethodSpec, task: Task) -> Steps:
        messages: tuple[Message, ...] = ()
        candidates: list[Candidate] = []
        parse: Parse = "clean"
        for prompt in requests(spec, task, repeat(schema_of_one(task))):
            messages += said("user", prompt)
            candidate, parsed, text = yield from one(messages, task)
            messages += said("assistant", text)
            candidates.append(candidate)
            parse = "repaired" if parsed == "repaired" else parse
        return ReplyDistribution.equally_weighted(tuple(candidates), parse)


METHOD = Multi()
