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


def write(
    analysis: Analysis,
    gates: Gates,
    wanted: ReportOptions,
    kept: Sequence[Kept],
    scenario: str | None,
) -> None:
    """Write the reports that were asked for, and annotations where GitHub runs this.

    `scenario` names the scenario's file; None where a run file is reported on again.
    """
    from simulate.report.document_html import write_html
    from simulate.report.document_markdown import to_markdown
    from simulate.report.page import write_page
    from simulate.report.stress_document import stress_document
    from simulate.scenario import lines_of_checks
    from simulate.stress.reports.annotations import workflow_commands
    from simulate.stress.reports.junit import junit_xml
    from simulate.stress.reports.results import check_results

    path, lines = ("", {}) if scenario is None else lines_of_checks(scenario)
    results = list(check_results(analysis, gates, lines=lines, kept=kept))
    if wanted.html is not None:
        shown = _typical(analysis)
        write_html(stress_document(analysis, gates, shown=shown, kept=kept), wanted.html)
    if wanted.junit is not None:
        write_page(wanted.junit, junit_xml(analysis, gates, results))
    if wanted.markdown is not None:
        document = stress_document(analysis, gates, kept=kept, form="summary")
        write_page(wanted.markdown, to_markdown(document), append=True)
    for line in workflow_commands(analysis, gates, results, str(path)):
        print(line, file=sys.stderr)


def _typical(analysis: Analysis) -> list[Examined]:
    """Return the most typical failing dialogue of each check, once."""
    from simulate.runfile import open_run

    keys = {failed.typical for cell in analysis.cells for failed in cell.failures}
    with open_run(analysis.run) as file:
        return [file.examined(each.id) for each, _ in file.planned() if each.key in keys]


def conclude(
    analysis: Analysis,
    gates: Gates,
    scenario: str | None,
    result: StressResult | None,
    kept: Sequence[Kept],
    problems: Sequence[str],
    reports: ReportOptions,
    *,
    as_json: bool,
) -> None:
    """Write the reports, print the result, and leave with the exit code that fits.

    `scenario` is the file whose checks stand in the reports with their lines; None for none.
    """
    write(analysis, gates, reports, kept, scenario)
    if as_json:
        print_all_as_json(analysis, gates, result, kept)
    else:
        print_text(analysis, gates, result, kept)
    for problem in problems:
        print(plain_lines(problem), file=sys.stderr)
    end(analysis, gates, result)


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
    from simulate.report.stress_document import stress_document
    from simulate.report.terminal_document import shown_whole
    from simulate.terminal.safe_console import SafeConsole

    console = SafeConsole()
    if result is not None and result.run.left:
        console.print(f"Unfinished run: {result.run.progress} have ended.")
    for part in shown_whole(stress_document(analysis, gates, kept=kept, form="terminal")):
        console.print(part)
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
        told = "no gate: no failure rate fails this command; --max-failure-rate P makes it one"
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
