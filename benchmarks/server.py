"""The endpoint that benchmarks ask, in a process of its own: it answers at once."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.endpoint import Answer, Behaviour, Body, Endpoint, completion, refusal


class _Forgetful(list[Any]):
    """Keeps no request: a benchmark makes many."""

    def append(self, item: Any) -> None:
        pass


def forgetful(behaviour: Behaviour | None = None) -> Endpoint:
    """Return an endpoint that keeps no request."""
    made = Endpoint(behaviour)
    made.bodies, made.headers, made.queries = _Forgetful(), _Forgetful(), _Forgetful()
    return made


def bad_answers(one_in: int) -> Behaviour:
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


@contextmanager
def in_process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start Python with a program that says where it serves, and serves until stdin is closed."""
    with subprocess.Popen([sys.executable, *arguments], stdin=-1, stdout=-1, text=True) as process:
        assert process.stdin is not None
        try:
            yield process
        finally:
            process.stdin.close()


@contextmanager
def endpoint(one_bad_in: int = 0) -> Iterator[str]:
    """Serve in another process; gives the URL.

    Args:
        one_bad_in: see `bad_answers`; 0 for none.
    """
    with in_process("-m", "benchmarks.server", str(one_bad_in)) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()


def serve(one_bad_in: int) -> None:
    """Serve until stdin is closed."""
    with forgetful(bad_answers(one_bad_in) if one_bad_in else None) as serving:
        print(serving.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
