"""Targets: external systems under test, each reached through the same small protocol."""

from simulate.targets.config import TARGETS, Opening, TargetBase, TargetConfig
from simulate.targets.registry import open_target, read_target
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
    "open_target",
    "read_target",
]
