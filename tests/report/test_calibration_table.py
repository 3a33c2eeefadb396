"""The tables and figures of a calibration."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from simulate.calibration.assessment import assess
from simulate.calibration.scores import BEFORE
from simulate.errors import InputError, StatisticsError
from simulate.report.analysis_pages import calibration_page
from simulate.report.calibration_figures import reliability_diagrams
from simulate.report.calibration_table import print_calibration, score_table
from simulate.report.document import Figure, Paragraph
from tests.calibration.made_forecasts import made_forecasts
from tests.calibration.test_result import made_calibration


def test_the_tables_say_what_every_number_is() -> None:
    rng = np.random.default_rng(1)
    traits = {"sex": ["woman" if i % 3 else "man" for i in range(80) for _ in range(6)]}
    leaving = made_forecasts(
        rng, people=80, turns=6, levels=("stays", "leaves"), what="leaving", traits=traits
    )
    found = replace(made_calibration(), parts=(assess(leaving),))
    console = Console(file=io.StringIO(), width=140)
    print_calibration(found, console)
    said = console.file.getvalue()  # type: ignore[attr-defined]
    for each in (
        "Scores: leaving of persuadee", "By bin", "Given what happened", "a calibrated forecaster",
        "people leave", "Murphy's decomposition", "forecaster's dilemma",
        "no number for groups of fewer than 20 people, or 30 by a protected attribute: sex woman",
    ):  # fmt: skip
        assert each in said
    assert "Contamination was not measured" in said


def test_a_score_says_of_which_turns_it_is_in_its_name() -> None:
    gifts = made_forecasts(
        np.random.default_rng(3), people=80, turns=2, what="donation", levels=("0", "1", "2"),
        codes=[0, 1, 2], amount_stated=np.tile([0, 1], 80),
    )  # fmt: skip
    names = [str(name) for name in score_table(assess(gifts)).columns[0].cells]
    assert [name for name in names if "CRPS" in name] == [
        "CRPS", f"CRPS, {BEFORE}", "CRPS, turn 0", "CRPS, turn 1",
    ]  # fmt: skip


def test_each_part_has_its_reliability_diagram_and_texts_have_none() -> None:
    found = made_calibration()
    figure = found.plot()
    assert [ax.get_title(loc="left") for ax in figure.axes] == [
        "act of persuadee: any level\nn = 750, 150 people"
    ]
    assert "<table" in found._repr_html_()
    texts = replace(found.parts[0], reliability=None)
    with pytest.raises(StatisticsError, match="no reliability diagram"):
        reliability_diagrams(replace(found, parts=(texts,)))


def test_the_hazard_is_drawn_beside_that_of_people() -> None:
    rng = np.random.default_rng(2)
    made = made_forecasts(rng, people=60, turns=4, levels=("stays", "leaves"), what="leaving")
    (legend,) = replace(made_calibration(), parts=(assess(made),)).plot("hazard").legends
    assert [text.get_text() for text in legend.get_texts()] == ["people", "vs"]
    with pytest.raises(StatisticsError, match="leaving was not forecast"):
        made_calibration().plot("hazard")
    with pytest.raises(InputError, match="there are: reliability, hazard"):
        made_calibration().plot("pie")


def test_the_page_has_the_sentences_the_diagram_and_every_table() -> None:
    page = calibration_page(made_calibration())
    *quoted, figure = page.lead
    assert [type(block) for block in quoted] == [Paragraph] * len(quoted)
    assert isinstance(figure, Figure)
    assert figure.finding == " ".join(made_calibration().said(p) for p in made_calibration().parts)
    assert "Scores" in [table.caption.partition(":")[0] for _, table in page.tables()]
