"""Randomness by identity: every random choice is a pure function of what is chosen, and for whom.

A choice is named by (run seed, what is chosen, persona id, replicate, turn index). The name is
hashed with SHA-256 into a `numpy.random.SeedSequence`. Nothing depends on order, clock,
concurrency or the cell, so two cells of one run meet the same random numbers (common random
numbers), and a run repeated with the same model answers gives the same transcripts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import repeat
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEW = 16
"""Names for which one at a time is as quick as all at once."""
AT_ONCE = 8192
"""Names of which all at once take little memory, and no longer than more."""
_NO_WORD = bytes(4)


def _digest(seed: int, what: str, persona: str, replicate: int, turn: int) -> bytes:
    """Hash the name of a choice: the JSON of its parts."""
    said = encode_basestring_ascii
    name = f"[{seed},{said(what)},{said(persona)},{replicate},{turn}]"
    return hashlib.sha256(name.encode()).digest()


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

    entropy = int.from_bytes(_digest(seed, what, persona, replicate, turn), "big")
    return np.random.SeedSequence(entropy)


def uniform(seed: int, what: str, persona: str = "", replicate: int = 0, turn: int = -1) -> float:
    """Return the one u in [0, 1) that belongs to this choice, with 53 random bits."""
    return _uniform(_digest(seed, what, persona, replicate, turn))


def _uniform(name: bytes) -> float:
    """Return the uniform number of a hashed name."""
    import numpy as np

    # The words that numpy would take a large number apart into, the least significant first: a
    # third of the time. Where the last is 0, it would leave it out.
    entropy: int | NDArray[np.uint32] = int.from_bytes(name, "big")
    if name[:4] != _NO_WORD:
        entropy = np.frombuffer(name, ">u4")[::-1].astype(np.uint32)
    low, high = map(int, np.random.SeedSequence(entropy).generate_state(2))
    return ((high << 32 | low) >> 11) * 2.0**-53


def uniforms(
    seed: int, whats: Sequence[str], personas: Iterable[str], replicates: Iterable[int] = repeat(0)
) -> NDArray[np.float64]:
    """Return `uniform(seed, what, persona, replicate)` of many choices, at once.

    The same numbers in a fifteenth of the time: SHA-256 by name, then the mixing that
    `numpy.random.SeedSequence` does (O'Neill's `seed_seq_fe`), for many of them together.

    Args:
        seed: the run's seed.
        whats: what is chosen, for each persona.
        personas: ids, as many as there are columns.
        replicates: one for each of them; without, each is 0.

    Returns:
        A row for each of `whats`, a column for each persona.
    """
    import numpy as np

    said = encode_basestring_ascii
    ends = [f",{said(p)},{i},-1]".encode() for p, i in zip(personas, replicates, strict=False)]
    drawn = np.empty((len(whats), len(ends)))
    at_once = max(AT_ONCE // max(len(ends), 1), 1)
    for first in range(0, len(whats), at_once):
        some = whats[first : first + at_once]
        beginnings = [f"[{seed},{said(what)}".encode() for what in some]
        names = [hashlib.sha256(each + end).digest() for each in beginnings for end in ends]
        drawn[first : first + at_once] = _uniforms(names).reshape(len(some), -1)
    return drawn


def _uniforms(names: list[bytes]) -> NDArray[np.float64]:
    """Return the uniform numbers of hashed names, (n,)."""
    import numpy as np

    if len(names) <= FEW:
        return np.array(list(map(_uniform, names)), float)
    # The least significant word first, as the words of one large number.
    words = np.frombuffer(b"".join(names), ">u4").reshape(-1, 8)[:, ::-1].T.astype(np.uint32)
    low, high = _first_words(words)
    bits = (high.astype(np.uint64) << np.uint64(32) | low) >> np.uint64(11)
    drawn: NDArray[np.float64] = bits.astype(np.float64) * 2.0**-53
    for i in np.flatnonzero(words[-1] == 0):  # a number of fewer words is mixed otherwise
        drawn[i] = _uniform(names[i])
    return drawn


def _first_words(entropy: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return the first two words of the state of `SeedSequence`s of 8 words of entropy, (8, n)."""
    import numpy as np

    constant = 0x43B0D7E5

    def hashed(value: NDArray[np.uint32], factor: int) -> NDArray[np.uint32]:
        nonlocal constant
        value = value ^ np.uint32(constant)
        constant = constant * factor & 0xFFFFFFFF
        value = value * np.uint32(constant)
        return value ^ value >> np.uint32(16)

    def mixed(into: NDArray[np.uint32], value: NDArray[np.uint32]) -> NDArray[np.uint32]:
        value = into * np.uint32(0xCA01F9DD) - value * np.uint32(0x4973F715)
        return value ^ value >> np.uint32(16)

    factor = 0x931E8875
    pool = [hashed(word, factor) for word in entropy[:4]]
    for source in range(4):
        for i in range(4):
            if i != source:
                pool[i] = mixed(pool[i], hashed(pool[source], factor))
    for word in entropy[4:]:
        for i in range(4):
            pool[i] = mixed(pool[i], hashed(word, factor))
    constant, factor = 0x8B51F9DD, 0x58F38DED
    return hashed(pool[0], factor), hashed(pool[1], factor)


def sorting_key(seed: int, what: str, persona: str) -> bytes:
    """Return the key by which personas are sorted into a random order."""
    return _digest(seed, what, persona, 0, -1)


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
    name = _digest(seed, f"call:{what}:{ask}", persona, replicate, turn)
    return int.from_bytes(name[:4], "big") >> 1
