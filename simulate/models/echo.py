"""What of an error is only the request said back, and no word of the endpoint's own.

Endpoints quote the prompt that they refuse, the value that they cannot take, or the whole request.
Whoever looks for words in an error must not find those of a simulated person there, nor the names
of settings that were merely sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from json import JSONDecoder
from typing import Any

_RUN = 4
"""So many words in a row that stand in the request too are taken to come from there."""
_TOKEN = re.compile(r"[a-z0-9_]+|[^\W\da-z_]")
"""A word; where a script has none between spaces, a character."""
_ESCAPE = re.compile(r"\\(?:u([0-9a-f]{4})|[nrtbf\"'/\\])", re.IGNORECASE)
_REQUEST = re.compile(r"[\"'](?:messages|input)[\"']: ?\[")
_DECODER = JSONDecoder()


def without_echo(text: str, sent: Any) -> str:
    """Return a text in small letters, without what stands in the request too.

    Args:
        text: what an endpoint says.
        sent: the request's body; None knows of none.
    """
    text = _between(text, "input_value=", (", input_type=",))
    text = _between(text, "'input':", ("'ctx':", "'url':", "{'type':", "{'loc':"))
    while (found := _REQUEST.search(text)) is not None:
        text = _without_object(text, found.start())
    text = _plain(text)
    runs = {run for said in _texts(sent) for run in _runs(said)}
    if not runs:
        return text
    tokens = [*_TOKEN.finditer(text)]
    names = [token[0] for token in tokens]
    kept, until = [], 0
    echoed = [False] * len(tokens)
    for length in {len(run) for run in runs}:
        for at in range(len(names) - length + 1):
            if tuple(names[at : at + length]) in runs:
                echoed[at : at + length] = [True] * length
    for token, is_echo in zip(tokens, echoed, strict=True):
        if is_echo:
            kept.append(text[until : token.start()])
            until = token.end()
    return "".join([*kept, text[until:]])


def _between(text: str, start: str, ends: tuple[str, ...]) -> str:
    """Return a text without what stands between a mark and the next of some others."""
    kept = []
    while (at := text.find(start)) >= 0:
        kept.append(text[:at])
        text = text[at + len(start) :]
        text = text[min((i for end in ends if (i := text.find(end)) >= 0), default=len(text)) :]
    return " ".join([*kept, text])


def _without_object(text: str, inside: int) -> str:
    """Return a text without the JSON object around a place; all that follows where it is none."""
    start = max(text.rfind("{", 0, inside), 0)
    try:
        _, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        end = len(text)
    return text[:start] + " " + text[max(end, inside + 1) :]


def _plain(text: str) -> str:
    """Return a text in small letters and without escapes, to compare it with another."""
    if "\\" in text:
        text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else " ", text)
    return text.lower()


def _texts(sent: Any) -> Iterator[str]:
    """Yield the texts of a request: its messages, its prompt, or what it wants embedded."""
    if not isinstance(sent, Mapping):
        return
    for key in ("messages", "input", "prompt"):
        value = sent.get(key)
        for each in value if isinstance(value, list | tuple) else [value]:
            text = each.get("content") if isinstance(each, Mapping) else each
            if isinstance(text, str):
                yield text


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    tokens = _TOKEN.findall(_plain(text))
    length = min(_RUN, len(tokens))
    if length > 1:
        for at in range(len(tokens) - length + 1):
            yield tuple(tokens[at : at + length])
