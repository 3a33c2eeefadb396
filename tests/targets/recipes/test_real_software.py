"""The recipes against the vendors' own software, each installed by uv in an environment of its own.

    SIMULATE_REAL_SOFTWARE=1 uv run pytest -m slow tests/targets/recipes/test_real_software.py

It downloads about 900 MB, so nothing runs without that variable.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from simulate.errors import TargetError
from simulate.targets import read_target
from tests.targets.recipes.litellm import LiteLlm
from tests.targets.recipes.vendor import CRASH, FOLDER, answer_to
from tests.targets.talking import opened, texts

SOFTWARE = Path(__file__).parent / "software"
BROKEN = "The bot has broken down."
MASTER_KEY = "sk-8f3a0c1b9d2e4f5a6b7c8d9e0f1a2b3c4d5e6f70"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        not os.environ.get("SIMULATE_REAL_SOFTWARE") or shutil.which("uv") is None,
        reason="installs the vendors' software: set SIMULATE_REAL_SOFTWARE=1, with uv on the path",
    ),
]


@contextmanager
def serving(program: str, *arguments: str) -> Iterator[str]:
    """Run a program of `software` until the end of the block; the address that it serves."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["uv", "run", "-q", "--script", str(SOFTWARE / f"{program}.py"), str(port)]
    with tempfile.TemporaryDirectory() as folder:  # some keep files where they are started
        served = subprocess.Popen([*command, *arguments], stdout=subprocess.DEVNULL, cwd=folder)
        try:
            wait_for(port, served)
            yield f"http://127.0.0.1:{port}"
        finally:
            served.terminate()
            served.wait(30)


def wait_for(port: int, served: subprocess.Popen[bytes]) -> None:
    """Wait until a program serves, which may have to be installed first."""
    until = time.monotonic() + 500
    while time.monotonic() < until and served.poll() is None:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    pytest.fail(f"nobody serves at port {port}; exit code {served.poll()}")


def talk(recipe: str, *messages: str) -> list[str]:
    made = read_target(str(FOLDER / f"{recipe}.yaml"))
    said: list[str] = opened(made, lambda target: texts(target, *messages, session=recipe))
    return said


def plays(recipe: str, error: str = BROKEN, turns: int = 2) -> None:
    """Check that turns come as they were said, that the bot remembers, and its error."""
    said = ["Do you sell “green” tea? 🍵", "And what did I ask first?", "And now?"][:turns]
    expected = [answer_to(said[: n + 1]).strip() for n in range(turns)]
    assert [text.replace("\n\n", "\n") for text in talk(recipe, *said)] == expected
    with pytest.raises(TargetError) as caught:
        talk(recipe, CRASH)
    assert error in str(caught.value)
    assert "\n" not in str(caught.value)


def test_gradio(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving("gradio_chat") as url:
        monkeypatch.setenv("GRADIO_URL", url)
        for recipe in ("gradio", "gradio-queue"):
            plays(recipe)


def test_langserve(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving("langserve_chat") as url:
        monkeypatch.setenv("LANGSERVE_URL", f"{url}/chat")
        for recipe in ("langserve", "langserve-stream"):
            plays(recipe, "Internal Server Error")


def test_langgraph(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving("langgraph_chat") as url:
        monkeypatch.setenv("LANGGRAPH_URL", url)
        monkeypatch.setenv("LANGGRAPH_ASSISTANT", "agent")
        monkeypatch.setenv("LANGGRAPH_API_KEY", "none")
        for recipe in ("langgraph", "langgraph-stream"):
            plays(recipe)


@pytest.mark.parametrize("form", ["json", "events"])
def test_mcp(monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    with serving("mcp_chat", form) as url:
        monkeypatch.setenv("MCP_URL", f"{url}/mcp")
        monkeypatch.setenv("MCP_TOKEN", "none")
        for recipe in ("mcp", "mcp-session")[: 1 if form == "json" else 2]:
            plays(recipe)


def test_a2a(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving("a2a_agent") as url:
        monkeypatch.setenv("AGENT_URL", url)
        monkeypatch.setenv("AGENT_TOKEN", "none")
        for recipe in ("a2a", "a2a-03"):
            plays(recipe, turns=3)


def test_litellm(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        LiteLlm() as model,
        serving("litellm_proxy", f"{model.base}/v1", model.key, MASTER_KEY) as url,
    ):
        monkeypatch.setenv("LITELLM_URL", url)
        monkeypatch.setenv("LITELLM_MODEL", "shop-bot")
        monkeypatch.setenv("LITELLM_API_KEY", MASTER_KEY)
        for recipe in ("litellm", "litellm-stream"):
            plays(recipe)
