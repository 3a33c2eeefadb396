"""`simulate run`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from simulate.engine import RunResult

__all__ = ["run"]

EXIT_FAILED_DIALOGUES = 3
EXIT_INTERRUPTED = 130


def run(
    context: typer.Context,
    scenario: Annotated[
        str, typer.Argument(help="A shipped scenario's name, or the path of a .yaml file.")
    ],
    model: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC",
            help="embedded; NAME (at OPENAI_BASE_URL); NAME@http://host:port/v1; scripted:FILE. "
            "Default: SIMULATE_MODEL, else embedded.",
        ),
    ] = None,
    speaker_model: Annotated[
        list[str] | None,
        typer.Option(metavar="SPEAKER=SPEC", help="The model of one speaker, or of `judge`."),
    ] = None,
    population: Annotated[
        str | None, typer.Option(metavar="FILE", help="Who is simulated: a file or shipped name.")
    ] = None,
    n: Annotated[int | None, typer.Option("--n", "-n", min=1, help="Dialogues per cell.")] = None,
    method: Annotated[
        list[str] | None,
        typer.Option(metavar="M", help="Only these levels of the condition `method`."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of every random choice.")] = 0,
    out: Annotated[
        Path | None, typer.Option(metavar="RUN", help="The run file. Default: a new one in runs/.")
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option(min=1, help="Dialogues at once. Default: what suits the model.")
    ] = None,
    budget_usd: Annotated[
        float | None,
        typer.Option(metavar="X", help="Stop, resumably, before the run has cost more."),
    ] = None,
    budget_tokens: Annotated[
        int | None,
        typer.Option(metavar="N", help="Stop, resumably, before it has taken more tokens."),
    ] = None,
    rpm: Annotated[
        int | None,
        typer.Option(metavar="N", help="Requests per minute that a host gets at most."),
    ] = None,
    tpm: Annotated[
        int | None,
        typer.Option(metavar="N", help="Tokens per minute that a host gets at most."),
    ] = None,
    dialogue_timeout: Annotated[
        float | None,
        typer.Option(metavar="S", help="Seconds after which a dialogue fails. Default: 7200."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run --out.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Estimate calls, tokens and cost; call nobody.")
    ] = False,
    view: Annotated[
        bool, typer.Option("--view", help="Follow the run in the terminal UI, live.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on stdout, nothing else.")
    ] = False,
) -> None:
    """Simulate a scenario: every dialogue of every cell, into one run file.

    Example: `simulate run donation -n 20 --model gpt-4.1-mini --seed 7`
    """
    import asyncio

    from simulate.errors import InputError

    if view:
        from simulate.cli.beside import view_beside

        view_beside(context)
        return
    speaker_models: dict[str, str] = {}
    for pair in speaker_model or []:
        speaker, equals, spec = pair.partition("=")
        if not equals or not spec:
            raise InputError(f"--speaker-model {pair}: write SPEAKER=SPEC")
        speaker_models[speaker] = spec
    _check_comparison(scenario)
    if dry_run:
        _estimate(
            as_json,
            scenario,
            n=n,
            model=model,
            speaker_models=speaker_models,
            population=population,
            methods=method or (),
            seed=seed,
        )
        return
    settings: dict[str, object] = {}
    if dialogue_timeout is not None:
        settings["dialogue_timeout_s"] = dialogue_timeout
    result = asyncio.run(
        _interruptible(
            scenario,
            n=n,
            model=model,
            speaker_models=speaker_models,
            population=population,
            methods=method or (),
            seed=seed,
            out=out,
            concurrency=concurrency,
            resume=resume,
            budget_usd=budget_usd,
            budget_tokens=budget_tokens,
            rpm=rpm,
            tpm=tpm,
            **settings,
        )
    )
    try:
        if as_json:
            _print_json(result)
        elif result.completed:
            _print_result(result)
    finally:  # a comparison that cannot be made does not hide where the run is
        _print_ending(result)
    if result.left:
        raise typer.Exit(EXIT_INTERRUPTED)
    if result.failed:
        raise typer.Exit(EXIT_FAILED_DIALOGUES)


def _check_comparison(name: str) -> None:
    """See to it that the comparison at the end can be made, before anything is paid for."""
    from simulate.scenario import load_scenario

    scenario = load_scenario(name)
    if scenario.compare:
        from simulate.compare.declared import check_references

        check_references(scenario)


def _estimate(as_json: bool, scenario: str, **settings: Any) -> None:
    """Say what a run would take."""
    import asyncio
    import dataclasses
    import json

    from simulate.engine import estimate

    found = asyncio.run(estimate(scenario, **settings))
    if as_json:
        print(json.dumps(dataclasses.asdict(found)))
        return
    cost = "cost unknown" if found.cost_usd is None else f"about ${found.cost_usd:,.4f}"
    print(
        f"{found.dialogues} dialogues, about {found.calls:,} calls, "
        f"{found.prompt_tokens:,} prompt tokens, {found.completion_tokens:,} completion tokens, "
        f"{cost}\n"
        "Estimated by playing a few dialogues of each cell with replies of usual length, four "
        "characters a token, every dialogue to its last turn, without cache, retries and repairs."
    )


async def _interruptible(scenario: str, **settings: object) -> RunResult:
    """Run, showing progress, and stop cleanly on the first Ctrl-C or SIGTERM."""
    import asyncio
    import contextlib
    import signal

    from simulate.cli.progress import Progress
    from simulate.engine import run as simulated

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    with contextlib.suppress(NotImplementedError):  # no signal handlers on Windows' loop
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stop.set)
    with Progress() as progress:
        return await simulated(scenario, listener=progress, stop=stop, **settings)  # type: ignore[arg-type]


def _print_json(result: RunResult) -> None:
    import json

    print(
        json.dumps(
            {
                "run": str(result.path),
                "dialogues": {"completed": result.completed, "failed": result.failed},
                "calls": result.calls,
                "prompt_tokens": result.prompt_tokens,
                "cached_tokens": result.cached_tokens,
                "completion_tokens": result.completion_tokens,
                "cost_usd": result.cost_usd,
                "seconds": round(result.seconds, 3),
            }
        )
    )


def _print_result(result: RunResult) -> None:
    """Show one turn with its candidates, the comparison, and what the design asks for."""
    from simulate.cli.showcase import print_showcase
    from simulate.report.designs import print_design
    from simulate.tui.safe_console import SafeConsole

    console = SafeConsole()
    with result.open() as file:
        print_showcase(file, console)
        comparison = None
        if file.scenario.compare:
            from simulate.compare.api import compare
            from simulate.report.table import print_comparison

            comparison = compare(file)
            print_comparison(comparison, console)
        print_design(file, comparison, console)


def _print_ending(result: RunResult) -> None:
    import sys

    from simulate.tui.safe_text import block

    say = [f"{result.completed} dialogues completed, {result.failed} failed"]
    if result.why is not None:
        say.append(f"stopped: {result.why}")
    if result.left:
        higher = "a higher budget, " if result.why is not None else ""
        say.append(
            f"{result.left} left: go on with the same command and {higher}"
            f"--out {result.path} --resume"
        )
    if result.failed:
        with result.open() as file:
            for fault, reason, count in file.failures()[:3]:
                say.append(f"failed {count} ×: {fault}: {reason}")
    say.append(f"Run file: {result.path}")
    print("\n".join(map(block, say)), file=sys.stderr)
