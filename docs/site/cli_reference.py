"""The reference of the command line, from the commands and their options themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from docs.site.markdown import cell, table

_EXAMPLE = re.compile(r"Examples?:\s*((?:`[^`]+`[,;.]?\s*)+)")
_COLUMNS = ("option", "what it says")


def page() -> str:
    """Return the page: a section for each command, with its options."""
    import typer.main

    from simulate.cli import app

    root = typer.main.get_command(app)
    lead = (
        "# Command line\n\nEvery command with its arguments and options, as `--help` says them. "
        "Exit codes: 0; 1 a gate failed; 2 bad input, or output that could not be written; 3 some "
        "dialogues failed; 130 interrupted, and resumable.\n"
    )
    return lead + "\n".join(_sections(root, "simulate"))


def _sections(command: Any, path: str) -> Iterator[str]:
    context = command.make_context(path, [], resilient_parsing=True)
    if commands := getattr(command, "commands", None):
        for name, inner in commands.items():
            yield from _sections(inner, f"{path} {name}")
        return
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    yield f"\n## {path}\n\n```text\n{usage}\n```\n\n{_prose(command.help or '')}\n"
    records = [p.get_help_record(context) for p in command.get_params(context)]
    rows = [(f"`{names}`", cell(said)) for names, said in filter(None, records)]
    yield table(_COLUMNS, [row for row in rows if "--help" not in row[0]])


def _prose(text: str) -> str:
    """Return a command's help as Markdown, its example as a block."""

    def block(match: re.Match[str]) -> str:
        lines = re.findall(r"`([^`]+)`", match[1])
        return "\n\n```sh\n" + "\n".join(" ".join(line.split()) for line in lines) + "\n```\n\n"

    return _EXAMPLE.sub(block, text.split("\f")[0]).strip()
