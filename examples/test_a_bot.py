"""The bot of `stress_test_a_bot.py` as a test with a gate: uv run pytest examples/test_a_bot.py."""

import pytest

import simulate


@pytest.mark.simulate(
    scenario="refund.yaml",
    target="python:stress_test_a_bot:reply",
    n=5,
    max_failure_rate=0.9,
    gate="point",  # by default the interval's upper end counts, which asks for a larger n
)
def test_refunds(simulation: simulate.StressResult) -> None:
    [cell] = simulation.analysis.cells
    assert cell.rates.faults == {}
