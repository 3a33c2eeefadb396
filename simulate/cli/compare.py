"""`simulate compare`: how close simulated outcomes are to human ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulate.cli.figure_options import write_drawn
from simulate.cli.options import (
    AsJson,
    Embeddings,
    MapFile,
    RandomSeed,
    ShareHumanData,
    TableOptions,
    WithBranches,
    WithExcluded,
    with_options,
)
from simulate.cli.page_options import HtmlFile, write_document
from simulate.cli.prediction_powered import PpiOptions, print_ppi
from simulate.errors import StatisticsError, quote
from simulate.terminal.output import print_json

if TYPE_CHECKING:
    from rich.console import Console

    from simulate.comparison.consistency import Consistency
    from simulate.comparison.human_effects.result import HumanEffects
    from simulate.comparison.result import Comparison
    from simulate.comparison.telling_apart import CellToldApart


@dataclass(frozen=True, slots=True)
class _Options:
    """What is compared with what, and how."""

    reference: Annotated[
        str | None,
        typer.Option(help="Name of a reference, or a table; default: what the scenario names."),
    ] = None
    outcome: Annotated[str | None, typer.Option(help="Which outcome of the run.")] = None
    human: Annotated[
        bool, typer.Option("--human", help="People gave the values of the table --reference.")
    ] = False
    unit: Annotated[str | None, typer.Option(help="Unit of a table's values.")] = None
    cleaning: Annotated[
        str | None,
        typer.Option(help="Human values outside the support: drop, clip or none."),
    ] = None
    margin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="X|DISTANCE=X",
            help="Claim human-likeness only if the distance's upper bound lies below it.",
        ),
    ] = None
    drawn: Annotated[
        bool, typer.Option("--drawn", help="Use drawn values, not verbalized distributions.")
    ] = False
    probability_map: MapFile = None
    with_excluded: WithExcluded = False
    extra: WithBranches = None
    draws: Annotated[int, typer.Option(help="Resamples, for intervals and floors.")] = 2000
    confidence: Annotated[float, typer.Option(help="Of intervals and bounds.")] = 0.95
    seed: RandomSeed = 0

    def resampling(self) -> dict[str, Any]:
        """Return how intervals are made, as the functions of `simulate.comparison` take it."""
        return {"draws": self.draws, "confidence": self.confidence, "seed": self.seed}

    def settings(self) -> dict[str, Any]:
        """Return everything, as `simulate.comparison.api.compare` takes it."""
        found = asdict(self) | {"margin": margins(self.margin or [])}
        return found | {"with_branches": bool(found.pop("extra"))}

    def of_effects(self) -> dict[str, Any]:
        """Return what `simulate.comparison.api.compare_effects` takes."""
        names = ("reference", "outcome", "human", "unit", "cleaning", "drawn", "with_excluded")
        found = {name: getattr(self, name) for name in names}
        return found | self.resampling()


@with_options
def compare(
    options: _Options,
    tables: TableOptions,
    humans: PpiOptions,
    samples: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SAMPLE…",
            help="Run files, JSONL exports, FILE:CELL of one, or tables (CSV, XLSX, SAV, …).",
        ),
    ] = None,
    plan: Annotated[
        bool,
        typer.Option("--plan", help="Say what n bounds the distance by the margin; no SAMPLE."),
    ] = False,
    language: Annotated[
        str | None,
        typer.Option(
            metavar="REF",
            help="Compare how the run's users talk, too; such as persuasionforgood-language.",
        ),
    ] = None,
    transcripts: Annotated[
        Path | None,
        typer.Option(
            help="With --language: human dialogues (JSONL) that a classifier is to tell from the "
            "run's; default: those that REF was imported with.",
        ),
    ] = None,
    effect: Annotated[
        list[str] | None,
        typer.Option(
            metavar="A-B",
            help="Compare this effect, too: two levels of a condition, or two cells.",
        ),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TRAIT[=COLUMN]",
            help="Compare effects of this trait of the personas; or, with --effect, by this trait.",
        ),
    ] = None,
    embeddings: Embeddings = None,
    share_human_data: ShareHumanData = None,
    html: HtmlFile = None,
    figures: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Write figures into it, as .png, .pdf and .svg."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare simulated outcomes with human data: distances, contrasts, intervals, floors.

    Example: `simulate compare runs/donation.db --margin ks=0.1 --html report.html`

    Effects: `simulate compare runs/donation.db --effect vs-direct --by sex`

    Few humans: `simulate compare runs/donation.db --ppi asked.csv --column gave`

    A table: `simulate compare answers.csv --column gave --reference persuasionforgood-donations`
    """
    if embeddings and not language:
        raise StatisticsError("--embeddings is for --language; name its reference, or leave it out")
    if transcripts and not language:
        raise StatisticsError("--transcripts is for --language; name its reference")
    if plan:
        _plan(options, tables, as_json)
        return
    if not samples:
        from simulate.runfile.place import newest_hint

        wanted = "give at least one SAMPLE: a run file, RUN:CELL, or a table"
        raise StatisticsError(wanted + newest_hint())
    names = ("reference", "human", "unit", "margin", "drawn")
    also = {name: getattr(options, name) for name in names}
    also |= {"language": language, "effect": effect, "by": by}
    also |= {"map": options.probability_map, "with": options.extra}
    if humans.alone(also):
        print_ppi(
            samples,
            humans,
            tables.columns(),
            outcome=options.outcome,
            cleaning=options.cleaning,
            with_excluded=options.with_excluded,
            confidence=options.confidence,
            seed=options.seed,
            html=html,
            figures=figures,
            as_json=as_json,
        )
        return
    if humans.width is not None and figures is None:
        raise StatisticsError("--width is for --figures; name their folder")
    from simulate.cli.long_work import LongWork
    from simulate.comparison.api import compare as compare_api
    from simulate.comparison.api import compare_effects, compare_talk, compare_turns
    from simulate.report.designs import design_dict, single_source
    from simulate.report.turns_tables import turns_dict

    if options.extra and (effect or by or language):
        raise StatisticsError(
            "--with branches is for the comparison of outcomes: leave --effect, --by and "
            "--language out"
        )
    effects: HumanEffects | None = None
    if effect or by:
        effects = compare_effects(
            samples,
            effects=effect or (),
            by=by or (),
            columns=tables.columns(),
            **options.of_effects(),
        )
    talk: list[Comparison] = []
    apart: list[CellToldApart] = []
    alike: list[Consistency] = []
    if language:  # first, as a fault in the transcripts shows before the long computations
        apart, alike = compare_turns(
            samples,
            language,
            transcripts=transcripts,
            with_excluded=options.with_excluded,
            confidence=options.confidence,
            seed=options.seed,
        )
        talk = compare_talk(
            samples,
            language,
            embeddings=embeddings,
            share_human_data=share_human_data,
            with_excluded=options.with_excluded,
            **options.resampling(),
        )
    with LongWork() as progress:
        comparison = compare_api(
            samples,
            **options.settings(),
            column=tables.column,
            persona_column=tables.persona_column,
            dialogue_column=tables.dialogue_column,
            weight_column=tables.weight_column,
            missing=tables.codes(),
            reading=tables.reading(),
            progress=progress,
        )
    if as_json:
        found = comparison.to_dict()
        if effects is not None:
            found["human_effects"] = effects.to_dict()
        if language:
            found["language"] = [measure.to_dict() for measure in talk]
            found |= turns_dict(apart, alike)
        with single_source(samples, options.with_excluded) as source:
            if source is not None and not options.extra:
                found |= design_dict(source, comparison)
        print_json(found)
    beside = _beside(samples, options, comparison, effects, talk, apart, alike)
    if not as_json:
        from simulate.report.comparison_table import print_comparison
        from simulate.terminal.safe_console import SafeConsole

        print_comparison(comparison, SafeConsole())
        for _, show in beside:
            show(SafeConsole())
    if html:
        from simulate.comparison.provenance import provenance
        from simulate.report.comparison_document import comparison_document
        from simulate.report.printed import printed_sections

        others = printed_sections(beside)
        write_document(comparison_document(comparison, provenance(samples), others), html)
    if figures:
        from simulate.report.figures import FIGURES

        width = humans.figure_width
        drawn = {name: draw(comparison, width) for name, draw in FIGURES.items()}
        write_drawn(drawn, comparison.outcome, figures)


def _beside(
    samples: Sequence[str],
    options: _Options,
    comparison: Comparison,
    effects: HumanEffects | None,
    talk: Sequence[Comparison],
    apart: Sequence[CellToldApart],
    alike: Sequence[Consistency],
) -> list[tuple[str, Callable[[Console], None]]]:
    """Return what was found beside the comparison: a title each, and what prints it."""
    from simulate.report.comparison_table import print_talk
    from simulate.report.designs import design_tables, single_source
    from simulate.report.human_effects_table import print_human_effects
    from simulate.report.turns_tables import print_turns

    @cache
    def tables() -> list[Callable[[Console], None]]:
        """Return those of the design: computed when they are shown, and once for all places."""
        with single_source(samples, options.with_excluded) as source:
            if source is None or options.extra:
                return []
            return design_tables(source, comparison)

    def design(console: Console) -> None:
        for show in tables():
            show(console)

    found: list[tuple[str, Callable[[Console], None]]] = [("Design", design)]
    if effects is not None:
        found.append(("Effects", partial(print_human_effects, effects)))
    if talk:
        found.append(("Language", partial(print_talk, talk)))
        found.append(("Told from people, and consistent", partial(print_turns, apart, alike)))
    return found


def _plan(options: _Options, tables: TableOptions, as_json: bool) -> None:
    from simulate.comparison.reference_spec import load_reference
    from simulate.comparison.sample_size import plan
    from simulate.comparison.settings import Settings

    if options.reference is None:
        raise StatisticsError("--plan needs --reference: the humans to be compared with")
    human = load_reference(
        options.reference,
        options.outcome,
        options.cleaning,
        tables.columns(),
        unit=options.unit,
        human=options.human,
    )
    wanted = margins(options.margin or [])
    settings = Settings(confidence=options.confidence, seed=options.seed, margins=wanted)
    found = plan(human, settings)
    if as_json:
        print_json(found.to_dict())
        return
    print(found.sentence)
    for step in found.steps:
        print(f"  n = {step.n:>6,}  median bound {step.bound:.3f}  power {step.power:.0%}")


def margins(texts: list[str]) -> dict[str, float]:
    """Read `X` or `DISTANCE=X`, each once.

    Raises:
        StatisticsError: not a number.
    """
    found = {}
    for text in texts:
        name, _, number = text.rpartition("=")
        try:
            found[name] = float(number)
        except ValueError:
            raise StatisticsError(
                f"--margin {quote(text)} is neither a number nor DISTANCE=NUMBER, like ks=0.1"
            ) from None
    return found
