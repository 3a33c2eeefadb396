"""A run is the same over the wire and through a client object of the `openai` package."""

from __future__ import annotations

import asyncio
from io import StringIO
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from openai import AsyncOpenAI

from simulate.engine import run
from simulate.models import AnyModel
from simulate.runfile import Call, export_jsonl, open_run
from tests.endpoint import Behaviour, Body, Serve, completion, refusal, usual_text


def plain(body: Body, number: int) -> Any:
    return None


def odd(body: Body, number: int) -> Any:
    """Refuse a setting, fail in passing, write badly, and go on under another name."""
    if "seed" in body:
        return refusal("Unsupported parameter: seed", param="seed")
    text = usual_text(body)
    match crc32(text.encode()) % 80:
        case 0:
            return completion("no JSON 😀 at all")
        case 1:
            return completion(text, finish_reason="content_filter")
        case 2:
            return completion(text + ",", finish_reason="length")
        case 3 | 4 | 5 | 6:
            return completion(text, model="mock-2", system_fingerprint="fp_2", usage=None)
    return completion(f"```json\n{text}\n``` 你好")


@pytest.mark.parametrize("behaviour", [plain, odd])
def test_exports_and_calls_are_the_same_over_both_ways(
    tmp_path: Path, serve: Serve, behaviour: Behaviour
) -> None:
    endpoint = serve(behaviour)

    async def over(model: AnyModel, path: Path) -> None:
        await run("donation", model=model, out=path, n=3, seed=7, methods=("vs", "direct"))

    async def both() -> None:
        await over(endpoint.spec, tmp_path / "wire.db")
        async with AsyncOpenAI(api_key="none", base_url=endpoint.url) as client:
            await over((client, "mock"), tmp_path / "sdk.db")

    asyncio.run(both())
    wire, sdk = (found(tmp_path / f"{way}.db") for way in ("wire", "sdk"))
    assert wire == sdk
    exported, calls, _ = wire
    assert exported.count("\n") == 6
    assert len(calls) > 50


def found(path: Path) -> tuple[str, list[Any], Any]:
    """Return all that a run file says, but for its id, its path and times."""
    out = StringIO()
    with open_run(path) as file:
        export_jsonl(file, out)
        calls = [(d.id, *told(call)) for d in file.read() for call in file.calls(d.id)]
        answered = [{by[1:3] for by in each} for each in file.answered_by().values()]
        refused = list(file.refusals().values())
        noticed = {notice.what for notice in file.notices()}
        exported = out.getvalue().replace(file.run_id, "RUN")
        return exported, calls, (answered, refused, noticed, file.failures())


def told(call: Call) -> tuple[Any, ...]:
    reply = call.reply
    answer = None if reply is None else (reply.text, reply.finish, reply.usage, reply.cost_usd)
    return call.request, call.schema, call.seed, call.attempts, call.problem, answer
