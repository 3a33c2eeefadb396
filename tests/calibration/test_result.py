"""The result of a calibration says what it is a number of, and calls little calibrated."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from simulate.calibration.assessment import assess
from simulate.calibration.result import Calibration
from simulate.statistics.skill import Mean
from tests.calibration.made_forecasts import made_forecasts

SAME, WORSE = Mean(0.01, (-0.01, 0.03), 400, 80), Mean(0.05, (0.02, 0.08), 400, 80)
TOO_FEW = Mean(0.01, None, 60, 15)


@lru_cache
def made_calibration(temperature: float = 1.0) -> Calibration:
    made = made_forecasts(np.random.default_rng(2), people=300, temperature=temperature)
    return Calibration(
        "gpt", "vs", ("persuasionforgood",), {"select": 150, "report": 150}, (assess(made),)
    )


def test_the_sentence_has_the_score_its_skill_and_what_it_is_of() -> None:
    said = made_calibration().sentence
    assert said.startswith("act of persuadee: Brier ")
    assert " better than human marginal" in said
    assert "no margin was named" in said
    assert "says nothing of dialogues that the model leads by itself" in said


def test_calibrated_needs_a_margin_and_that_no_contamination_was_found() -> None:
    found = made_calibration()
    (part,) = found.parts
    both = replace(found, margin=0.1, contamination={"renamed": SAME})
    assert both.calibrated(part)
    assert ": calibrated within .100." in both.said(part)
    for other in (
        found,
        replace(both, margin=None),
        replace(both, contamination={}),
        replace(both, contamination={"renamed": SAME, "paraphrased": WORSE}),
        replace(both, contamination={"renamed": SAME, "data of newer": TOO_FEW}),
        replace(both, margin=0.01),
    ):
        assert not other.calibrated(part)
    sure = replace(both, parts=made_calibration(4.0).parts)
    assert "not shown to be calibrated within" in sure.said(sure.parts[0])


def test_contamination_is_told_as_it_was_found() -> None:
    found = made_calibration()
    assert "was not measured" in found.contamination_told
    same = replace(found, contamination={"renamed": SAME})
    assert same.contamination_told.endswith("renamed .010 [-.010, .030]: no difference is shown.")
    assert replace(found, contamination={"renamed": WORSE}).differing == ("renamed",)
    few = replace(found, contamination={"data of newer": TOO_FEW})
    assert "too few people for data of newer, so nothing is called" in few.contamination_told


def test_the_rows_and_the_json_hold_every_score() -> None:
    found = made_calibration()
    frame, told = found.to_frame(), found.to_dict()
    assert frame.height == 2 * len(found.parts[0].scores)
    assert frame["baseline"].drop_nulls().unique().to_list() == ["human marginal"]
    assert told["of"].startswith("what this model states one step ahead")
    (part,) = told["parts"]
    assert len(part["reliability"]["bins"]) == 10
    assert repr(found) == "Calibration(gpt with vs: act of persuadee)"
