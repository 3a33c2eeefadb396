"""The enumerated trees are played by the engine as they are enumerated."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from simulate.engine import run
from simulate.runfile import open_run
from simulate.verbalized import DrawSettings
from tests.enumerated import nine_paths, path_of, thousands_of_paths


def test_the_small_tree_is_as_computed_by_hand() -> None:
    tree = nine_paths()
    assert tree.expectation() == pytest.approx(0.5)
    assert tree.expectation(begins=(2, 2)) == pytest.approx(0.2 * 7)
    assert tree.expectation(DrawSettings("uniform")) == pytest.approx(0.8)
    assert tree.probability(lambda value: value > 1) == pytest.approx(0.25)


def test_the_chances_of_all_paths_sum_to_one() -> None:
    tree = thousands_of_paths()
    assert sum(tree.chance(path) for path in tree.paths()) == pytest.approx(1)


def test_what_is_drawn_flatter_is_weighed_back() -> None:
    tree = nine_paths()
    drawn = tree.draw(40_000, np.random.default_rng(0), DrawSettings(temper=2))
    weights = np.exp(drawn.log_weights)
    assert (weights * drawn.means).mean() == pytest.approx(0.5, abs=0.01)


def test_the_engine_plays_the_tree(tmp_path: Path) -> None:
    tree, out = nine_paths(), tmp_path / "doors.db"
    asyncio.run(run(tree.scenario(), model=tree.model(), n=12, seed=3, out=out))
    with open_run(out) as file:
        dialogues = list(file.completed())
    assert len(dialogues) == 12
    for dialogue in dialogues:
        path = path_of([turn.text for turn in dialogue.turns])
        assert path == tuple(t.draw.chosen for t in dialogue.turns if t.draw is not None)
        for at, turn in enumerate(t for t in dialogue.turns if t.distribution is not None):
            assert turn.distribution is not None
            assert turn.distribution.weights == pytest.approx(tree.stated(path[:at]))
        candidates = dialogue.outcomes["gift"].candidates
        assert candidates is not None
        assert sum(c.value * c.weight for c in candidates) == pytest.approx(tree.mean(path))  # type: ignore[operator, misc]
