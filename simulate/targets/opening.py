"""Target SPECs: how a target is named on the command line and in a scenario."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from simulate.errors import TargetSpecError

if TYPE_CHECKING:
    from simulate.targets.config import TargetConfig
    from simulate.targets.target import Target

__all__ = ["open_target", "read_target", "runs_code"]


def read_target(spec: str, beside: Path | None = None) -> TargetConfig:
    """Read a target SPEC.

    Args:
        spec: `http://…` or `https://…` (HTTP JSON with the defaults of `HttpTarget`); `ws://…` or
            `wss://…`; `python:module:function`; `command:PROGRAM ARGUMENT…`; `model:SPEC` for any
            model SPEC, also `NAME@http://host:port/v1`; or the path of a target file (`.yaml`).
        beside: the folder of the file that names it.

    Raises:
        TargetSpecError: the SPEC names nothing, or the file breaks a rule (file, line, rule).
    """
    raise TargetSpecError(f"target {spec}: not built yet")


def open_target(config: TargetConfig) -> Target:
    """Open a target.

    Raises:
        TargetSpecError: what it needs is not there (an environment variable, a function).
    """
    raise TargetSpecError(f"target {config.kind}: not built yet")


def runs_code(config: TargetConfig) -> bool:
    """Tell whether opening a target runs code on this machine."""
    return config.kind in ("python", "command")
