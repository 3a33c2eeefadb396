"""Read the lines of a batch's output: which request each answers, and how.

The file is foreign: a line may be of no JSON, answer what was not asked, or come twice. What cannot
be used is counted, and its request is taken for one without an answer.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from simulate.models.batches.outbox import Answer, CallKey
from simulate.models.http import LONGEST_BODY

LONGEST_LINE = LONGEST_BODY + 2**16
"""The longest line that is read, in bytes."""
MOST_LINES = 4
"""How many lines are read at most, for each request."""


def custom_id(key: CallKey) -> str:
    """Return the name of a request within its batch."""
    return f"{key[0]}-{key[1].hex()}"


def request_line(key: CallKey, path: str, body: bytes) -> bytes:
    """Return the line of a request.

    Args:
        key: which call it is.
        path: the API's, such as `/v1/chat/completions`.
        body: the request's body, JSON on one line.
    """
    head = json.dumps({"custom_id": custom_id(key), "method": "POST", "url": path})
    return head[:-1].encode() + b', "body": ' + body + b"}\n"


@dataclass(slots=True)
class Unusable:
    """How many lines could not be used.

    Attributes:
        unreadable: no answer of a request, or too long.
        unasked: of requests that are not in the batch.
        repeated: of requests that are answered before.
    """

    unreadable: int = 0
    unasked: int = 0
    repeated: int = 0

    @property
    def told(self) -> str | None:
        """What is said of them; None where there are none."""
        parts = [
            f"{count:,} {what}"
            for count, what in (
                (self.unreadable, "that cannot be read"),
                (self.unasked, "of requests that were not in it"),
                (self.repeated, "of requests that it had answered already"),
            )
            if count
        ]
        return f"lines left out: {', '.join(parts)}" if parts else None


class OutputReader:
    """Reads the lines of a batch's output.

    Args:
        keys: the calls in the batch that have no answer yet.
        others: how many more it has, whose answers were read before.

    Attributes:
        requests: how many the batch has.
        left: those without an answer so far, by the names of their requests.
        unusable: lines that were left out.
    """

    def __init__(self, keys: Collection[CallKey], others: int = 0) -> None:
        self.requests = len(keys) + others
        self._others = self._others_left = others
        self.left = {custom_id(key): key for key in keys}
        self.unusable = Unusable()
        self._answered: set[str] = set()
        self._read_before: set[str] = set()

    def reread(self) -> None:
        """Have the lines begin anew: those that were read are no repetitions."""
        self.unusable = Unusable()
        self._others_left = self._others
        self._read_before = set(self._answered)

    def read(self, line: bytes) -> tuple[CallKey, Answer] | None:
        """Return which call a line answers, and how; None where it answers none."""
        if not line.strip():
            return None
        try:
            data = json.loads(line)
            name = str(data["custom_id"])
            answer = _answer(data)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            self.unusable.unreadable += 1
            return None
        key = self.left.pop(name, None)
        if key is None:
            if name in self._read_before:
                self._read_before.remove(name)
            elif name in self._answered:
                self.unusable.repeated += 1
            elif self._others_left:
                self._others_left -= 1
            else:
                self.unusable.unasked += 1
            return None
        self._answered.add(name)
        return key, answer


def _answer(data: Mapping[str, Any]) -> Answer:
    """Return the answer that a line holds.

    Raises:
        LookupError: (or TypeError, AttributeError) it holds none.
    """
    response = data.get("response")
    if response is not None and isinstance(status := response["status_code"], int):
        if not 200 <= status < 600:
            raise LookupError("no status of an answer")
        body = response["body"]
        return Answer(status, (body if isinstance(body, str) else json.dumps(body)).encode())
    # Of a request that was not carried out: it has an error, and no response.
    error = data["error"]
    return Answer(500, json.dumps({"error": {**error}}).encode())
