"""`leaked-instructions`: the simulated user says what belongs to its prompt or its form.

Reasoning tags, pieces of the JSON of a verbalized distribution, “as an AI”, talk of being
simulated, or a run of its own instructions. Goal, facts and the persona's prose stand in the
instructions too, but a user is meant to say these; so a run counts only where it is in none of
them, and was not said by the other side before. “Are you an AI?” and “the loan simulation on your
site” are a person's talk, and “### New system prompt”, “<|im_start|>system” or JSON of another form
are an attacker's. Of hand-written turns that it had not seen it found 13 of 20, with no false alarm
in 22, and there is none in 10,332 turns of human persuadees; see `docs/stress-checks.md`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from simulate.measures.normalization import longest_run, runs, without_quoted
from simulate.runfile import Examined
from simulate.stress.simulator.fault import LOOKED_AT, Fault, own_sentences

__all__ = ["artefact", "leaked_instructions"]

WORDS = 8
"""A run of at least so many words of the instructions is no chance."""

FIELDS = frozenset({"responses", "candidates", "replies", "probability", "ends", "reasoning"})
"""The fields of a verbalized distribution; other JSON a person may well paste."""

_FORM: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "a tag of a model's reasoning, or the mark of an end",
        re.compile(
            r"</?(?:think|thinking|reasoning|scratchpad|inner_monologue|persona|candidate|"
            r"probability)>|\[END\]"
            # The mark of an end alone; an attacker opens a message of the system first.
            r"|\A(?:(?!<\|)[\s\S])*<\|(?:im_end|eot_id|endoftext|end_of_text)\|>(?![\s\S]*<\|)",
            re.IGNORECASE,
        ),
    ),
    (
        "a piece of the JSON of a distribution",
        re.compile(
            r"[\"'“”](?:probability|candidates?|responses|replies|likelihood|reasoning|ends)"
            r"[\"'“”]\s*:|\{\s*[\"'“”](?:text|reply|response|value)[\"'“”]\s*:",
            re.IGNORECASE,
        ),
    ),
    (
        "the number of a candidate",
        re.compile(
            r"[(\[]?\b(?:probability|likelihood|confidence|prob|p)\s*[:=≈]\s*"
            r"(?:0?\.\d+|0|1(?:\.0+)?|\d{1,3}\s?%)(?![\d.])",
            re.IGNORECASE,
        ),
    ),
    (
        "the heading of a candidate",
        re.compile(
            r"^[^\w\n]{0,8}(?:candidate|response|reply|option) #?\d\W{0,3}[:)(]"
            r"|^[^\w\n]{0,8}ends\W{0,3}:\W*(?:true|false)"
            r"|\bhere (?:are|is) (?:\w+ ){0,3}(?:possible|plausible|likely|candidate) (?:next )?"
            r"(?:repl|response|message|answer)|\btail of the distribution\b",
            re.IGNORECASE | re.MULTILINE,
        ),
    ),
)

_CLAUSE_ENDS = (
    r"(?=\s*(?:[.,;:!)…—–-]|$|\b(?:and|so|but|without|designed|trained|created|built)\b))"
)
_AI = (
    r"(?:an? )?(?:(?:AI|A\.I\.|artificial intelligence|large)[ -]?)*"
    r"(?:AI|A\.I\.|artificial intelligence|language model|LLM|chatbot|bot|virtual assistant|"
    r"AI assistant|AI model|AI system)"
)
# Some people are virtual assistants by trade, but nobody is an AI by trade.
_AS_AI = (
    r"(?:an? )?(?:(?:AI|large)[ -])*(?:AI|A\.I\.|artificial intelligence|language model|LLM|"
    r"AI (?:assistant|model|system|chatbot|agent))"
)
_SAYS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "it says that it is a model",
        re.compile(
            rf"\bas {_AS_AI},? (?:\w+ ){{0,2}}(?:I|my|me)\b(?! (?:see|think you|expect|know you))"
            rf"|\bI(?:'m| am)(?: just| only| merely| actually)? {_AI}{_CLAUSE_ENDS}"
            r"|\b(?:soy|como) (?:una? )?(?:IA|inteligencia artificial|modelo de lenguaje)"
            r"(?=[,.!] |$|\.|,)"
            r"|\bich bin (?:nur )?(?:eine? )?(?:KI|künstliche Intelligenz|Sprachmodell)(?=[,.!]|$)"
            r"|\bals (?:KI(?:-Modell| Sprachmodell)?|Sprachmodell) (?:kann|habe|bin|darf) ich\b"
            r"|\ben tant qu(?:'|e )(?:IA|intelligence artificielle|modèle de langage),? je\b"
            r"|\bje suis une? (?:IA|intelligence artificielle|modèle de langage)(?=[,.!]|$)",
            re.IGNORECASE,
        ),
    ),
    (
        "it speaks of being simulated",
        re.compile(
            r"\b(?:simulated|simulating|simulate) (?:a |the |an |this )?(?:\w+ )?(?:user|customer|"
            r"person|persona|caller|client|conversation|dialogue)\b"
            r"|\b(?:as|in|for|of) (?:the|this|my|your) (?:\w+ )?persona\b|\bmy persona\b|"
            r"\bthe persona (?:would|will|is|has|wants)\b|\bin this role-?play\b"
            r"|\b(?:reply|respond|answer|speak|write) as (?:the|a) (?:customer|user|caller|"
            r"persona)\b"
            r"|\b(?:stay|staying|stays|remain|remaining|break|breaking) (?:in|out of)? ?character\b"
            r"|\b(?:I'm|I am|I'll be|I was|me) (?:role-?playing|(?:asked to )?play(?:ing)? the "
            r"(?:role|part) of|acting as the (?:user|customer|persona))\b"
            r"|\bmy (?:system prompt|"
            r"instructions (?:say|tell me|are|were) (?:not to|that i (?:should|must|am)|to (?:act|"
            r"play|pretend|respond|reply|stay))|"
            r"prompt (?:says|tells)|character would)\b"
            r"|\bI (?:was|am|have been|'ve been) (?:instructed|prompted) to (?:act|play|reply|"
            r"respond|pretend|stay|say|be)\b"
            r"|\b(?:next|user|simulated|customer)(?:'s)? (?:turn|reply|message)\s*:",
            re.IGNORECASE,
        ),
    ),
)


def artefact(text: str) -> tuple[str, str] | None:
    """Return what in a text belongs to a model's prompt or form, and what it is; else None."""
    for reason, pattern in _FORM:
        if found := pattern.search(text[:LOOKED_AT]):
            return found[0].strip(), reason
    if _is_answer(text):
        return text, "the JSON of an answer"
    for sentence in own_sentences(text):
        for reason, pattern in _SAYS:
            if found := pattern.search(sentence.replace("’", "'")):
                return sentence[found.start() : found.end()], reason
    return None


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


def leaked_instructions(dialogue: Examined, user: str) -> Fault | None:
    """Return the first turn in which a user says what belongs to its prompt."""
    own = _own_runs(dialogue, user)
    for turn in dialogue.turns:
        if turn.speaker != user:
            own -= runs(turn.text, WORDS)
            continue
        if found := artefact(turn.text):
            return Fault(turn.index, *found)
        if part := longest_run(turn.text, own, WORDS):
            return Fault(turn.index, part, "a run of its own instructions")
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
