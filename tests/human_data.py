"""Where the official PersuasionForGood files lie, for tests that need them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

__all__ = ["DATA", "OFFICIAL", "needs_games", "needs_official"]

_ENV = os.environ.get("SIMULATE_PERSUASIONFORGOOD")
_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data" / "persuasionforgood"
OFFICIAL = Path(_ENV) if _ENV else _BESIDE

needs_official = pytest.mark.skipif(
    not (OFFICIAL / "full_info.csv").is_file(),
    reason="the official PersuasionForGood files are not here; set SIMULATE_PERSUASIONFORGOOD",
)

DATA = OFFICIAL.parent
needs_games = pytest.mark.skipif(
    not (DATA / "casino" / "outcomes.csv").is_file(),
    reason="the data of CaSiNo and MobLab do not lie beside the PersuasionForGood files",
)
