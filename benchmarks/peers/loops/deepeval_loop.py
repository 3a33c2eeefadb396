"""DeepEval: `ConversationSimulator`, many at a time by `max_concurrent`."""

from __future__ import annotations

import asyncio

from measuring import ASSISTANT, MODEL, USER, Talk, asked, measure

WHAT = asked()

from deepeval.dataset import ConversationalGolden  # noqa: E402
from deepeval.models import OpenAIModel  # noqa: E402
from deepeval.simulator import ConversationSimulator  # noqa: E402
from deepeval.test_case import Turn  # noqa: E402
from openai import AsyncOpenAI  # noqa: E402


async def play() -> list[Talk | None]:
    """Play all dialogues; one that fails ends them all, so what was done before is kept."""
    client = AsyncOpenAI()
    done: list[Talk | None] = []

    async def answer(input: str, turns: list[Turn], thread_id: str) -> Turn:
        history = [{"role": "system", "content": ASSISTANT}]
        history += [{"role": each.role, "content": each.content} for each in turns]
        reply = await client.chat.completions.create(model=MODEL, messages=history)
        return Turn(role="assistant", content=reply.choices[0].message.content)

    simulator = ConversationSimulator(
        model_callback=answer,
        simulator_model=OpenAIModel(model=MODEL, base_url=WHAT.url, api_key="none"),
        max_concurrent=WHAT.at_once,
    )
    goldens = [
        ConversationalGolden(scenario=f"Dialogue {i} about giving.", user_description=USER)
        for i in range(WHAT.dialogues)
    ]
    try:
        await simulator._a_simulate(
            goldens,
            max_user_simulations=WHAT.replies,
            on_simulation_complete=lambda case, _: done.append([t.content for t in case.turns]),
        )
    except Exception as error:
        print(f"{type(error).__name__}: {error}"[:300])
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    return done


measure("deepeval", WHAT, play)
