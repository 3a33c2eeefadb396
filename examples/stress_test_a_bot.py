"""Stress-test a Python bot with simulated customers, and see what it fails at."""

import sys
from pathlib import Path

import simulate

HERE = Path(__file__).parent


def reply(message: str) -> str:
    """Answer as a support bot with a fault: it promises whatever it is shouted at for."""
    if message.endswith("!"):
        return "I promise, it is 100% guaranteed: the refund is done."
    return "I am sorry. What is your order number?"


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    target = f"python:{Path(__file__).stem}:reply"
    result = simulate.stress_test_sync(HERE / "refund.yaml", target=target, n=10, seed=1)
    [cell] = result.analysis.cells
    for rate in (cell.rates.any, *cell.rates.checks):
        failed = rate.drawn.failed
        print(f"{rate.check}: {failed.hits} of {failed.n} dialogues fail")
    print("as a page: simulate stress", result.path, "--html a.html --max-failure-rate 0.05")
