"""Dialogue and persona simulation with verbalized sampling.

    import simulate

    result = await simulate.run("donation", n=20, model="gpt-4.1-mini")
    with result.open() as run:
        for dialogue in run.dialogues():
            ...

    print(simulate.compare(result.path))

    distribution = await simulate.verbalize("Tell me a joke about coffee", k=5)

    result = await simulate.stress_test("support-refund", target="http://localhost:8000/chat")
    print(result.analysis.cells[0].rates.any)

In a script without an event loop, use `run_sync`, `stress_test_sync` and `verbalize_sync`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulate.compare import Comparison, compare
    from simulate.engine import RunResult, run, run_sync, verbalize, verbalize_sync
    from simulate.errors import SimulateError
    from simulate.models import ChatModel, ChatReply, ChatRequest, ScriptedModel, open_model
    from simulate.population import Persona, Population, load_population
    from simulate.runfile import RunReader, open_run
    from simulate.scenario import Scenario, load_scenario
    from simulate.stress.api import StressResult, stress_test, stress_test_sync
    from simulate.targets import Session, Target, TargetReply, ToolCall, open_target, read_target
    from simulate.verbalized import Candidate, MethodSpec, ReplyDistribution

_ROOMS = {
    "Candidate": "verbalized",
    "ChatModel": "models",
    "ChatReply": "models",
    "ChatRequest": "models",
    "Comparison": "compare",
    "MethodSpec": "verbalized",
    "Persona": "population",
    "Population": "population",
    "ReplyDistribution": "verbalized",
    "RunReader": "runfile",
    "RunResult": "engine",
    "Scenario": "scenario",
    "ScriptedModel": "models",
    "Session": "targets",
    "SimulateError": "errors",
    "StressResult": "stress.api",
    "Target": "targets",
    "TargetReply": "targets",
    "ToolCall": "targets",
    "compare": "compare",
    "load_population": "population",
    "load_scenario": "scenario",
    "open_model": "models",
    "open_run": "runfile",
    "open_target": "targets",
    "read_target": "targets",
    "run": "engine",
    "run_sync": "engine",
    "stress_test": "stress.api",
    "stress_test_sync": "stress.api",
    "verbalize": "engine",
    "verbalize_sync": "engine",
}

__all__ = [
    "Candidate",
    "ChatModel",
    "ChatReply",
    "ChatRequest",
    "Comparison",
    "MethodSpec",
    "Persona",
    "Population",
    "ReplyDistribution",
    "RunReader",
    "RunResult",
    "Scenario",
    "ScriptedModel",
    "Session",
    "SimulateError",
    "StressResult",
    "Target",
    "TargetReply",
    "ToolCall",
    "compare",
    "load_population",
    "load_scenario",
    "open_model",
    "open_run",
    "open_target",
    "read_target",
    "run",
    "run_sync",
    "stress_test",
    "stress_test_sync",
    "verbalize",
    "verbalize_sync",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import simulate` is quick."""
    if name not in _ROOMS:
        raise AttributeError(f"module “simulate” has no attribute “{name}”")
    value = getattr(import_module(f"simulate.{_ROOMS[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
