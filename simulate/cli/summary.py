"""`simulate summary`: what a run says by itself, without human data."""

from __future__ import annotations

from typing import Annotated

import typer

from simulate.cli.figure_options import FigureOptions
from simulate.cli.options import AsJson, RandomSeed, WithExcluded, with_options
from simulate.cli.page_options import HtmlFile, write_document
from simulate.errors import StatisticsError, first_of, quote
from simulate.terminal.output import print_json


@with_options
def summary(
    run: Annotated[str, typer.Argument(metavar="RUN[:CELL]", help="A run file, or a cell of it.")],
    outcome: Annotated[str | None, typer.Option(help="Only this outcome.")] = None,
    contrast: Annotated[
        list[str] | None,
        typer.Option(metavar="A,B", help="A further contrast: two cells, or levels of some."),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(metavar="ATTRIBUTE", help="Show each level of this attribute of personas."),
    ] = None,
    with_excluded: WithExcluded = False,
    seed: RandomSeed = 0,
    html: HtmlFile = None,
    *,
    drawing: FigureOptions,
    as_json: AsJson = False,
) -> None:
    """Summarize outcomes: cells, contrasts, effects, kinds of personas, sources of variance.

    The figure is of the contrasts between cells, of --outcome or of the first outcome.

    Example: `simulate summary runs/donation.db --contrast vs,direct --html summary.html`
    """
    from simulate.comparison.reliability import reliabilities
    from simulate.comparison.samples import split_spec
    from simulate.comparison.summary import summaries
    from simulate.runfile import open_run
    from simulate.runfile.answered_by import changes_told
    from simulate.runfile.branches import branches_told
    from simulate.runfile.draw_statistics import tail_told
    from simulate.runfile.exclusions_told import exclusions_told
    from simulate.runfile.meta import attack_told
    from simulate.runfile.shard import part_told
    from simulate.runfile.shared_calls import saved_calls_told
    from simulate.runfile.talk_endings import endings_told, speaker_lines_told, talks_dict

    drawing.check()
    path, cell = split_spec(run)
    with open_run(path, with_excluded=with_excluded) as file:
        known = {name for persona in file.personas.values() for name in persona.attributes}
        if unknown := [name for name in by or () if name not in known]:
            raise StatisticsError(
                f"--by {quote(unknown[0])}: the personas have no such attribute; they have: "
                f"{first_of(sorted(known)) or 'none'}"
            )
        found = summaries(file, outcome, cell=cell, contrasts=contrast or (), seed=seed)
        attack = attack_told(file.meta)
        cautions = [
            *([attack] if attack else []),
            *part_told(file),
            *exclusions_told(file),
            *changes_told(file),
        ]
        cautions += [*tail_told(file), *saved_calls_told(file)]
        cautions += [*speaker_lines_told(file), *branches_told(file)]
        answered, endings, talks = file.answered_by(), endings_told(file), talks_dict(file)
        scales, frozen = reliabilities(file), file.frozen
        title = f"Summary of {file.scenario.title or file.scenario.name}"
    if as_json:
        outcomes = [each.to_dict() for each in found]
        models = {model: [one._asdict() for one in each] for model, each in answered.items()}
        printed = {"run": run, "outcomes": outcomes, "answered_by": models, "notes": cautions}
        alphas = {"reliability": [each.to_dict() for each in scales]} if scales else {}
        print_json(printed | alphas | talks)
    from simulate.report.effects_figure import effects
    from simulate.report.summary_table import print_summary, summary_document
    from simulate.terminal.safe_console import SafeConsole

    document = summary_document(
        title,
        found,
        cautions=cautions,
        endings=endings,
        alphas=[each.sentence for each in scales],
        frozen=frozen,
        by=by or (),
    )
    if not as_json:
        print_summary(document, SafeConsole())
    if html:
        write_document(document, html)
    drawing.write(lambda width: effects(found[0], width))
