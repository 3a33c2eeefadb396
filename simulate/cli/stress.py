"""`simulate stress`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from simulate.cli.interruptible import EXIT_FAILED_DIALOGUES, EXIT_INTERRUPTED, interruptible
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
    from simulate.runfile import Examined
    from simulate.stress.analysis import Analysis
    from simulate.stress.api import StressResult
    from simulate.stress.gating import Gates
    from simulate.stress.keeping import Kept
    from simulate.stress.report import Report
    from simulate.stress.validating import Validation

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
    rpm: Rpm = None,
    tpm: Tpm = None,
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

    from simulate.errors import InputError, plain_lines
    from simulate.stress.gating import gates_of

    if gate not in ("interval", "point"):
        raise InputError(f"--gate is {gate}, it must be interval or point")
    by: Literal["interval", "point"] = "point" if gate == "point" else "interval"
    if validate:
        _validate(scenario, validate, model, speaker_models(speaker_model), seed, as_json=as_json)
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
        from simulate.cli.estimating import print_estimate
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
                until_saturated=until_saturated,
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
    report = _report(analysis, gates, scenario, result, kept)
    _write(analysis, gates, report, html, junit, markdown)
    if as_json:
        _print_json(analysis, gates, result, kept)
    else:
        _print(analysis, gates, result, kept)
    for problem in problems:
        print(plain_lines(problem), file=sys.stderr)
    for line in _annotations(report):
        print(line, file=sys.stderr)
    _end(gates, result)


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
    from simulate.runfile.damage import DAMAGE, damaged
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
    from simulate.models import open_model
    from simulate.runfile import open_run
    from simulate.stress.keeping import keep

    judge = open_model(model)
    try:
        with open_run(path) as file:
            return await keep(
                file,
                folder,
                target=target,
                judge=judge,
                allow_code=allow_code,
                max_calls=max_calls,
            )
    finally:
        await judge.aclose()


def _report(
    analysis: Analysis,
    gates: Gates,
    scenario: str,
    result: StressResult | None,
    kept: Sequence[Kept],
) -> Report:
    from simulate.runfile import open_run
    from simulate.scenario import lines_of_checks
    from simulate.stress.reporting import report_of

    path, lines = ("", {}) if result is None else lines_of_checks(scenario)
    with open_run(analysis.run) as file:
        return report_of(
            file,
            analysis,
            gates,
            scenario_file=str(path),
            lines=lines,
            seconds=0.0 if result is None else result.run.seconds,
            kept=kept,
        )


def _write(
    analysis: Analysis,
    gates: Gates,
    report: Report,
    html: Path | None,
    junit: Path | None,
    markdown: Path | None,
) -> None:
    from simulate.report.page import write_page

    if html is not None:
        from simulate.report.stress_html import write_stress_html

        write_stress_html(analysis, html, gates, _typical(analysis))
    if junit is not None:
        from simulate.stress.junit import junit_xml

        write_page(junit, junit_xml(report))
    if markdown is not None:
        from simulate.stress.markdown import markdown as summary

        write_page(markdown, summary(report), append=True)


def _typical(analysis: Analysis) -> list[Examined]:
    """Return the most typical dialogue of each group of failures, once."""
    from simulate.report.stress_table import MOST_CLUSTERS
    from simulate.runfile import open_run

    keys = [
        cluster.typical
        for cell in analysis.cells
        for cluster in cell.clusters.clusters[:MOST_CLUSTERS]
    ]
    with open_run(analysis.run) as file:
        ids = {key: number for number, key in file.rows("SELECT id, key FROM dialogue")}
        return [file.examined(ids[key]) for key in dict.fromkeys(keys)]


def _annotations(report: Report) -> list[str]:
    from simulate.stress.annotations import workflow_commands

    return workflow_commands(report)


def _print_json(
    analysis: Analysis, gates: Gates, result: StressResult | None, kept: Sequence[Kept]
) -> None:
    import dataclasses
    import json

    found = analysis.to_dict()
    found["gate"] = {
        "passed": gates.passed,
        "rates": {label: dataclasses.asdict(gate) for label, gate in gates.rates},
        "worse": list(gates.worse),
    }
    found["cases"] = [
        {
            "check": each.check,
            "cell": each.cell,
            "dialogue": each.dialogue,
            "path": None if each.path is None else str(each.path),
            "messages": list(each.shrunk.messages),
            "messages_before": len(each.shrunk.before),
            "target_calls": each.shrunk.calls,
            "problem": each.problem or None,
        }
        for each in kept
    ]
    if result is not None:
        run = result.run
        found["dialogues"] = {"completed": run.completed, "failed": run.failed, "left": run.left}
        found["usage"] = {
            "calls": run.calls,
            "prompt_tokens": run.prompt_tokens,
            "completion_tokens": run.completion_tokens,
            "cost_usd": run.cost_usd,
            "seconds": round(run.seconds, 3),
        }
        stopped = result.saturation
        found["saturation"] = None if stopped is None else dataclasses.asdict(stopped)
    print(json.dumps(found))


def _print(
    analysis: Analysis, gates: Gates, result: StressResult | None, kept: Sequence[Kept]
) -> None:
    from simulate.report.stress_table import print_kept, print_stress
    from simulate.tui.safe_console import SafeConsole

    console = SafeConsole()
    saturation = None if result is None else result.saturation
    print_stress(analysis, console, gates=gates, saturation=saturation)
    print_kept(kept, console)
    print(f"Run file: {analysis.run}", file=sys.stderr)


def _end(gates: Gates, result: StressResult | None) -> None:
    """Leave with the exit code that fits: interrupted, gate, failed dialogues, or none."""
    if result is not None and result.run.left and not result.saturated:
        why = f"stopped: {result.run.why}\n" if result.run.why else ""
        print(
            f"{why}{result.run.left} dialogues left: go on with the same command and "
            f"--out {result.path} --resume",
            file=sys.stderr,
        )
        raise typer.Exit(EXIT_INTERRUPTED)
    if not gates.passed:
        raise typer.Exit(EXIT_GATE)
    if result is not None and any(
        fault != "target" for cell in result.analysis.cells for fault in cell.rates.faults
    ):
        raise typer.Exit(EXIT_FAILED_DIALOGUES)


def _validate(
    scenario: str,
    pairs: Sequence[str],
    model: str | None,
    speakers: Mapping[str, str],
    seed: int,
    *,
    as_json: bool,
) -> None:
    """Ask judges about dialogues that people have labelled."""
    import asyncio
    import json

    from simulate.errors import InputError
    from simulate.models import open_model
    from simulate.report.stress_table import print_validation
    from simulate.scenario import load_scenario
    from simulate.stress.validating import asking, read_labelled, validate_judge
    from simulate.tui.safe_console import SafeConsole

    loaded = load_scenario(scenario)

    async def each(name: str, path: str) -> Validation:
        check = loaded.checks.get(name)
        if check is None or check.judged is None:
            judged = ", ".join(n for n, c in loaded.checks.items() if c.judged) or "none"
            raise InputError(
                f"--validate {name}: no check of scenario {loaded.name} that a model judges has "
                f"this name; there are: {judged}"
            )
        labelled = read_labelled(path)
        judge = open_model(speakers.get("judge") or model)
        try:
            return await validate_judge(
                check.judged, labelled, asking(judge, seed), description=loaded.description
            )
        finally:
            await judge.aclose()

    found: dict[str, Validation] = {}
    for pair in pairs:
        name, equals, path = pair.partition("=")
        if not equals or not path:
            raise InputError(f"--validate {pair}: write CHECK=FILE")
        found[name] = asyncio.run(each(name, path))
    if as_json:
        print(json.dumps({name: each.to_dict() for name, each in found.items()}))
        return
    for name, each_found in found.items():
        print_validation(name, each_found, SafeConsole())
