"""An agent behind A2A's JSON-RPC binding.

1.0: https://a2a-protocol.org/latest/specification/ (`SendMessage`, `GetTask`); 0.3:
https://a2a-protocol.org/v0.3.0/specification/ (`message/send`, `tasks/get`). A turn is answered by
a message, or by a task that is asked for until it rests; `SendMessage` waits for that by itself
(3.2.2, `returnImmediately`), which `message/send` need not. The first turn here makes a task that
comes to its end, the second one that needs more input, the third goes on with that task and is
answered by a message, the fourth is as the second.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any, ClassVar

from aiohttp import web

from tests.targets.recipes.vendor import CRASH, Vendor, answer_to

UNSUPPORTED, NO_TASK, BAD_VERSION = -32004, -32001, -32009


class A2A(Vendor):
    recipe = "a2a"
    error = "The agent has broken down."
    send: ClassVar[str] = "SendMessage"
    get: ClassVar[str] = "GetTask"
    user: ClassVar[str] = "ROLE_USER"
    kinds: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        self._tasks: dict[str, dict[str, Any]] = {}
        self._ids = itertools.count(1)
        self._seen: set[str] = set()

    def environment(self) -> dict[str, str]:
        return {"AGENT_URL": f"{self.base}/a2a", "AGENT_TOKEN": self.key}

    def routes_of_vendor(self) -> Iterable[web.RouteDef]:
        return [web.post("/a2a", self._call)]

    def state(self, name: str) -> str:
        return f"TASK_STATE_{name}"

    def message(self, text: str, **more: Any) -> dict[str, Any]:
        return {"messageId": f"a-{next(self._ids)}", "role": "ROLE_AGENT", **more} | {
            "parts": [{"text": text}]
        }

    async def _call(self, request: web.Request) -> web.Response:
        if not self.lets_in(request):
            return web.json_response({"error": "invalid_token"}, status=401)
        body = await request.json()
        answer: Any = {"jsonrpc": "2.0", "id": body["id"]}
        if not self.kinds and request.headers.get("A2A-Version") != "1.0":
            answer["error"] = {"code": BAD_VERSION, "message": "A2A version '0.3' is unsupported"}
        elif body["method"] == self.send:
            answer |= self._sent(body["params"]["message"])
        elif body["method"] == self.get and body["params"]["id"] in self._tasks:
            answer["result"] = self._task(body["params"]["id"])
        elif body["method"] == self.get:
            answer["error"] = {"code": NO_TASK, "message": "Task not found"}
        else:
            answer["error"] = {"code": -32601, "message": "Method not found"}
        return web.json_response(answer)

    def _sent(self, message: dict[str, Any]) -> dict[str, Any]:
        assert message["role"] == self.user
        if message["messageId"] in self._seen:
            return {"error": {"code": -32602, "message": "messageId was used before"}}
        self._seen.add(message["messageId"])
        context = message.get("contextId") or f"context-{next(self._ids)}"
        said = self.said[context]
        said.append("".join(part["text"] for part in message["parts"]))
        task = message.get("taskId")
        waiting = len(said) % 2 == 1 and len(said) > 1
        if task and (not waiting or self._tasks[task]["state"] != "INPUT_REQUIRED"):
            wrong = f"Task {task} is in terminal state: {self._tasks[task]['state']}"
            return {"error": {"code": UNSUPPORTED, "message": wrong}}
        if waiting:
            if not task:
                return {"error": {"code": -32602, "message": "which task do you mean?"}}
            self._tasks[task]["state"] = "COMPLETED"
            told = self.message(answer_to(said), contextId=context, taskId=task)
            return {"result": told if self.kinds else {"message": told}}
        task = f"task-{next(self._ids)}"
        end = "COMPLETED" if len(said) == 1 else "INPUT_REQUIRED"
        state = "FAILED" if said[-1] == CRASH else end
        text = self.error if state == "FAILED" else answer_to(said)
        self._tasks[task] = {"context": context, "state": state, "text": text}
        self._tasks[task]["asked"] = 0 if self.kinds else 2
        return {"result": self._task(task) if self.kinds else {"task": self._task(task)}}

    def _task(self, id: str) -> dict[str, Any]:
        """Return a task, which rests when it is asked for the third time."""
        kept = self._tasks[id]
        kept["asked"] += 1
        made: dict[str, Any] = {"id": id, "contextId": kept["context"]}
        state = kept["state"] if kept["asked"] > 2 else ("SUBMITTED", "WORKING")[kept["asked"] - 1]
        made["history"] = [self.message(f"That is history. {'It is long. ' * 100}")]
        made["status"] = {"state": self.state(state), "timestamp": "2026-11-27T00:00:00.000Z"}
        if state == "WORKING":
            made["status"]["message"] = self.message("One moment.")
        elif state == "COMPLETED":
            made["artifacts"] = [{"artifactId": "1", "parts": self.message(kept["text"])["parts"]}]
        elif state in ("INPUT_REQUIRED", "FAILED"):
            made["status"]["message"] = self.message(kept["text"])
        return made | ({"kind": "task"} if self.kinds else {})


class A2A03(A2A):
    recipe = "a2a-03"
    send = "message/send"
    get = "tasks/get"
    user = "user"
    kinds = True

    def state(self, name: str) -> str:
        return name.lower().replace("_", "-")

    def message(self, text: str, **more: Any) -> dict[str, Any]:
        made = super().message(text, kind="message", **more)
        return made | {"role": "agent", "parts": [{"kind": "text", "text": text}]}
