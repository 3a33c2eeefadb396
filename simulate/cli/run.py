"""`simulate run`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulate.cli.exit_codes import EXIT_FAILED_DIALOGUES, EXIT_INTERRUPTED
from simulate.cli.interruptible import interruptible
from simulate.cli.options import AsJson, MapFile, ModelOptions, RunOptions, Scenario, with_options
from simulate.cli.report import check_report, write_report
from simulate.terminal.output import print_json

if TYPE_CHECKING:
    from simulate.engine import RunResult


@dataclass(frozen=True, slots=True)
class _Options(RunOptions):
    dialogue_timeout: Annotated[
        float | None,
        typer.Option(metavar="S", help="Seconds after which a dialogue fails. Default: 7200."),
    ] = None
    frozen: Annotated[
        Path | None,
        typer.Option(
            "--plan",
            metavar="FILE",
            help="A frozen plan (`simulate plan --freeze`), which the run is held to and quotes.",
        ),
    ] = None
    probability_map: MapFile = None
    shard: Annotated[
        str | None,
        typer.Option(
            metavar="I/N",
            help="Play the I-th of N parts of the plan, into a run file of its own "
            "(docs/scale.md).",
        ),
    ] = None
    batch: Annotated[
        bool,
        typer.Option(
            "--batch",
            help="Send calls in batches, at half the price; each turn may take up to a day "
            "(docs/batch.md).",
        ),
    ] = False
    processes: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Processes that play the dialogues. Default: as many as pay (docs/scale.md).",
        ),
    ] = None
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="dask[:ADDRESS]",
            help="Play on a Dask cluster: a new one on this machine, or that of a scheduler.",
        ),
    ] = None
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write the supplement of the finished run: an .html or .md file."
        ),
    ] = None
    view: Annotated[
        bool, typer.Option("--view", help="Follow the run in the terminal UI, live.")
    ] = False

    while_stdin: Annotated[
        bool, typer.Option("--while-stdin", hidden=True, help="Stop, resumably, when stdin ends.")
    ] = False

    def plan(self) -> dict[str, Any]:
        given = {} if self.frozen is None else {"plan": self.frozen}
        return RunOptions.plan(self) | given

    def settings(self) -> dict[str, Any]:
        timeout = self.dialogue_timeout
        given = {} if timeout is None else {"dialogue_timeout_s": timeout}
        own = ("probability_map", "shard", "batch", "processes", "cluster")
        return RunOptions.settings(self) | given | {name: getattr(self, name) for name in own}


@with_options
def run(
    context: typer.Context,
    scenario: Scenario,
    options: _Options,
    endpoints: ModelOptions,
    as_json: AsJson = False,
) -> None:
    """Simulate a scenario: every dialogue of every cell, into one run file.

    Example: `simulate run donation -n 20 --model gpt-4.1-mini --seed 7`
    """
    from simulate.engine import run as simulated
    from simulate.synchronous import run_to_end

    if options.view:
        from simulate.cli.live_run import view_beside

        view_beside(context)
        return
    if options.report is not None:
        check_report(options.report)
    settings, names = options.settings(), endpoints.names()
    _check_comparison(scenario)
    if options.dry_run:
        from simulate.cli.estimate import print_estimate
        from simulate.engine import estimate
        from simulate.runfile.shard import Shard

        if options.shard is not None:
            part = Shard.read(options.shard)
            told = f"An estimate of the whole plan, of which {part.told} plays its part:"
            print(told, file=sys.stderr)
        coming = estimate(scenario, models=names, batch=options.batch, **options.plan())
        print_estimate(run_to_end(coming), as_json=as_json, shared=options.share_prefix)
        return
    result = run_to_end(
        interruptible(
            simulated, scenario, models=names, while_stdin=options.while_stdin, **settings
        )
    )
    ending = [
        *_ending(result),
        *_told_of_humans(result, options.population),
        *_told_of_checks(result),
    ]
    try:
        if as_json:
            _print_json(result)
        elif result.completed and not options.while_stdin:  # beside a screen nobody sees it
            _print_result(result, ending)
    finally:  # an answer that cannot be given does not hide where the run is
        print("\n".join(ending), file=sys.stderr)
    if options.report is not None and result.completed and not result.left:
        write_report(result.path, options.report)
    if result.left:
        raise typer.Exit(EXIT_INTERRUPTED)
    if result.failed:
        raise typer.Exit(EXIT_FAILED_DIALOGUES)


def _told_of_humans(result: RunResult, population: str | None) -> Iterator[str]:
    """Say how each outcome is set beside that of its human, where real people were simulated."""
    from simulate.reference.released import is_release

    if population is not None and is_release(population):
        command = f"simulate compare {result.path} --reference {population}"
        yield f"Each outcome beside that of its human: {command}"


def _told_of_checks(result: RunResult) -> Iterator[str]:
    """Say that the checks of the scenario were not carried out, where it has any."""
    with result.open() as file:
        checks, name = file.scenario.checks, file.scenario.name
    if checks:
        yield f"The checks of {name} were not carried out; `simulate stress` does that."


def _check_comparison(name: str) -> None:
    """See to it that the comparison at the end can be made, before anything is paid for."""
    from simulate.scenario import load_scenario

    scenario = load_scenario(name)
    if scenario.compare:
        from simulate.comparison.preflight import check_references

        check_references(scenario)


def _print_json(result: RunResult) -> None:
    print_json(
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


def _print_result(result: RunResult, ending: Sequence[str]) -> None:
    """Show the answer of the run, a drawn turn, and what to do next, on one screen."""
    from simulate.cli.last_screen import print_last_screen
    from simulate.cli.long_work import LongWork
    from simulate.comparison.answer import first_look, with_sentences
    from simulate.terminal.safe_console import SafeConsole
    from simulate.terminal.safe_text import block

    with result.open() as file:
        with LongWork() as progress:
            found = with_sentences(first_look(file), file, progress)
        for each in found.outcomes:
            if each.refused:  # the run is what it is, whatever can be said of it
                print(f"no comparison: {block(each.refused)}", file=sys.stderr)
        print_last_screen(found, file, SafeConsole(), ending)


def _ending(result: RunResult) -> list[str]:
    """Return what is said last: how many dialogues ended and why others did not, and where."""
    from simulate.runfile.answered_by import changes_told
    from simulate.runfile.shard import part_told
    from simulate.runfile.shared_calls import saved_calls_told
    from simulate.terminal.safe_text import block, counted

    say = [f"{counted(result.completed, 'dialogue')} completed, {result.failed} failed"]
    if result.why is not None:
        say.append(f"stopped: {result.why}")
    elif result.left:
        say.append(f"interrupted: {result.progress} have ended")
    if result.left:
        say.append(
            f"{result.left} left: go on with the same command and --out {result.path} --resume"
        )
    with result.open() as file:
        if result.failed:
            say += [f"failed {f.dialogues} ×: {f.fault}: {f.error}" for f in file.failures()[:3]]
        say += [*part_told(file), *changes_told(file), *saved_calls_told(file)]
    say.append(f"Run file: {result.path}")
    return list(map(block, say))
