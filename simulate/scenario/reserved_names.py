"""Names that a scenario cannot give away, because something else goes by them."""

from __future__ import annotations

JUDGE = "judge"
"""By this name the model of judges is given (`--speaker-model judge=…`) and its calls are kept."""
