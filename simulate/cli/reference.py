"""`simulate reference`: list, show and import human data."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulate.cli.options import (
    AsJson,
    Embeddings,
    Force,
    ShareHumanData,
    TableOptions,
    with_options,
)
from simulate.cli.stderr import say
from simulate.terminal.output import print_json

if TYPE_CHECKING:
    from simulate.measures.embeddings import Embedder

app = typer.Typer(
    help="Human data: list, show, import.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

FIELDS = ("name", "title", "variables", "n", "people", "declared", "source", "licence")


def _width() -> int:
    """Return the columns there are, at most 80: longer lines read badly."""
    return min(shutil.get_terminal_size().columns, 80)


@app.command("list")
def list_references(as_json: AsJson = False) -> None:
    """List the references that are shipped or imported.

    Example: `simulate reference list`
    """
    from simulate.reference import names, open_reference

    files = [open_reference(name) for name in names()]
    if as_json:
        shown = [
            {name: getattr(file, name) for name in FIELDS} | {"path": str(file.path)}
            for file in files
        ]
        print_json({"references": shown})
        return
    from simulate.reference.show import listed

    for file in files:
        for line in listed(file, _width()):
            print(line)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Name of a reference, or NAME/VARIABLE.")],
    cleaning: Annotated[str | None, typer.Option(help="drop, clip or none.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show a reference: source, licence, cleaning, and each variable's n, mean and values.

    Example: `simulate reference show persuasionforgood-donations --cleaning clip`
    """
    from simulate.reference.show import described, lines

    description = described(name, cleaning)
    if as_json:
        print_json(description)
        return
    for line in lines(description, _width()):
        print(line)


@app.command("import")
@with_options
def import_reference(
    tables: TableOptions,
    kind: Annotated[
        str,
        typer.Argument(
            help="Importer: persuasionforgood (the official folder), table (CSV, XLSX, SAV, …), "
            "turns (a table with a row for each turn), transcripts (a folder of JSONL as "
            "`simulate export` writes it), convokit (a corpus), vs-paper (dialogues "
            "that the Verbalized Sampling paper released: a sample), or a package's."
        ),
    ],
    path: Annotated[Path, typer.Argument(help="The file or folder.")],
    name: Annotated[str | None, typer.Option(help="Name of the reference.")] = None,
    value_kind: Annotated[
        str | None,
        typer.Option("--kind", help="Kind of outcome, such as amount or choice; default: guessed."),
    ] = None,
    unit: Annotated[str | None, typer.Option(help="Unit of a number.")] = None,
    support: Annotated[
        tuple[float, float] | None, typer.Option(help="Lowest and highest value.")
    ] = None,
    levels: Annotated[
        str | None,
        typer.Option(
            help="Words that can be answered, in their order, by commas; --kind choice: no order."
        ),
    ] = None,
    source: Annotated[str | None, typer.Option(help="Where the data are from.")] = None,
    licence: Annotated[str, typer.Option(help="Licence of the data.")] = "not stated",
    embeddings: Embeddings = None,
    share_human_data: ShareHumanData = None,
    topic: Annotated[
        str | None,
        typer.Option(help="Regular expression that mentions the topic of transcripts."),
    ] = None,
    speaker_column: Annotated[
        str | None,
        typer.Option(help="Of single turns: the column of the speaker; in ConvoKit, a meta field."),
    ] = None,
    text_column: Annotated[
        str | None, typer.Option(help="Of single turns: the column of what was said.")
    ] = None,
    keep_ids: Annotated[
        bool, typer.Option("--keep-ids", help="Store ids of people, and no pseudonyms.")
    ] = False,
    summary: Annotated[
        bool, typer.Option(help="Store counts only: no persona ids, no transcripts.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Where to write; default: the folder of references.")
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Import human data as a reference.

    Example: `simulate reference import persuasionforgood FOLDER`

    Simulated dialogues, as a sample: `simulate reference import vs-paper FOLDER --out paper.jsonl`

    A table: `simulate reference import table survey.csv --column gave --unit USD --support 0 2`
    """
    from simulate.reference.importing import Importing, import_data
    from simulate.reference.people import people_beside

    words = tuple(v.strip() for v in levels.split(",")) if levels else None
    known = {"kind": value_kind, "unit": unit, "support": support, "levels": words}
    asked = Importing(
        path,
        tables.column,
        tables.persona_column,
        tables.dialogue_column,
        tables.codes(),
        source,
        licence,
        weight=tables.weight_column,
        speaker=speaker_column,
        text=text_column,
        keep_ids=keep_ids,
        reading=tables.reading(),
        variable={name: value for name, value in known.items() if value is not None},
        embedder=_embedder(embeddings, path, share_human_data) if embeddings else None,
        topic=topic,
    )
    written = import_data(kind, asked, name=name, summary=summary, out=out, force=force, tell=say)
    if written.suffix == ".jsonl":
        _say_sample(written, as_json)
    elif as_json:
        print_json({"reference": written.stem, "path": str(written)})
    else:
        used = written if out else written.stem
        print(f"{written.stem}: {written}\nUse it: simulate compare RUN --reference {used}")
        people = people_beside(written)
        if not summary and people.is_file():
            print(f"Its people, with their talks: simulate run … --population {people}")


def _embedder(spec: str, path: Path, reason: str | None) -> Embedder:
    from simulate.models import Models

    models = Models(share_human_data=reason)
    embedder = models.embedder(spec)
    models.share([f"the dialogues of {path}"])
    return embedder


def _say_sample(written: Path, as_json: bool) -> None:
    if as_json:
        print_json({"reference": None, "path": str(written)})
        return
    print(
        f"{written}\nUse it: simulate compare {written} --outcome donation "
        "--reference persuasionforgood-donations"
    )
