"""The command line: thin commands over the Python API.

Nothing heavy is imported until a command runs, so that `simulate --help` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from simulate.cli import (
    check,
    compare,
    diversity,
    doctor,
    export,
    persona,
    reference,
    run,
    typicality,
    verbalize,
    view,
)
from simulate.cli.words import refuse_secrets

__all__ = ["app", "main"]

app = typer.Typer(
    name="simulate",
    help="Dialogue and persona simulation with verbalized sampling: each simulated reply is drawn "
    "from a distribution of plausible replies, which is kept.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help answers three times as fast
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(run.run)
app.command()(compare.compare)
app.command()(view.view)
app.command()(diversity.diversity)
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
    from simulate.errors import SimulateError

    try:
        refuse_secrets(words)
        app(words, prog_name="simulate")
    except SimulateError as error:
        if debug:
            raise
        print(f"simulate: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except KeyboardInterrupt:
        print("simulate: interrupted", file=sys.stderr)
        sys.exit(130)
    except MemoryError:
        print("simulate: out of memory", file=sys.stderr)
        sys.exit(2)
