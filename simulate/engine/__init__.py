"""The engine: plan, one dialogue, many dialogues, progress events."""

from simulate.engine.bare_prompt import method_spec, verbalize
from simulate.engine.estimate import Estimate, estimate
from simulate.engine.events import (
    DialogueEnded,
    DialogueStarted,
    EndpointBatch,
    EndpointLearnt,
    EndpointNoticed,
    Event,
    Listener,
    RunEnded,
    RunStarted,
    TurnTaken,
)
from simulate.engine.plan import Plan, make_plan, with_methods
from simulate.engine.prepare import plan_of
from simulate.engine.run_result import RunResult
from simulate.engine.simulation import new_run_path, run
from simulate.engine.targets import refuse_unnamed
from simulate.synchronous import twin

__all__ = [
    "DialogueEnded",
    "DialogueStarted",
    "EndpointBatch",
    "EndpointLearnt",
    "EndpointNoticed",
    "Estimate",
    "Event",
    "Listener",
    "Plan",
    "RunEnded",
    "RunResult",
    "RunStarted",
    "TurnTaken",
    "estimate",
    "make_plan",
    "method_spec",
    "new_run_path",
    "plan_of",
    "refuse_unnamed",
    "run",
    "run_sync",
    "verbalize",
    "verbalize_sync",
    "with_methods",
]

run_sync = twin(run)
verbalize_sync = twin(verbalize)
