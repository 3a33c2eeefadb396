"""Where imported references lie."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def home() -> Path:
    """Return the folder of imported references.

    `SIMULATE_REFERENCES`, else `simulate/references` in the user's folder of data.
    """
    own = os.environ.get("SIMULATE_REFERENCES")
    if own:
        return Path(own)
    return platformdirs.user_data_path("simulate", appauthor=False) / "references"
