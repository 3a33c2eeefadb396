"""Targets: external systems under test, each reached through the same small protocol."""

from simulate.targets.config import TARGETS, Opening, TargetBase, TargetConfig
from simulate.targets.registry import name_of, open_target, read_target, runs_code
from simulate.targets.target import Said, Session, Target, TargetReply, ToolCall

__all__ = [
    "TARGETS",
    "Opening",
    "Said",
    "Session",
    "Target",
    "TargetBase",
    "TargetConfig",
    "TargetReply",
    "ToolCall",
    "name_of",
    "open_target",
    "read_target",
    "runs_code",
]
