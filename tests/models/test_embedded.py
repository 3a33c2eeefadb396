"""The real weights, loaded and asked: slow to start, so all in few tests."""

import asyncio
import json

import pytest

from simulate.errors import ModelError
from simulate.models import ChatRequest
from simulate.models.embedded import EmbeddedModel
from simulate.verbalized import METHODS, Ask, MethodSpec, Task, parse_distribution
from simulate.verbalized.wording import WORDINGS


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_embedded_model_writes_text_json_and_stops_when_cancelled() -> None:
    ask = next(METHODS["vs"](MethodSpec(name="vs", k=3), Task(person="Ada")))
    assert isinstance(ask, Ask)
    hello = [{"role": "user", "content": "Say hello."}]

    async def go() -> None:
        model = EmbeddedModel(slots=2, context=2048)
        try:
            plain = await model.complete(ChatRequest(hello, seed=1))
            assert plain.text.strip()
            assert plain.finish == "stop"
            assert plain.usage.completion_tokens > 0

            drawn = await model.complete(
                ChatRequest([*hello, *ask.messages], ask.schema, replies=3, seed=1)
            )
            read = parse_distribution(drawn.text, wording=WORDINGS["implicit"], k=3)
            assert len(read) == 3
            assert read.parse == "clean"

            schema = {
                "type": "object",
                "properties": {"value": {"type": "number", "minimum": 0, "maximum": 2}},
                "required": ["value"],
            }
            answer = await model.complete(ChatRequest(hello, schema, seed=1))
            assert 0 <= json.loads(answer.text)["value"] <= 2

            cut = await model.complete(ChatRequest(hello, max_tokens=3, seed=1))
            assert cut.finish == "length"

            story = [{"role": "user", "content": "Tell a very long story."}]
            endless = asyncio.create_task(model.complete(ChatRequest(story, max_tokens=1800)))
            await asyncio.sleep(0.3)
            endless.cancel()
            with pytest.raises(asyncio.CancelledError):
                await endless
        finally:
            await model.aclose()
        with pytest.raises((ModelError, RuntimeError)):
            await model.complete(ChatRequest(hello))

    asyncio.run(go())


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_request_gets_the_same_text_alone_beside_others_and_again() -> None:
    requests = [
        ChatRequest([{"role": "user", "content": f"Tell a tale of {n}."}], seed=1, max_tokens=24)
        for n in ("one fox", "two owls")
    ]

    async def texts(slots: int, asked: list[ChatRequest]) -> list[str]:
        model = EmbeddedModel(slots=slots, context=512)
        try:
            return [r.text for r in await asyncio.gather(*map(model.complete, asked))]
        finally:
            await model.aclose()

    alone = asyncio.run(texts(1, requests))
    assert asyncio.run(texts(2, requests)) == alone
    assert asyncio.run(texts(1, [*requests, *requests]))[2:] == alone


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_large_weights_are_loaded_once_for_all_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulate.models.embedded.SMALL_BYTES", 0)
    hello = ChatRequest([{"role": "user", "content": "Say hello."}], seed=1)

    async def go() -> None:
        model = EmbeddedModel(slots=2, context=512)
        try:
            for reply in await asyncio.gather(model.complete(hello), model.complete(hello)):
                assert reply.text.strip()
        finally:
            await model.aclose()

    asyncio.run(go())


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_dialogue_goes_on_where_its_beginning_is_cached() -> None:
    begun = [[{"role": "user", "content": f"Number {i}. " + "Well? " * 40}] for i in range(2)]
    went_on = [{"role": "assistant", "content": "No."}, {"role": "user", "content": "Why?"}]

    async def go() -> None:
        model = EmbeddedModel(slots=2, context=512)
        try:
            await asyncio.gather(*(model.complete(ChatRequest(b, max_tokens=1)) for b in begun))
            for beginning in reversed(begun):
                reply = await model.complete(ChatRequest([*beginning, *went_on], max_tokens=1))
                assert reply.usage.cached_tokens > 40
        finally:
            await model.aclose()

    asyncio.run(go())
