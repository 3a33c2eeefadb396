"""Dialogues that are drawn tail-first: recorded chances, whole dialogues, resumed runs."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from simulate.engine import run
from simulate.errors import EndpointError
from simulate.models import ScriptedModel
from simulate.runfile import open_run
from simulate.scenario import Scenario
from simulate.scenario.speaker import Speaker
from simulate.verbalized import DrawSettings, log_weight
from tests.enumerated import Tree, nine_paths, path_of
from tests.made_runs import exported, gone_at

TAIL_FIRST = DrawSettings("tail-first")
METHOD = {"draw": "tail-first"}


def scenario(tree: Tree, **fields: Any) -> Scenario:
    return tree.scenario(method=METHOD, **fields)


def test_what_is_on_file_leads_back_to_the_stated_probabilities(tmp_path: Path) -> None:
    tree, out = nine_paths(), tmp_path / "a.db"
    asyncio.run(run(scenario(tree), n=60, model=tree.model(), out=out))
    means = []
    with open_run(out) as file:
        for dialogue in file.read():
            path = path_of([turn.text for turn in dialogue.turns])
            weight = math.exp(log_weight(d for turn in dialogue.turns for d in turn.draws))
            chance = tree.chance(path, TAIL_FIRST)
            assert weight == pytest.approx(tree.chance(path) / chance)
            gift = dialogue.outcomes["gift"]
            assert log_weight(gift.draws) == 0
            means.append(weight * tree.mean(path))
    assert np.mean(means) == pytest.approx(tree.expectation(), abs=4 * np.std(means) / 60**0.5)


def test_a_run_goes_on_with_the_draws_that_it_would_have_had(tmp_path: Path) -> None:
    tree = nine_paths()
    whole, parts = tmp_path / "whole.db", tmp_path / "parts.db"
    settings: dict[str, Any] = {"n": 5, "concurrency": 1}
    asyncio.run(run(scenario(tree), model=ScriptedModel(tree.answer), out=whole, **settings))
    gone = gone_at(7, tree.answer)
    with pytest.raises(EndpointError):
        asyncio.run(run(scenario(tree), model=gone, out=parts, **settings))
    asyncio.run(
        run(scenario(tree), model=ScriptedModel(tree.answer), out=parts, resume=True, **settings)
    )
    assert exported(parts) == exported(whole)


def test_a_tail_that_is_asked_for_has_no_way_back_and_is_refused_beside_it() -> None:
    with pytest.raises(ValidationError, match="tail is set, but draw is tail-first"):
        Speaker.model_validate(
            {"plays": "user", "method": {"name": "vs", **METHOD}, "tail": {"share": 0.5}}
        )
    with pytest.raises(ValidationError, match="temper flattens the draw by probability"):
        Speaker.model_validate({"plays": "user", "method": {"name": "vs", "temper": 2, **METHOD}})
