"""`simulate stress`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

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
    Rpm,
    Seed,
    SpeakerModel,
    Target,
    Tpm,
    speaker_models,
)

if TYPE_CHECKING:
    from simulate.stress.analysis import Analysis
    from simulate.stress.api import StressResult
    from simulate.stress.cases.regression import Kept

__all__ = ["stress"]


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
    rpm: Rpm = None,
    tpm: Tpm = None,
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
        str,
        typer.Option(metavar="interval|point", help="Hold the interval's upper end against it."),
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
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Estimate calls, tokens and cost; call nobody.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Stress-test a chatbot with diverse users: how often would real users see it fail?

    Example: `simulate stress support-refund --target http://127.0.0.1:8000/chat -n 300`
    """
    import asyncio

    from simulate.cli.stress_results import (
        end,
        github_lines,
        plain_report,
        print_json,
        print_text,
        write,
    )
    from simulate.errors import InputError, plain_lines
    from simulate.stress.gate import gates_of

    if gate not in ("interval", "point"):
        raise InputError(f"--gate is {gate}, it must be interval or point")
    by: Literal["interval", "point"] = "point" if gate == "point" else "interval"
    if validate:
        from simulate.cli.validate import validate_judges

        validate_judges(
            scenario, validate, model, speaker_models(speaker_model), seed, as_json=as_json
        )
        return
    who: dict[str, Any] = {
        "target": target,
        "baseline": baseline,
        "n": n,
        "model": model,
        "speaker_models": speaker_models(speaker_model),
        "population": population,
        "adversarial": adversarial,
        "methods": method or (),
        "seed": seed,
        "python_checks": check or (),
        "allow_code": allow_code,
    }
    if dry_run:
        from simulate.cli.estimate import print_estimate
        from simulate.stress.api import estimate_stress

        print_estimate(asyncio.run(estimate_stress(scenario, **who)), as_json=as_json)
        return
    result: StressResult | None = None
    if _is_run_file(scenario):
        analysis = _analysed(Path(scenario))
    else:
        from simulate.stress.api import stress_test

        result = asyncio.run(
            interruptible(
                stress_test,
                scenario,
                out=out,
                concurrency=concurrency,
                budget_usd=budget_usd,
                budget_tokens=budget_tokens,
                rpm=rpm,
                tpm=tpm,
                resume=resume,
                **who,
            )
        )
        analysis = result.analysis
    gates = gates_of(analysis, max_failure_rate, by)
    kept: list[Kept] = []
    problems: list[str] = []
    if shrink:
        kept, problems = asyncio.run(
            _kept(
                analysis.run,
                cases,
                target,
                model,
                max_calls,
                # What a run of this moment names, the user has let run already.
                allow_code=allow_code or result is not None,
            )
        )
    report = plain_report(analysis, gates, scenario, result, kept)
    write(analysis, gates, report, html, junit, markdown)
    if as_json:
        print_json(analysis, gates, result, kept)
    else:
        print_text(analysis, gates, result, kept)
    for problem in problems:
        print(plain_lines(problem), file=sys.stderr)
    for line in github_lines(report):
        print(line, file=sys.stderr)
    end(gates, result)


def _is_run_file(name: str) -> bool:
    """Tell whether a name is that of an SQLite file.

    Raises:
        InputError: it is named like a run file, and there is none.
    """
    if name.endswith(".db") and not Path(name).exists():
        from simulate.errors import InputError

        raise InputError(f"run file {name} is not there")
    try:
        with Path(name).open("rb") as file:
            return file.read(15) == b"SQLite format 3"
    except OSError:
        return False


def _analysed(path: Path) -> Analysis:
    from simulate.errors import InputError
    from simulate.runfile import open_run
    from simulate.runfile.corruption import DAMAGE, damaged
    from simulate.stress.analysis import analyse

    with open_run(path) as file:
        if not file.scenario.checks:
            raise InputError(f"run file {path}: its scenario declares no checks")
        try:
            return analyse(file)
        except DAMAGE as error:
            raise damaged(path, error) from error


async def _kept(
    path: Path,
    folder: Path,
    target: str | None,
    model: str | None,
    max_calls: int,
    *,
    allow_code: bool,
) -> tuple[list[Kept], list[str]]:
    from simulate.models import open_all
    from simulate.runfile import open_run
    from simulate.stress.cases.regression import keep

    async with open_all() as models:
        with open_run(path) as file:
            return await keep(
                file,
                folder,
                target=target,
                judge=models.chat(model),
                allow_code=allow_code,
                max_calls=max_calls,
            )
