"""Target SPECs: how a target is named on the command line and in a scenario."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from simulate.errors import InputError, TargetSpecError, quote
from simulate.files.validation import said, validation_lines
from simulate.files.yaml import read_yaml
from simulate.models import Models, redacted
from simulate.models.redaction import SHORTEST_IN_REPLIES, keep_secret
from simulate.models.secrets import secrets_of_environment
from simulate.targets.config import TARGETS, Opening, TargetBase, TargetConfig

if TYPE_CHECKING:
    from simulate.targets.target import Target

_ANY: TypeAdapter[TargetConfig] = TypeAdapter(TargetConfig)


def read_target(spec: str, beside: Path | None = None) -> TargetConfig:
    """Read a target SPEC.

    Args:
        spec: `http://…` or `https://…` (HTTP JSON with the defaults of its kind); `ws://…` or
            `wss://…`; `python:module:function`; `command:PROGRAM ARGUMENT…`; `model:SPEC` for any
            model SPEC, also `NAME@http://host:port/v1`; `KIND:…` for a kind of target that an
            installed package adds; or the path of a target file (`.yaml`).
        beside: the folder of the file that names it.

    Raises:
        TargetSpecError: the SPEC names nothing, or the file breaks a rule (file, line, rule).
    """
    spec = spec.strip()
    if _is_path(spec):
        return _read_file((beside or Path()) / Path(spec).expanduser())
    kind = spec.partition(":")[0]
    built_in = TARGETS.built_in.items()
    found = next((name for name, each in built_in if each.understands(spec)), None)
    if found is None and ":" in spec and kind in TARGETS and kind not in TARGETS.built_in:
        found = kind
    if found is not None:
        return _made(found, spec)
    shown = redacted(spec) if "://" in spec else spec
    forms = [each.form for each in TARGETS.built_in.values() if each.form]
    raise TargetSpecError(
        f"target {quote(shown)} is not a SPEC: write {', '.join(forms)}, or the path of a target "
        "file (.yaml)"
    )


def open_target(
    config: TargetConfig,
    *,
    environment: Mapping[str, str] = os.environ,
    by_file: bool = False,
    models: Models | None = None,
) -> Target:
    """Open a target; nothing is sent before its first session.

    Args:
        config: what the target file says.
        environment: where the environment variables that it names are looked up.
        by_file: whether only a scenario or a run file names it, not the user: a chat model's key
            then goes to the host of `OPENAI_BASE_URL` only. See `not_by_file` too.
        models: where a target that is a model is opened, to keep to the limits of a run; None
            opens it by itself.

    Raises:
        TargetSpecError: what it needs is not there (an environment variable, a function).
    """
    keep_secret(secrets_of_environment(environment), SHORTEST_IN_REPLIES)
    with TARGETS.blaming(config.kind):
        return config.open(Opening(environment, by_file, models))


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
    return target.not_by_file()


def _is_path(spec: str) -> bool:
    kind, colon, _ = spec.strip().partition(":")  # `command:PROGRAM settings.yaml` is no path
    of_a_kind = bool(colon) and kind in TARGETS
    return spec.strip().endswith((".yaml", ".yml")) and "://" not in spec and not of_a_kind


def _made(kind: str, spec: str) -> TargetBase:
    """Make the config that a short SPEC stands for."""
    shown = "…"  # a command line may hold secrets
    try:
        target = TARGETS[kind]
        fields = target.fields_of(spec)
        named = next(iter(fields.values()), "")
        shown = quote(redacted(named)) if isinstance(named, str) else shown
        return target.model_validate({"kind": kind, **fields})
    except ValidationError as error:
        message = said(error.errors(include_url=False)[0])
    except ValueError as error:
        message = str(error)
    form = f"; write {target.form}" if target.form else ""
    raise TargetSpecError(f"target {kind}: {shown}: {message}{form}")


def _read_file(path: Path) -> TargetConfig:
    file = read_yaml(path, TargetSpecError)
    try:
        config = _ANY.validate_python(file.data)
        config.variables()
    except ValidationError as error:
        raise TargetSpecError(validation_lines(file, error)) from None
    except InputError as error:
        raise TargetSpecError(f"{path}: {error}") from None
    config.remember_file(str(path))
    return config
