"""Target SPECs: how a target is named on the command line and in a scenario."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from simulate.errors import InputError, ModelSpecError, TargetSpecError, quote
from simulate.models.secrets import find_key
from simulate.targets.config import (
    CommandTarget,
    HttpTarget,
    ModelTarget,
    PythonTarget,
    SseTarget,
    TargetConfig,
    WebSocketTarget,
)
from simulate.targets.placeholders import variables_named
from simulate.targets.redaction import Label, Secrets, credentials_of

if TYPE_CHECKING:
    from simulate.targets.target import Target

__all__ = ["name_of", "not_by_file", "open_target", "read_target", "runs_code"]

_MODEL_AT = re.compile(r"^[^\s:/@]+(?:[:/][^\s@]*)?@https?://")
FORMS = (
    "write https://host/path, wss://host/path, python:module:function, "
    "command:PROGRAM ARGUMENT…, model:NAME@http://host:port/v1, or the path of a target file "
    "(.yaml)"
)
SHORT = {
    "python": "; write python:module:function",
    "command": "; write command:PROGRAM ARGUMENT…",
    "model": "; write model:NAME@http://host:port/v1, or any other model SPEC",
}
_WITH_TEMPLATES = ("url", "headers", "body", "set_up", "tear_down", "state", "opening", "send")


def read_target(spec: str, beside: Path | None = None) -> TargetConfig:
    """Read a target SPEC.

    Args:
        spec: `http://…` or `https://…` (HTTP JSON with the defaults of `HttpTarget`); `ws://…` or
            `wss://…`; `python:module:function`; `command:PROGRAM ARGUMENT…`; `model:SPEC` for any
            model SPEC, also `NAME@http://host:port/v1`; or the path of a target file (`.yaml`).
        beside: the folder of the file that names it.

    Raises:
        TargetSpecError: the SPEC names nothing, or the file breaks a rule (file, line, rule).
    """
    spec = spec.strip()
    kind, _, rest = spec.partition(":")
    if _is_path(spec):
        return _read_file((beside or Path()) / Path(spec).expanduser())
    if kind in ("http", "https"):
        return _made({"kind": "http", "url": spec})
    if kind in ("ws", "wss"):
        return _made({"kind": "websocket", "url": spec})
    if kind == "python":
        return _made({"kind": "python", "function": rest})
    if kind == "command":
        try:
            command = shlex.split(rest)
        except ValueError as error:
            raise TargetSpecError(f"target command:…: not a command line: {error}") from None
        return _made({"kind": "command", "command": command})
    if kind == "model":
        return _made({"kind": "model", "model": rest})
    if _MODEL_AT.match(spec):
        return _made({"kind": "model", "model": spec})
    from simulate.models import redacted

    shown = redacted(spec) if "://" in spec else spec
    raise TargetSpecError(f"target {quote(shown)} is not a SPEC: {FORMS}")


def open_target(
    config: TargetConfig,
    *,
    environment: Mapping[str, str] = os.environ,
    by_file: bool = False,
) -> Target:
    """Open a target; nothing is sent before its first session.

    Args:
        config: what the target file says.
        environment: where the environment variables that it names are looked up.
        by_file: whether only a scenario or a run file names it, not the user: a chat model's key
            then goes to the host of `OPENAI_BASE_URL` only. See `not_by_file` too.

    Raises:
        TargetSpecError: what it needs is not there (an environment variable, a function).
    """
    name = name_of(config)
    named = _variables(config, name, environment)
    secrets = [*named.values(), *credentials_of(getattr(config, "url", ""))]
    if isinstance(config, PythonTarget):
        from simulate.targets.python import OpenPythonTarget

        return OpenPythonTarget(config, Label(name, Secrets()))
    if isinstance(config, CommandTarget):
        from simulate.targets.command import OpenCommandTarget

        return OpenCommandTarget(config, Label(name, Secrets(secrets)), environment)
    if isinstance(config, ModelTarget):
        return _open_model_target(config, name, environment, by_file=by_file)
    _check_headers(config, named)
    secrets += [p for value in named.values() for p in credentials_of(value)]
    label = Label(name, Secrets(secrets))
    if isinstance(config, WebSocketTarget):
        from simulate.targets.websocket import OpenWebSocketTarget

        return OpenWebSocketTarget(config, label, named)
    if isinstance(config, SseTarget):
        from simulate.targets.event_stream import OpenSseTarget

        return OpenSseTarget(config, label, named)
    from simulate.targets.http import OpenHttpTarget

    return OpenHttpTarget(config, label, named)


def runs_code(config: TargetConfig) -> bool:
    """Tell whether opening a target, or talking to it, runs code on this machine.

    A scenario file is data from strangers; it may not name such a target without the user's leave.
    """
    return isinstance(config, PythonTarget | CommandTarget)


def not_by_file(target: str | TargetConfig) -> str | None:
    """Return why a target may not be named by a scenario or a run file alone; None where it may.

    Such a file is data, perhaps from strangers: what it names runs no code, is sent nothing of the
    environment, and reads no file beyond the folder of the run.

    Raises:
        TargetSpecError: a SPEC names nothing.
    """
    if isinstance(target, str):
        if _is_path(target):
            return "is a target file, which may be any file of this machine"
        target = read_target(target)
    if runs_code(target):
        return "runs code on this machine"
    if isinstance(target, ModelTarget):
        kind, _, file = target.model.partition(":")
        outside = PurePath(file).is_absolute() or ".." in file
        local = kind in ("scripted", "embedded") and outside
        return "reads a file outside the folder of the run" if local else None
    named = sorted(variables_named(target.model_dump(include=set(_WITH_TEMPLATES))))
    return f"is sent the environment variable {named[0]}" if named else None


def name_of(config: TargetConfig) -> str:
    """Return a target's SPEC without secrets: no credentials, no query, no header, no argument."""
    from simulate.models import redacted

    if isinstance(config, PythonTarget):
        return f"python:{config.function}"
    if isinstance(config, CommandTarget):
        from simulate.targets.command import command_name

        return command_name(config.command)
    if isinstance(config, ModelTarget):
        return f"model:{redacted(config.model)}"
    return redacted(config.url)


def _is_path(spec: str) -> bool:
    return spec.strip().endswith((".yaml", ".yml")) and "://" not in spec


def _open_model_target(
    config: ModelTarget, name: str, environment: Mapping[str, str], *, by_file: bool
) -> Target:
    from simulate.models import open_model, open_named
    from simulate.models.openai_compatible import OpenAICompatible
    from simulate.targets.chat_model import OpenModelTarget

    kind = config.model.partition(":")[0]
    if config.tools and kind in ("embedded", "scripted"):
        raise TargetSpecError(
            f"target {name}: the {kind} model takes no tools; leave tools out, or name a model at "
            "an endpoint"
        )
    try:
        # Later than the turn's own limit: two that fire together swallow each other.
        longest_s = config.timeout_s + 5
        open_it = open_named if by_file else open_model
        model = open_it(config.model, environment=environment, timeout_s=longest_s)
        key = find_key(environment)
    except ModelSpecError as error:
        raise TargetSpecError(f"target {name}: {error}") from None
    if isinstance(model, OpenAICompatible):
        model.learns_alone = False  # the wait would count as the target's
    secrets = [key or "", *credentials_of(environment.get("OPENAI_BASE_URL", ""))]
    return OpenModelTarget(config, Label(name, Secrets(secrets)), model)


def _variables(config: TargetConfig, name: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables that a target names, or say which one is missing."""
    if isinstance(config, CommandTarget):
        names = set(config.environment)
    else:
        data = config.model_dump(include=set(_WITH_TEMPLATES))
        names = set(variables_named(data))
    where = f"{config.file}: " if config.file else ""
    for variable in sorted(names):
        value = environment.get(variable)
        if value is None:
            raise TargetSpecError(
                f"{where}target {name} names the environment variable {variable}, which is not "
                "set; set it, or name another"
            )
    return {variable: environment[variable] for variable in names}


def _check_headers(
    config: HttpTarget | SseTarget | WebSocketTarget, named: Mapping[str, str]
) -> None:
    """Refuse a value of the environment that would break a header in two."""
    data = config.model_dump(include={"headers", "set_up", "tear_down", "state"})
    asides = [data.get(name) for name in ("set_up", "tear_down", "state")]
    headers = [data, *(aside for aside in asides if isinstance(aside, dict))]
    for variable in variables_named([part.get("headers") for part in headers]):
        if any(c in named.get(variable, "").strip() for c in "\r\n\0"):
            raise TargetSpecError(
                f"target {name_of(config)}: the environment variable {variable} holds a line "
                "break, and a header names it; set it without"
            )


def _made(data: dict[str, Any]) -> TargetConfig:
    """Make the config that a short SPEC stands for."""
    from pydantic import TypeAdapter, ValidationError

    try:
        config: TargetConfig = TypeAdapter(TargetConfig).validate_python(data)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        message = problem["msg"].removeprefix("Value error, ")
        shown = "…" if data["kind"] == "command" else quote(_shown(data))
        raise TargetSpecError(
            f"target {data['kind']}: {shown}: {message}{SHORT.get(data['kind'], '')}"
        ) from None
    return config


def _shown(data: dict[str, Any]) -> str:
    from simulate.models import redacted

    if "url" in data:
        return redacted(data["url"])
    return redacted(str(data.get("model") or data.get("function") or ""))


def _read_file(path: Path) -> TargetConfig:
    from pydantic import TypeAdapter, ValidationError

    from simulate.files.yaml import read_yaml, validation_lines

    file = read_yaml(path, TargetSpecError)
    try:
        config: TargetConfig = TypeAdapter(TargetConfig).validate_python(file.data)
        variables_named(config.model_dump(include=set(_WITH_TEMPLATES)))
    except ValidationError as error:
        raise TargetSpecError(validation_lines(file, error)) from None
    except InputError as error:
        raise TargetSpecError(f"{path}: {error}") from None
    config.remember_file(str(path))
    return config
