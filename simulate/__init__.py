"""Dialogue and persona simulation with verbalized sampling.

    import simulate

    result = await simulate.run("donation", n=20, model="gpt-4.1-mini")
    with result.open() as run:
        for dialogue in run.read():
            ...

    print(simulate.compare(result.path))

    distribution = await simulate.verbalize("Tell me a joke about coffee", k=5)

    result = await simulate.stress_test("support-refund", target="http://localhost:8000/chat")
    print(result.analysis.cells[0].rates.any)

In a script without an event loop, use `run_sync`, `stress_test_sync` and `verbalize_sync`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

# isort: off
if TYPE_CHECKING:  # `X as X` re-exports a name to type checkers
    from simulate.attacks import Attacks as Attacks, generate_attacks as generate_attacks
    from simulate.attacks import generate_attacks_sync as generate_attacks_sync
    from simulate.calibration.api import calibrate as calibrate, calibrate_sync as calibrate_sync
    from simulate.calibration.result import Calibration as Calibration
    from simulate.calibration.wordings import Wordings as Wordings, wordings as wordings
    from simulate.calibration.wordings import wordings_sync as wordings_sync
    from simulate.comparison import Comparison as Comparison, compare as compare
    from simulate.comparison.leverage import Leverage as Leverage, explore as explore
    from simulate.comparison.leverage import explore_sync as explore_sync
    from simulate.comparison.multiverse import Multiverse as Multiverse, multiverse as multiverse
    from simulate.comparison.multiverse import multiverse_sync as multiverse_sync
    from simulate.comparison.prediction_powered import PredictionPowered as PredictionPowered
    from simulate.comparison.prediction_powered import ppi as ppi
    from simulate.engine.branching import BranchResult as BranchResult, branch as branch
    from simulate.engine.branching import branch_sync as branch_sync
    from simulate.comparison.reweighing import Reweighed as Reweighed, reweigh as reweigh
    from simulate.engine import RunResult as RunResult, run as run, run_sync as run_sync
    from simulate.engine.merging import MergeResult as MergeResult, merge as merge
    from simulate.engine import verbalize as verbalize, verbalize_sync as verbalize_sync
    from simulate.errors import SimulateError as SimulateError
    from simulate.models import ChatModel as ChatModel, ChatReply as ChatReply
    from simulate.models import ChatRequest as ChatRequest, ScriptedModel as ScriptedModel
    from simulate.models import ModelSettings as ModelSettings, open_model as open_model
    from simulate.population import Persona as Persona, Population as Population
    from simulate.population import load_population as load_population
    from simulate.runfile import Dialogue as Dialogue, RunReader as RunReader, Turn as Turn
    from simulate.runfile import open_run as open_run
    from simulate.scenario import Scenario as Scenario, load_scenario as load_scenario
    from simulate.stress.api import StressResult as StressResult, stress_test as stress_test
    from simulate.stress.api import stress_test_sync as stress_test_sync
    from simulate.stress.transcripts import check_transcripts as check_transcripts
    from simulate.stress.transcripts import check_transcripts_sync as check_transcripts_sync
    from simulate.targets import Session as Session, Target as Target, TargetReply as TargetReply
    from simulate.targets import ToolCall as ToolCall, open_target as open_target
    from simulate.targets import read_target as read_target
    from simulate.verbalized import Candidate as Candidate, MethodSpec as MethodSpec
    from simulate.verbalized import ReplyDistribution as ReplyDistribution
# isort: on

_NAMES = {
    "attacks": "Attacks generate_attacks generate_attacks_sync",
    "calibration.api": "calibrate calibrate_sync",
    "calibration.result": "Calibration",
    "calibration.wordings": "Wordings wordings wordings_sync",
    "comparison": "Comparison compare",
    "comparison.leverage": "Leverage explore explore_sync",
    "comparison.multiverse": "Multiverse multiverse multiverse_sync",
    "comparison.prediction_powered": "PredictionPowered ppi",
    "engine.branching": "BranchResult branch branch_sync",
    "comparison.reweighing": "Reweighed reweigh",
    "engine": "RunResult run run_sync verbalize verbalize_sync",
    "engine.merging": "MergeResult merge",
    "errors": "SimulateError",
    "models": "ChatModel ChatReply ChatRequest ModelSettings ScriptedModel open_model",
    "population": "Persona Population load_population",
    "runfile": "Dialogue RunReader Turn open_run",
    "scenario": "Scenario load_scenario",
    "stress.api": "StressResult stress_test stress_test_sync",
    "stress.transcripts": "check_transcripts check_transcripts_sync",
    "targets": "Session Target TargetReply ToolCall open_target read_target",
    "verbalized": "Candidate MethodSpec ReplyDistribution",
}
_ROOMS = {name: room for room, names in _NAMES.items() for name in names.split()}
__all__ = sorted(_ROOMS)  # noqa: PLE0605

if not TYPE_CHECKING:  # so that type checkers know every name, and no other

    def __getattr__(name):
        """Import a public name when it is first used, so that `import simulate` is quick."""
        if name not in _ROOMS:
            raise AttributeError(f"module “simulate” has no attribute “{name}”")
        value = getattr(import_module(f"simulate.{_ROOMS[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__
