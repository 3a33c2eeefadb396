"""Target files of services: their requests, what is captured of the answers, how they are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields as dataclass_fields
from functools import partial
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ModelWrapValidatorHandler,
    model_validator,
)

from simulate.files.strict import Strict
from simulate.files.templates import variables_of
from simulate.models import redacted
from simulate.models.headers import parted, texts_in
from simulate.models.secrets import names_secret
from simulate.targets.answers import Answers
from simulate.targets.captures import checked_name, checked_source
from simulate.targets.config import Condition, Data, Headers, Path, TargetBase, Url
from simulate.targets.placeholders import (
    IN_RUN_FILES,
    OF_DIALOGUE,
    VARIABLES,
    checked_data,
    is_captured,
    seeing,
)
from simulate.targets.redaction import Label

CaptureName = Annotated[str, AfterValidator(checked_name)]
Source = Annotated[str, Field(min_length=1), AfterValidator(checked_source)]
Captures = dict[CaptureName, Source]
"""Name to where the value stands: a JSONPath into the body, or into any event or line (the last
that has it counts), `header:NAME`, `cookie:NAME`, or `text:PATTERN` (its first group). All later
templates see it by its name; `session` takes the place of the run's own id. After `optional:`
stands what may be missing, and is none then."""

_ITEM = ("role", "content", "index", "tool_calls", "tool_call_id")
HistoryItem = Annotated[Any, AfterValidator(partial(checked_data, more=_ITEM))]
"""JSON data whose strings are templates, and see one turn of the history too."""


_CALL = ("id", "name", "arguments", "content", "error")
CallItem = Annotated[Any, AfterValidator(partial(checked_data, more=_CALL))]
"""JSON data whose strings are templates, and see one call and what its tool answered too."""


class Request(Strict):
    """One HTTP request.

    Its templates see `session`, `message`, `history` (a list of `{"role": "user" | "assistant",
    "content": …}` with the new message at its end), `env` (what the file names of the environment,
    as `env.NAME`), `persona`, `cell`, `variables`, `token`, and what is captured, by its name.
    """

    url: Url
    """The address, a template. It may begin with a captured one, of a host that the file names."""
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    """How it is asked."""
    headers: Headers = {}
    """Templates; a secret is named as `{{ env.NAME }}` and read from the environment only."""
    body: Data = None
    """JSON whose strings are templates. A string that is one `{{ … }}` and nothing else keeps the
    type of its value. None sends no body. A text goes as it is where the headers name a
    `Content-Type` that is not JSON, and a mapping as a form where they name that of a form."""


class Step(Request):
    """A request whose answer is of use to later ones, and which may be asked again until it is."""

    capture: Captures = {}
    """What is kept of its answer for later templates."""
    until: Condition | None = None
    """Asked again until this holds for its answer. An answer of status 202 is not there yet either,
    and is asked for again where the method is GET or there is an `until`."""
    when: Condition | None = None
    """Left out, with all steps after it, where this does not hold for the answer before, which is
    the turn then."""
    every_s: Annotated[float, Field(ge=0.01, le=600)] = 1.0
    """Seconds between two times; `Retry-After` goes first."""
    at_most_s: Annotated[float, Field(gt=0, le=3600)] | None = None
    """Seconds that it may take in all; by default, and at most, `timeout_s`."""


class Token(Request):
    """The request for a token, which all sessions share; see `{{ token }}`.

    It is sent before the first request, again before the token is over, and once more where a
    request is refused with 401. Its templates see `env` only.
    """

    value: Path = Field(default="$.access_token", validate_default=True)
    """Where the answer says the token."""
    expires_in: Path = Field(default="$.expires_in", validate_default=True)
    """Where it says in how many seconds it is over."""
    lifetime_s: Annotated[float, Field(gt=0)] = 3600.0
    """Seconds after which it is over where the answer does not say so."""

    @model_validator(mode="wrap")
    @classmethod
    def _sees_environment_only(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        with seeing(("env",)):
            return handler(data)

    @model_validator(mode="after")
    def _no_secret(self) -> Self:
        for path, text in texts_in(self.body):
            if path and names_secret(path[-1]) and text.strip() and not parted(text)[1]:
                raise ValueError(
                    f"body.{'.'.join(path)}: a secret must not stand here, since {IN_RUN_FILES}: "
                    "write {{ env.NAME }}, which is read from the environment"
                )
        return self


def _listed(data: Any) -> Any:
    return [data] if isinstance(data, Mapping | Step) else data


Steps = Annotated[list[Step], BeforeValidator(_listed, json_schema_input_type=Step | list[Step])]
"""One request or several, in order."""


class ServiceTarget(TargetBase):
    """What services have in common, whatever they are reached by."""

    runs_code = False
    templates = frozenset({"url", "headers", "call_item"})

    headers: Headers = {}
    """Templates; a secret is named as `{{ env.NAME }}` and read from the environment only."""
    where: Condition | None = None
    """Only an event, line or message for which this holds carries text."""
    fails: Condition | None = None
    """An answer, event or message for which this holds is an error of the target."""
    shows: dict[str, Path] = {}
    """What is no text and told to the user as a line, such as `[buttons: Yes | No]`: name to
    where it stands."""
    tool_calls: Path | None = None
    """Where it says its tool calls: objects with `name` and `arguments`, or `function` with both
    as chat completions have them."""
    call_item: CallItem = None
    """How a call is written in `{{ calls }}`, those that tools have answered: JSON whose strings
    are templates, which see its `id`, `name`, `arguments`, `content` (the answer as a text) and
    `error` (a text, or empty); by default an object of `id`, `name`, `arguments`, and `result` or
    `error`."""
    ends: Condition | None = None
    """Where it says that the conversation is over: a path to a truth value, or a condition."""
    capture: Captures = {}
    """What is kept of its answers for later templates."""
    set_up: Steps = []
    """Sent before the first message."""
    token: Token | None = None
    """Where `{{ token }}` comes from."""
    cookies: bool = False
    """Whether each session keeps the cookies that it is given, and sends them."""
    tear_down: Step | None = None
    """What is sent when the dialogue is over."""

    @model_validator(mode="wrap")
    @classmethod
    def _reads(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Let the templates see what the file captures, and read the fields of older files."""
        if not isinstance(data, Mapping):
            return handler(data)
        data = dict(data)
        id_at = data.pop("session_id", None)
        if id_at is not None:
            steps = _listed(data.get("set_up")) or []
            if not steps or not isinstance(steps[-1], Mapping):
                raise ValueError("session_id: is read from the answer to set_up, and there is none")
            captured = {"session": id_at, **(steps[-1].get("capture") or {})}
            data["set_up"] = [*steps[:-1], {**steps[-1], "capture": captured}]
        if data.get("set_up", ()) is None:
            del data["set_up"]
        token = ("token",) if data.get("token") else ()
        with seeing((*VARIABLES, *token, *sorted(set(_captured(data)) - {"session"}))):
            return handler(data)

    @classmethod
    def fields_of(cls, spec: str) -> dict[str, Any]:
        return {"url": spec}

    def captured(self) -> frozenset[str]:
        """Return the names that it captures, wherever."""
        return frozenset(_captured(self.model_dump()))

    def spec(self) -> str:
        return redacted(self.urls()[0])

    def requests(self) -> list[Request]:
        """Return the requests beside that of the turn."""
        there = (self.token, *self.set_up, self.tear_down)
        return [each for each in there if each is not None]

    def urls(self) -> list[str]:
        turn: str = self.url  # type: ignore[attr-defined]  # each kind has its own
        there = [turn, *(each.url for each in self.requests())]
        return [url for url in there if not is_captured(url)] or there

    def in_templates(self) -> list[dict[str, Any]]:
        fields = {"url", "headers", "body"}
        return [*super().in_templates(), *(r.model_dump(include=fields) for r in self.requests())]

    def reads(self) -> frozenset[str]:
        """Return what of a dialogue its templates read: of `persona`, `cell` and `variables`."""
        texts = (text for _, text in texts_in(self.in_templates()))
        read = (variables_of(text, "template") for text in texts if "{" in text)
        return OF_DIALOGUE.intersection(*[frozenset().union(*read)])

    def answers(self, label: Label) -> Answers:
        """Return how its answers are read."""
        fields = {each.name for each in dataclass_fields(Answers)} - {"label", "status"}
        return Answers(label, **{n: getattr(self, n) for n in fields if hasattr(self, n)})


def _captured(data: Any) -> Iterator[str]:
    """Yield the names that a target file captures, wherever."""
    left = [data]
    while left:
        each = left.pop()
        if isinstance(each, Mapping):
            captured = each.get("capture")
            if isinstance(captured, Mapping):
                yield from (name for name in captured if isinstance(name, str))
            fields = ("set_up", "follow_up", "tool_results", "state")
            left += [each[name] for name in fields if name in each]
        elif isinstance(each, list | tuple):
            left += each
