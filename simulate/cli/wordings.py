"""`simulate wordings`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from simulate.cli.exit_codes import EXIT_INTERRUPTED
from simulate.cli.figure_options import FigureOptions
from simulate.cli.interruptible import interruptible
from simulate.cli.options import (
    AsJson,
    ModelOptions,
    RunOptions,
    Scenario,
    with_options,
)
from simulate.cli.page_options import HtmlFile, write_document
from simulate.errors import InputError, RunStoppedError
from simulate.limits import MOST_DIALOGUES
from simulate.terminal.output import print_json

if TYPE_CHECKING:
    from simulate.calibration.wordings import Prepared


@dataclass(frozen=True, slots=True)
class _Options(RunOptions):
    template: Annotated[
        list[str] | None,
        typer.Option(
            metavar="1|2|FILE",
            help="A wording: a version of the shipped prompts, or a Jinja file in place of the "
            "prompt of the users' method. Twice or more.",
        ),
    ] = None
    cell: Annotated[
        str | None, typer.Option(metavar="LABEL", help="Which cell, where there are several.")
    ] = None
    reference: Annotated[
        str | None,
        typer.Option(metavar="REF", help="Human outcomes. Default: what the scenario names."),
    ] = None
    language: Annotated[
        str | None,
        typer.Option(metavar="REF", help="How humans talk. Default: --reference, if it has texts."),
    ] = None
    outcome: Annotated[
        str | None, typer.Option(help="The outcome. Default: the first that is compared.")
    ] = None
    margin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CRITERION=X",
            help="What does not matter: of validity, calibration, next-act, outcome, language or "
            "tokens.",
        ),
    ] = None
    repeats: Annotated[
        int,
        typer.Option(
            min=2, max=MOST_DIALOGUES, help="How often each known truth is asked with each wording."
        ),
    ] = 10
    dialogues: Annotated[
        int,
        typer.Option(
            min=1,
            max=MOST_DIALOGUES,
            help="Human dialogues walked through for the next act, where --reference has some.",
        ),
    ] = 50


@with_options
def wordings(
    scenario: Scenario,
    options: _Options,
    endpoints: ModelOptions,
    drawing: FigureOptions,
    html: HtmlFile = None,
    as_json: AsJson = False,
) -> None:
    """Decide which wording of the prompts is better, in an order of criteria that is fixed.

    Validity, calibration to known truths, the next human act, the outcome's distance from humans,
    language, tokens; it may answer that no difference is shown.

    Example: `simulate wordings donation --cell vs --template 2 --template mine.jinja -n 100`
    """
    from simulate.calibration.wordings import (
        checked_margins,
        decided,
        played,
        prepared,
    )
    from simulate.runfile import open_run
    from simulate.synchronous import run_to_end

    drawing.check()
    margins = _margins(options.margin)
    checked_margins(margins)
    settings, names = options.settings(), endpoints.names()
    coming = prepared(
        scenario,
        options.template or (),
        outcome=options.outcome,
        reference=options.reference,
        language=options.language,
        dialogues=options.dialogues,
        cell=options.cell,
        seed=options.seed,
        methods=settings.pop("methods"),
        population=settings.pop("population"),
        allow_code=options.allow_code,
        target=options.target,
    )
    if options.dry_run:
        _print_estimate(coming, options, names, as_json)
        return
    asking: dict[str, Any] = {"repeats": options.repeats, "tell": _told_on_stderr}
    try:
        result = run_to_end(interruptible(played, coming, models=names, **asking, **settings))
    except RunStoppedError as error:
        _stopped(str(error))
    if result.left:
        why = result.why or "interrupted"
        _stopped(
            f"{why}; {result.left} dialogues left: go on with the same command and --out "
            f"{result.path} --resume"
        )
    with open_run(result.path) as file:
        found = decided(file, coming.against, margins)
    if as_json:
        print_json(found.to_dict())
    else:
        from simulate.report.wordings_table import print_wordings
        from simulate.terminal.safe_console import SafeConsole

        print_wordings(found, SafeConsole())
    drawing.write(lambda width: found.plot(width=width))
    if html:
        from simulate.report.analysis_pages import wordings_page

        write_document(wordings_page(found), html)
    print(f"Run file: {result.path}", file=sys.stderr)


def _stopped(why: str) -> NoReturn:
    """Say why nothing is decided yet, and end."""
    print(f"stopped: {why}", file=sys.stderr)
    raise typer.Exit(EXIT_INTERRUPTED)


def _margins(pairs: list[str] | None) -> dict[str, float]:
    """Read CRITERION=X pairs.

    Raises:
        InputError: one is no such pair.
    """
    found: dict[str, float] = {}
    for pair in pairs or ():
        name, _, value = pair.partition("=")
        try:
            found[name] = float(value)
        except ValueError:
            raise InputError(f"--margin {pair}: write CRITERION=X, such as validity=.02") from None
    return found


def _told_on_stderr(line: str) -> None:
    print(line, file=sys.stderr)


def _print_estimate(coming: Prepared, options: _Options, names: Any, as_json: bool) -> None:
    from dataclasses import asdict

    from simulate.calibration.wordings import estimated
    from simulate.cli.estimate import print_estimate
    from simulate.synchronous import run_to_end

    plan = {k: v for k, v in options.plan().items() if k not in ("population", "methods")}
    found = run_to_end(estimated(coming, repeats=options.repeats, models=names, **plan))
    if as_json:
        further = {"known_truths": {"calls": found.truths}, "next_act": {"calls": found.walk}}
        print_json({**asdict(found.run), **further})
        return
    print_estimate(found.run, as_json=False)
    print(f"Further calls: {found.truths:,} for known truths, {found.walk:,} for the next act.")
