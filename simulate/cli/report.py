"""`simulate report`: a supplement to a paper, made from a run file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from simulate.cli.options import AsJson, Force, RandomSeed
from simulate.errors import InputError
from simulate.terminal.output import long_data_stream, print_json


def report(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run file.")],
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as one HTML page.")
    ] = None,
    markdown: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write it as Markdown; without FILEs it is printed so."),
    ] = None,
    guide_llm: Annotated[
        bool,
        typer.Option("--guide-llm", help="Fill in the GUIDE-LLM checklist as far as a run can."),
    ] = False,
    reference: Annotated[
        str | None,
        typer.Option(metavar="REF", help="Human data; default: what the scenario names."),
    ] = None,
    seed: RandomSeed = 0,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Report a run as a supplement: what was run, with which prompts, and what came of it.

    Example: `simulate report runs/donation.db --html supplement.html --guide-llm`
    """
    from simulate.files.writing import refuse_if_there, text_written_aside
    from simulate.report.supplement import supplement, to_html, to_markdown
    from simulate.runfile import open_run

    forms = {out: form for out, form in ((html, to_html), (markdown, to_markdown)) if out}
    for out in forms:
        if out.exists() and out.samefile(run):
            raise InputError(f"{out} is the run itself: name another file")
        if not force:
            refuse_if_there(out)
    with open_run(run) as file:
        document = supplement(file, reference=reference, guide_llm=guide_llm, seed=seed)
    for out, form in forms.items():
        with text_written_aside(out, force=force) as text:
            text.write(form(document))
        print(f"wrote {out}", file=sys.stderr)
    if as_json:
        print_json(document.to_dict() | {"written": [str(out) for out in forms]})
    elif not forms:
        with long_data_stream() as stream:
            stream.write(to_markdown(document))
