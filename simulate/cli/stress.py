"""`simulate stress`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from simulate.cli.interruptible import interruptible
from simulate.cli.options import (
    AllowCode,
    AsJson,
    BudgetTokens,
    BudgetUsd,
    Concurrency,
    Method,
    Model,
    N,
    Out,
    Population,
    Resume,
    Seed,
    SpeakerModel,
    Target,
    speaker_models,
)

if TYPE_CHECKING:
    from simulate.stress.api import StressResult

__all__ = ["stress"]

EXIT_GATE = 1


def stress(
    scenario: Annotated[
        str,
        typer.Argument(
            help="A scenario's name or path; or a run file, whose report is made again."
        ),
    ],
    target: Target = None,
    baseline: Annotated[
        str | None,
        typer.Option(metavar="SPEC", help="Another version, met by the same users."),
    ] = None,
    model: Model = None,
    speaker_model: SpeakerModel = None,
    population: Population = None,
    adversarial: Annotated[
        bool,
        typer.Option(
            "--adversarial",
            help="Users who attack, in place of the usual ones; only for a bot of your own.",
        ),
    ] = False,
    n: N = None,
    method: Method = None,
    seed: Seed = 0,
    out: Out = None,
    concurrency: Concurrency = None,
    budget_usd: BudgetUsd = None,
    budget_tokens: BudgetTokens = None,
    until_saturated: Annotated[
        bool,
        typer.Option("--until-saturated", help="Stop before n when nothing new shows."),
    ] = False,
    check: Annotated[
        list[str] | None,
        typer.Option(metavar="MODULE:FUNCTION", help="A Python function as a further check."),
    ] = None,
    allow_code: AllowCode = False,
    max_failure_rate: Annotated[
        float | None,
        typer.Option(metavar="P", min=0, max=1, help="Exit 1 where more dialogues may fail."),
    ] = None,
    gate: Annotated[
        str, typer.Option(metavar="interval|point", help="What is held against it.")
    ] = "interval",
    shrink: Annotated[
        bool,
        typer.Option("--shrink", help="Shorten a failure of each kind, and keep it as a case."),
    ] = False,
    cases: Annotated[
        Path, typer.Option(metavar="DIR", help="Where cases are kept, with --shrink.")
    ] = Path("cases"),
    max_calls: Annotated[
        int, typer.Option(min=1, help="Messages to the target that a case may take.")
    ] = 200,
    validate: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CHECK=FILE", help="Only ask a check's judge about a labelled .jsonl file."
        ),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the report as one HTML file.")
    ] = None,
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="Write JUnit XML.")] = None,
    markdown: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Add a summary, such as to $GITHUB_STEP_SUMMARY."),
    ] = None,
    resume: Resume = False,
    as_json: AsJson = False,
) -> None:
    """Stress-test a chatbot with diverse users: how often would real users see it fail?

    Example: `simulate stress support-refund --target http://127.0.0.1:8000/chat -n 300`
    """
    import asyncio

    from simulate.errors import InputError
    from simulate.stress.gating import gates_of

    if gate not in ("interval", "point"):
        raise InputError(f"--gate is {gate}, it must be interval or point")
    by: Literal["interval", "point"] = "point" if gate == "point" else "interval"
    if validate:
        _validate(scenario, validate, model, speaker_models(speaker_model), seed, as_json=as_json)
        return
    result: StressResult | None = None
    if _is_run_file(scenario):
        analysis = _analysed(Path(scenario))
    else:
        from simulate.stress.api import stress as stressed

        result = asyncio.run(
            interruptible(
                stressed,
                scenario,
                target=target,
                baseline=baseline,
                n=n,
                model=model,
                speaker_models=speaker_models(speaker_model),
                population=population,
                adversarial=adversarial,
                methods=method or (),
                seed=seed,
                out=out,
                concurrency=concurrency,
                budget_usd=budget_usd,
                budget_tokens=budget_tokens,
                python_checks=check or (),
                allow_code=allow_code,
                until_saturated=until_saturated,
                resume=resume,
            )
        )
        analysis = result.analysis
    gates = gates_of(analysis, max_failure_rate, by)
    found = None
    if shrink:
        found = _shrunk(analysis, scenario, target, model, cases, max_calls, allow_code=allow_code)
    _write(analysis, gates, html, junit, markdown)
    _print(analysis, gates, result, as_json=as_json)
    _end(analysis, gates, result)
