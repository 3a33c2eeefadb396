"""`simulate multiverse`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulate.cli.exit_codes import EXIT_FAILED_DIALOGUES, EXIT_INTERRUPTED
from simulate.cli.figure_options import FigureOptions
from simulate.cli.interruptible import interruptible
from simulate.cli.options import (
    AsJson,
    DryRun,
    ModelOptions,
    PlayingOptions,
    with_options,
)
from simulate.cli.page_options import HtmlFile, write_document
from simulate.terminal.output import print_json

if TYPE_CHECKING:
    from simulate.comparison.multiverse import Multiverse


@dataclass(frozen=True, slots=True)
class _Options(PlayingOptions):
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Of the run files. Default: a new one in runs/."),
    ] = None
    resume: Annotated[bool, typer.Option("--resume", help="Go on in the folder --out.")] = False
    run_refused: Annotated[
        bool,
        typer.Option(
            "--run-refused", help="Play the draw rules that re-weighing refuses, in their own runs."
        ),
    ] = False

    def settings(self) -> dict[str, Any]:
        return {
            **self.playing(),
            "out": self.out,
            "resume": self.resume,
            "run_refused": self.run_refused,
        }


@with_options
def multiverse(
    plan: Annotated[Path, typer.Argument(help="A file that declares a contrast and a grid.")],
    options: _Options,
    endpoints: ModelOptions,
    drawing: FigureOptions,
    dry_run: DryRun = False,
    html: HtmlFile = None,
    as_json: AsJson = False,
) -> None:
    """Estimate one contrast over a declared grid of wordings, k, models, draws and cleaning rules.

    Example: `simulate multiverse examples/multiverse.yaml --dry-run`
    """
    from simulate.comparison.multiverse import multiverse as measured
    from simulate.files.writing import refuse_own_input
    from simulate.synchronous import run_to_end

    drawing.check()
    if drawing.figure is not None:
        refuse_own_input(drawing.figure, plan)
    names = endpoints.names()
    if dry_run:
        _foresee(plan, {"model": options.model, "models": names}, as_json=as_json)
        return
    found = run_to_end(interruptible(measured, plan, models=names, **options.settings()))
    _show(found, as_json=as_json)
    if found.joint is not None:
        drawing.write(lambda width: found.plot(width=width))
    if html:
        from simulate.report.analysis_pages import multiverse_page

        write_document(multiverse_page(found), html)
    if found.stopped is not None:
        raise typer.Exit(EXIT_INTERRUPTED)
    if found.failed:
        raise typer.Exit(EXIT_FAILED_DIALOGUES)


def _foresee(plan: Path, given: dict[str, Any], *, as_json: bool) -> None:
    from dataclasses import asdict

    from simulate.cli.estimate import print_estimate
    from simulate.comparison.multiverse.analysis import foresee
    from simulate.synchronous import run_to_end

    found = run_to_end(foresee(plan, **given))
    if as_json:
        print_json({**asdict(found), "total": asdict(found.total)})
        return
    print(found.sentence)
    print_estimate(found.total, as_json=False)


def _show(found: Multiverse, *, as_json: bool) -> None:
    if as_json:
        print_json(found.to_dict())
        return
    from simulate.report.multiverse_table import print_multiverse
    from simulate.terminal.safe_console import SafeConsole

    print_multiverse(found, SafeConsole())
