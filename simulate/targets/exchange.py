"""What one request and its answer were, for whoever looks on while a target is tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulate.models.redaction import REDACTED
from simulate.models.secrets import names_secret
from simulate.targets.redaction import Label

KEPT = 2_000
"""Bytes of an answer that are kept to be shown, and to be quoted where it is not understood."""


@dataclass(slots=True)
class Exchange:
    """One request and its answer, without secrets.

    Attributes:
        what: what the request is, such as `set_up`, `turn`, `follow_up 1 (3rd time)` or `token`.
        method: the HTTP method, or `WebSocket`.
        url: the address.
        headers: as they were sent.
        body: as it was sent.
        status: of the answer, such as `HTTP 200 OK`; empty where none came.
        answer_headers: of the answer.
        answer: the beginning of its body.
        seconds: from the request to the end of the answer.
        captured: name to value of what was captured from it.
        error: what was wrong with it; empty where nothing was.
    """

    what: str
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    status: str = ""
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    answer: str = ""
    seconds: float = 0.0
    captured: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""

    def without_secrets(self, label: Label) -> Exchange:
        """Return it as it may be shown."""
        shown = label.hidden_in(
            {name: getattr(self, name) for name in self.__slots__ if name != "seconds"}
        )
        for name in ("headers", "answer_headers", "captured"):
            shown[name] = {
                key: REDACTED if names_secret(key) and value else value
                for key, value in shown[name].items()
            }
        return Exchange(**shown, seconds=self.seconds)
