"""`direct`: one reply, as a chat gives it; the distribution is that one reply."""

from __future__ import annotations

from simulate.verbalized.asking import Steps
from simulate.verbalized.distribution import ReplyDistribution
from simulate.verbalized.replies import one
from simulate.verbalized.requests import requests, said, schema_of_one
from simulate.verbalized.spec import Method, MethodSpec
from simulate.verbalized.task import Task


class Direct(Method):
    """One reply, as a chat gives it; the distribution is that one reply."""

    verbalizes = False

    def __call__(self, spec: MethodSpec, task: Task) -> Steps:
        (prompt,) = requests(spec, task, [schema_of_one(task)])
        candidate, parse, _ = yield from one(said("user", prompt), task)
        return ReplyDistribution.single(candidate, parse)


METHOD = Direct()
