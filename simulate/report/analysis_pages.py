"""The pages of analyses: each says what its terminal says, after a sentence and a figure."""

from __future__ import annotations

from functools import partial

from simulate.calibration.result import Calibration
from simulate.calibration.wordings import Wordings
from simulate.comparison.multiverse import Multiverse
from simulate.comparison.prediction_powered import PredictionPowered
from simulate.comparison.reweighing import Reweighed
from simulate.report.analysis_document import analysis_document
from simulate.report.calibration_table import print_calibration
from simulate.report.document import Document, Fold, Section, table
from simulate.report.multiverse_table import print_choices
from simulate.report.prediction_powered_table import print_prediction_powered
from simulate.report.reweighed_table import print_reweighed
from simulate.report.wordings_table import print_wordings
from simulate.terminal.numbers import ends, signed


def reweighed_page(found: Reweighed) -> Document:
    """Return the page of `simulate reweigh`."""
    return analysis_document(
        f"{found.outcome} re-weighed",
        partial(print_reweighed, found),
        said=[found.sentence],
        caption="Each cell as it was drawn and re-weighed.",
        draw=lambda width: found.plot(width=width),
    )


def prediction_powered_page(found: PredictionPowered) -> Document:
    """Return the page of `simulate compare --ppi`; without a figure where all is refused."""
    drawn = any(row.estimate is not None for row in found.rows)
    return analysis_document(
        f"{found.outcome} of few humans and many simulations",
        partial(print_prediction_powered, found),
        caption="Each number by the humans alone, and with simulations as a covariate.",
        draw=(lambda width: found.plot(width=width)) if drawn else None,
    )


def calibration_page(found: Calibration) -> Document:
    """Return the page of `simulate calibrate`; without a diagram where nothing has bins."""
    drawn = any(part.reliability is not None for part in found.parts)
    return analysis_document(
        f"Calibration of {found.model} with {found.method}",
        partial(print_calibration, found),
        caption="How often what was stated came true, by bins of the stated probability.",
        draw=(lambda width: found.plot(width=width)) if drawn else None,
    )


def wordings_page(found: Wordings) -> Document:
    """Return the page of `simulate wordings`."""
    return analysis_document(
        f"Wordings of {found.scenario}",
        partial(print_wordings, found),
        said=[found.sentence],
        caption="By how many margins each wording is worse than the best one of a criterion.",
        draw=lambda width: found.plot(width=width),
    )


def multiverse_page(found: Multiverse) -> Document:
    """Return the page of `simulate multiverse`; the curve is a figure, and folded as numbers."""
    page = analysis_document(
        f"Multiverse {found.name}",
        partial(print_choices, found),
        caption="The contrast in every universe, from the smallest to the largest.",
        draw=(lambda width: found.plot(width=width)) if found.joint is not None else None,
    )
    rows = [
        (each.name, f"{signed(each.value)}{ends(each.interval, signed)}", each.origin)
        for each in found.found
    ]
    every = table(("universe", "contrast", "from"), rows, "lrl")
    told = Fold(f"All {len(rows):,} universes", (every,))
    return Document(page.title, page.lead, (*page.sections, Section("", (told,))))
