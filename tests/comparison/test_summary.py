from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from simulate.comparison.summary import OutcomeSummary, summaries
from simulate.errors import StatisticsError
from simulate.runfile import open_run
from tests.comparison.test_not_applicable import NEVER, RARELY, TEN, run_of
from tests.made_runs import Answer, MakeRun

Summed = Callable[..., OutcomeSummary]
CHOICE = {"kind": "choice", "levels": ["a", "b", "c"]}


@pytest.fixture
def summed(make_run: MakeRun) -> Summed:
    def make(answers: dict[str, list[Answer]], **details: object) -> OutcomeSummary:
        with open_run(make_run(answers, **details)) as run:
            return summaries(run)[0]

    return make


def reruns(people: int, of_each: int) -> list[float]:
    """Return the values of people who are run again; two kinds of them, two values each."""
    rng = np.random.default_rng(1)
    kinds = [rng.choice([(0.0, 0.5), (1.0, 2.0)]) for _ in range(people)]
    return [float(rng.choice(kind)) for kind in kinds for _ in range(of_each)]


def test_a_cell_counts_what_failed_and_what_is_missing(summed: Summed) -> None:
    found = summed({"vs": [0.5] * 15 + [1.0] * 5 + ["failed", None], "direct": [None] * 2})
    vs, direct = found.cells
    assert (vs.n, vs.failed, vs.missing, vs.personas) == (20, 1, 1, 20)
    assert vs.mean == 0.625
    assert vs.interval == pytest.approx((0.5210, 0.7290), abs=1e-4)
    assert (direct.n, direct.missing, direct.mean, direct.interval) == (0, 2, None, None)


def test_reruns_of_a_persona_are_not_further_people(summed: Summed) -> None:
    found = summed({"vs": reruns(5, 4), "direct": reruns(5, 4)}, replicates=4)
    assert found.cells[0].personas == 5
    assert found.cells[0].interval is None
    assert found.contrasts[0].contrast.personas == 5
    assert found.contrasts[0].contrast.p is None


def test_the_mean_is_over_distributions_and_the_drawn_mean_over_draws(summed: Summed) -> None:
    found = summed({"vs": [[(0.0, 0.5), (1.0, 0.5)]] * 4})
    assert (found.cells[0].mean, found.cells[0].drawn_mean) == (0.5, 0.0)


def test_contrasts_are_paired_by_persona_of_both_cells(summed: Summed) -> None:
    rng = np.random.default_rng(2)
    own = rng.choice([0.0, 0.5, 1.0], 21)
    more = own + rng.choice([0.0, 0.5], 21)
    found = summed({"vs": more.tolist(), "direct": [*own[:20].tolist(), None]})
    each = found.contrasts[0]
    assert (each.a, each.b, each.of, each.contrast.personas) == ("vs", "direct", "mean", 20)
    assert each.contrast.value == pytest.approx((more - own)[:20].mean())
    assert each.contrast.p == each.p_holm


def test_words_have_shares_and_a_contrast_for_each_level(summed: Summed) -> None:
    found = summed({"vs": ["a", "b", "c", "a"] * 5, "direct": ["a"] * 20}, outcome=CHOICE)
    vs = found.cells[0]
    assert vs.mean is None
    assert {level: share for level, (share, _) in vs.shares.items()} == {
        "a": 0.5,
        "b": 0.25,
        "c": 0.25,
    }
    assert [(c.of, c.contrast.value) for c in found.contrasts] == [
        ("a", -0.5),
        ("b", 0.25),
        ("c", 0.25),
    ]
    smallest = min(c.contrast.p or 1 for c in found.contrasts)
    assert min(c.p_holm or 1 for c in found.contrasts) == pytest.approx(3 * smallest)


def test_yes_or_no_has_one_contrast_of_the_share_of_yes(summed: Summed) -> None:
    answers = {"vs": [True, False] * 3, "direct": [False] * 6}
    found = summed(answers, outcome={"kind": "yesno"})
    assert [(c.of, c.contrast.value) for c in found.contrasts] == [("yes", 0.5)]
    assert found.cells[0].shares["yes"][0] == 0.5


def test_the_mean_of_an_ordinal_is_on_its_labels(summed: Summed) -> None:
    outcome = {"kind": "ordinal", "levels": ["1 never", "3 often", "5 always"]}
    answers = {"vs": ["1 never", "5 always"] * 3, "direct": ["3 often"] * 6}
    found = summed(answers, outcome=outcome)
    assert [cell.mean for cell in found.cells] == [3, 3]
    assert found.variance.cells["vs"].parts["personas and reruns"].variance == pytest.approx(
        4 * 6 / 5
    )


def test_the_sentence_says_what_lies_between_personas_and_between_reruns(
    summed: Summed,
) -> None:
    found = summed({"vs": reruns(50, 2), "direct": [1.0] * 4}, replicates=2)
    vs, direct, method = found.variance.sentences
    parts = found.variance.cells["vs"].parts
    personas = f"{100 * parts['personas'].share:.0f} %"
    rest = f"{100 * parts['reruns'].share:.0f} %"
    assert vs.startswith(f"donation, vs: {personas} [")
    assert f"of the variance lies between personas, {rest} between reruns of one persona" in vs
    assert "; humans (113 who repeat): 59 % [" in vs
    assert direct == "donation, direct: nothing to share out: all values are equal"
    assert method.startswith("donation, over the levels of method: ")
    assert "% of the variance lies between personas, " in method


def test_personas_that_were_run_once_are_said_not_to_be_told_from_reruns(summed: Summed) -> None:
    stated = [[(0.0, 0.5), (1.0, 0.5)], [(0.5, 0.5), (2.0, 0.5)]] * 5
    found = summed({"vs": stated, "direct": [0.0, 1.0] * 5})
    vs, direct, _ = found.variance.sentences
    assert "not identified, as each persona was run once in this cell" in direct
    assert "set `replicates` under `defaults` in the scenario" in direct
    # Stated .25 and .5625; the distributions' means are .5 and 1.25.
    assert "(72 % of the variance is stated within one dialogue)" in vs


def test_a_run_without_that_outcome_is_refused(make_run: MakeRun) -> None:
    with (
        open_run(make_run({"vs": [1.0]})) as run,
        pytest.raises(StatisticsError, match="no outcome “gift”; it has: donation"),
    ):
        summaries(run, "gift")


def test_dialogues_to_which_an_outcome_does_not_apply_are_counted_beside_n(tmp_path: Path) -> None:
    with open_run(run_of(tmp_path / "r.db", [RARELY, TEN, NEVER])) as run:
        cell = summaries(run)[0].cells[0]
    assert (cell.n, cell.missing, cell.not_applicable) == (2, 0, 1.75)
    assert cell.mean == pytest.approx(18)
