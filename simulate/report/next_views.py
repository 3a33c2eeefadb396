"""The views that say more than the answer: data alone, which the keys of the terminal UI need."""

from __future__ import annotations

NEXT = (
    ("v", "Typical and tail", "what most say, and what few say"),
    ("t", "Tree", "other replies, and which turn decided"),
    ("w", "Twins", "the same person in two cells, side by side"),
    ("g", "Groups", "for whom it differs"),
    ("2", "Distributions", "all distances, with floors and intervals"),
    ("3", "Failures", "what failed, and what was repaired"),
)
"""Key, name and question of the views that say more."""
