"""`simulate cases`: regression cases, said again."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulate.cli.exit_codes import EXIT_BAD_INPUT, EXIT_GATE
from simulate.cli.options import AsJson, Model, ModelOptions, ShareHumanData, with_options
from simulate.cli.stderr import say
from simulate.cli.stress_options import JUnit
from simulate.errors import InputError
from simulate.terminal.output import print_json

if TYPE_CHECKING:
    from simulate.stress.cases.case_replay import CaseTrials

SUFFIXES = (".yaml", ".yml")
MOST_TRIALS = 1_000


@with_options
def cases(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Cases, or their folders.")],
    target: Annotated[str, typer.Option(metavar="SPEC", help="The system under test.")],
    endpoints: ModelOptions,
    repeat: Annotated[
        int, typer.Option(metavar="K", min=1, max=MOST_TRIALS, help="Say each case K times.")
    ] = 1,
    min_pass_rate: Annotated[
        float,
        typer.Option(metavar="P", min=0, max=1, help="Exit 1 where a case passes more seldom."),
    ] = 1.0,
    model: Model = None,
    allow_code: Annotated[
        bool, typer.Option("--allow-code", help="Let checks call the functions that they name.")
    ] = False,
    share_human_data: ShareHumanData = None,
    authorised: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", help="Who allows that cases of users who attack reach a target outside."
        ),
    ] = None,
    junit: JUnit = None,
    as_json: AsJson = False,
) -> None:
    """Say regression cases again to a target, and tell a flaky one from a broken one.

    Example: `simulate cases cases --target bot.yaml --repeat 5`
    """
    from simulate.errors import plain_lines
    from simulate.report.cases_document import cases_document
    from simulate.report.page import write_page
    from simulate.report.terminal_document import shown_whole
    from simulate.stress.cases.case import load_case
    from simulate.stress.cases.case_replay import replay_with
    from simulate.stress.reports.junit import cases_xml
    from simulate.synchronous import run_to_end
    from simulate.terminal.safe_console import SafeConsole

    found = run_to_end(
        replay_with(
            [load_case(path) for path in _paths(files)],
            target,
            model=model,
            models={"tell": say, "names": endpoints.names(), "share_human_data": share_human_data},
            repeat=repeat,
            allow_code=allow_code,
            authorised=authorised,
        )
    )
    if junit is not None:
        write_page(junit, cases_xml(found, target, min_pass_rate))
    if as_json:
        print_json(_record(found, target, min_pass_rate), ensure_ascii=True)
    else:
        console = SafeConsole()
        for part in shown_whole(cases_document(found, target, min_pass_rate)):
            console.print(part)
    states = [each.status(min_pass_rate) for each in found]
    if "failed" in states:
        raise typer.Exit(EXIT_GATE)
    if "error" in states or "passed" not in states:
        undecided = [each for each in found if not each.decided]
        told = "; ".join(f"{each.case.name}: {each.sentence}" for each in undecided[:3])
        print(plain_lines(f"not tested: {told}"), file=sys.stderr)
        raise typer.Exit(EXIT_BAD_INPUT)


def _paths(files: Sequence[Path]) -> list[Path]:
    """Return the case files that are named, and those in folders that are; each once."""
    found: dict[Path, None] = {}
    for path in files:
        of = [path]
        if path.is_dir():
            of = sorted(each for each in path.iterdir() if each.suffix in SUFFIXES)
            if not of:
                raise InputError(f"{path}: no case (*.yaml) is in this folder")
        found |= dict.fromkeys(of)
    return list(found)


def _record(found: Sequence[CaseTrials], target: str, least: float) -> dict[str, Any]:
    from simulate.stress.cases.case_replay import over_cases

    return {
        "target": target,
        "cases": [
            {
                "case": each.case.name,
                "check": each.case.check,
                "status": each.status(least),
                "word": each.word,
                "sentence": each.sentence,
                "trials": len(each.results),
                "decided": each.decided,
                "passed": each.passed,
                "pass_power": list(map(dataclasses.asdict, each.powers)),
                "reasons": [result.reason for result in each.results],
            }
            for each in found
        ],
        "pass_power": list(map(dataclasses.asdict, over_cases(found))),
    }
