"""What it means where an endpoint answers with another status than 200.

A fault may pass (`PassingFaultError`), the endpoint may refuse what this request says
(`RefusedError`), or no request can succeed as things stand (`EndpointError`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulate.errors import ContentFilteredError, EndpointError, quote
from simulate.models.http import retry_after_s
from simulate.models.secrets import Secrets
from simulate.models.spec import redacted

RETRIED_STATUS = frozenset({408, 409, 425, 429, *range(500, 600)})
REFUSED_STATUS = frozenset({400, 413, 422})
READ_OF_ERRORS = 20_000
"""How many bytes of an error's body are read."""

_OF_ANY_REQUEST = re.compile(
    r"api key not valid|(?:invalid|incorrect) api[ _]key|invalid model|not a valid model"
    r"|model_not_(?:found|available)|invalid_api_key|unable to access model",
    re.IGNORECASE,
)
"""What some endpoints say with status 400 where others say 401 or 404."""


@dataclass(frozen=True, slots=True)
class Response:
    """What an endpoint answered, whatever sent the request.

    Attributes:
        status: the HTTP status.
        reason: its reason phrase; may be empty.
        headers: in any case of letters.
        body: as it came.
        url: that was asked.
    """

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes
    url: str


class PassingFaultError(Exception):
    """A fault that may be gone when the request is sent again.

    Attributes:
        wait_s: seconds that the endpoint asks to wait; None leaves it to the backoff.
        pressed: whether it says that the endpoint has too much to do.
    """

    def __init__(self, message: str, *, wait_s: float | None = None, pressed: bool = False) -> None:
        super().__init__(message)
        self.wait_s = wait_s
        self.pressed = pressed


class RefusedError(Exception):
    """The endpoint refuses what this request says (400, 413, 422).

    Attributes:
        message: what the endpoint says.
        param: the parameter that it names, where it names one.
        told: status and message, for an error.
        of_all: whether it says that it would refuse any request, for its key or its model.
    """

    def __init__(self, told: str, message: str, param: str | None, *, of_all: bool) -> None:
        super().__init__(told)
        self.told = told
        self.message = message
        self.param = param
        self.of_all = of_all


def failure(
    response: Response,
    name: str,
    secrets: Secrets,
    advice: str = "",
    key_variable: str = "OPENAI_API_KEY",
) -> Exception:
    """Return what an answer other than 200 means.

    Args:
        response: the answer.
        name: how the model is called in messages.
        secrets: what no message may say.
        advice: is said where there is no such address.
        key_variable: the environment variable that holds the key.
    """
    status = response.status
    message, param, code = _error_in(response.body, secrets)
    reason = quoted(response.reason, secrets)[1:-1] if response.reason else ""
    told = f"HTTP {status} {reason}".strip() + (f", {message}" if message else "")
    if status in REFUSED_STATUS:
        if code == "content_filter":
            return ContentFilteredError(
                f"the endpoint's content filter held the prompt back: {told}"
            )
        of_all = bool(_OF_ANY_REQUEST.search(f"{code} {message}"))
        return RefusedError(told, message, param, of_all=of_all)
    if status in RETRIED_STATUS and code != "insufficient_quota":
        wait_s = retry_after_s(response.headers.get("Retry-After"))
        return PassingFaultError(told, wait_s=wait_s, pressed=status in (429, 503))
    if status in (401, 403):
        return EndpointError(
            f"model {name}: the endpoint refuses the key ({told}); set {key_variable} to a "
            "key that it accepts"
        )
    if status == 404:
        return EndpointError(
            f"model {name}: no such model or address ({told}); check the model's name and that "
            f"{quote(redacted(response.url))} is the endpoint{advice}"
        )
    return EndpointError(f"model {name}: {told}")


def quoted(what: str | bytes, secrets: Secrets) -> str:
    """Quote what an endpoint says, without secrets."""
    if isinstance(what, bytes):
        what = what[:READ_OF_ERRORS].decode("utf-8", "replace")
    return quote(secrets.hidden(what))


def _error_in(raw: bytes, secrets: Secrets) -> tuple[str, str | None, str | None]:
    """Return the message, the parameter and the code of an error's body."""
    text = raw[:READ_OF_ERRORS].decode("utf-8", "replace")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return quoted(text, secrets) if text.strip() else "", None, None
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    error = data.get("error", data) if isinstance(data, dict) else data
    if isinstance(error, dict):
        message = error.get("message") or error.get("detail") or json.dumps(error)
        return quoted(str(message), secrets), _text(error.get("param")), _text(error.get("code"))
    return quoted(str(error), secrets), None, None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
