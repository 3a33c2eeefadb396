"""The command line: thin commands over the Python API.

Nothing heavy is imported until a command runs, so that `simulate --help` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from simulate.cli import (
    check,
    compare,
    diversity,
    doctor,
    export,
    persona,
    reference,
    run,
    stress,
    summary,
    tradeoff,
    typicality,
    verbalize,
    view,
)
from simulate.cli.secrets import refuse_secrets
from simulate.errors import SimulateError, plain_lines

__all__ = ["app", "main"]


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
app.command()(compare.compare)
app.command()(summary.summary)
app.command()(stress.stress)
app.command()(view.view)
app.command()(diversity.diversity)
app.command()(tradeoff.tradeoff)
app.command()(export.export)
app.command()(verbalize.verbalize)
app.command()(typicality.typicality)
app.add_typer(persona.app, name="persona")
app.add_typer(reference.app, name="reference")
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

    try:
        refuse_secrets(words)
        app(words, prog_name="simulate")
    except SystemExit as end:
        if _nobody_reads(end):
            sys.exit(0)
        raise
    except SimulateError as error:
        if debug:
            raise
        _say(str(error))
        sys.exit(2)
    except KeyboardInterrupt:
        print("simulate: interrupted", file=sys.stderr)
        sys.exit(130)
    except MemoryError:
        print("simulate: out of memory", file=sys.stderr)
        sys.exit(2)
    except Exception as error:
        if debug:
            raise
        # Python's own exit code for it, 1, would be read as a gate that failed.
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        _say(f"{what} (a fault of simulate, or of a package that adds to it; --debug shows where)")
        sys.exit(2)


def _say(message: str) -> None:
    """Print an error; it may quote a file, so nothing in it moves the cursor."""
    from simulate.terminal.safe_text import block

    print(f"simulate: {plain_lines(block(message))}", file=sys.stderr)


def _nobody_reads(end: SystemExit) -> bool:
    """Tell whether whoever read stdout has gone, as `head` does when it has seen enough.

    Click and Rich see it first and make an exit of it.
    """
    cause: BaseException | None = end
    while cause is not None and not isinstance(cause, BrokenPipeError):
        cause = cause.__context__
    gone = cause is not None
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        gone = True
    except ValueError:  # closed
        return gone
    if gone and sys.__stdout__ is not None:  # the interpreter flushes once more at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())
    return gone
