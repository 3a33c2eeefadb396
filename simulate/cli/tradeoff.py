"""`simulate tradeoff`: what the diversity of a method costs."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from simulate.cli.options import (
    AsJson,
    Embeddings,
    ModelOptions,
    RandomSeed,
    ShareHumanData,
    with_options,
)
from simulate.cli.page_options import HtmlFile, write_document
from simulate.terminal.output import print_json


@with_options
def tradeoff(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN…", help="Run files of tasks.")],
    embeddings: Embeddings = None,
    judge: Annotated[
        str | None, typer.Option(metavar="SPEC", help="A model that grades replies.")
    ] = None,
    validate: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OUTCOME=FILE", help="Labelled replies (.jsonl) for the judge of an outcome."
        ),
    ] = None,
    share_human_data: ShareHumanData = None,
    seed: RandomSeed = 0,
    html: HtmlFile = None,
    *,
    endpoints: ModelOptions,
    as_json: AsJson = False,
) -> None:
    """Set diversity, quality, factuality and refusals of methods side by side.

    At equal replies and at equal tokens, over the models of several runs.

    Example: `simulate tradeoff joke.db facts.db refusals.db --validate refused=labels.jsonl`
    """
    from simulate.comparison.tradeoff import tradeoff as measured
    from simulate.errors import InputError
    from simulate.report.tradeoff_table import print_tradeoff, sentence, tradeoff_dict

    labels: dict[str, str] = {}
    for pair in validate or ():
        name, equals, path = pair.partition("=")
        if not equals or not path:
            raise InputError(f"--validate {pair}: write OUTCOME=FILE")
        labels[name] = path
    found = measured(
        runs,
        embeddings=embeddings,
        judge=judge,
        labels=labels,
        seed=seed,
        names=endpoints.names(),
        share_human_data=share_human_data,
    )
    if as_json:
        print_json(tradeoff_dict(found))
    else:
        from simulate.terminal.safe_console import SafeConsole

        print_tradeoff(found, SafeConsole())
    if html:
        from simulate.report.analysis_document import analysis_document

        title, show = "What the diversity of methods costs", partial(print_tradeoff, found)
        write_document(analysis_document(title, show, said=[sentence(found)]), html)
