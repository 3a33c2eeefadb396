# /// script
# requires-python = ">=3.11"
# dependencies = ["a2a-sdk[http-server]>=1.3", "uvicorn"]
# ///
"""An agent behind A2A 1.0 and 0.3: a task that ends, then a task that asks for more."""

import asyncio
import sys
from collections import defaultdict

import uvicorn
from a2a.helpers.proto_helpers import new_task_from_user_message, new_text_part
from a2a.server.agent_execution import AgentExecutor
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes.jsonrpc_routes import create_jsonrpc_routes
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types import AgentCapabilities, AgentCard, AgentInterface
from answering import answer_to
from starlette.applications import Starlette


class Bot(AgentExecutor):
    def __init__(self):
        self.said = defaultdict(list)

    async def execute(self, context, event_queue):
        task = context.current_task
        if task is None:
            task = new_task_from_user_message(context.message)
            await event_queue.enqueue_event(task)
        to = TaskUpdater(event_queue, task.id, task.context_id)
        said = self.said[task.context_id]
        said.append(context.get_user_input())
        await to.start_work(to.new_agent_message([new_text_part("One moment.")]))
        await asyncio.sleep(0.2)
        try:
            answer = [new_text_part(answer_to(said))]
        except ValueError as error:
            await to.failed(to.new_agent_message([new_text_part(str(error))]))
            return
        if len(said) == 2:
            await to.requires_input(to.new_agent_message(answer))
        else:
            await to.add_artifact(answer, name="answer")
            await to.complete()

    async def cancel(self, context, event_queue):
        raise NotImplementedError


where = AgentInterface(url="http://localhost", protocol_binding="JSONRPC", protocol_version="1.0")
card = AgentCard(name="bot", capabilities=AgentCapabilities(), supported_interfaces=[where])
handler = DefaultRequestHandler(Bot(), InMemoryTaskStore(), card)
routes = create_jsonrpc_routes(handler, "/", enable_v0_3_compat=True)
uvicorn.run(Starlette(routes=routes), port=int(sys.argv[1]), log_level="error")
