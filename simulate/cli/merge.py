"""`simulate merge`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulate.cli.options import AsJson
from simulate.terminal.output import print_json

if TYPE_CHECKING:
    from simulate.engine.merging import MergeResult


def merge(
    shards: Annotated[
        list[Path], typer.Argument(metavar="RUN…", help="Run files begun with --shard.")
    ],
    out: Annotated[
        Path, typer.Option(metavar="RUN", help="The run file that they are put together in.")
    ],
    as_json: AsJson = False,
) -> None:
    """Put the shards of a run together in one run file; again, as they grow.

    Example: `simulate merge shards/*.db --out runs/donation.db`
    """
    from simulate.cli.stop_signals import stop_signals_interrupt
    from simulate.engine.merging import merge as merged

    with stop_signals_interrupt():
        found = merged(shards, out)
    if as_json:
        print_json(
            {
                "run": str(found.path),
                "shards": {
                    "of": found.of,
                    "merged": list(found.shards),
                    "missing": list(found.missing),
                    "live": list(found.live),
                },
                "dialogues": {
                    "completed": found.completed,
                    "failed": found.failed,
                    "left": found.left,
                    "taken": found.taken,
                },
                "seconds": round(found.seconds, 3),
            }
        )
    from simulate.terminal.safe_text import block

    print("\n".join(map(block, _told(found))), file=sys.stderr)


def _told(found: MergeResult) -> Iterator[str]:
    from simulate.terminal.safe_text import counted

    yield (
        f"{counted(found.completed, 'dialogue')} completed, {found.failed:,} failed, "
        f"{found.left:,} left; {found.taken:,} taken"
    )
    if found.missing:
        yield (
            f"{_shards(found.missing, found.of)} missing: the dialogues are planned; give them to "
            f"another merge, or play them with --out {found.path} --resume"
        )
    if found.live:
        yield f"{_shards(found.live, found.of)} still being written: merge again later"
    yield f"Run file: {found.path}"


def _shards(indices: tuple[int, ...], of: int) -> str:
    from simulate.errors import first_of

    names = first_of([f"{index:,}" for index in indices])
    return (
        f"shard{'s' * (len(indices) > 1)} {names} of {of:,} {'are' if len(indices) > 1 else 'is'}"
    )
