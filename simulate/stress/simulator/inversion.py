"""`role-inversion`: the simulated user speaks as the assistant.

It offers help, apologises in the company's name, asks the customer for the order number, thanks
for contacting, or says again, nearly word for word, what the other side said.

A person's own helplessness or politeness is none of these: “can you help me”, “sorry for the
trouble”, “can I get your name”. So each pattern of `english.yaml` is a whole phrase of a service
desk; in other languages only the repetition is found. It finds what it names and nothing like it:
see `docs/stress-checks.md`.
"""

from __future__ import annotations

from simulate.measures.normalization import flat, without_quoted, words
from simulate.runfile import Examined
from simulate.stress.checks.result import Finding
from simulate.stress.simulator.english import english, first_in_own

ALIKE = 92.0
"""From this ratio (rapidfuzz, 0 to 100) on, a turn repeats another."""

FEWEST_WORDS = 9
"""Shorter turns, such as “Thank you, have a nice day”, may be alike by chance."""

COMPARED = 2_000
"""How many characters of a turn are compared."""


def speaks_as_assistant(text: str) -> tuple[str, str] | None:
    """Return the phrase of a service desk in a text and what it does; None without one."""
    return first_in_own(text, english().service)


def role_inversion(dialogue: Examined, user: str) -> Finding | None:
    """Return the first turn in which a user speaks as the other side."""
    from rapidfuzz import fuzz

    others: list[str] = []
    for turn in dialogue.turns:
        if turn.speaker != user:
            if len(words(turn.text)) >= FEWEST_WORDS:
                others.append(flat(turn.text[:COMPARED]).text.strip())
            continue
        if found := speaks_as_assistant(turn.text):
            return Finding("fail", found[1], turn.index, found[0])
        # A user who quotes the other side does so in quotation marks, or adds words of its own.
        said = flat(without_quoted(turn.text)[:COMPARED]).text.strip()
        if any(fuzz.ratio(said, other, score_cutoff=ALIKE) > 0 for other in others):
            return Finding("fail", "it repeats what the other side said", turn.index, turn.text)
    return None
