"""Probability maps: what they do to weights, and which files hold none."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from simulate.errors import InputError
from simulate.verbalized.probability_map import ProbabilityMap

FITTED: dict[str, Any] = {
    "reference": "persuasionforgood",
    "release": "ab" * 32,
    "split": "select",
    "role": "persuadee",
    "persons": 120,
    "model": "gpt",
    "method": "vs",
    "prompt_version": 3,
}
HEATED: dict[str, Any] = {
    "what": "act", "temperature": 2.0, "fitted": FITTED, "simulate": "0.1"
}  # fmt: skip
BENT: dict[str, Any] = {
    "what": "gift",
    "above": 0.0,
    "stated": [0.2, 0.4, 0.8],
    "mapped": [0.1, 0.1, 0.5],
    "fitted": FITTED,
    "simulate": "0.1",
}


def test_a_temperature_flattens_every_distribution() -> None:
    found = ProbabilityMap.model_validate(HEATED).applied(np.array([[0.8, 0.2], [1.0, 0.0]]))
    assert found == pytest.approx(np.array([[2 / 3, 1 / 3], [1.0, 0.0]]))


def test_an_isotonic_map_is_linear_between_points_and_level_beyond_them() -> None:
    bent = ProbabilityMap.model_validate(BENT)
    found = bent.probability(np.array([0.0, 0.3, 0.6, 1.0]))
    assert found == pytest.approx([0.1, 0.1, 0.3, 0.5])


def test_the_mapped_probability_is_shared_out_as_the_candidates_were_weighed() -> None:
    bent = ProbabilityMap.model_validate(BENT)
    of_event = bent.is_event([0.0, 0.5, 2.0, None])
    assert of_event.tolist() == [False, True, True, False]
    found = bent.applied(np.array([0.3, 0.2, 0.4, 0.1]), of_event)
    assert found == pytest.approx([0.7 * 0.75, 0.3 / 3, 0.3 * 2 / 3, 0.7 * 0.25])


def test_a_side_without_weight_gets_its_part_where_one_candidate_stands_there() -> None:
    bent = ProbabilityMap.model_validate(BENT)
    sure = np.array([[0.0, 0.25, 0.75], [1.0, 0.0, 0.0]])
    found = bent.applied(sure, bent.is_event([0.0, 1.0, 2.0]))
    assert found == pytest.approx(np.array([[0.5, 0.125, 0.375], [1.0, 0.0, 0.0]]))


def test_a_map_is_for_the_model_and_method_that_it_was_fitted_to() -> None:
    found = ProbabilityMap.model_validate(HEATED)
    assert found.misfit("gpt", "vs") is None
    assert "not to “gpt” with vs-cot" in (found.misfit("gpt", "vs-cot") or "")


def test_a_map_says_to_whom_it_was_fitted_and_whether_it_helps() -> None:
    found = ProbabilityMap.model_validate(HEATED)
    assert found.told.endswith("not tried on others")
    tried = {"split": "report", "persons": 80, "before": 0.6, "after": 0.5}
    for interval, said in (((0.05, 0.15), "it lowers"), ((-0.01, 0.2), "not shown to lower")):
        judged = ProbabilityMap.model_validate(HEATED | {"judged": tried | {"interval": interval}})
        assert said in judged.told


def test_a_file_holds_all_of_a_map() -> None:
    for made in (HEATED, BENT):
        found = ProbabilityMap.model_validate(made)
        assert ProbabilityMap.of_json(found.to_json(), "map.json") == found


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"temperature": float("nan")}, "temperature"),
        ({"temperature": 1e6}, "temperature: must be less than or equal to 20"),
        ({"temperature": None}, "a map has a temperature, or points"),
        ({"stated": [0.1], "mapped": [0.1]}, "a map has a temperature, or points"),
        ({"fitted": FITTED | {"release": "x"}}, "fitted.release"),
        ({"format": "simulate-probability-map/2"}, "format"),
        ({"more": 1}, "there is no such field here"),
    ],
)
def test_what_is_no_map_is_refused_with_its_field(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=f"^map.json: no probability map: .*{message}"):
        ProbabilityMap.of_json(json.dumps(HEATED | changed), "map.json")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"mapped": [0.3, 0.1, 0.5]}, "must not go down"),
        ({"stated": [0.2, 0.2, 0.8]}, "must ascend"),
        ({"mapped": [0.1, float("nan"), 0.5]}, "mapped.1"),
        ({"mapped": [0.1, 0.2]}, "as many points"),
        ({"mapped": [0.1, 0.2, 1.5]}, "mapped.2"),
        ({"above": None}, "of an `event`, or of what is `above`"),
        ({"stated": [i / 20_000 for i in range(20_000)]}, "at most 10,000 items"),
    ],
)
def test_points_that_are_no_map_are_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ProbabilityMap.of_json(json.dumps(BENT | changed), "map.json")
