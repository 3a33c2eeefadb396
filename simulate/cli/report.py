"""`simulate report`: a supplement to a paper from a run, a preregistration from a plan."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulate.cli.options import AsJson, Force, RandomSeed
from simulate.errors import InputError
from simulate.terminal.output import long_data_stream, print_json

if TYPE_CHECKING:
    from simulate.report.supplement import Document


def report(
    run: Annotated[
        Path, typer.Argument(metavar="RUN|PLAN", help="A run file; or a frozen plan (YAML).")
    ],
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
    """Report a run as a supplement, or a frozen plan as a preregistration.

    Example: `simulate report runs/donation.db --html supplement.html --guide-llm`

    Before a run: `simulate report plan.yaml --markdown preregistration.md`
    """
    from simulate.files.writing import refuse_if_there, refuse_own_input, text_written_aside
    from simulate.report.supplement import to_html, to_markdown

    if html and html == markdown:
        raise InputError(f"--html and --markdown both name {html}: give each a file of its own")
    forms = {out: form for out, form in ((html, to_html), (markdown, to_markdown)) if out}
    for out in forms:
        refuse_own_input(out, run)
        if not force:
            refuse_if_there(out)
    document = _document(run, guide_llm=guide_llm, reference=reference, seed=seed)
    for out, form in forms.items():
        with text_written_aside(out, force=force) as text:
            text.write(form(document))
        print(f"wrote {out}", file=sys.stderr)
    if as_json:
        print_json(document.to_dict() | {"written": [str(out) for out in forms]})
    elif not forms:
        with long_data_stream() as stream:
            stream.write(to_markdown(document))


def check_report(out: Path) -> None:
    """See to it that a report can be written to a file, before anything is paid for.

    Raises:
        InputError: its name does not say a form, or it is there already.
    """
    from simulate.files.writing import refuse_if_there

    if out.suffix not in (".html", ".md"):
        raise InputError(f"--report {out}: must end in .html or .md")
    refuse_if_there(out)


def write_report(run: Path, out: Path) -> None:
    """Write the supplement of a run as a page, or as Markdown, by the ending of the file."""
    from simulate.files.writing import text_written_aside
    from simulate.report.supplement import supplement, to_html, to_markdown
    from simulate.runfile import open_run

    with open_run(run) as file:
        document = supplement(file, guide_llm=True)
    with text_written_aside(out, force=False) as text:
        text.write((to_html if out.suffix == ".html" else to_markdown)(document))
    print(f"Report: {out}", file=sys.stderr)


def _document(path: Path, *, guide_llm: bool, reference: str | None, seed: int) -> Document:
    from simulate.report.supplement import preregistration, supplement
    from simulate.runfile import open_run
    from simulate.scenario.frozen import read_frozen

    if path.suffix not in (".yaml", ".yml"):
        with open_run(path) as file:
            return supplement(file, reference=reference, guide_llm=guide_llm, seed=seed)
    if guide_llm or reference is not None:
        option = "--guide-llm" if guide_llm else "--reference"
        raise InputError(f"{option} is for a run, and {path} is a plan; leave it out")
    return preregistration(read_frozen(path))
