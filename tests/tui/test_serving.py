import sys
from collections.abc import Mapping

import pytest
from aiohttp.test_utils import TestClient, TestServer

from simulate.tui.serving import HOST, LocalServer, command_line
from tests.tui.drive import in_loop


async def status(path: str, headers: Mapping[str, str]) -> int:
    """Ask a server for a path and return the status of its answer."""
    server = LocalServer("true", host=HOST, port=8123)
    started = TestServer(await server._make_app(), host=HOST)
    async with TestClient(started) as client, client.get(path, headers=headers) as answer:
        return answer.status


@in_loop
async def test_a_page_of_this_machine_is_served() -> None:
    assert await status("/", {}) == 200


@pytest.mark.parametrize("path", ["/", "/ws", "/download/x", "/static/js/textual.js"])
@in_loop
async def test_a_foreign_page_or_host_is_refused(path: str) -> None:
    assert await status(path, {"Origin": "https://elsewhere.example"}) == 403
    assert await status(path, {"Host": "elsewhere.example"}) == 403


@in_loop
async def test_the_page_may_fetch_no_style_or_font_from_elsewhere() -> None:
    server = LocalServer("true", host=HOST, port=8123)
    started = TestServer(await server._make_app(), host=HOST)
    async with TestClient(started) as client, client.get("/") as answer:
        assert "font-src 'self'" in answer.headers["Content-Security-Policy"]


def test_it_listens_on_the_loopback_address() -> None:
    assert HOST == "127.0.0.1"


def test_the_command_that_is_served_keeps_odd_names_together() -> None:
    words = command_line(["runs/my run; rm.db", "--filter=a>1"])
    assert "'runs/my run; rm.db'" in words or '"runs/my run; rm.db"' in words
    assert words.startswith(sys.executable)
