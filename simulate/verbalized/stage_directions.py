"""Stage directions: what a model writes of somebody who acts, where people only write.

“*smiles* Sure”, “(pauses) Well…” and “Sure. [shrugs]”: that is nothing that was said. English only,
and a closed list of verbs, since *emphasis*, (asides) and [notes] have the same form: of 20,932
turns of people two begin as a direction might, “**laughing**” and “(Inserts high five)”, and both
stay. A direction stands in one pair of marks, at the beginning of a text or after the end of a
sentence, and says nothing in the first person.
"""

from __future__ import annotations

import re

from simulate.verbalized.markup import joined


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


def _third(verb: str) -> str:
    if verb.endswith("y") and verb[-2] not in "aeou":
        return f"{verb[:-1]}ies"
    return verb + ("es" if verb.endswith(("ch", "s", "sh")) else "s")


def _gerund(verb: str) -> str:
    doubled = verb in ("grin", "hum", "nod", "shrug", "sob")
    return verb.removesuffix("e") + verb[-1] * doubled + "ing"


_NAMES = _words(
    """beam blink blush chuckle cough cringe cry exhale facepalm fidget frown gasp gaze giggle glare
    grimace grin groan gulp hesitate hum inhale laugh moan mumble mutter nod pause pout scoff shiver
    shrug shudder sigh smile smirk sneer snicker sniff sniffle snort sob squint stammer stare
    stutter swallow tremble wave whimper whisper wince wink yawn"""
)
"""What shows on a person, and is seldom what a chat is about."""
_SHOWS = frozenset(form(verb) for verb in _NAMES for form in (_third, _gerund))
_INTERJECTIONS = _words(
    """chuckle cough facepalm gasp giggle grin groan gulp nod shrug shudder sigh smirk sniff sob
    wink yawn"""
)
"""Of these the bare form, too, in asterisks or brackets."""
_DOES = frozenset(
    map(
        _third,
        _words(
            """adjust bite bow check clear close cross disconnect drink drum fold glance grab hang
            hold hug leave lean lift log look lower nudge open pat pick point press pull push put
            raise reach read rest roll rub scratch scroll set shake shift sip sit stand step
            straighten take tap think throw tilt turn type wait walk wipe"""
        ),
    )
)
"""What a person does: with what it is done to, which is of the body in parentheses."""
_BODY = _words(
    """arm arms away breath chin eye eyebrow eyebrows eyes finger fingers hair hand hands head lip
    lips neck nose shoulder shoulders throat"""
)
_PAUSES = _words("beat break laughter pause silence")
_QUALITIES = _words(
    """a an the awkward big brief deep heavy little long nervous quick quiet sad short slight small
    soft tired weary wry"""
)
_NO_OBJECT = _words("are good great is like of one or that was well were which")
_A_WHILE = _words("beat bit minute moment second while")

_MARKED = re.compile(
    r"(?P<opens>[*_(\[])(?P<words>[^\W\d_][^*_()\[\]\n]{2,79})(?P<closes>[*_)\]])[.,:;!?…]{0,3}"
)
_PAIRS = frozenset({"**", "__", "()", "[]"})
_ENDS_SENTENCE = re.compile(
    r"(?:[.!?…。！？~\n\"”»)\]\u2600-\u27bf\U0001f300-\U0001faff\ufe0f])\s{0,9}\Z"
)
_GOES_ON = re.compile(r"\s{1,9}(?:all|and|are|for|from|is|of|or|that|was|were)\b", re.IGNORECASE)
_FIRST_PERSON = re.compile(r"\b(?:i|me|my|mine|myself|we|us|our)\b", re.IGNORECASE)


def without_directions(text: str) -> str:
    """Return a text without its stage directions; the very text where there are none."""
    if "*" not in text and "(" not in text and "[" not in text and "_" not in text:
        return text
    kept: list[str] = []
    at = 0
    for found in _MARKED.finditer(text):
        start, end = found.span()
        before = text[max(at, start - 10) : start]
        begins = start - at <= len(before) and not before.strip()
        if (
            found["opens"] + found["closes"] in _PAIRS
            and (begins or _ENDS_SENTENCE.search(before))
            and (end == len(text) or text[end].isspace())
            and _is_direction(found["words"], found["opens"], goes_on=_GOES_ON.match(text, end))
        ):
            kept.append(text[at:start])
            at = end
    if not at:
        return text
    return joined([*kept, text[at:]])


def _is_direction(written: str, opens: str, *, goes_on: object) -> bool:
    words = written.lower().replace(",", " ").split()
    first = next((i for i, word in enumerate(words) if not _qualifies(word)), len(words) - 1)
    verb, rest = words[first].strip(".…!"), words[first + 1 :]
    if first > 2 or _FIRST_PERSON.search(written):
        return False
    if rest[:1] == ["for"] and _A_WHILE.isdisjoint(rest):
        return False
    if verb in _PAUSES:
        return first > 0 or opens in "([" or verb in ("beat", "pause")
    if rest:
        does = verb in _DOES and (opens != "(" or not _BODY.isdisjoint(rest))
        return (verb in _SHOWS or does) and rest[0] not in _NO_OBJECT
    named = verb in _NAMES if first else verb in _INTERJECTIONS and opens != "("
    return (verb in _SHOWS or named) and not goes_on


def _qualifies(word: str) -> bool:
    return word in _QUALITIES or word.endswith("ly")
