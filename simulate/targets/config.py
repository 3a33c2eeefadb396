"""Target files: what a target is and how to talk to it, as a YAML file says it.

A short SPEC stands for the file with defaults: see `read_target`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from simulate.models.secrets import holds_secret
from simulate.targets.jsonpath import checked_path
from simulate.targets.placeholders import checked_data, checked_headers, checked_url

__all__ = [
    "CommandTarget",
    "HttpTarget",
    "ModelTarget",
    "PythonTarget",
    "SseTarget",
    "TargetConfig",
    "WebSocketTarget",
]

Path = Annotated[str, Field(min_length=1), AfterValidator(checked_path)]
"""A JSONPath (RFC 9535), such as `$.reply`."""

Url = Annotated[
    str, Field(min_length=1), AfterValidator(lambda url: checked_url(url, ("http", "https")))
]
"""A template; what a variable puts in is quoted, but for an `env.NAME` that begins it."""

SocketUrl = Annotated[
    str, Field(min_length=1), AfterValidator(lambda url: checked_url(url, ("ws", "wss")))
]

Headers = Annotated[dict[str, str], AfterValidator(checked_headers)]
"""Templates by the header's name."""

Data = Annotated[Any, AfterValidator(checked_data)]
"""JSON data whose strings are templates. A string that is one `{{ … }}` and nothing else keeps the
type of its value."""


def _without_secret(spec: str) -> str:
    if holds_secret(spec):
        raise ValueError(
            "must have no password or key in its URL, since every run file holds it: give the key "
            "by OPENAI_API_KEY, or OPENAI_API_KEY_FILE"
        )
    return spec


ModelName = Annotated[str, Field(min_length=1), AfterValidator(_without_secret)]

VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Base(_Strict):
    timeout_s: Annotated[float, Field(gt=0, le=3600)] = 60.0
    """Seconds that one turn of the target may take."""
    concurrency: Annotated[int, Field(ge=1, le=1000)] = 8
    """Sessions at once."""
    _file: str = PrivateAttr("")

    @property
    def file(self) -> str:
        """The file that it was read from, for messages; empty where there is none."""
        return self._file

    def remember_file(self, file: str) -> None:
        """Note the file that it was read from."""
        self._file = file


class Request(_Strict):
    """One HTTP request, with templates that see `session`, `message`, `history` and `env`.

    `history` is a list of `{"role": "user" | "assistant", "content": …}` with the new message at
    its end, and `env` what the file names of the environment, as `env.NAME`.
    """

    url: Url
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    headers: Headers = {}
    """Templates; a secret is named as `{{ env.NAME }}` and read from the environment only."""
    body: Data = None
    """JSON whose strings are templates. A string that is one `{{ … }}` and nothing else keeps the
    type of its value. None sends no body. A text goes as it is where the headers name a
    `Content-Type` that is not JSON."""


class _Http(_Base):
    url: Url
    method: Literal["GET", "POST", "PUT", "PATCH"] = "POST"
    headers: Headers = {}
    body: Data = None
    """As in `Request`; by default `{"session": …, "message": …}`, or with `history: full`
    `{"messages": [{"role", "content"}, …]}`; with GET none."""
    history: Literal["session", "full"] = "session"
    """`session`: the target remembers, and is sent the new message and the session's id; `full`:
    it does not, and is sent the whole conversation each time."""
    set_up: Request | None = None
    """Sent before the first message."""
    session_id: Path | None = None
    """Where the answer to `set_up` says the session's id; by default the run names it."""
    tear_down: Request | None = None
    state: Request | None = None
    """Asks for the target's state after the dialogue; its JSON answer is the state."""
    greeting: Literal["none", "set_up", "request"] = "none"
    """What the target says first: `set_up`: stands in the answer to `set_up`; `request`: it is
    sent an empty message."""

    @model_validator(mode="after")
    def _set_up_is_there(self) -> Self:
        if self.set_up is None and self.greeting == "set_up":
            raise ValueError("greeting: set_up, but there is no set_up to answer")
        if self.set_up is None and self.session_id is not None:
            raise ValueError("session_id: is read from the answer to set_up, and there is none")
        return self


class HttpTarget(_Http):
    """A service that answers a JSON request with a JSON body."""

    kind: Literal["http"]
    reply: Path = "$.reply"
    """Where the body says the reply: a text, or a list of texts (several messages), or several
    places with one each. `$` where the body is the text itself, not JSON."""
    tool_calls: Path | None = None
    """Where it says its tool calls: objects with `name` and `arguments`, or `function` with both
    as chat completions have them."""
    ends: Path | None = None
    """Where it says that the conversation is over: a truth value."""


class SseTarget(_Http):
    """A service that answers with server-sent events."""

    kind: Literal["sse"]
    text: Path = "$.text"
    """Where an event's JSON data says a piece of the text; `$` where the data is the text."""
    events: list[str] = []
    """Names of the events that carry text; by default all. Another event is looked into for
    tool calls only."""
    message_ends: list[str] = []
    """Names of events after which a new message begins."""
    done: str = "[DONE]"
    """The data, or the name, of the event that ends the turn; so does the end of the stream."""
    tool_calls: Path | None = None
    ends: Path | None = None


class WebSocketTarget(_Base):
    """A service at the other end of a WebSocket, one connection a session."""

    kind: Literal["websocket"]
    url: SocketUrl
    headers: Headers = {}
    opening: Data = None
    """JSON that is sent first, or None."""
    send: Data = None
    """JSON that is sent with a message; by default `{"message": …}`. A text is sent as it is."""
    reply: Path = "$.text"
    """Where a message of the target says its text; `$` where it is the text itself."""
    tool_calls: Path | None = None
    turn_ends: Path | None = None
    """Where a message of the target says that its turn is over (a truth value). By default each
    message is a turn of its own, unless `quiet_s` is given."""
    quiet_s: Annotated[float, Field(gt=0, le=60)] | None = None
    """A turn is over when the target has been quiet for so long, in seconds."""
    ends: Path | None = None
    state: Data = None
    """JSON that asks for the state; the next message is the state. None: there is none."""
    greeting: bool = False
    """Whether the target speaks first, unasked."""


class PythonTarget(_Base):
    """A Python callable, `module:function`, sync or async.

    A function is called as `function(message, session)`, with a `dict` of its own for each session
    that holds its `id`, or as `function(message)` where it takes one argument only. Its attributes
    `set_up(session)`, `greeting(session)`, `state(session)` and `tear_down(session)` are called
    if they are there. A class is called once a session, with its id; the object is called as
    `object(message)`, and has these four as methods without arguments.

    It returns a text, a list of texts, or a dict with `messages` (or `reply`), `tool_calls` and
    `ends`. A sync one runs in a thread, which goes on after its time is over.
    """

    kind: Literal["python"]
    function: Annotated[str, Field(pattern=r"^[\w.]+:[\w.]+$")]


class CommandTarget(_Base):
    """A subprocess that speaks JSON lines on its standard input and output, one a session.

    It is sent `{"message": …, "session": …}` and answers one line `{"messages": […],
    "tool_calls": […], "ends": …}` (or `{"reply": …}`, or a bare JSON string), of at most 1 MiB.
    """

    kind: Literal["command"]
    command: Annotated[list[str], Field(min_length=1)]
    """Program and arguments; no shell."""
    environment: list[VariableName] = []
    """Names of environment variables that it sees, beside PATH, HOME and LANG."""
    greeting: bool = False
    """Whether it writes a line before it is sent anything."""
    state: bool = False
    """Whether it answers `{"state": true, "session": …}` with its state."""


class ModelTarget(_Base):
    """A chat model: an OpenAI-compatible endpoint, or any other model SPEC."""

    kind: Literal["model"]
    model: ModelName
    """A model SPEC, such as `NAME@http://127.0.0.1:8000/v1`."""
    system: str | None = None
    """Its system prompt; by default the speaker's instructions."""
    temperature: Annotated[float, Field(ge=0, le=5)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    tools: list[dict[str, Any]] = []
    """Tools that it is offered, as the chat-completions protocol has them; a call of one is
    reported, not carried out."""


TargetConfig = Annotated[
    HttpTarget | SseTarget | WebSocketTarget | PythonTarget | CommandTarget | ModelTarget,
    Field(discriminator="kind"),
]
