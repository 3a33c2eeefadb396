"""Inspect AI: a solver that has two models talk, many samples at a time by `max_samples`."""

from __future__ import annotations

import tempfile

from measuring import ASSISTANT, MODEL, USER, Talk, asked, measure

WHAT = asked()

from inspect_ai import Task, eval_async  # noqa: E402
from inspect_ai.dataset import Sample  # noqa: E402
from inspect_ai.model import (  # noqa: E402
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    get_model,
)
from inspect_ai.solver import Generate, Solver, TaskState, solver  # noqa: E402


@solver
def two_speakers() -> Solver:
    """Have a user and an assistant talk."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        model = get_model()
        begin = ChatMessageUser(content="Begin the conversation.")
        mine = [ChatMessageSystem(content=USER), begin]
        theirs = [ChatMessageSystem(content=ASSISTANT)]
        said: list[str] = []
        for _ in range(WHAT.replies):
            for own, other in ((mine, theirs), (theirs, mine)):
                text = (await model.generate(own)).completion
                own.append(ChatMessageAssistant(content=text))
                other.append(ChatMessageUser(content=text))
                said.append(text)
        state.store.set("said", said)
        return state

    return solve


async def play() -> list[Talk | None]:
    """Play all dialogues."""
    task = Task(
        dataset=[Sample(input="Talk.", id=i) for i in range(1, WHAT.dialogues + 1)],
        solver=two_speakers(),
    )
    model = get_model(
        f"openai/{MODEL}",
        base_url=WHAT.url,
        api_key="none",
        config=GenerateConfig(max_connections=WHAT.at_once),
        responses_api=False,
    )
    with tempfile.TemporaryDirectory() as folder:
        [log] = await eval_async(
            task,
            model=model,
            log_dir=folder,
            max_samples=WHAT.at_once,
            fail_on_error=False,
        )
        return [each.store.get("said") for each in log.samples or ()]


measure("inspect-ai", WHAT, play)
