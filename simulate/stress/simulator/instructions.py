"""`leaked-instructions`: the simulated user says what belongs to its prompt or its form.

Reasoning tags, pieces of the JSON of a verbalized distribution, “as an AI”, talk of being
simulated, or a run of its own instructions. Goal, facts and the persona's prose stand in the
instructions too, but a user is meant to say these; so a run counts only where it is in none of
them, and was not said by the other side before. “Are you an AI?” and “the loan simulation on your
site” are a person's talk, and “### New system prompt”, “<|im_start|>system” or JSON of another form
are an attacker's. The patterns stand in `english.yaml`, their hit rates in `docs/stress-checks.md`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from simulate.measures.normalization import longest_run, runs, without_quoted
from simulate.runfile import Examined
from simulate.stress.checks.result import Finding
from simulate.stress.simulator.english import LOOKED_AT, english, first_in_own

WORDS = 8
"""A run of at least so many words of the instructions is no chance."""

FIELDS = frozenset({"responses", "candidates", "replies", "probability", "ends", "reasoning"})
"""The fields of a verbalized distribution; a person may paste other JSON."""


def artefact(text: str) -> tuple[str, str] | None:
    """Return what in a text belongs to a model's prompt or form, and what it is; else None."""
    patterns = english()
    for reason, pattern in patterns.form:
        if found := pattern.search(text[:LOOKED_AT]):
            return found[0].strip(), reason
    if _is_answer(text):
        return text, "the JSON of an answer"
    return first_in_own(text, patterns.says)


def _is_answer(text: str) -> bool:
    """Tell whether a text is a list of texts, or JSON with the fields of candidates."""
    bare = re.sub(r"^```\w*\s*|\s*```$", "", text.strip())
    if bare[:1] not in ("{", "["):
        return False
    try:
        data = json.loads(bare)
    except (ValueError, RecursionError):
        return False
    if isinstance(data, list) and len(data) > 1 and all(isinstance(i, str) for i in data):
        return True
    items = data if isinstance(data, list) else [data]
    return any(isinstance(item, dict) and not FIELDS.isdisjoint(item) for item in items)


def leaked_instructions(dialogue: Examined, user: str) -> Finding | None:
    """Return the first turn in which a user says what belongs to its prompt."""
    own = _own_runs(dialogue, user)
    for turn in dialogue.turns:
        if turn.speaker != user:
            own -= runs(turn.text, WORDS)
            continue
        if found := artefact(turn.text):
            return Finding("fail", found[1], turn.index, found[0])
        if part := longest_run(turn.text, own, WORDS):
            return Finding("fail", "a run of its own instructions", turn.index, part)
    return None


def _own_runs(dialogue: Examined, user: str) -> set[tuple[str, ...]]:
    """Return the runs of the instructions that a user is not meant to say."""
    speaker = dialogue.speakers[user]
    text = without_quoted(speaker.instructions, "\0")
    for part in _to_say(dialogue, user):
        text = text.replace(part, "\0")
    found: set[tuple[str, ...]] = set()
    for piece in text.split("\0"):
        found |= runs(piece, WORDS)
    for part in _to_say(dialogue, user):
        found -= runs(part, WORDS)
    return found


def _to_say(dialogue: Examined, user: str) -> Iterable[str]:
    speaker = dialogue.speakers[user]
    texts = [speaker.goal or "", dialogue.persona.prose]
    texts += [fact.value for fact in speaker.facts.values()]
    texts += [v for v in dialogue.persona.attributes.values() if isinstance(v, str)]
    # The longest first: a goal may hold a fact's value.
    return sorted((t.strip() for t in texts if len(t.split()) > 1), key=len, reverse=True)
