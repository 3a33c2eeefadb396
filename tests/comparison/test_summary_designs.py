"""Summaries of designs: planned contrasts, effects of factors, strata, kinds of personas."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from simulate.comparison.summary import AttributeDifference, OutcomeSummary, summaries
from simulate.comparison.summary.attributes import NO_HUMANS, NOT_TOLD
from simulate.errors import StatisticsError
from simulate.population import Population
from simulate.population.protected import is_protected
from simulate.runfile import open_run
from tests.made_runs import Answer, write_run

FACTORS: dict[str, Any] = {
    "strategy": {"reason": {}, "story": {}},
    "tone": {"warm": {}, "cool": {}},
}
PEOPLE = Population.model_validate(
    {
        "population": "people",
        "attributes": {
            "sex": {"kind": "category", "counts": {"Female": 1, "Male": 1}},
            "town": {"kind": "category", "counts": {"no": 1, "yes": 1}},
            "shoes": {"kind": "category", "counts": {"black": 1, "brown": 1}},
            "clan": {"kind": "category", "counts": {"a": 1, "b": 1}, "protected": True},
        },
        "prose": "You are {{ sex }} of {{ clan }}, in a town: {{ town }}.",
    }
)
Summarize = Callable[..., OutcomeSummary]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of four cells that every persona meets."""
    path = tmp_path_factory.mktemp("plain") / "run.db"
    return write_run(path, four(), conditions=FACTORS, population=PEOPLE)


@pytest.fixture
def summarize(tmp_path: Path, plain: Path) -> Summarize:
    """Return a function that summarizes a run of four cells, by default the plain one."""

    def make(
        answers: dict[str, list[Answer]] | None = None,
        asked: tuple[str, ...] = (),
        cell: str | None = None,
        **fields: Any,
    ) -> OutcomeSummary:
        path = plain
        if answers or fields:
            path = tmp_path / "run.db"
            given = answers or four()
            write_run(path, given, conditions=FACTORS, population=PEOPLE, fields=fields)
        with open_run(path) as run:
            return summaries(run, cell=cell, contrasts=asked)[0]

    return make


def four(n: int = 48) -> dict[str, list[Answer]]:
    rng = np.random.default_rng(8)
    shifts = {"reason+warm": 0.0, "reason+cool": 0.1, "story+warm": 0.5, "story+cool": 1.0}
    return {c: (rng.choice([0, 0.25, 0.5], n) + shift).tolist() for c, shift in shifts.items()}


def test_planned_contrasts_come_first_with_their_meaning_and_are_adjusted_by_themselves(
    summarize: Summarize,
) -> None:
    plan = {"cells": ["story", "reason"], "meaning": "Stories move more."}
    found = summarize(asked=("story+cool,reason+warm",), contrasts={"stories": plan})
    first, second, *others = found.contrasts
    assert (first.name, first.meaning, first.a) == ("stories", "Stories move more.", "story")
    assert first.p_holm == first.contrast.p
    assert (second.a, second.b) == ("story+cool", "reason+warm")
    # Cells that differ in one factor; the other diagonal is not among them.
    assert [(c.a, c.b) for c in others] == [
        ("reason+warm", "reason+cool"),
        ("reason+warm", "story+warm"),
        ("reason+cool", "story+cool"),
        ("story+warm", "story+cool"),
    ]


def test_effects_are_marginal_differences_and_differences_of_differences(
    summarize: Summarize,
) -> None:
    answers = four()
    found = summarize()
    means = np.array([np.asarray(values, dtype=float) for values in answers.values()])
    strategy, tone, both = found.effects
    assert strategy.name == "strategy: story − reason"
    assert tone.name == "tone: cool − warm"
    of_strategy = (means[2] + means[3] - means[0] - means[1]) / 2
    assert strategy.contrast.value == pytest.approx(of_strategy.mean())
    assert strategy.contrast.p == pytest.approx(stats.ttest_1samp(of_strategy, 0).pvalue)
    assert both.name == "(strategy: story − reason) at cool − at warm"
    assert both.contrast.value == pytest.approx((means[3] - means[1] - means[2] + means[0]).mean())


def test_a_factor_between_persons_is_compared_between_persons_and_one_within_by_pairs(
    summarize: Summarize,
) -> None:
    found = summarize(design={"between": ["strategy"]})
    strategy, tone, _ = found.effects
    assert (strategy.contrast.people, strategy.contrast.personas) == ("different", 96)
    assert (tone.contrast.people, tone.contrast.personas) == ("same", 96)
    kinds = {(c.a, c.b): c.contrast.people for c in found.contrasts}
    assert kinds["reason+warm", "reason+cool"] == "same"
    assert kinds["reason+warm", "story+warm"] == "different"


def test_strata_are_measured_groups_and_no_effects(summarize: Summarize) -> None:
    cells = {f"{c}+{t}": v for c, v in four(12).items() for t in ("yes", "no")}
    found = summarize(cells, design={"strata": {"town": {"yes": "yes", "no": "no"}}})
    kinds = {effect.name: effect.kind for effect in found.effects}
    assert kinds["town: no − yes"] == "strata"
    assert kinds["(strategy: story − reason) at no − at yes"] == "interaction"
    strata = next(effect for effect in found.effects if effect.kind == "strata")
    assert strata.p_holm is None
    assert all(c.a.split("+")[2] == c.b.split("+")[2] for c in found.contrasts)
    assert "town" not in {each.attribute for each in found.attributes}


def test_cells_of_a_random_factor_count_as_one(summarize: Summarize) -> None:
    answers: dict[str, list[Answer]] = {c: [0.5] * 12 for c in four()}
    found = summarize(answers, design={"random": ["tone"]})
    assert [cell.cell for cell in found.cells] == ["reason", "story"]
    assert sum(cell.n for cell in found.cells) > 0
    assert found.effects == ()


def test_one_cell_can_be_summarized_by_its_label_or_by_some_of_its_levels(
    summarize: Summarize,
) -> None:
    assert [c.cell for c in summarize(cell="story+cool").cells] == ["story+cool"]


def test_some_levels_stand_for_all_cells_that_have_them(summarize: Summarize) -> None:
    assert [c.cell for c in summarize(cell="story").cells] == ["story+warm", "story+cool"]


def test_what_the_distributions_say_and_what_was_drawn_both_have_an_interval(
    summarize: Summarize,
) -> None:
    stated: list[Answer] = [[(0.5 * (i % 2), 0.5), (1.0, 0.5)] for i in range(24)]
    cell = summarize(dict.fromkeys(four(), stated)).cells[0]
    assert (cell.mean, cell.drawn_mean) == (0.625, 0.25)
    assert cell.interval == pytest.approx((0.571, 0.679), abs=1e-3)
    assert cell.drawn_interval == pytest.approx((0.142, 0.358), abs=1e-3)


def of(found: OutcomeSummary, attribute: str, quantity: str = "mean") -> AttributeDifference:
    return next(
        each
        for each in found.attributes
        if (each.attribute, each.quantity) == (attribute, quantity)
    )


def test_levels_of_an_attribute_are_estimated_and_drawn_together(summarize: Summarize) -> None:
    found = of(summarize(), "town")
    no, yes = found.levels
    assert (no.level, yes.level, no.personas + yes.personas) == ("no", "yes", 48)
    assert found.p is not None
    assert found.deviation is not None
    values = np.array([[level.value, level.pooled] for level in found.levels], dtype=float)
    apart, pooled_apart = np.abs(np.diff(values, axis=0))[0]
    assert pooled_apart < apart


def test_what_no_template_tells_of_a_persona_has_no_number(summarize: Summarize) -> None:
    assert of(summarize(), "shoes").reason == NOT_TOLD


def test_too_few_personas_have_no_number(summarize: Summarize) -> None:
    found = of(summarize(four(24)), "town")
    assert found.reason is not None
    assert found.reason.startswith("n too small")
    assert all(level.value is None for level in found.levels)


def test_a_protected_group_has_no_number_without_humans_of_that_group(
    summarize: Summarize,
) -> None:
    found = of(summarize(), "sex")
    assert (found.protected, found.reason, found.p) == (True, NO_HUMANS, None)
    assert all(level.value is None and level.interval is None for level in found.levels)
    assert found.label == "the model's portrayal of sex"


def test_a_population_may_say_of_another_attribute_that_it_is_protected(
    summarize: Summarize,
) -> None:
    found = of(summarize(), "clan")
    assert (found.protected, found.reason) == (True, NO_HUMANS)


def test_a_protected_group_has_a_number_beside_thirty_humans_of_it(
    tmp_path: Path,
) -> None:
    table = tmp_path / "people.csv"
    people = ["Female"] * 30 + ["Male"] * 31 + ["Other"] * 5
    lines = [f"p{i},{0.5 * (i % 3)},{sex}" for i, sex in enumerate(people)]
    table.write_text("id,donation,sex\n" + "\n".join(lines) + "\n")
    path = tmp_path / "run.db"
    write_run(path, four(), conditions=FACTORS, population=PEOPLE, compare=f"{table}:donation")
    with open_run(path) as run:
        found = of(summaries(run)[0], "sex")
    assert found.reason is None
    assert [(each.level, each.humans) for each in found.levels] == [("Female", 30), ("Male", 31)]
    assert all(each.value is not None for each in found.levels)


@pytest.mark.parametrize("attribute", ["sex", "clan"])
def test_strata_of_a_protected_attribute_are_not_told_apart_without_humans_of_each(
    summarize: Summarize, tmp_path: Path, attribute: str
) -> None:
    levels = {"sex": ("Female", "Male"), "clan": ("a", "b")}[attribute]
    cells = {f"{c}+{level}": v for c, v in four(12).items() for level in levels}
    strata = {attribute: {level: level for level in levels}}
    found = summarize(cells, design={"strata": strata})
    assert [cell.cell for cell in found.cells] == list(four())
    assert {cell.n for cell in found.cells} == {24}
    assert {effect.kind for effect in found.effects} == {"main", "interaction"}
    assert f"groups by {attribute} are not told apart" in found.cells[0].notes[-1]
    with (
        open_run(tmp_path / "run.db") as run,
        pytest.raises(StatisticsError, match="not told apart"),
    ):
        summaries(run, cell=levels[0])


def test_strata_of_a_protected_attribute_beside_thirty_humans_are_the_models_portrayal(
    tmp_path: Path,
) -> None:
    table = tmp_path / "people.csv"
    lines = [f"p{i},{0.5 * (i % 3)},{('Female', 'Male')[i % 2]}" for i in range(60)]
    table.write_text("id,donation,sex\n" + "\n".join(lines) + "\n")
    path = tmp_path / "run.db"
    cells = {f"{c}+{level}": v for c, v in four(12).items() for level in ("Female", "Male")}
    design = {"design": {"strata": {"sex": {"Female": "Female", "Male": "Male"}}}}
    spec = f"{table}:donation"
    write_run(path, cells, conditions=FACTORS, population=PEOPLE, compare=spec, fields=design)
    with open_run(path) as run:
        strata = [each for each in summaries(run)[0].effects if each.kind == "strata"]
    assert [s.name for s in strata] == ["sex: Male − Female (the model's portrayal of sex)"]


@pytest.mark.parametrize(
    ("name", "protected"),
    [
        ("ageGroup", True),
        ("partyId", True),
        ("GENDER2", True),
        ("maritalstatus", True),
        ("birth_year", True),
        ("género", True),
        ("generosity", False),
        ("original", False),
        ("language_level", False),
        ("age", True),
        ("Sex", True),
        ("party_id", True),
        ("race/ethnicity", True),
        ("openness", False),
        ("wage", False),
        ("message", False),
    ],
)
def test_attributes_are_protected_by_a_word_of_their_name(name: str, protected: bool) -> None:
    assert is_protected(name) == protected


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("vs", "write two cells as A,B"),
        ("story,nothing", "there is no cell “nothing”; there are: reason+warm"),
        ("story,story+warm", "both sides have a cell in common"),
    ],
)
def test_a_contrast_that_cannot_be_made_is_refused(
    summarize: Summarize, asked: str, said: str
) -> None:
    with pytest.raises(StatisticsError, match=said.replace("+", r"\+")):
        summarize(asked=(asked,))
