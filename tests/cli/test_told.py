"""What endpoints refuse, and what is odd about their answers, is told by every command alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Command
from tests.endpoint import Body, Serve, completion, refusal, usual_text


def exchanged(body: Body, number: int) -> Any:
    """Refuse a seed, and answer each call as another model than the last."""
    if "seed" in body:
        return refusal("Unsupported parameter: \x1b[2Jseed", param="seed")
    return completion(usual_text(body), model=f"mock-{number}")


@pytest.mark.parametrize(
    "words",
    [
        ("run", "donation", "-n", "1", "--out", "{folder}/a.db"),
        ("verbalize", "Name a fruit.", "--method", "vs-multi"),
        ("verbalize", "--check", "-n", "1"),
    ],
)
def test_it_is_said_on_stderr_once_and_stdout_is_left_alone(
    serve: Serve, command: Command, words: tuple[str, ...], tmp_path: Path
) -> None:
    spec = serve(exchanged).spec
    given = [word.format(folder=tmp_path) for word in words]
    _, out, err = command(*given, "--model", spec, "--json")
    assert err.count("refuses seed; going on without it") == 1
    assert err.count("this run mixes them") == 1
    assert "\x1b" not in err
    json.loads(out)
