"""Run a shipped scenario: two conditions, three simulated people each, one run file."""

import simulate

result = simulate.run_sync("donation", n=3, methods=["direct", "vs"], seed=1)
print(f"{result.completed} dialogues completed, {result.failed} failed, {result.calls} calls")
print(f"everything is in {result.path}; look at it with: simulate view {result.path}")
