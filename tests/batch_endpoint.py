"""A real HTTP endpoint that speaks files and batches, beside chat completions.

A batch is carried out when it is asked for: by the first question, or as many questions later as
`slow` says. Its lines are answered as the endpoint answers the same requests one by one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.endpoint import Behaviour, Body, Endpoint, completion, message, response, usual_text

Line = dict[str, Any]


@dataclass
class MadeBatch:
    """A batch.

    Attributes:
        id: its name.
        file: that of its requests.
        lines: its requests.
        path: the API that answers them.
        state: how it stands.
        asked: how often it was asked for.
        output: the file of answers.
        errors: what is wrong with it as a whole.
    """

    id: str
    file: str
    lines: list[Line]
    path: str
    state: str = "validating"
    asked: int = 0
    output: str | None = None
    errors: list[Line] = field(default_factory=list)

    @property
    def data(self) -> Line:
        return {
            "id": self.id,
            "object": "batch",
            "endpoint": self.path,
            "input_file_id": self.file,
            "status": self.state,
            "output_file_id": self.output,
            "error_file_id": None,
            "errors": {"data": self.errors} if self.errors else None,
        }


Ending = Callable[["BatchEndpoint", MadeBatch], bytes | None]
"""Ends a batch: may set its state and errors, and returns its output."""
Hook = Callable[[str], web.StreamResponse | None]
"""Is told what is asked for (`upload`, `create`, `list`, `status`, `content`), after it is done;
may answer in its place."""


class BatchEndpoint(Endpoint):
    """The endpoint.

    Attributes:
        files: their contents, by name.
        batches: those that were created, in order.
        slow: how often a batch is asked for in vain.
        ending: ends batches; by default they are completed.
        hook: see `Hook`.
        done: how often each thing was asked for.
    """

    def __init__(self, behaviour: Behaviour | None = None, *, slow: int = 0) -> None:
        super().__init__(behaviour)
        self.files: dict[str, bytes] = {}
        self.batches: list[MadeBatch] = []
        self.slow = slow
        self.ending: Ending = answered
        self.hook: Hook = lambda what: None
        self.done: Counter[str] = Counter()

    def routes(self, app: web.Application) -> None:
        super().routes(app)
        app.router.add_post("/v1/files", self._upload)
        app.router.add_get("/v1/files/{id}/content", self._content)
        app.router.add_post("/v1/batches", self._create)
        app.router.add_get("/v1/batches", self._list)
        app.router.add_get("/v1/batches/{id}", self._status)

    @property
    def sent(self) -> Counter[str]:
        """Return how often each request was sent in a batch, by the name of its call."""
        return Counter(line["custom_id"] for batch in self.batches for line in batch.lines)

    def answer_to(self, line: Line) -> Line:
        """Return what answers a line of a batch."""
        body: Body = line["body"]
        self.bodies.append(body)
        answer = self.behaviour(body, len(self.bodies) - 1) if self.behaviour else None
        status = 200
        if isinstance(answer, web.Response):
            status, answer = answer.status, json.loads(answer.text or "{}")
        if answer is None:
            answer = usual_text(body)
        if isinstance(answer, str):
            chats = line["url"].endswith("/chat/completions")
            answer = completion(answer) if chats else response(message(answer))
        served = {"status_code": status, "request_id": "r", "body": answer}
        return {"id": "l", "custom_id": line["custom_id"], "response": served, "error": None}

    def _done(self, what: str, data: Any, request: web.Request) -> web.StreamResponse:
        self.done[what] += 1
        self.headers.append(request.headers.copy())
        self.queries.append({k: v for k, v in request.query.items() if k not in ("limit", "after")})
        return self.hook(what) or web.json_response(data)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        upload = form["file"]
        assert isinstance(upload, web.FileField)
        assert form["purpose"] == "batch"
        name = f"file-{len(self.files)}"
        self.files[name] = upload.file.read()
        return self._done("upload", {"id": name, "object": "file"}, request)

    async def _create(self, request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        lines = [json.loads(line) for line in self.files[asked["input_file_id"]].splitlines()]
        assert {line["url"] for line in lines} == {asked["endpoint"]}
        made = MadeBatch(
            f"batch_{len(self.batches)}", asked["input_file_id"], lines, asked["endpoint"]
        )
        self.batches.append(made)
        return self._done("create", made.data, request)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        there = [each.data for each in self.batches[::-1]]
        return self._done("list", {"data": there, "has_more": False}, request)

    async def _status(self, request: web.Request) -> web.StreamResponse:
        made = next(each for each in self.batches if each.id == request.match_info["id"])
        if made.state == "validating" and made.asked >= self.slow:
            made.state = "completed"
            output = self.ending(self, made)
            if output is not None:
                made.output = f"file-{len(self.files)}"
                self.files[made.output] = output
        made.asked += 1
        return self._done("status", made.data, request)

    async def _content(self, request: web.Request) -> web.StreamResponse:
        self.done["content"] += 1
        answer = self.hook("content")
        if answer is None and request.match_info["id"] not in self.files:
            answer = web.json_response({"error": {"message": "No such File object"}}, status=404)
        return answer or web.Response(body=self.files[request.match_info["id"]])


def answered(endpoint: BatchEndpoint, batch: MadeBatch) -> bytes:
    """Answer every line."""
    return jsonl([endpoint.answer_to(line) for line in batch.lines])


def jsonl(lines: list[Line]) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)
