"""Every shipped scenario on the embedded model, one dialogue a cell: it runs offline as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulate import run_sync
from simulate.files import shipped
from simulate.scenario import Scenario, load_with_population

FOLDER = shipped.folder("scenarios")
NAMES = [
    name
    for name in shipped.names("scenarios")
    # What is under test where a target speaks is no model of ours, a jury of six takes minutes, and
    # what is asked of negotiators is asked of players, too.
    if name not in ("jury", "negotiation")
    and not name.startswith("donation")
    and "plays: target" not in (FOLDER / f"{name}.yaml").read_text("utf-8")
]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_task_and_game_runs_on_the_embedded_model(tmp_path: Path, name: str) -> None:
    scenario, population = load_with_population(name)
    method = {"vs": scenario.conditions["method"]["vs"].model_dump()}
    data = {**scenario.model_dump(), "conditions": {"method": method}}
    one = Scenario.model_validate({**data, "turns": {**data["turns"], "maximum": 1}})
    result = run_sync(one, n=1, population=population, model="embedded", out=tmp_path / name)
    assert (result.completed, result.failed, result.left) == (1, 0, 0)
