"""Every shipped scenario on the embedded model, one dialogue a cell: it runs offline as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulate import run_sync
from simulate.files import shipped
from simulate.scenario import Scenario, load_with_population


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_shipped_task_and_game_runs_on_the_embedded_model(tmp_path: Path) -> None:
    """One run with all speakers of a kind would hide which fails, so each is a run of its own."""
    failed = []
    for name in shipped.names("scenarios"):
        if name.startswith("donation"):
            continue
        scenario, population = load_with_population(name)
        if any(speaker.plays == "target" for speaker in scenario.speakers.values()):
            continue  # what is under test there is no model of ours
        # Where many speak, and more than once, that would take minutes.
        level = "direct" if len(scenario.speakers) > 2 else "vs"
        method = {level: scenario.conditions["method"][level].model_dump()}
        data = {**scenario.model_dump(), "conditions": {"method": method}}
        one = Scenario.model_validate({**data, "turns": {**data["turns"], "maximum": 1}})
        result = run_sync(one, n=1, population=population, model="embedded", out=tmp_path / name)
        if result.failed or result.left:
            failed.append((name, result))
    assert not failed
