"""The endpoint that all loops ask: in a process of its own, it answers at once."""

from __future__ import annotations

import itertools
import sys
from typing import Any

from tests.endpoint import Answer, Body, Endpoint, completion, refusal


class _Forgetful(list[Any]):
    """Keeps no request: a benchmark makes many."""

    def append(self, item: Any) -> None:
        pass


def bad_answers(one_in: int) -> Any:
    """Return a behaviour that answers one request in so many badly.

    In turn: HTTP 500, a reply without a word, a body that is no JSON.
    """
    numbers = itertools.count(1)
    kinds = itertools.cycle(["fault", "empty", "garbage"])

    def behave(body: Body, _: int) -> Answer:
        if next(numbers) % one_in:
            return None
        kind = next(kinds)
        if kind == "fault":
            return refusal("The server had an error.", 500)
        return completion("") if kind == "empty" else {"oops": "<html>"}

    return behave


def serve() -> None:
    """Serve until stdin is closed; the argument says that one answer in so many is bad."""
    one_in = int(sys.argv[1])
    with Endpoint(bad_answers(one_in) if one_in else None) as endpoint:
        endpoint.bodies, endpoint.headers = _Forgetful(), _Forgetful()
        endpoint.queries = _Forgetful()
        print(endpoint.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    serve()
