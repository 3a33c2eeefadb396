import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from simulate.models.error_body import read_error
from simulate.models.waiting import wait_s


def asked(headers: dict[str, str] | None = None, body: Any = "", status: int = 429) -> float | None:
    raw = body if isinstance(body, str) else json.dumps(body)
    return wait_s(status, headers or {}, read_error(raw.encode()))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "12"}, 12),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "-3"}, 0),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"x-ms-retry-after-ms": "1200"}, 1.2),
        ({"x-ratelimit-reset-requests": "1s"}, 1),
        ({"x-ratelimit-reset-requests": "6m0s", "x-ratelimit-remaining-requests": "0"}, 360),
        ({"x-ratelimit-reset-tokens": "120ms"}, 0.12),
        ({"x-ratelimit-reset-tokens": "7.66s", "x-ratelimit-reset-requests": "2m59.56s"}, 7.66),
        (
            {
                "x-ratelimit-reset-requests": "2m59.56s",
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-tokens": "7.66s",
                "x-ratelimit-remaining-tokens": "17",
            },
            179.56,
        ),
        ({"x-ratelimit-reset": "30"}, 30),
        ({"ratelimit-reset": "30", "ratelimit-remaining": "0"}, 30),
        ({"x-ratelimit-reset-requests-day": "33011.38"}, 60),
        ({"x-ratelimit-reset": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "1e999"}, None),
        ({"retry-after": "tomorrow"}, None),
        ({"date": "now"}, None),
    ],
)
def test_headers_say_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert asked(headers) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize("unit", [1, 1000])
def test_a_limit_may_name_the_time_at_which_it_is_whole_again(unit: int) -> None:
    headers = {"x-ratelimit-reset": str(int((time.time() + 40) * unit))}
    assert asked(headers) == pytest.approx(40, abs=1.5)


def test_times_are_read_as_dates_too() -> None:
    at = datetime.now(UTC) + timedelta(seconds=40)
    anthropic = {
        "anthropic-ratelimit-requests-reset": at.isoformat().replace("+00:00", "Z"),
        "anthropic-ratelimit-requests-remaining": "0",
    }
    assert asked(anthropic) == pytest.approx(40, abs=1)
    assert asked({"retry-after": format_datetime(at, usegmt=True)}) == pytest.approx(40, abs=1.5)


def test_a_limit_that_is_not_used_up_says_nothing_where_the_fault_is_another() -> None:
    headers = {"x-ratelimit-reset": "30", "x-ratelimit-remaining": "17"}
    assert asked(headers, status=503) is None


def test_a_provider_behind_the_endpoint_is_heard() -> None:
    headers = {
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(int(time.time() + 7200) * 1000),
    }
    body = {"error": {"message": "free-models-per-day", "metadata": {"headers": headers}}}
    assert asked({}, body) == pytest.approx(7200, abs=2)


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ({"error": {"message": "Rate limit reached. Please try again in 2.4s."}}, 2.4),
        ({"error": {"message": "Please try again in 20ms. Visit x"}}, 0.02),
        ({"error": {"message": "TPD: Limit 100000. Please try again in 14m24.5s."}}, 864.5),
        ({"error": {"message": "Please retry in 36.429760048s."}}, 36.43),
        ({"error": {"message": "Please retry after 26 seconds."}}, 26),
        ({"error": "Wait for 1 hour and 2 minutes"}, 3720),
        ({"error": {"details": [{"@type": "x/RetryInfo", "retryDelay": "27s"}]}}, 27),
        ({"error": "Model x is currently loading", "estimated_time": 20.0}, 20),
        ({"message": "slow down", "retry_after": 7}, 7),
        ({"error": {"message": "Limit 30, try again later"}}, None),
        ({"error": {"message": "You tried again in vain 30s ago"}}, None),
        ({"retry_after": True}, None),
        ({"retry_after": 10**400}, None),
    ],
)
def test_bodies_say_how_long_to_wait(body: Any, seconds: float | None) -> None:
    assert asked({}, body) == (None if seconds is None else pytest.approx(seconds, rel=1e-4))


def test_what_is_said_outright_goes_before_the_limits() -> None:
    headers = {"x-ratelimit-reset-requests": "6m0s", "x-ratelimit-remaining-requests": "0"}
    assert asked(headers, {"error": "Please try again in 2.4s"}) == 2.4
