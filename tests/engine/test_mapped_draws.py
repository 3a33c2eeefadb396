"""Replies are drawn through a map, and the run file keeps what was stated and the map."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulate.engine import RunResult, run
from simulate.errors import InputError, RunFileError
from simulate.reference.map_file import write_map
from simulate.report.supplement import supplement
from simulate.verbalized.draw_settings import tempered
from simulate.verbalized.probability_map import ProbabilityMap
from tests.enumerated import nine_paths
from tests.verbalized.test_probability_map import BENT, FITTED, HEATED

MINE: dict[str, Any] = HEATED | {"fitted": FITTED | {"model": "doors", "role": "guest"}}
STATED = np.array([0.6, 0.3, 0.1])


def played(out: Path, given: Any, *, resume: bool = False, **fields: Any) -> RunResult:
    tree = nine_paths()
    scenario = tree.scenario(**fields)
    return asyncio.run(
        run(scenario, n=2, model=tree.model(), out=out, probability_map=given, resume=resume)
    )


def test_replies_are_drawn_through_the_map_and_kept_as_stated(tmp_path: Path) -> None:
    found, path = ProbabilityMap.model_validate(MINE), tmp_path / "map.json"
    write_map(found, path)
    with played(tmp_path / "a.db", path).open() as file:
        assert file.probability_map == found
        draws = [d for dialogue in file.read() for turn in dialogue.turns for d in turn.draws]
        assert len(draws) == 4
        for draw in draws:
            assert draw.distribution.weights == pytest.approx(STATED)
            assert draw.chances == pytest.approx(tempered(STATED, 2.0))
        assert "temperature 2 map of act" in str(supplement(file).to_dict())


def test_a_condition_that_sets_the_method_draws_through_the_map_too(tmp_path: Path) -> None:
    guest = {"method": {"name": "vs", "k": 3, "draw": "probability"}}
    conditions = {"method": {"vs": {"speakers": {"guest": guest}}}}
    found = ProbabilityMap.model_validate(MINE)
    with played(tmp_path / "a.db", found, conditions=conditions).open() as file:
        (draw,) = file.dialogue(0).turns[1].draws
        assert draw.chances == pytest.approx(tempered(STATED, 2.0))


def test_a_run_that_goes_on_keeps_its_map(tmp_path: Path) -> None:
    out, found = tmp_path / "a.db", ProbabilityMap.model_validate(MINE)
    played(out, found)
    played(out, None, resume=True)
    other = ProbabilityMap.model_validate(MINE | {"temperature": 3.0})
    with pytest.raises(RunFileError, match="begun with another map; leave --map out"):
        played(out, other, resume=True)


@pytest.mark.parametrize(
    ("changed", "fields", "message"),
    [
        ({"fitted": FITTED}, {}, "speaker guest: the map was fitted to what “gpt” states with vs"),
        ({"fitted": MINE["fitted"] | {"method": "vs-cot"}}, {}, "states with vs-cot"),
        ({}, {"method": {"temper": 1.5}}, "speaker guest draws by a rule of its own"),
        ({}, {"method": {"draw": "uniform"}}, "speaker guest draws by a rule of its own"),
        (
            {},
            {"conditions": {"heat": {"hot": {"speakers": {"guest": {"method": {"temper": 3}}}}}}},
            "cell hot, speaker guest: a condition sets how replies are drawn",
        ),
        ({"what": "gift"}, {}, "the map is of gift, whose distribution a run keeps"),
    ],
)
def test_a_map_that_is_not_for_the_run_is_refused_before_a_call(
    tmp_path: Path, changed: dict[str, Any], fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        played(tmp_path / "a.db", ProbabilityMap.model_validate(MINE | changed), **fields)
    assert not (tmp_path / "a.db").exists()


def test_an_isotonic_map_is_for_what_was_stated_of_an_outcome(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="simulate compare RUN --map FILE"):
        played(tmp_path / "a.db", ProbabilityMap.model_validate(BENT))
