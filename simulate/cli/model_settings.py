"""Settings of models from the command line: options, and the models file of this folder."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulate.cli.stderr import say
from simulate.errors import InputError

if TYPE_CHECKING:
    from simulate.models import ModelSettings
    from simulate.models.named import NamedModels


def settings(
    headers: Iterable[str] | None,
    query: Iterable[str] | None,
    body: Iterable[str] | None,
    try_timeout: float | None,
    connections: int | None,
) -> ModelSettings:
    """Return what options say; see `ModelOptions`.

    Raises:
        InputError: one of them breaks a rule.
    """
    from pydantic import ValidationError

    from simulate.files.validation import first_problem
    from simulate.models import ModelSettings
    from simulate.models.settings import OPTIONS

    given = {
        "headers": {n: v.strip() for n, v in _pairs("--header", headers, ":", "'NAME: VALUE'")},
        "query": dict(_pairs("--query", query, "=", "NAME=VALUE")),
        "body": {n: _json(n, v) for n, v in _pairs("--body", body, "=", "FIELD=JSON")},
        "timeout_s": try_timeout,
        "connections": connections,
    }
    try:
        return ModelSettings.model_validate({k: v for k, v in given.items() if v not in (None, {})})
    except ValidationError as error:
        field, _, problem = first_problem(error).partition(":")
        name, dot, inner = field.partition(".")
        option = OPTIONS.get(name, name)
        raise InputError(f"{option}{' ' if dot else ''}{inner}:{problem}") from None


def named(path: Path | None, common: ModelSettings) -> NamedModels:
    """Return the names of the models file that is given, or else lies in this folder.

    Raises:
        ModelSpecError: it cannot be read, or breaks a rule.
    """
    from simulate.models.named import VARIABLE, models_of_folder, named_models

    if path is None and not os.environ.get(VARIABLE):
        found = models_of_folder(Path())
    else:
        found = named_models(path, os.environ)
    return replace(found, common=common, tell=cache(say))


def _pairs(
    option: str, given: Iterable[str] | None, between: str, form: str
) -> Iterable[tuple[str, str]]:
    once = set()
    for text in given or ():
        name, found, value = text.partition(between)
        name = name.strip()
        if not found or not name:
            raise InputError(f"{option}: write {option} {form}")  # the text may be a secret
        if name in once:
            raise InputError(f"{option} {name}: is given twice; give it once")
        once.add(name)
        yield name, value


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(
            f"--body {name}: its value is not JSON; a text stands in quotes, as in "
            f"--body '{name}=\"low\"'"
        ) from None
