"""Find out a bot that says it is done although its tool failed; the scenario mocks the tools."""

import sys
from pathlib import Path
from typing import Any

import simulate

HERE = Path(__file__).parent


class Bot:
    """A support bot that calls tools, and does not look at what they answer."""

    def __init__(self, session: str) -> None:
        self.order = "A-48213"

    def __call__(self, message: str) -> dict[str, Any]:
        """Look the order up, whatever is said."""
        return self._call("look_up")

    def tool_results(self, calls: list[dict[str, Any]]) -> Any:
        """Go on when the tools have answered: each call has a result, or an error."""
        if calls[-1]["name"] == "look_up":
            return self._call("refund")
        return "Your refund is done."

    def _call(self, tool: str) -> dict[str, Any]:
        return {"tool_calls": [{"name": tool, "arguments": {"order": self.order}}]}


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    target = f"python:{Path(__file__).stem}:Bot"
    result = simulate.stress_test_sync(HERE / "desk.yaml", target=target, n=4, seed=1)
    [cell] = result.analysis.cells
    for rate in cell.rates.checks:
        failed = rate.drawn.failed
        print(f"{rate.check}: {failed.hits} of {failed.n} dialogues fail")
    with result.run.open() as run:
        for part in run.dialogue(0).turns[1].parts:
            print("-", part if isinstance(part, str) else part.told)
