"""The recipes whose turn is more than one request: their steps, and what is said when one fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import yaml

from simulate.errors import TargetError, TargetReplyError, TargetTimeoutError
from simulate.targets import Target
from tests.targets.recipes.a2a import A2A, A2A03
from tests.targets.recipes.accepted import Accepted
from tests.targets.recipes.cookie_login import CookieLogin
from tests.targets.recipes.gradio import Gradio
from tests.targets.recipes.mcp import McpSession
from tests.targets.recipes.oauth import OAuth
from tests.targets.recipes.vendor import FOLDER, Vendor, answer_to
from tests.targets.talking import texts, with_target

Do = Callable[[Target], Coroutine[Any, Any, Any]]


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a function that opens a vendor's recipe, with fields changed."""

    def opened(
        vendor: Vendor, do: Do, environment: dict[str, str] | None = None, **more: Any
    ) -> Any:
        for name, value in (vendor.environment() | (environment or {})).items():
            monkeypatch.setenv(name, value)
        fields = yaml.safe_load((FOLDER / f"{vendor.recipe}.yaml").read_text("utf-8"))
        for name, value in more.items():
            fields[name] = fields[name] | value if isinstance(value, dict) else value
        return with_target(do, **fields)

    return opened


def told(error: type[TargetError], do: Callable[[], Any]) -> str:
    with pytest.raises(error) as caught:
        do()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("vendor", [A2A, A2A03])
def test_a_task_that_asked_for_more_goes_on_with_the_next_turn(vendor: Any, recipe: Any) -> None:
    said = ["One.", "Two.", "Three."]
    with vendor() as served:
        third = recipe(served, lambda target: texts(target, *said))[2]
    assert third == answer_to(said)


def test_one_token_serves_all_sessions(recipe: Any) -> None:
    with OAuth() as served:

        async def two(target: Target) -> None:
            await asyncio.gather(*(texts(target, "Hi", session=name) for name in "ab"))

        recipe(served, two)
        assert len(served.tokens) == 1


def test_a_token_is_renewed_before_it_runs_out(recipe: Any) -> None:
    with OAuth() as served:
        served.expires_in = 1

        async def later(target: Target) -> None:
            await texts(target, "Hi")
            await asyncio.sleep(1.01)
            await texts(target, "Hi again")

        recipe(served, later)
        assert len(served.tokens) >= 2


def test_a_token_endpoint_that_is_down_is_told_in_one_line(recipe: Any) -> None:
    with OAuth() as served:
        down = {"TOKEN_URL": "http://127.0.0.1:9/oauth/token"}
        text = told(TargetError, lambda: recipe(served, lambda t: texts(t, "Hi"), down))
    assert "token" in text
    assert "cannot connect" in text


def test_a_client_that_is_refused_is_told_without_its_secret(recipe: Any) -> None:
    with OAuth() as served:
        wrong = {"CLIENT_SECRET": "another-secret"}
        text = told(TargetReplyError, lambda: recipe(served, lambda t: texts(t, "Hi"), wrong))
    assert "invalid_client" in text
    assert "another-secret" not in text


def test_a_login_that_fails_is_told_as_what_it_did_not_set(recipe: Any) -> None:
    with CookieLogin() as served:
        wrong = {"SITE_PASSWORD": "guessed"}
        text = told(TargetReplyError, lambda: recipe(served, lambda t: texts(t, "Hi"), wrong))
    assert "sessionid" in text
    assert "Please enter a correct username" in text


def test_a_redirect_is_no_login_where_no_cookies_are_kept(recipe: Any) -> None:
    with CookieLogin() as served:
        text = told(
            TargetReplyError, lambda: recipe(served, lambda t: texts(t, "Hi"), cookies=False)
        )
    assert "HTTP 403" in text


def test_a_condition_that_never_holds_ends_the_turn_at_its_time(recipe: Any) -> None:
    with A2A03() as served:
        never = {"until": "$.never", "every_s": 0.01, "at_most_s": 0.1}
        text = told(
            TargetTimeoutError, lambda: recipe(served, lambda t: texts(t, "Hi"), follow_up=never)
        )
    assert "until" in text
    assert "$.never" in text


def test_a_202_that_stays_one_ends_the_turn_at_its_time(recipe: Any) -> None:
    with Accepted() as served:
        served.asks = 10**6
        short = {"every_s": 0.01, "at_most_s": 0.1}
        text = told(
            TargetTimeoutError, lambda: recipe(served, lambda t: texts(t, "Hi"), follow_up=short)
        )
    assert "202" in text


def test_a_capture_that_finds_nothing_is_told_with_what_came(recipe: Any) -> None:
    with Gradio() as served:
        wrong = {"event": "$.id"}
        text = told(
            TargetReplyError, lambda: recipe(served, lambda t: texts(t, "Hi"), capture=wrong)
        )
    assert "“$.id”" in text
    assert "event_id" in text


def test_a_session_of_mcp_is_ended(recipe: Any) -> None:
    with McpSession() as served:
        recipe(served, lambda target: texts(target, "Hi"))
        assert [method for method, _, _ in served.requests] == ["POST", "POST", "POST", "DELETE"]
