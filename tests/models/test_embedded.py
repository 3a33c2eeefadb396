"""The real weights, loaded and asked: slow to start, so all in few tests."""

import asyncio
import json

import pytest

from simulate.errors import ModelError
from simulate.models import ChatRequest
from simulate.models.embedded import EmbeddedModel
from simulate.verbalized import METHODS, MethodSpec, Task, parse_distribution
from simulate.verbalized.wording import WORDINGS


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_embedded_model_writes_text_json_and_stops_when_cancelled() -> None:
    ask = next(METHODS["vs"](MethodSpec(name="vs", k=3), Task(person="Ada")))
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
