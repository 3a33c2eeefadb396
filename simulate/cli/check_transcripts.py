"""`simulate check-transcripts`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulate.cli.interruptible import interruptible
from simulate.cli.options import (
    AsJson,
    ModelOptions,
    Out,
    PlayingOptions,
    RandomSeed,
    Resume,
    with_options,
)
from simulate.cli.stderr import say
from simulate.cli.stress_options import PythonCheck, ReportOptions, Validate

if TYPE_CHECKING:
    from simulate.stress.api import StressResult


@dataclass(frozen=True, slots=True)
class LogOptions(PlayingOptions):
    """What is checked in logs, and by whom."""

    scenario: Annotated[
        str | None,
        typer.Option(metavar="SCENARIO", help="Declares the checks: a shipped name, or a path."),
    ] = None
    checks: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A file with `checks:` in its place.")
    ] = None
    speaker: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SPEAKER=ROLE,…",
            help="Which role of the log is which speaker, such as bot=assistant; `*`: all others.",
        ),
    ] = None
    check: PythonCheck = None
    allow_code: Annotated[
        bool, typer.Option("--allow-code", help="Trust the scenario file: it may name functions.")
    ] = False
    seed: RandomSeed = 0
    out: Out = None
    resume: Resume = False


@with_options
def check_transcripts(
    logs: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…",
            help="Chat logs: JSONL of simulate, OpenAI messages, ConvoKit, OpenTelemetry spans.",
        ),
    ],
    options: LogOptions,
    reports: ReportOptions,
    endpoints: ModelOptions,
    validate: Validate = None,
    as_json: AsJson = False,
) -> None:
    """Carry out the checks of a scenario on past chat logs: how often did users see it fail?

    Example: `simulate check-transcripts logs.jsonl --scenario support-refund
    --max-failure-rate 0.05`
    """
    from simulate.cli.stress_results import conclude
    from simulate.stress.gate import gates_of
    from simulate.stress.transcripts import check_transcripts as check
    from simulate.stress.transcripts import declared
    from simulate.synchronous import run_to_end

    by = reports.by
    names = endpoints.names()
    if validate:
        from simulate.cli.validate import validate_judges

        validate_judges(
            declared(options.scenario, options.checks)[0],
            validate,
            options.model,
            options.seed,
            names=names,
            share_human_data=options.share_human_data,
            as_json=as_json,
        )
        return
    result: StressResult = run_to_end(
        interruptible(
            check,
            logs,
            options.scenario,
            checks=options.checks,
            speakers=options.speaker or (),
            python_checks=options.check or (),
            allow_code=options.allow_code,
            seed=options.seed,
            out=options.out,
            resume=options.resume,
            models=names,
            **options.playing(),
        )
    )
    analysis = result.analysis
    for left_out in analysis.given.lines if analysis.given else ():
        say(left_out)
    gates = gates_of(analysis, reports.max_failure_rate, by)
    conclude(analysis, gates, options.scenario, result, (), (), reports, as_json=as_json)
