"""The answer of a run in one look."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulate.comparison.answer import Answer, CheckCounts, answer, first_look
from simulate.comparison.api import compare
from simulate.comparison.sentences import finding
from simulate.report.answer_document import answer_document, went_wrong
from simulate.report.document import Table
from simulate.runfile import open_run
from tests.made_runs import MakeRun

GAVE = [0.0, 0.3, 0.5, 0.5, 1.0, 2.0]


def asked(path: Path, outcome: str | None = None) -> Answer:
    with open_run(path) as run:
        return answer(run, outcome, draws=200)


def said(found: Answer) -> str:
    """Return all that the document says."""
    return json.dumps(answer_document(found).to_dict(), ensure_ascii=False)


def test_its_sentences_are_those_of_the_comparison(make_run: MakeRun) -> None:
    path = make_run({"vs": GAVE, "direct": GAVE[:4]})
    assert asked(path).sentences == compare(path, draws=200).sentences


def test_its_bars_are_of_humans_and_of_each_cell(make_run: MakeRun) -> None:
    found = asked(make_run({"vs": GAVE, "direct": ["failed"] * 6}))
    histogram = found.outcomes[0].histogram
    assert histogram is not None
    assert [(g.name, g.n) for g in histogram.groups] == [("humans", 982), ("vs", 6), ("direct", 0)]
    assert histogram.groups[1].shares == pytest.approx((1 / 6, 3 / 6, 1 / 6, 0, 1 / 6))


def test_failures_are_told_with_the_commonest_reason(make_run: MakeRun) -> None:
    found = asked(make_run({"vs": GAVE, "direct": ["failed"] * 6}))
    told = "6 of 12 dialogues completed, 6 failed; most often (6 ×) model: refused."
    assert next(went_wrong(found)) == told


def test_parts_come_as_they_are_known_the_histogram_first(make_run: MakeRun) -> None:
    parts: list[Answer] = []
    with open_run(make_run({"vs": GAVE})) as run:
        whole = answer(run, partly=parts.append, draws=200)
    known = [(each.outcomes[0].comparison is None, each.corrections is None) for each in parts]
    assert known == [(True, True), (False, True)]
    assert whole.corrections is not None
    assert whole.outcomes[0].summary is not None


def test_a_run_without_humans_says_so_and_compares_its_cells(make_run: MakeRun) -> None:
    path = make_run({"vs": GAVE * 4, "direct": [1.0] * 24}, fields={"compare": {}})
    found = asked(path)
    assert "names no human data" in found.sentences[0]
    [line] = found.contrasts_told(found.outcomes[0])
    assert line.startswith("Mean donation is .283 USD [.004, .562] higher in direct than in vs (p")
    assert "nothing says whether this is like humans" in said(found)


def test_a_run_in_which_all_failed_says_that_nothing_can_be_said(make_run: MakeRun) -> None:
    found = asked(make_run({"vs": ["failed"] * 3}))
    assert found.outcomes[0].comparison is None
    assert "nothing can be said" in found.sentences[0]


def test_a_run_that_measures_nothing_has_its_account(make_run: MakeRun) -> None:
    path = make_run({"vs": GAVE}, fields={"outcomes": {}, "compare": {}, "defaults": {}})
    found = asked(path)
    assert found.outcomes == ()
    assert "measures no outcome" in said(found)


def test_the_contrast_of_a_cell_with_a_talk_and_one_without_is_what_the_dialogue_added(
    make_run: MakeRun,
) -> None:
    conditions: dict[str, Any] = {
        "before": {"told": {"steps": [{"ask": ["donation"]}]}, "talk": {"steps": [{"say": "all"}]}}
    }
    meaning = "How much closer they are after a talk."
    contrasts = {"gain": {"cells": ["told", "talk"], "meaning": meaning}}
    path = make_run(
        {"told": [2.0, 1.0] * 20, "talk": [0.0, 0.5] * 20},
        conditions=conditions,
        fields={"contrasts": contrasts},
    )
    found = asked(path)
    [contrast] = found.added(found.outcomes[0])
    assert (contrast.a, contrast.b) == ("told", "talk")
    assert "What the dialogue added" in said(found)
    assert meaning in said(found)
    [mean] = found.contrasts_told(found.outcomes[0])
    assert mean.startswith("Mean donation is 1.250 USD [")


def test_a_first_look_of_a_run_that_has_only_begun_shows_the_humans(make_run: MakeRun) -> None:
    with open_run(make_run({"vs": [], "direct": [1.0]})) as run:
        found = first_look(run)
    assert found.totals.left == 1
    assert "1 not ended yet" in next(went_wrong(found))


def test_a_stress_test_is_asked_what_fails_and_its_checks_come_first(make_run: MakeRun) -> None:
    with open_run(make_run({"vs": GAVE})) as run:
        found = replace(first_look(run), checks=(CheckCounts("polite", 2, 6, 1, 3),))
    document = answer_document(found)
    assert document.title == "What fails? donation"
    [table] = document.sections[0].blocks
    assert isinstance(table, Table)
    assert table.rows == (("polite", "2", "1", "3", "6"),)


def test_cells_of_which_the_same_is_said_are_named_together(make_run: MakeRun) -> None:
    told = said(asked(make_run({"vs": GAVE, "direct": GAVE})))
    assert "vs, direct: nothing can be said from 6 effective personas (it takes 30)." in told
    assert "Within “vs”, “direct”, people and chance cannot be told apart" in told


def test_methods_that_cells_compare_are_described(small_run: Path, make_run: MakeRun) -> None:
    with open_run(small_run) as run:
        assert "direct: one reply, as a chat gives it" in first_look(run).methods
    assert asked(make_run({"vs": GAVE})).methods == ()


@pytest.mark.parametrize(
    ("margin", "told"),
    [
        (2.0, "Both samples are within the margin of humans in donation (KS "),
        (0.45, "Both samples differ from humans in donation (KS "),
    ],
)
def test_what_samples_show_together_knows_the_margin(
    make_run: MakeRun, margin: float, told: str
) -> None:
    path = make_run({"vs": [0.0, 0.0, 0.0, 1.0] * 20, "direct": [1.0, 2.0] * 40})
    found = compare(path, draws=200, margin={"ks": margin})
    said = finding(found.rows, found.reference, found.confidence)
    assert said.startswith(told)
    assert said.endswith("; 1 within the margin") == (margin < 1)
