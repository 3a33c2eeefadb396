"""The engine: plan, one dialogue, many dialogues, progress events."""

from simulate.engine.events import (
    DialogueEnded,
    DialogueStarted,
    EndpointLearnt,
    Event,
    Listener,
    RunEnded,
    RunStarted,
    TurnTaken,
)
from simulate.engine.plan import Plan, make_plan, with_methods
from simulate.engine.run import RunResult, run
from simulate.engine.verbalize import verbalize

__all__ = [
    "DialogueEnded",
    "DialogueStarted",
    "EndpointLearnt",
    "Event",
    "Listener",
    "Plan",
    "RunEnded",
    "RunResult",
    "RunStarted",
    "TurnTaken",
    "make_plan",
    "run",
    "verbalize",
    "with_methods",
]
