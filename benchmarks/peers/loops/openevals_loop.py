"""openevals: `run_multiturn_simulation_async`, many at a time by `asyncio.gather`."""

from __future__ import annotations

from measuring import ASSISTANT, MODEL, USER, Talk, asked, gathered, measure

WHAT = asked()

from langchain_openai import ChatOpenAI  # noqa: E402
from openevals.simulators import (  # noqa: E402
    create_async_llm_simulated_user,
    run_multiturn_simulation_async,
)


async def play() -> list[Talk | None]:
    """Play all dialogues."""
    client = ChatOpenAI(model=MODEL, base_url=WHAT.url, api_key="none")
    user = create_async_llm_simulated_user(system=USER, client=client)

    async def talk(number: int) -> Talk:
        history = [{"role": "system", "content": ASSISTANT}]

        async def app(message: dict, *, thread_id: str, **_: object) -> dict:
            history.append({"role": "user", "content": message["content"]})
            reply = await client.ainvoke(history)
            history.append({"role": "assistant", "content": reply.content})
            return {"role": "assistant", "content": reply.content, "id": reply.id}

        done = await run_multiturn_simulation_async(app=app, user=user, max_turns=WHAT.replies)
        return [each["content"] for each in done["trajectory"]]

    return await gathered(WHAT, talk)


measure("openevals", WHAT, play)
