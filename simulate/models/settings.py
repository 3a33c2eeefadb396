"""How a model at an endpoint is called, beyond its name and its URL.

One record says it, whether it stands in a models file, in a scenario, on the command line or in
Python. It holds no secret: a key is named by the environment variable that holds it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from simulate.errors import ModelSpecError
from simulate.models.headers import (
    checked_headers,
    checked_values,
    filled_headers,
    looked_up,
    parted,
    texts_in,
    unset,
    variables_named,
    with_others,
)
from simulate.models.secrets import AUTHORIZATION, SECRET_FIELD, check_key, find_key, looks_like_key
from simulate.models.spec import ENDPOINT, ModelSpec, can_be_called, holds_secret, shows

Through = Literal["wire", "openai", "openai-responses", "azure"]
"""`wire`: straight to a URL; the others go through the `openai` package, as a SPEC of that kind."""

ENVIRONMENT = ("env",)
"""What templates see here."""
WHY = "others may read it"
"""The reason for which no key may stand here."""
SENT_ANYHOW = frozenset({"model", "messages", "input", "stream", "n"})
"""Fields of a request that are what is simulated."""

OF_THE_WAY = frozenset(
    {"host", "content-length", "content-type", "connection", "transfer-encoding", "expect"}
)
"""Headers on which it depends where a request goes and where it ends."""


def _model(name: str) -> str:
    if not shows(name):
        raise ValueError("must be a name, without line breaks and characters that do not show")
    return name


def _variable(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError(
            f"must be the name of an environment variable, such as OPENAI_API_KEY, and not the "
            f"key itself, since {WHY}"
        )
    return name


def _url(url: str) -> str:
    if holds_secret(url):
        raise ValueError(
            f"must have no password or key in it, since {WHY}: name the variable that holds a key "
            "by key_variable, or write {{ env.NAME }} as a value of query"
        )
    if not can_be_called(url):
        raise ValueError("must be one URL that can be called, such as http://127.0.0.1:8000/v1")
    return url


def _headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    once = set()
    for name in headers:
        if name.lower() in OF_THE_WAY:
            raise ValueError(f"{name}: is set by what sends the request; leave it out")
        if name.lower() in once:
            raise ValueError(f"{name}: stands here twice; capitals make no other header")
        once.add(name.lower())
    return checked_headers(headers, ENVIRONMENT, WHY)


def _query(query: Mapping[str, str]) -> Mapping[str, str]:
    return checked_values(query, ENVIRONMENT, WHY)


def _body(body: dict[str, Any]) -> dict[str, Any]:
    for name in sorted(SENT_ANYHOW & body.keys()):
        raise ValueError(f"{name}: is what is simulated, and set by the run; leave it out")
    try:
        json.dumps(body, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError):
        raise ValueError("must be JSON: texts, numbers, true, false, null, lists, fields") from None
    return body


class ModelSettings(BaseModel):
    """How a model at an endpoint is called."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    model: Annotated[str, AfterValidator(_model)] | None = None
    """The model's name at the endpoint; by default the name under which these settings stand."""
    url: Annotated[str, AfterValidator(_url)] | None = None
    """The endpoint, up to and including `/v1`; by default `OPENAI_BASE_URL`."""
    through: Through = "wire"
    """What sends the requests."""
    key_variable: Annotated[str, AfterValidator(_variable)] | None = None
    """The environment variable that holds the key; one of this name with `_FILE` may name a file
    that holds it. Without it, the key of `OPENAI_API_KEY` is sent, and to the host of
    `OPENAI_BASE_URL` only."""
    key_header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")] = AUTHORIZATION
    """The header that carries the key, such as `api-key`; `Authorization` has it after “Bearer”."""
    headers: Annotated[dict[str, str], AfterValidator(_headers)] = {}
    """Further headers. A value may be a template that sees `env.NAME`."""
    query: Annotated[dict[str, str], AfterValidator(_query)] = {}
    """Parameters of every URL, likewise."""
    body: Annotated[dict[str, Any], AfterValidator(_body)] = {}
    """Further fields of every request; what a scenario or a method sets goes before them."""
    timeout_s: Annotated[float, Field(gt=0, le=86_400)] | None = None
    """Seconds that one try may take; by default 120."""
    connections: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """Requests that are open at the host at once, at most; by default as many as the run has
    dialogues at once."""
    ca_bundle: Annotated[str, Field(min_length=1)] | None = None
    """A file of certificates, in PEM, in place of those that this machine trusts."""

    @model_validator(mode="before")
    @classmethod
    def _hold_no_key(cls, data: Any) -> Any:
        """Refuse a key that is written down, before anything could quote it."""
        for path, text in texts_in(data) if isinstance(data, Mapping) else ():
            where = ".".join(path)
            filled_in = parted(text)[1]
            if path[0] in ("headers", "query"):
                if filled_in:
                    continue
            elif any("env." in each for each in filled_in):
                raise ValueError(f"{where}: the environment is read in headers and query only")
            if SECRET_FIELD.search(path[-1]) or looks_like_key(text):
                raise ValueError(
                    f"{where}: a key must not stand here, since {WHY}: put it into an environment "
                    "variable, and name that one by key_variable"
                )
        return data

    @model_validator(mode="after")
    def _check(self) -> ModelSettings:
        if self.through != "wire" and self.key_header != AUTHORIZATION:
            raise ValueError("key_header: the openai package has its own; leave it out")
        return self

    def over(self, other: ModelSettings) -> ModelSettings:
        """Return these settings, and those of the other that are not among them."""
        mine, theirs = (
            {name: getattr(each, name) for name in each.model_fields_set} for each in (self, other)
        )
        for name in ("query", "body"):
            if name in mine:
                mine[name] = {**theirs.get(name, {}), **mine[name]}
        if "headers" in mine:
            mine["headers"] = with_others(mine["headers"], theirs.get("headers", {}))
        return ModelSettings(**{**theirs, **mine})

    def spec(self, name: str) -> ModelSpec:
        """Return the SPEC that these settings amount to, under a name."""
        kind = ENDPOINT if self.through == "wire" else self.through
        return ModelSpec(kind, self.model or name, self.url)

    @property
    def variables(self) -> frozenset[str]:
        """The environment variables whose values are sent."""
        named = variables_named([self.headers, self.query])
        return named if self.key_variable is None else named | {self.key_variable}

    @property
    def recorded(self) -> dict[str, Any]:
        """What a run file holds of them: what reaches the model, and no value of a header."""
        query = {name: v for name, v in self.query.items() if not parted(v)[1]}
        said = {"body": self.body, "query": query, "headers": sorted(self.headers)}
        return {name: value for name, value in said.items() if value}

    def filled(self, environment: Mapping[str, str], whose: str) -> Filled:
        """Fill in what the environment holds.

        Args:
            environment: where variables are looked up.
            whose: what begins a message, such as `models.yaml:3: fast`.

        Raises:
            ModelSpecError: a variable is not set, or holds what no header can.
        """
        templates = variables_named([self.headers, self.query])
        values = looked_up(templates, environment, whose, ModelSpecError)
        sees = {"env": values}
        headers = filled_headers(self.headers, sees, f"{whose}: headers")
        query = filled_headers(self.query, sees, f"{whose}: query")
        key = None
        if self.key_variable is not None:
            key = (find_key(environment, self.key_variable) or "").strip()
            if not key:
                raise unset(whose, self.key_variable, ModelSpecError)
            check_key(key, self.key_variable)
        return Filled(key, headers, query, tuple(values.values()))


@dataclass(frozen=True, slots=True)
class Filled:
    """Settings with what the environment holds.

    Attributes:
        key: the key; None where no variable is named for it.
        headers: further headers.
        query: parameters of every URL.
        secrets: what must stand in no text.
    """

    key: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()


NO_SETTINGS = ModelSettings()
OPTIONS = {
    "headers": "--header",
    "query": "--query",
    "body": "--body",
    "timeout_s": "--try-timeout",
    "connections": "--connections",
}
"""The settings that the command line gives to all models which the user names."""
NOTHING_FILLED = Filled()
