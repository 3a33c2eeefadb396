"""How the user called us, so that a command that is suggested can be copied as it stands."""

from __future__ import annotations

import os


def called() -> str:
    """Return what commands begin with: `simulate`, or `uv run simulate` where uv has begun it."""
    return "uv run simulate" if os.environ.get("UV_RUN_RECURSION_DEPTH") else "simulate"
