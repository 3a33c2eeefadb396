"""What a speaker says in a text: its own words, without a label before them.

A model may write its reply as a script has it, “Persuadee: Not today.” The label is taken off where
it is the speaker's own. A text in which somebody else speaks too, or in which it cannot be told who
does, is refused: whatever was cut, words would be lost or given to the wrong person. Only a known
name at the beginning of a line counts, so that “Note: …” and code stay as they are. Quotation marks
around all of it, stage directions, and the mark of a prompt that a model repeats, are not said
either; see `quotation`, `stage_directions`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from simulate.errors import ParseError, quote
from simulate.verbalized.markup import in_fence, without_markup
from simulate.verbalized.quotation import unquoted
from simulate.verbalized.stage_directions import without_directions

# Each part is bounded or possessive, so that a line is read once.
_LABEL = re.compile(
    r"(?P<fence>```)"
    r"|^[ \t]*+(?P<before>[*_#\[(<]{0,5}+)[ \t]*+(?P<name>\w[^\n:：\[\]()<>*]{0,80}+)"
    r"(?:\([^()\n]{0,80}+\)[ \t]*+)?(?P<after>[*_\])>]{0,5}+)[ \t]*+(?P<colon>[:：]?)[*_]{0,3}+"
    r"[ \t]*+",
    re.MULTILINE,
)
_INLINE = re.compile(
    r"(?:(?<=[^\W\d_][.!?…])|(?<=[!?。！？\"”»)]))[ \t]*+[*_\[]{0,3}+"
    r"(?P<name>\w[^\n:：.!?…\"”\[\]()<>*]{0,60}+)[*_\]]{0,3}+[ \t]*+[:：]"
)
"""A label within a line: only after the end of a sentence."""
_THOUGHTS = frozenset({"thought", "thoughts", "thinking", "thinking process", "reasoning"})
_SAYS = frozenset({"answer", "reply", "response", "final answer", "final response", "final reply"})
"""What a line with reasoning, and a later one with what is said, may be labelled with."""
_TEMPLATE = frozenset({"instruction", "input", "response"})
"""Headings of the template that models without a chat template were often trained on."""
_MARK = r"\[(?:your turn|not part of the conversation)\]"
_ECHOED = re.compile(
    rf"\A\s{{0,9}}(?:at\s)?{_MARK}[\s:]{{0,9}}|\s{{0,9}}{_MARK}\s{{0,9}}\Z", re.IGNORECASE
)
"""What marks a request (see `shared.jinja`), repeated before or after what is said."""
MOST_LAYERS = 4
"""How much may lie around what is said, such as “assistant: Persuadee: *smiles* "Sure."”."""
SOMEBODY_ELSE = "somebody else speaks in the reply"
TWO_SPEAK = "two speak in one line of the reply"
"""How the reasons begin for which such a reply is not taken."""
_BETWEEN_WORDS = re.compile(r"[-_.\s]+")


def plain_name(name: str) -> str:
    """Return a name as names are compared: in small letters, without an article and hyphens."""
    return _BETWEEN_WORDS.sub(" ", name).strip().casefold().removeprefix("the ")


@dataclass(frozen=True, slots=True)
class SpeakerNames:
    """What a line may be labelled with, as `plain_name` has it.

    Attributes:
        own: the names of whoever is asked to speak.
        roles: words for it, such as `user`, that may mean something else in the middle of a text.
        others: the names of whoever else speaks, and words for them.
    """

    own: frozenset[str]
    roles: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()


def spoken(
    text: str, names: SpeakerNames | None, *, in_json: bool = False, in_talk: bool = True
) -> tuple[str, bool]:
    """Return what a speaker says in a text, and whether that is not all of it.

    Args:
        text: one reply, as a model wrote it.
        names: who speaks, and with whom; None leaves any label where it is.
        in_json: see `without_markup`.
        in_talk: whether it is a turn of a conversation, and no text that was asked for by itself,
            in which quotation marks and directions may be what was asked for.

    Raises:
        ParseError: somebody else speaks in it, or it is not clear who does.
    """
    said = without_markup(text, in_json=in_json)
    for _ in range(MOST_LAYERS):
        before = said
        if names is not None:
            said = _unlabelled(said, names)
        if in_talk:
            said = without_directions(unquoted(_without_mark(said)))
        if said is before:
            break
    return said, said is not text


def _without_mark(said: str) -> str:
    """Take off the mark of the request; the very text where there is none."""
    return _ECHOED.sub("", said) if "[" in said and _ECHOED.search(said) else said


def _unlabelled(said: str, names: SpeakerNames) -> str:
    if ":" in said or "：" in said or "[" in said or said.startswith(("#", "*")):
        words = said.casefold()
        if any(name in words for name in _first_words(names)):
            return _own_words(said, names)
    return said


@lru_cache(maxsize=1024)
def _first_words(names: SpeakerNames) -> tuple[str, ...]:
    named = names.own | names.roles | names.others | _THOUGHTS | _TEMPLATE
    return tuple({name.partition(" ")[0] for name in named})


def _own_words(text: str, names: SpeakerNames) -> str:
    """Take the speaker's own labels off."""
    own: list[re.Match[str]] = []
    first = len(text) - len(text.lstrip())
    in_code = reasons = False
    for found in _LABEL.finditer(text):
        if found["fence"]:
            in_code = not in_code
            continue
        bracketed = "[" in found["before"] and "]" in found["after"]
        headed = found["before"].strip("[(<") and text[found.end() : found.end() + 1] in ("", "\n")
        if in_code or not (found["colon"] or bracketed or headed):
            continue
        name = plain_name(found["name"])
        begins = found.start() <= first
        reasons = reasons or (begins and name in _THOUGHTS)
        if reasons and name in _SAYS:
            raise ParseError("the reply holds reasoning beside what is said", text)
        if found["before"].startswith("##") and name in _TEMPLATE:
            raise ParseError("the reply holds a part of the prompt's template", text)
        if name in names.others:
            raise ParseError(
                f"{SOMEBODY_ELSE} ({quote(found[0].strip(), 60)}), and only the "
                "speaker's own words were asked for",
                text,
            )
        if begins and name in names.own | names.roles:
            own.append(found)
        elif name in names.own or (own and name in names.roles):
            if not own:
                raise ParseError(
                    f"it is not clear who speaks before {quote(found[0].strip(), 60)}, and only "
                    "the speaker's own words were asked for",
                    text,
                )
            own.append(found)
    for found in _INLINE.finditer(text):
        if plain_name(found["name"]) in names.own | names.others and not in_fence(
            text, found.start()
        ):
            raise ParseError(
                f"{TWO_SPEAK} ({quote(found[0].strip(), 60)}), and only the "
                "speaker's own words were asked for",
                text,
            )
    if not own:
        return text
    starts = [0, *(label.end() for label in own)]
    ends = [*(label.start() for label in own), len(text)]
    return "".join(text[start:end] for start, end in zip(starts, ends, strict=True)).strip()
