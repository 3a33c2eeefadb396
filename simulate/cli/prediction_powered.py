"""`simulate compare --ppi TABLE`: few humans with the help of many simulations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from simulate.cli.figure_options import write_drawn
from simulate.cli.page_options import write_document
from simulate.errors import StatisticsError, quote
from simulate.notebook import Width
from simulate.terminal.output import print_json

if TYPE_CHECKING:
    from simulate.reference.table_columns import TableColumns


@dataclass(frozen=True, slots=True)
class PpiOptions:
    """What is estimated of few humans."""

    ppi: Annotated[
        str | None,
        typer.Option(
            metavar="TABLE",
            help="Estimate numbers of the few humans of this table with simulations of them and of "
            "others as a covariate; nothing else is compared.",
        ),
    ] = None
    rake: Annotated[
        str | None,
        typer.Option(
            metavar="ATTRIBUTE,…",
            help="With --ppi: weigh the others so that they are like the humans in these.",
        ),
    ] = None
    quantile: Annotated[
        list[float] | None,
        typer.Option(metavar="Q", help="With --ppi: quantiles of numbers; default: the median."),
    ] = None
    width: Annotated[
        str | None,
        typer.Option(
            metavar="column|page|W",
            help="Of --figures: a column of a paper (3.3 in), or its page (6.9 in). A number, "
            "with --ppi: how many humans an interval so wide takes.",
        ),
    ] = None

    @property
    def figure_width(self) -> Width:
        """How wide figures are."""
        return "column" if self.width == "column" else "page"

    @property
    def interval_width(self) -> float | None:
        """How wide an interval is wanted; None for none.

        Raises:
            StatisticsError: the width is neither that of a figure nor a number.
        """
        if self.width is None or self.width in get_args(Width):
            return None
        try:
            return float(self.width)
        except ValueError:
            raise StatisticsError(
                f"--width {quote(self.width)}: must be column or page, of --figures, or a number, "
                "of --ppi"
            ) from None

    def alone(self, others: Mapping[str, object]) -> bool:
        """Tell whether `--ppi` is asked for.

        Args:
            others: options that are not for it, by name.

        Raises:
            StatisticsError: one of them stands beside it, or one that is for it stands without.
        """
        own = {"rake": self.rake, "quantile": self.quantile, "width": self.interval_width}
        given = [name for name, value in own.items() if value not in (None, [])]
        if self.ppi is None and given:
            raise StatisticsError(f"--{given[0]} is for --ppi; name its table of humans")
        beside = [name for name, value in others.items() if value]
        if self.ppi is not None and beside:
            raise StatisticsError(f"--{beside[0]} is not for --ppi, which compares nothing else")
        return self.ppi is not None


def print_ppi(
    samples: Sequence[str],
    options: PpiOptions,
    columns: TableColumns,
    *,
    outcome: str | None,
    cleaning: str | None,
    with_excluded: bool,
    confidence: float,
    seed: int,
    html: Path | None,
    figures: Path | None,
    as_json: bool,
) -> None:
    """Print what the humans of a table are worth with the simulations of one run.

    Raises:
        StatisticsError: not exactly one run, or see `simulate.ppi`.
    """
    from simulate.comparison.prediction_powered import ppi

    if len(samples) != 1:
        raise StatisticsError("--ppi takes one run file, or RUN:CELL")
    found = ppi(
        samples[0],
        str(options.ppi),
        outcome=outcome,
        columns=columns,
        cleaning=cleaning or "drop",
        rake=[name.strip() for name in (options.rake or "").split(",") if name.strip()],
        quantiles=options.quantile or (),
        width=options.interval_width,
        with_excluded=with_excluded,
        confidence=confidence,
        seed=seed,
    )
    if html:
        from simulate.report.analysis_pages import prediction_powered_page

        write_document(prediction_powered_page(found), html)
    if as_json:
        print_json(found.to_dict())
    else:
        from simulate.report.prediction_powered_table import print_prediction_powered
        from simulate.terminal.safe_console import SafeConsole

        print_prediction_powered(found, SafeConsole())
    if figures:
        drawn = {"few-humans": found.plot(width=options.figure_width)}
        write_drawn(drawn, found.outcome, figures)
