"""The command line: thin commands over the Python API.

Nothing heavy is imported until a command runs, so that `simulate --help` answers at once.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from simulate.cli import (
    attacks,
    branch,
    calibrate,
    cases,
    check,
    check_transcripts,
    compare,
    diversity,
    doctor,
    export,
    merge,
    multiverse,
    persona,
    plan,
    reference,
    report,
    reweigh,
    run,
    scenario,
    stress,
    summary,
    target,
    tradeoff,
    typicality,
    verbalize,
    view,
    wordings,
)
from simulate.cli.exit_codes import EXIT_BAD_INPUT, EXIT_INTERRUPTED
from simulate.cli.secrets import refuse_secrets
from simulate.cli.stderr import warnings_told
from simulate.errors import SimulateError, plain_lines, quote
from simulate.local_faults import local_fault
from simulate.terminal.output import OutputEndedError, standard_streams

__all__ = ["app", "main"]

_UNDECODED = re.compile("[\udc80-\udcff]")
"""Bytes of a word that are no text in this locale, as Python writes them (`surrogateescape`)."""


class _Commands(TyperGroup):
    """The commands; a value that an option does not take is named in our words."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            if error.__cause__ is not None:
                from pydantic import ValidationError

                from simulate.files.validation import said

                if isinstance(error.__cause__, ValidationError):
                    error.message = said(error.__cause__.errors()[0])
            raise
        except (BrokenPipeError, EOFError) as error:  # Typer would make exit code 1 of it
            raise SimulateError(f"{type(error).__name__}: {error}") from error


app = typer.Typer(
    name="simulate",
    cls=_Commands,
    help="Dialogue and persona simulation with verbalized sampling: each simulated reply is drawn "
    "from a distribution of plausible replies, which is kept.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help answers three times as fast
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"simulate {version('simulate-dialogues')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None: ...


app.command()(run.run)
app.command()(merge.merge)
app.command()(plan.plan)
app.command()(compare.compare)
app.command()(branch.branch)
app.command()(calibrate.calibrate)
app.command()(summary.summary)
app.command()(reweigh.reweigh)
app.command()(report.report)
app.command()(stress.stress)
app.command()(attacks.attacks)
app.command()(cases.cases)
app.command()(check_transcripts.check_transcripts)
app.command()(view.view)
app.command()(diversity.diversity)
app.command()(tradeoff.tradeoff)
app.command()(multiverse.multiverse)
app.command()(export.export)
app.command()(verbalize.verbalize)
app.command()(typicality.typicality)
app.command()(wordings.wordings)
app.add_typer(scenario.app, name="scenario")
app.add_typer(persona.app, name="persona")
app.add_typer(reference.app, name="reference")
app.add_typer(target.app, name="target")
app.command()(check.check)
app.command()(doctor.doctor)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; the entry point of the console script.

    An error of ours is one message on stderr and exit code 2; `--debug` anywhere shows the
    traceback instead.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    if debug:
        words.remove("--debug")

    with standard_streams() as streams:
        code = streams.exit_code(_exit_code(words, debug))
    sys.exit(code)


def _exit_code(words: list[str], debug: bool) -> int:
    """Run a command, say what is wrong with it, and return its exit code."""
    try:
        refuse_secrets(words)
        if not words and sys.stdin.isatty() and sys.stdout.isatty():
            from simulate.cli.home import print_home

            print_home()
            return 0
        with warnings_told():
            app(words, prog_name="simulate")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else EXIT_BAD_INPUT
    except OutputEndedError:
        return 0
    except SimulateError as error:
        if debug:
            raise
        _say(str(error))
    except KeyboardInterrupt:
        print("simulate: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except Exception as error:
        if debug:
            raise
        if (local := local_fault(error)) is not None:
            _say(str(local))
            return EXIT_BAD_INPUT
        if (bad := next(filter(_UNDECODED.search, words), None)) is not None:
            _say(f"{quote(bad, 60)} is no text in UTF-8, which only the path of a file may be")
            return EXIT_BAD_INPUT
        # Python's own exit code for it, 1, would be read as a gate that failed.
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        _say(f"{what} (a fault of simulate, or of a package that adds to it; --debug shows where)")
    return EXIT_BAD_INPUT


def _say(message: str) -> None:
    """Print an error; it may quote a file, so nothing in it moves the cursor."""
    from simulate.terminal.safe_text import block

    print(f"simulate: {plain_lines(block(message))}", file=sys.stderr)
