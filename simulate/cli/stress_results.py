"""The result of a stress test: to the terminal, to files, and as an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from simulate.cli.called import called
from simulate.cli.exit_codes import (
    EXIT_BAD_INPUT,
    EXIT_FAILED_DIALOGUES,
    EXIT_GATE,
    EXIT_INTERRUPTED,
)
from simulate.errors import plain_lines
from simulate.terminal.output import print_json

if TYPE_CHECKING:
    from simulate.cli.stress_options import ReportOptions
    from simulate.runfile import Examined
    from simulate.stress.analysis import Analysis
    from simulate.stress.api import StressResult
    from simulate.stress.cases.regression import Kept
    from simulate.stress.gate import Gates
    from simulate.stress.reports.report import Report


def plain_report(
    analysis: Analysis,
    gates: Gates,
    scenario: str,
    result: StressResult | None,
    kept: Sequence[Kept],
) -> Report:
    """Return the plain record that JUnit, Markdown and annotations are written from."""
    from simulate.runfile import open_run
    from simulate.scenario import lines_of_checks
    from simulate.stress.reports.reporting import report_of

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


def write(
    analysis: Analysis,
    gates: Gates,
    report: Report,
    wanted: ReportOptions,
) -> None:
    """Write the reports that were asked for."""
    from simulate.report.page import write_page

    if wanted.html is not None:
        from simulate.report.document_html import write_html
        from simulate.report.stress_document import stress_document

        write_html(stress_document(analysis, gates, _examples(analysis)), wanted.html)
    if wanted.junit is not None:
        from simulate.stress.reports.junit import junit_xml

        write_page(wanted.junit, junit_xml(report))
    if wanted.markdown is not None:
        from simulate.stress.reports.markdown import markdown

        write_page(wanted.markdown, markdown(report), append=True)


def _examples(analysis: Analysis) -> list[Examined]:
    """Return the shortest failing dialogue of each check, once."""
    from simulate.runfile import open_run

    keys = {failed.turns[0].dialogue for cell in analysis.cells for failed in cell.failures}
    with open_run(analysis.run) as file:
        return [file.examined(each.id) for each, _ in file.planned() if each.key in keys]


def github_lines(report: Report) -> list[str]:
    """Return the annotations for GitHub; none elsewhere."""
    from simulate.stress.reports.annotations import workflow_commands

    return workflow_commands(report)


def print_all_as_json(
    analysis: Analysis, gates: Gates, result: StressResult | None, kept: Sequence[Kept]
) -> None:
    """Print one JSON object."""
    import dataclasses

    found = analysis.to_dict()
    found["gate"] = None
    if gates.rates or analysis.versions:
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
    print_json(found, ensure_ascii=True)


def print_text(
    analysis: Analysis, gates: Gates, result: StressResult | None, kept: Sequence[Kept]
) -> None:
    """Print the result on the terminal."""
    from simulate.report.stress_table import print_kept, print_stress
    from simulate.terminal.safe_console import SafeConsole

    console = SafeConsole()
    if result is not None and result.run.left:
        console.print(f"Unfinished run: {result.run.progress} have ended.")
    print_stress(analysis, console, gates=gates)
    print_kept(kept, console)
    only = " --filter 'fails>0'" if any(cell.failures for cell in analysis.cells) else ""
    print(f"See every turn:  {called()} view {analysis.run}{only}", file=sys.stderr)
    folders = {each.path.parent: None for each in kept if each.path is not None}
    for folder in folders:
        print(f"Say it again:    pytest {folder} --simulate-target SPEC", file=sys.stderr)
    print(f"Run file: {analysis.run}", file=sys.stderr)


def end(analysis: Analysis, gates: Gates, result: StressResult | None) -> None:
    """Leave with the exit code that fits: interrupted, gate, bad input, failed dialogues, or none.

    A check that could be carried out nowhere, and a test of which nothing is decided, found nothing
    out about the target: what was asked for was wrong, as where no endpoint is reached.
    """
    if not (gates.rates or analysis.versions):
        told = "no gate: nothing fails this command; --max-failure-rate P makes it one"
        print(told, file=sys.stderr)
    if result is not None and result.run.left:
        told = f"interrupted: {result.run.progress} have ended"
        why = f"stopped: {result.run.why}" if result.run.why else told
        print(
            f"{why}\n{result.run.left} dialogues left: go on with the same command and "
            f"--out {result.path} --resume",
            file=sys.stderr,
        )
        raise typer.Exit(EXIT_INTERRUPTED)
    if not gates.passed:
        raise typer.Exit(EXIT_GATE)
    if analysis.untested:
        print(plain_lines(f"not tested: {'; '.join(analysis.untested)}"), file=sys.stderr)
        raise typer.Exit(EXIT_BAD_INPUT)
    from simulate.runfile.faults import TARGET

    if result is not None and any(
        fault != TARGET for cell in result.analysis.cells for fault in cell.rates.faults
    ):
        raise typer.Exit(EXIT_FAILED_DIALOGUES)
