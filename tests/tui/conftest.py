from functools import partial
from pathlib import Path
from typing import Any

import pytest

import simulate.comparison.answer
from simulate.comparison import Settings
from simulate.models import ChatRequest
from simulate.tui.app import ViewApp
from simulate.tui.screens.distributions import Distributions
from tests.runfile.small_run import answer, make_small_run

HOSTILE = (
    "[bold red]not markup[/] \x1b[31mred\x1b[0m \u202egnal\u202c zero\u200bwidth 全角 "
    "[@click=app.quit]x"
)


@pytest.fixture(scope="session")
def hostile_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a run in which both speakers write what could do harm on a screen."""

    def reply(request: ChatRequest) -> str | dict[str, Any]:
        found = answer(request)
        if isinstance(found, dict):
            for response in found["responses"]:
                if isinstance(response["text"], str):
                    response["text"] = HOSTILE + response["text"]
            return found
        return found if request.schema else HOSTILE

    path = tmp_path_factory.mktemp("hostile") / "hostile.db"
    return make_small_run(path, n=2, replies=reply)


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own settings out of the tests."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.delenv("TEXTUAL_DRIVER", raising=False)
    monkeypatch.setattr(Distributions, "settings", Settings(draws=200))
    answer = simulate.comparison.answer.answer
    monkeypatch.setattr(simulate.comparison.answer, "answer", partial(answer, draws=200))
    # What was said stays to be looked at, however slow the machine is.
    monkeypatch.setattr(ViewApp, "NOTIFICATION_TIMEOUT", 3600)
