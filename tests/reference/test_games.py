"""The shipped counts of negotiations and games are those of the released data."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict

import pytest

from simulate.reference import open_reference
from tests.human_data import DATA, needs_games


def _rows(file: str) -> list[dict[str, str]]:
    with (DATA / file).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def _counts(reference: str, variable: str) -> dict[float, int]:
    measured = open_reference(reference).variable(variable)
    return dict(zip(measured.values.tolist(), measured.counts.tolist(), strict=True))


@needs_games
@pytest.mark.parametrize(
    ("variable", "column"),
    [("points", "points"), ("satisfaction", "satisfaction"), ("liking", "likeness")],
)
def test_what_both_campers_reached_and_felt_is_counted_by_negotiation(
    variable: str, column: str
) -> None:
    measured = open_reference("casino-negotiations").variable(variable)
    levels = measured.variable.levels
    by_dialogue = defaultdict(list)
    for row in _rows("casino/outcomes.csv"):
        value = row[column]
        code = float(value) if levels is None else float(levels.index(value))
        by_dialogue[row["dialogue"]].append(code)
    assert len(by_dialogue) == measured.people == 1030
    assert sorted(map(tuple, map(sorted, by_dialogue.values()))) == sorted(measured.groups)
    assert _counts("casino-negotiations", variable) == Counter(
        code for pair in by_dialogue.values() for code in pair
    )


@needs_games
def test_whoever_walks_away_makes_no_deal() -> None:
    away = {row["dialogue"] for row in _rows("casino/outcomes.csv") if row["walked_away"] == "True"}
    assert _counts("casino-negotiations", "deal") == {0.0: len(away), 1.0: 1030 - len(away)}


@needs_games
def test_gifts_of_dictators_are_those_of_first_time_players() -> None:
    given = Counter(float(row["gave"]) for row in _rows("moblab/dictator_round1_first.csv"))
    assert _counts("moblab-dictator", "given") == given
    assert given.total() == 10_335


@needs_games
@pytest.mark.parametrize(
    ("variable", "column"), [("offer", "propose"), ("least_accepted", "accept_at_least")]
)
def test_an_offer_that_was_not_made_is_missing_and_no_number(variable: str, column: str) -> None:
    stated = Counter(float(row[column]) for row in _rows("moblab/ultimatum_round1.csv"))
    missing = stated.pop(-1.0)
    measured = open_reference("moblab-ultimatum").variable(variable)
    assert _counts("moblab-ultimatum", variable) == stated
    assert (measured.missing, measured.n + measured.missing) == (missing, 5426)


def test_the_two_sides_of_a_negotiation_are_one_cluster_and_not_one_person() -> None:
    reference = open_reference("casino-negotiations").reference("points")
    assert (reference.n, reference.people, reference.clusters) == (2060, 1030, "negotiations")
    assert reference.mean == pytest.approx(18.64, abs=0.005)
