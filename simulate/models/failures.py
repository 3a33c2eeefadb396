"""What it means where an endpoint answers with anything but a reply.

A fault may pass (`PassingFaultError`); the endpoint may refuse what this request says
(`RefusedError`), or hold it back (`ContentFilteredError`); it may serve nothing more until it is
paid (`QuotaReachedError`); or no request can succeed as things stand (`EndpointError`). Codes go
before words, and words before the status, which endpoints choose as they like.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from simulate.errors import (
    QUOTED_CHARACTERS,
    ContentFilteredError,
    EndpointError,
    QuotaReachedError,
    one_line,
    quote,
)
from simulate.models.error_body import ErrorBody, read_error
from simulate.models.redaction import hidden
from simulate.models.refused_setting import ROLES
from simulate.models.secrets import KEY_VARIABLE
from simulate.models.spec import redacted
from simulate.models.waiting import wait_s

RETRIED_STATUS = frozenset({408, 409, 421, 424, 425, 429, 460, 498, 499, *range(500, 600)})
"""With 424 TGI says that one generation failed; with 460 and 499 proxies, and Gemini, that a
request was broken off."""
REFUSED_STATUS = frozenset({400, 413, 422})
PRESSED_STATUS = frozenset({429, 498, 503, 529})
"""The endpoint is there, and has too much to do; or it is not ready yet."""
QUOTED_BYTES = 20_000
"""How much of a body is read for a quotation of it."""

_UNPAID = re.compile(
    r"insufficient[_ ](?:\w+ )?(?:quota|balance|credits?|funds?)|billing_(?:hard_limit|not_active)"
    r"|exceeded_current_quota|arrearage|payment[_ ]required|credit[_ ]?balance|billing hard limit"
    r"|spend(?:ing)? limit|(?:out of|not enough|requires more) (?:\w+ )?credits"
    r"|no (?:\w+ )?credits (?:left|remain|avail)|used all available credits|have any credits"
    r"|spend_?(?:limit|alert)|key limit exceeded|specified api usage limits"
    r"|out of call volume quota|account is not active|in good standing|^1113$"
    r"|余额不足|欠费"
)
_QUOTA = re.compile(r"exceeded your current quota|quota (?:has been )?exceeded")
"""Some say so where a minute's worth is used up, and when there will be more."""
_PER_DAY = re.compile(r"per[_ -]?day|\b[tr]pd\b|\bdaily\b")
_HELD_BACK = re.compile(
    r"content[_ ]?(?:filter|policy|management policy|moderation|exists risk)|\bflagged|^moderation"
    r"|(?:requires|blocked by|failed) moderation|moderation (?:block|fail|polic|system|guideline)"
    r"|prohibited[_ ]content|responsible_?ai|data_?inspection|sensitive_?content|new_sensitive"
    r"|sensitive (?:content|words?|information)|inappropriate content|usage (?:polic|guideline)"
    r"|safety (?:system|check|filter|polic|setting|reason)|considered high risk|cyber_policy"
    r"|blocked (?:due|by|for|because)[^.\n]{0,40}(?:safety|polic|prohibited|recitation)"
    r"|^invalid_prompt$|^1301$|^censored$|敏感|违规|不安全"
)
_ACCOUNT = re.compile(
    r"suspended|deactivated|\bbanned\b|your (?:account|organi[sz]ation)|api key(?! id)"
)
_OF_ANY_REQUEST = re.compile(
    r"api[ _]key (?:is )?(?:not valid|invalid|expired|missing|not found)|api_key_invalid"
    r"|(?:invalid|incorrect|missing|no|expired) api[ _]key|invalid_api_key|authentication_error"
    r"|invalid model|not a valid model|model_not_(?:found|available)|unable to access model"
    r"|model does not exist|model not exist|unknown model|no models? (?:is )?loaded"
    r"|deploymentnotfound|deployment_not_found"
)
"""What some endpoints say with status 400 where others say 401 or 404."""
_SAMPLE_FAILED = re.compile(
    r"json_validate_failed|failed_generation|output_parse_failed|tool_use_failed"
    r"|failed to (?:generate|validate|produce) (?:valid )?json"
)
"""The model did not write what was asked for, and its endpoint noticed: another try may."""
_TEMPLATE = re.compile(
    r"template|jinja|raise_exception|rendering (?:the )?prompt|system role|roles must|roles are"
)
_GRAMMAR = re.compile(
    r"grammar error|failed to (?:parse|initiali[sz]e|compile) (?:the )?(?:grammar|json schema)"
    r"|schema conversion failed|not supported by xgrammar"
)
_UNSUPPORTED = re.compile(r"^unsupported_(?:param|value)|^unknown_param|^extra_forbidden$")
_BUSY = re.compile(
    r"overloaded|rate_?limit|too many requests|server is busy|server busy|loading model|model is"
    r" (?:currently )?loading|currently loading|capacity|resource_exhausted|throttl"
)
_STATUS_OF_TYPE = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
}
"""Statuses that are only named by their types where an error comes with status 200."""


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
        wait_s: seconds that the endpoint asks to wait, of any length; None leaves it to the
            backoff.
        pressed: whether it says that the endpoint has too much to do, or is not ready yet.
        answered: whether the model answered, though not in a way that can be used.
    """

    def __init__(
        self,
        message: str,
        *,
        wait_s: float | None = None,
        pressed: bool = False,
        answered: bool = False,
    ) -> None:
        super().__init__(message)
        self.wait_s = wait_s
        self.pressed = pressed
        self.answered = answered


class RefusedError(Exception):
    """The endpoint refuses what this request says.

    Attributes:
        told: status and message, for an error.
        body: what it says.
    """

    def __init__(self, told: str, body: ErrorBody) -> None:
        super().__init__(told)
        self.told = told
        self.body = body


def failure(
    response: Response,
    name: str,
    sent: Any = None,
    advice: str = "",
    key_variable: str = KEY_VARIABLE,
) -> Exception:
    """Return what an answer means that is no reply.

    Args:
        response: the answer; of status 200 where there is an error in it.
        name: how the model is called in messages.
        sent: the body of the request, which an error may say back.
        advice: is said where there is no such address.
        key_variable: the environment variable that holds the key.
    """
    error = read_error(response.body, sent)
    told = _told(response, error)
    if response.status < 300 and not error.structured:
        return PassingFaultError(f"{told}, but nothing in it")
    if 300 <= response.status < 400:
        return EndpointError(f"model {name}: {told}: {_moved(response)}")
    status = response.status if response.status >= 400 else _status_in(error)
    asked_s = wait_s(status, response.headers, error)
    if (unpaid := _unpaid(status, error, asked_s)) is not None:
        why, then = unpaid
        return QuotaReachedError(f"model {name}: {why} ({told}); {then}")
    if (of_request := _of_request(status, error, told)) is not None:
        return of_request
    if status in (401, 403):
        return EndpointError(
            f"model {name}: the endpoint refuses the key ({told}); set {key_variable} to a key "
            "that it accepts"
        )
    if status == 404:
        return EndpointError(
            f"model {name}: no such model or address ({told}); check the model's name and that "
            f"{quote(redacted(response.url))} is the endpoint{advice}"
        )
    if status in RETRIED_STATUS or (status in (400, 422) and error.says(_BUSY)):
        pressed = status in PRESSED_STATUS or error.says(_BUSY)
        return PassingFaultError(told, wait_s=asked_s, pressed=pressed)
    if status in REFUSED_STATUS and not error.says(_OF_ANY_REQUEST):
        return RefusedError(told, error)
    return EndpointError(f"model {name}: {told}")


def long_wait(fault: PassingFaultError, name: str) -> QuotaReachedError:
    """Return the error where an endpoint asks to wait for longer than it is waited for."""
    minutes = (fault.wait_s or 0.0) / 60
    time = f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:.0f} hours"
    return QuotaReachedError(
        f"model {name}: the endpoint asks to wait {time} ({fault}); resume the run then"
    )


def _unpaid(status: int, error: ErrorBody, asked_s: float | None) -> tuple[str, str] | None:
    """Return why an endpoint serves nothing more, and what to do; None where it may well."""
    if status == 402 or error.says(_UNPAID) or (asked_s is None and error.says(_QUOTA)):
        return (
            "the endpoint wants to be paid first",
            "see to the account's credit and limits there, then resume the run",
        )
    if status == 429 and (
        any(_PER_DAY.search(code) for code in error.codes)
        or (asked_s is None and error.says(_PER_DAY))
    ):
        return (
            "the endpoint's limit of this day is reached",
            "resume the run when it serves again",
        )
    return None


def _of_request(status: int, error: ErrorBody, told: str) -> Exception | None:
    """Return what an error means that is about this one request, whatever its status."""
    if (
        status not in (401, 404, 429)
        and error.says(_HELD_BACK)
        and not (status == 403 and error.says(_ACCOUNT))
    ):
        return ContentFilteredError(f"the endpoint's content filter held the prompt back: {told}")
    if error.says(_SAMPLE_FAILED):
        return PassingFaultError(told, answered=True)
    refuses = (
        any(_UNSUPPORTED.search(code) for code in error.codes)
        or error.says(_GRAMMAR)
        or (error.says(_TEMPLATE) and error.says(ROLES))
    )
    if refuses and (status in REFUSED_STATUS or status >= 500):
        return RefusedError(told, error)
    return None


def _moved(response: Response) -> str:
    to = response.headers.get("location", "")
    if not to:
        return "it does not say where to"
    where = redacted(hidden(urljoin(response.url, to)))
    for path in ("/chat/completions", "/responses"):
        where = where.removesuffix(path)
    return (
        f"the endpoint is now {quote(where)}; redirects are not followed, so that the key goes "
        "nowhere else: change the model's URL"
    )


def _status_in(error: ErrorBody) -> int:
    """Return the status that an error names which came with status 200."""
    if error.status is not None:
        return error.status
    return next((_STATUS_OF_TYPE[code] for code in error.codes if code in _STATUS_OF_TYPE), 502)


def _told(response: Response, error: ErrorBody) -> str:
    reason = one_line(hidden(response.reason)[:QUOTED_CHARACTERS])
    said = f", {quoted(error.text)}" if error.text else ""
    return f"HTTP {response.status} {reason}".strip() + said


def quoted(what: str | bytes) -> str:
    """Quote what an endpoint says, without secrets."""
    if isinstance(what, bytes):
        what = what[:QUOTED_BYTES].decode("utf-8", "replace")
    return quote(hidden(what))
