"""`invented-facts`: the simulated user says a value that its facts do not give it.

Only where a fact says what its values look like: `looks_like: "[A-Z]{2}-[0-9]{4}"` beside the value
`AB-1234`. Another text of that form is made up, unless the other side said it before or it stands
in what the user was told (goal, instructions, persona, another fact). Case, separators and white
space do not count, and a piece of a longer number or word is no value. A pattern that lets white
space in, such as `[A-Za-z]{2}[- ]?[0-9]{4}`, also fits “at 0171”; so where the fact's own value is
of one piece, one of several counts only where its letters are capitals, and not all around are.
"""

from __future__ import annotations

from simulate.files.patterns import LONGEST, find_all
from simulate.measures.normalization import flat
from simulate.runfile import Examined
from simulate.stress.checks.result import Finding


def _letters(text: str) -> str:
    return flat(text, keep="letters").text


def _chance(value: str, text: str) -> bool:
    """Tell whether a value of several pieces may be ordinary words beside a number."""
    if not any(c.isspace() for c in value):
        return False
    return value != value.upper() or (text == text.upper() and len(text) > 2 * len(value))


def invented_facts(dialogue: Examined, user: str) -> Finding | None:
    """Return the first turn in which a user says a made-up value.

    Raises:
        PatternTooSlowError: a fact's pattern cannot be searched for in time.
    """
    speaker = dialogue.speakers[user]
    told = [speaker.goal or "", speaker.instructions, dialogue.persona.prose]
    told += [str(value) for value in dialogue.persona.attributes.values() if value is not None]
    told += [f.value for s in dialogue.speakers.values() for f in s.facts.values()]
    known: list[str] = []
    for turn in dialogue.turns:
        if turn.speaker != user:
            told.append(turn.text[:LONGEST])
            continue
        for name, fact in speaker.facts.items():
            if fact.looks_like is None:
                continue
            for found in find_all(fact.looks_like, turn.text):
                start, end = found.span()
                value = _letters(found[0])
                part = turn.text[start - 1 : start].isalnum() or turn.text[end : end + 1].isalnum()
                if not value or part:
                    continue
                if len(fact.value.split()) == 1 and _chance(found[0], turn.text):
                    continue
                known += map(_letters, told[len(known) :])
                if any(value in text for text in known):
                    continue
                reason = f"no value of its fact “{name}”, and new"
                return Finding("fail", reason, turn.index, found[0])
    return None
