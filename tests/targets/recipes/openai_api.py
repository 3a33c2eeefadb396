"""OpenAI's Responses, Conversations and Assistants.

Sources: https://platform.openai.com/docs/api-reference/responses/create, …/conversations/create,
…/runs/createRun, …/messages/listMessages and the guide
https://platform.openai.com/docs/guides/conversation-state; the fields are those of the types that
the `openai` package generates from OpenAI's OpenAPI document. A reasoning model sends its reasoning
and its commentary beside the final answer. A run of an assistant is asked for until it is over, and
`OpenAI-Beta: assistants=v2` is required.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from tests.targets.recipes.vendor import CRASH, Vendor, answer_to

CREATED = 1_750_000_000
KNOWN = {"model", "input", "previous_response_id", "conversation", "instructions", "store"}


class OpenAI(Vendor):
    """What the three have in common."""

    def environment(self) -> dict[str, str]:
        return {
            "OPENAI_BASE_URL": f"{self.base}/v1",
            "OPENAI_API_KEY": self.key,
            "OPENAI_ASSISTANT": "asst_shop",
        }

    def routes(self, app: web.Application) -> None:
        app.middlewares.append(self._authorised)
        self.ids = itertools.count(1)
        super().routes(app)

    @web.middleware
    async def _authorised(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if not self.lets_in(request):
            return _error(401, "Incorrect API key provided.", code="invalid_api_key")
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        for field in body.keys() - KNOWN:
            return _error(400, f"Unknown parameter: '{field}'.", field, "unknown_parameter")
        for field in ("model", "input"):
            if not body.get(field):
                return _error(400, f"Missing required parameter: '{field}'.", field)
        before = body.get("previous_response_id")
        conversation = body.get("conversation")
        if before and conversation:
            return _error(400, "Mutually exclusive parameters.", "previous_response_id")
        if before and before not in self.said:
            message = f"Previous response with id '{before}' not found."
            return _error(400, message, "previous_response_id", "previous_response_not_found")
        if conversation and conversation not in self.said:
            return _error(404, f"Conversation with id '{conversation}' not found.", "conversation")
        made = f"resp_{next(self.ids)}"
        said = [*self.said.get(before or conversation or "", ()), body["input"]]
        self.said[conversation or made] = said
        failed = {"code": "server_error", "message": self.error} if said[-1] == CRASH else None
        return web.json_response(
            {"id": made, "object": "response", "created_at": CREATED, "model": body["model"]}
            | {"status": "failed" if failed else "completed", "error": failed}
            | {"previous_response_id": before, "output": [] if failed else _output(made, said)}
            | {"conversation": {"id": conversation} if conversation else None, "metadata": {}}
            | {"incomplete_details": None, "instructions": None, "parallel_tool_calls": True}
            | {"tools": [], "tool_choice": "auto", "temperature": 1.0, "top_p": 1.0}
        )


class Responses(OpenAI):
    recipe = "openai-responses"
    error = "The model failed to generate a response."

    def routes_of_vendor(self) -> Iterable[web.RouteDef]:
        return [web.post("/v1/responses", self._respond)]


class Conversations(OpenAI):
    recipe = "openai-conversations"
    error = "The model failed to generate a response."

    def routes_of_vendor(self) -> Iterable[web.RouteDef]:
        return [
            web.post("/v1/responses", self._respond),
            web.post("/v1/conversations", self._begin),
            web.delete("/v1/conversations/{id}", self._end),
        ]

    async def _begin(self, request: web.Request) -> web.StreamResponse:
        self.said[made := f"conv_{next(self.ids)}"] = []
        return web.json_response(
            {"id": made, "object": "conversation", "created_at": CREATED, "metadata": {}}
        )

    async def _end(self, request: web.Request) -> web.StreamResponse:
        id = request.match_info["id"]
        if self.said.pop(id, None) is None:
            return _error(404, f"Conversation with id '{id}' not found.")
        return web.json_response({"id": id, "object": "conversation.deleted", "deleted": True})


class Assistants(OpenAI):
    recipe = "openai-assistants"
    error = "You exceeded your current quota"

    def routes_of_vendor(self) -> Iterable[web.RouteDef]:
        self.messages: dict[str, list[dict[str, Any]]] = {}
        self.asked: dict[str, int] = {}
        return [
            web.post("/v1/threads", self._open_thread),
            web.delete("/v1/threads/{thread}", self._delete),
            web.post("/v1/threads/{thread}/runs", self._run),
            web.get("/v1/threads/{thread}/runs/{run}", self._status),
            web.get("/v1/threads/{thread}/messages", self._list),
        ]

    @web.middleware
    async def _authorised(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.headers.get("OpenAI-Beta") != "assistants=v2":
            return _error(400, "You must provide the 'OpenAI-Beta' header", code="invalid_beta")
        thread = request.match_info.get("thread")
        if thread is not None and thread not in self.messages:
            return _error(404, f"No thread found with id '{thread}'.")
        return await super()._authorised(request, handler)

    async def _open_thread(self, request: web.Request) -> web.StreamResponse:
        self.messages[made := f"thread_{next(self.ids)}"] = []
        return web.json_response({"id": made, "object": "thread", "created_at": CREATED})

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        self.messages.pop(id := request.match_info["thread"])
        return web.json_response({"id": id, "object": "thread.deleted", "deleted": True})

    async def _run(self, request: web.Request) -> web.StreamResponse:
        thread, body = request.match_info["thread"], await request.json()
        if body.get("assistant_id") != "asst_shop":
            return _error(404, f"No assistant found with id '{body.get('assistant_id')}'.")
        run = f"run_{next(self.ids)}"
        self.asked[run] = 0
        for message in body.get("additional_messages") or ():
            self.said[thread].append(message["content"])
            self._say(thread, run, "user", message["content"])
        return web.json_response(self._written(thread, run))

    async def _status(self, request: web.Request) -> web.StreamResponse:
        thread, run = request.match_info["thread"], request.match_info["run"]
        if run not in self.asked:
            return _error(404, f"No run found with id '{run}'.")
        self.asked[run] += 1
        written = self._written(thread, run)
        if written["status"] == "completed" and self.asked[run] == 2:
            self._say(thread, run, "assistant", answer_to(self.said[thread]))
        return web.json_response(written)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        run, order = request.query.get("run_id"), request.query.get("order", "desc")
        found = [
            message
            for message in self.messages[request.match_info["thread"]]
            if run in (None, message["run_id"])
        ]
        data = found if order == "asc" else found[::-1]
        return web.json_response({"object": "list", "data": data, "has_more": False})

    def _written(self, thread: str, run: str) -> dict[str, Any]:
        failed = self.said[thread][-1:] == [CRASH]
        error = {"code": "rate_limit_exceeded", "message": self.error}
        status = ["queued", "in_progress", "failed" if failed else "completed"]
        return {
            "id": run,
            "object": "thread.run",
            "created_at": CREATED,
            "thread_id": thread,
            "assistant_id": "asst_shop",
            "status": status[min(self.asked[run], 2)],
            "last_error": error if failed and self.asked[run] > 1 else None,
        }

    def _say(self, thread: str, run: str, role: str, text: str) -> None:
        content = [{"type": "text", "text": {"value": text, "annotations": []}}]
        made = {"id": f"msg_{next(self.ids)}", "object": "thread.message", "created_at": CREATED}
        ids = {"thread_id": thread, "run_id": run}
        self.messages[thread].append(made | ids | {"role": role, "content": content})


def _output(made: str, said: list[str]) -> list[dict[str, Any]]:
    summary = [{"type": "summary_text", "text": "The user wants tea."}]
    output: list[dict[str, Any]] = [{"type": "reasoning", "id": f"rs_{made}", "summary": summary}]
    for phase, text in (("commentary", "Let me look."), ("final_answer", answer_to(said))):
        content = [{"type": "output_text", "text": text, "annotations": []}]
        message = {"type": "message", "id": f"msg_{made}_{phase}", "role": "assistant"}
        output.append(message | {"status": "completed", "phase": phase, "content": content})
    return output


def _error(
    status: int, message: str, param: str | None = None, code: str | None = None
) -> web.Response:
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return web.json_response({"error": error}, status=status)
