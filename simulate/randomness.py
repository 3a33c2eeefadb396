"""Randomness by identity: every random choice is a pure function of what is chosen, and for whom.

A choice is named by (run seed, what is chosen, persona id, replicate, turn index). The name is
hashed with SHA-256 into a `numpy.random.SeedSequence`. Nothing depends on order, clock,
concurrency or the cell, so two cells of one run meet the same random numbers (common random
numbers), and a run repeated with the same model answers gives the same transcripts.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_ENCODER = json.JSONEncoder(separators=(",", ":"))


def _digest(parts: tuple[object, ...]) -> bytes:
    return hashlib.sha256(_ENCODER.encode(parts).encode()).digest()


def seed_sequence(
    seed: int, what: str, persona: str = "", replicate: int = 0, turn: int = -1
) -> np.random.SeedSequence:
    """Return the seed sequence of one random choice.

    Args:
        seed: the run's seed.
        what: what is chosen, for example `"reply"` or `"persona"`.
        persona: the persona's id, empty where no persona is concerned.
        replicate: the n-th dialogue of the same cell and persona, from 0.
        turn: the turn index from 0; -1 where no turn is concerned.
    """
    import numpy as np

    entropy = int.from_bytes(_digest((seed, what, persona, replicate, turn)), "big")
    return np.random.SeedSequence(entropy)


def uniform(seed: int, what: str, persona: str = "", replicate: int = 0, turn: int = -1) -> float:
    """Return the one u in [0, 1) that belongs to this choice, with 53 random bits."""
    import numpy as np

    word = seed_sequence(seed, what, persona, replicate, turn).generate_state(1, np.uint64)[0]
    return (int(word) >> 11) * 2.0**-53


def sorting_key(seed: int, what: str, persona: str) -> bytes:
    """Return the key by which personas are sorted into a random order."""
    return _digest((seed, what, persona, 0, -1))


def generator(
    seed: int, what: str, persona: str = "", replicate: int = 0, turn: int = -1
) -> np.random.Generator:
    """Return a generator for a choice that needs many random numbers, such as a bootstrap."""
    import numpy as np

    return np.random.default_rng(seed_sequence(seed, what, persona, replicate, turn))


def call_seed(
    seed: int, what: str, persona: str = "", replicate: int = 0, turn: int = -1, ask: int = 0
) -> int:
    """Return the `seed` (0 ≤ seed < 2³¹) that is sent along with one model call."""
    parts = (seed, f"call:{what}:{ask}", persona, replicate, turn)
    return int.from_bytes(_digest(parts)[:4], "big") >> 1
