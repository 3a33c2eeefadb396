"""What the dialogue added, on a model whose answers are known: D²(told) − D²(talk).

The model answers by a rule of the persona and of what was said before the question, so that the
gain in accuracy is known in closed form.
"""

from __future__ import annotations

import asyncio
import hashlib
from io import StringIO
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulate.comparison import Sample, Settings, compare, compare_samples
from simulate.comparison.result import CellContrast
from simulate.comparison.settings import PlannedContrast
from simulate.engine import run
from simulate.models import ChatRequest, ScriptedModel
from simulate.reference import Reference, Variable
from simulate.report.comparison_document import comparison_document
from simulate.report.comparison_table import print_comparison
from simulate.report.document_html import to_html
from simulate.scenario import Scenario, load_scenario
from simulate.statistics.contrasts import squared_contrast
from simulate.statistics.resampling import Known
from simulate.statistics.support import Support
from simulate.terminal.safe_console import SafeConsole

HUMAN = 0.2
"""The share of people who give all of the $2; the others give nothing."""
GIVES = {"told": (0.9, 0.5), "talk-vs": (0.5, 0.1)}
"""The chance of giving all that a persona states, by cell and by kind of persona, half of each."""
GAIN = (0.7 - HUMAN) ** 2 - (0.3 - HUMAN) ** 2
"""D² is the square of the difference of the shares: F − G is constant between the two values."""


def scenario(*cells: str) -> Scenario:
    """Return the shipped scenario with some of its cells, and talks of two turns."""
    shipped = load_scenario("donation-talk")
    few = {"before": {label: shipped.conditions["before"][label] for label in cells}}
    short = shipped.turns.model_copy(update={"maximum": 1})
    return shipped.model_copy(update={"turns": short}).with_conditions(few)


def kind(prose: str) -> int:
    """Return which of the two kinds a persona is of: a coin that its words decide."""
    return hashlib.sha256(prose.encode()).digest()[0] % 2


def answering(gives: dict[str, tuple[float, float]]) -> ScriptedModel:
    def answer(request: ChatRequest) -> Any:
        if request.schema is None:
            return "Hello there."
        if "value" not in str(request.schema):
            return {"responses": [{"text": "Hm.", "probability": 1}]}
        said = [m["content"] for m in request.messages]
        share = gives["talk-vs" if "Hello there." in said else "told"][kind(said[0])]
        stated = [{"value": 2, "probability": share}, {"value": 0, "probability": 1 - share}]
        return {"responses": stated}

    return ScriptedModel(answer)


def contrast(path: Path, gives: dict[str, tuple[float, float]], n: int = 40) -> CellContrast:
    """Run the two cells and compare them with 400 people."""
    played = run(scenario("told", "talk-vs"), n=n, model=answering(gives), out=path)
    assert asyncio.run(played).failed == 0
    variable = Variable("donation", kind="amount", unit="USD", support=(0.0, 2.0))
    counts = np.array([round(400 * (1 - HUMAN)), round(400 * HUMAN)])
    people = Reference("people", variable, np.array([0.0, 2.0]), counts)
    found = compare(path, people, outcome="donation", draws=200)
    (only,) = found.contrasts
    assert (only.a, only.b, only.contrast.n) == ("told", "talk-vs", n)
    assert (only.name, "not the effect of persuasion" in only.meaning) == ("gain-vs", True)
    return only


def test_the_gain_of_a_talk_that_brings_answers_closer_is_covered(tmp_path: Path) -> None:
    found = contrast(tmp_path / "a.db", GIVES).contrast
    assert found.interval is not None
    assert 0 < found.interval[0] < GAIN < found.interval[1]
    assert found.value == pytest.approx(GAIN, abs=0.1)


def test_a_talk_that_changes_no_answer_gains_nothing(tmp_path: Path) -> None:
    found = contrast(tmp_path / "a.db", {**GIVES, "talk-vs": GIVES["told"]}).contrast
    assert found.value == pytest.approx(0, abs=1e-12)


def test_a_talk_that_takes_answers_away_from_the_humans_has_a_negative_gain(
    tmp_path: Path,
) -> None:
    turned = {"told": GIVES["talk-vs"], "talk-vs": GIVES["told"]}
    found = contrast(tmp_path / "a.db", turned).contrast
    assert found.interval is not None
    assert found.interval[0] < -GAIN < found.interval[1] < 0


def test_the_estimated_gain_has_the_true_one_as_its_expectation() -> None:
    """Over all 2⁵ draws of five personas, each as likely."""
    people = Known(Support.of_levels(2), np.array([1 - HUMAN, HUMAN]))
    values = []
    for kinds in product((0, 1), repeat=5):
        shares = np.array([[GIVES[cell][k] for k in kinds] for cell in ("told", "talk-vs")])
        found = squared_contrast(
            np.stack([1 - shares, shares], axis=2),
            np.array([1.0, -1.0]),
            people,
            draws=1,
            confidence=0.95,
            rng=np.random.default_rng(0),
        )
        assert found is not None
        values.append(found.value)
    assert np.mean(values) == pytest.approx(GAIN, abs=1e-12)


def cells(count: int) -> list[Sample]:
    answers = [0.0, 2.0, 0.0, 0.0]
    people = ["p1", "p2", "p3", "p4"]
    return [Sample.of(f"c{i}", answers, personas=people) for i in range(count)]


@pytest.mark.parametrize(
    ("count", "pairs"),
    [
        (3, ["c2-c0", "c0-c1", "c1-c2"]),
        (7, ["c2-c0"]),
    ],
)
def test_declared_contrasts_come_first_and_alone_where_there_are_many_cells(
    donations: Reference, count: int, pairs: list[str]
) -> None:
    planned = (
        PlannedContrast("gain", "c2", "c0", "How much closer."),
        PlannedContrast("gone", "c2", "c9", "Nothing: there is no such cell."),
    )
    settings = Settings(draws=200, baselines="none", contrasts=planned)
    found = compare_samples(cells(count), donations, settings=settings)
    assert [f"{c.a}-{c.b}" for c in found.contrasts] == pairs
    shown = found.to_dict()["contrasts"]
    assert (shown[0]["name"], shown[0]["meaning"]) == ("gain", "How much closer.")
    assert not [c for c in shown[1:] if "name" in c]


def test_the_report_says_what_a_declared_contrast_means(donations: Reference) -> None:
    planned = (PlannedContrast("gain", "c1", "c0", "How much <closer>."),)
    settings = Settings(draws=200, baselines="none", contrasts=planned)
    comparison = compare_samples(cells(2), donations, settings=settings)
    console = SafeConsole(width=100, record=True, file=StringIO())
    print_comparison(comparison, console)
    assert "c1 − c0: How much <closer>." in console.export_text()
    assert "How much &lt;closer&gt;." in to_html(comparison_document(comparison))
