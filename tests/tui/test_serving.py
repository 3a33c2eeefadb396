import asyncio
import re
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer, unused_port

from simulate.errors import InputError
from simulate.tui.serving import HOST, LocalServer, command_line, serve
from tests.chromium import chromium_page, needs_chromium
from tests.tui.drive import in_loop


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[LocalServer, TestClient]]:  # type: ignore[type-arg]
    """Yield a server whose windows show nothing, and somebody who asks it."""
    server = LocalServer("true", port=8123, title="simulate view")
    started = TestServer(await server._make_app(), host=HOST)
    async with TestClient(started) as client:
        yield server, client


async def status(path: str, headers: Mapping[str, str]) -> int:
    """Ask a server for a path below its token and return the status of its answer."""
    async with serving() as (server, client):
        answer = await client.get(f"/{server.token}{path}", headers=headers)
        return answer.status


@in_loop
async def test_who_knows_the_url_is_served() -> None:
    assert await status("/", {}) == 200


@pytest.mark.parametrize("path", ["/", "/ws", "/download/x", "/static/js/textual.js"])
@in_loop
async def test_a_foreign_page_or_host_is_refused(path: str) -> None:
    assert await status(path, {"Origin": "https://elsewhere.example"}) == 403
    assert await status(path, {"Host": "elsewhere.example"}) == 403
    assert await status(path, {"Origin": "http://["}) == 403
    assert await status(path, {"Host": "[::1"}) == 403


@pytest.mark.parametrize("path", ["/", "/ws", "/static/js/textual.js", "/x/ws"])
@in_loop
async def test_a_program_of_this_machine_that_does_not_know_the_url_is_refused(path: str) -> None:
    async with serving() as (_, client), client.get(path) as answer:
        assert answer.status == 404


@in_loop
async def test_each_server_has_a_path_of_its_own_that_cannot_be_guessed() -> None:
    one, other = (LocalServer("true", port=8123, title="") for _ in range(2))
    assert one.token != other.token
    assert len(one.token) >= 43  # 32 bytes in base64


@in_loop
async def test_no_page_may_frame_it_nor_does_it_load_anything_from_elsewhere() -> None:
    async with serving() as (server, client), client.get(f"/{server.token}/") as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "https://" not in await answer.text()


@needs_chromium
@pytest.mark.slow
@in_loop
async def test_in_a_browser_it_has_a_title_and_takes_the_keyboard_at_once(
    hostile_run: Path,
) -> None:
    port = unused_port()
    command = (sys.executable, "-m", "simulate", "view", str(hostile_run), "--serve")
    served = await asyncio.create_subprocess_exec(
        *command, f"--port={port}", stderr=asyncio.subprocess.PIPE
    )
    assert served.stderr is not None
    try:
        told = (await served.stderr.readline()).decode()
        url = re.search(r"http://\S+", told)
        assert url is not None
        async with chromium_page() as page:
            wrong: list[str] = []
            page.on("console", lambda said: wrong.extend([said.text] * (said.type == "error")))
            page.on("pageerror", lambda error: wrong.append(str(error)))
            await page.goto(url[0])
            assert await page.title() == "simulate view"
            assert await page.locator("html").get_attribute("lang") == "en"
            await page.wait_for_selector(".xterm-helper-textarea:focus", timeout=30_000)
            await page.keyboard.press("q")
            await page.wait_for_selector("body.-closed .ended", state="visible", timeout=30_000)
            assert wrong == []
            served.terminate()
            await asyncio.wait_for(served.wait(), 30)
    finally:
        with suppress(ProcessLookupError):
            served.kill()
        await served.communicate()


def test_a_port_that_is_taken_is_said_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        with pytest.raises(InputError, match=r"--port .*: .*; choose another port"):
            serve([], taken.getsockname()[1])


def test_it_listens_on_the_loopback_address() -> None:
    assert HOST == "127.0.0.1"


def test_the_command_that_is_served_keeps_odd_names_together() -> None:
    words = command_line(["runs/my run; rm.db", "--filter=a>1"])
    assert "'runs/my run; rm.db'" in words or '"runs/my run; rm.db"' in words
    assert words.startswith(sys.executable)
