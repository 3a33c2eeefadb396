"""LangWatch Scenario: `arun` with its `UserSimulatorAgent`, many at a time by `asyncio.gather`."""

from __future__ import annotations

from measuring import ASSISTANT, MODEL, USER, Talk, asked, gathered, measure

WHAT = asked()

import scenario  # noqa: E402
from openai import AsyncOpenAI  # noqa: E402


async def play() -> list[Talk | None]:
    """Play all dialogues."""
    client = AsyncOpenAI()

    class Assistant(scenario.AgentAdapter):
        """The assistant, as the package's own examples write one."""

        async def call(self, input: scenario.AgentInput) -> str:
            history = [{"role": "system", "content": ASSISTANT}, *input.messages]
            reply = await client.chat.completions.create(model=MODEL, messages=history)
            return reply.choices[0].message.content

    async def talk(number: int) -> Talk:
        done = await scenario.arun(
            name=f"dialogue {number}",
            description="A talk about giving.",
            agents=[
                Assistant(),
                scenario.UserSimulatorAgent(
                    model=f"openai/{MODEL}", api_base=WHAT.url, api_key="none", system_prompt=USER
                ),
            ],
            script=[*[scenario.user(), scenario.agent()] * WHAT.replies, scenario.succeed()],
            verbose=False,
        )
        return [each["content"] for each in done.messages]

    return await gathered(WHAT, talk)


measure("langwatch-scenario", WHAT, play)
