"""How much files and options may ask for: what multiplies is counted before it is built.

No honest study meets these limits; a file that does is refused at once, in one line, and cannot
take hours or the memory of the machine. How large a file may be stands in `simulate.files`.
"""

from __future__ import annotations

import math

from simulate.errors import InputError, quote

MOST_CONDITIONS = 32
MOST_CELLS = 1024
"""Combinations of levels: ten conditions of two levels each."""
MOST_DIALOGUES = 1_000_000
"""Of a run: n × cells. Also personas of one sample."""
MOST_SPEAKERS = 100
MOST_OUTCOMES = 1000
MOST_LEVELS = 1000
"""Words that an outcome can be answered with."""
MOST_BATTERIES = 100
MOST_ITEMS = 200
"""Of one battery."""
MOST_WAVES = 20
"""Times that a battery is asked in a dialogue."""
MOST_CHECKS = 1000
MOST_CONTRASTS = 1000
MOST_EXCLUSIONS = 100
MOST_PHRASES = 1000
"""That end a dialogue; each is looked for in every turn."""
MOST_TEXTS = 20_000
"""Templates of speakers, steps, outcomes and checks, in all cells together; each is rendered when
the scenario is read."""
MOST_TURNS = 1000
"""Of each speaker, in one dialogue."""
MOST_CALLS = 20_000
"""Of one dialogue, where each answer can be read at once."""
MOST_TOKENS = 10_000_000
"""Of one reply."""
MOST_WORDS = 100_000
"""Of one reply, as a dry run assumes it."""

MOST_ATTRIBUTES = 200
MOST_VALUES = 10_000
"""Of one attribute of a population."""

MOST_DRAWS = 100_000
"""Resamples of a comparison."""
MOST_AT_ONCE = 100_000
"""Dialogues, or requests at a host, at once."""
LARGEST_SEED = 2**63 - 1
LARGEST_COUNT = 10**15
"""Tokens, requests a minute, and whatever else a run counts or pays that nothing multiplies; what a
run file holds beyond it is none."""
LONGEST_S = 31_536_000.0
"""Seconds that anything may take: a year."""


def check_number(name: str, value: float, least: float, most: float, advice: str = "") -> None:
    """Refuse a number beyond its limits, or none.

    Args:
        name: of the argument.
        value: what was given; also NaN.
        least: the smallest that is taken.
        most: the largest that is taken.
        advice: what to do, for the message.

    Raises:
        InputError: it is not from `least` to `most`.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{name} is {quote(repr(value), 40)}, it must be a number")
    if not least <= value <= most:
        given = shown(value) if isinstance(value, int) else f"{value:g}"
        raise InputError(
            f"{name} is {given}, it must be from {least:,} to {most:,}{advice and f': {advice}'}"
        )


def shown(count: int) -> str:
    """Return a whole number for a message, however large it is."""
    if abs(count) < 10**20:
        return f"{count:,}"
    return f"{'-' if count < 0 else ''}10^{math.log10(abs(count)):.0f} or so"
