"""Read what a model wrote into a reply distribution, or say why it cannot be read.

Forgiving about form, strict about content. A code fence, prose around the JSON, single quotes,
trailing commas, another key for the list, "30%" for 0.3: all are read, and the distribution is
marked `repaired`. What would have to be guessed is refused with a `ParseError` that quotes the
model: a text cut off in the middle, a missing, negative or worded probability, probabilities that
mix two scales or are all zero, an empty reply.

How numbers are read (on a scale from 0 to 1):

=====================  ========================================================================
written                read as
=====================  ========================================================================
0.3, "0.3", ".3"       0.3
"30%"                  0.3 (repaired, unless percent was asked for)
30 among 30, 50, 20    0.3: no number lies strictly between 0 and 1 and one is above 1, so the
                       whole list is in percent (repaired)
30 among 0.5, 0.2      refused: two scales in one list
1.2 among 0.5, 0.2     refused: above 1
all 0, negative, NaN   refused
missing, null, "high"  refused
=====================  ========================================================================

Numbers need not sum to 1: the sum is kept as the distribution's `mass`. Fewer or more candidates
than asked for are kept as they are and marked `repaired`. Equal texts are kept apart; see
`ReplyDistribution.merged`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from simulate.errors import ParseError, quote
from simulate.verbalized.distribution import Candidate, Parse, ReplyDistribution
from simulate.verbalized.wording import Wording

__all__ = [
    "END_MARK",
    "clean_text",
    "parse_answer",
    "parse_distribution",
    "parse_reply",
    "read_json",
]

END_MARK = "[END]"
"""What a plain-text reply ends with when it ends the conversation."""

REPAIR_LIMIT = 64_000
"""The longest text, in characters, whose broken JSON is repaired; longer is refused."""

LIST_KEYS = ("responses", "replies", "candidates", "answers", "distribution")
TEXT_KEYS = ("text", "response", "reply", "message", "content", "value", "answer")
NUMBER_KEYS = ("probability", "confidence", "perplexity", "nll", "prob", "p", "likelihood")

_FENCE = re.compile(r"```[a-zA-Z]*\n?(.*?)```", re.DOTALL)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_PERCENT = re.compile(r"^\s*([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)\s*%\s*$")


def clean_text(text: str) -> str:
    """Strip white space and replace what a file cannot hold (NUL, lone surrogates) by U+FFFD."""
    text = text.strip()
    if text.isascii():
        return text.replace("\0", "\ufffd") if "\0" in text else text
    return _UNSTORABLE.sub("\ufffd", text)


def parse_reply(text: str, *, may_end: bool = False) -> tuple[Candidate, Parse]:
    """Read a plain-text reply: one candidate without a probability.

    Raises:
        ParseError: nothing but white space was written.
    """
    reply = clean_text(text)
    ends = False
    if may_end and reply.endswith(END_MARK):
        ends = True
        reply = reply.removesuffix(END_MARK).rstrip()
    if not reply:
        raise ParseError("the reply is empty")
    return Candidate(reply, None, ends), "clean"


def parse_answer(text: str, read: Callable[[object], str]) -> tuple[Candidate, Parse]:
    """Read one answer from `{"value": …}`, or from a text that is nothing but the answer.

    Args:
        text: what the model wrote.
        read: brings a raw value into its canonical spelling, or raises ParseError.

    Raises:
        ParseError: there is no answer, or `read` refuses it.
    """
    try:
        data, parse = read_json(text)
    except ParseError:
        return Candidate(read(clean_text(text))), "repaired"
    if isinstance(data, Mapping):
        if "value" not in data:
            key = next((k for k in TEXT_KEYS if k in data), None)
            if key is None:
                raise ParseError(f"there is no “value” in {quote(text)}")
            return Candidate(read(data[key])), "repaired"
        return Candidate(read(data["value"])), parse
    if isinstance(data, list):
        raise ParseError(f"one value was asked for, but a list came: {quote(text)}")
    return Candidate(read(data)), "repaired"


def parse_distribution(
    text: str,
    *,
    wording: Wording | None,
    k: int | None = None,
    key: str = "text",
    read: Callable[[object], str] | None = None,
    may_end: bool = False,
) -> ReplyDistribution:
    """Read a verbalized distribution: `{"responses": [{"text": …, "probability": …}, …]}`.

    Args:
        text: what the model wrote.
        wording: how likeliness was asked for; None where no numbers were asked for, and each
            candidate then weighs 1/k.
        k: how many candidates were asked for; None where the model was free to decide.
        key: the field of the candidate, `text` for replies and `value` for answers.
        read: brings a raw candidate into its canonical spelling or raises ParseError; replies
            need none.
        may_end: whether a candidate may say that it ends the conversation.

    Raises:
        ParseError: the text cannot be read without guessing; the message quotes it.
    """
    data, parse = read_json(text)
    items, renamed = _items(data, text)
    if renamed or (k is not None and len(items) != k):
        parse = "repaired"
    texts: list[str] = []
    numbers: list[float] = []
    percents: list[bool] = []
    ends: list[bool] = []
    for position, item in enumerate(items, start=1):
        where = f"response {position} of {len(items)}"
        raw, renamed = _candidate(item, key, where, text)
        texts.append(read(raw) if read else _reply_text(raw, where, text))
        if renamed:
            parse = "repaired"
        end = item.get("ends", False) if may_end and isinstance(item, Mapping) else False
        ends.append(end is True or (isinstance(end, str) and end.strip().lower() == "true"))
        if wording is not None:
            number, percent, renamed = _number(item, wording, where, text)
            numbers.append(number)
            percents.append(percent)
            if renamed:
                parse = "repaired"
    if wording is None:
        candidates = tuple(Candidate(t, None, e) for t, e in zip(texts, ends, strict=True))
        return ReplyDistribution.equally_weighted(candidates, parse)
    probabilities, rescaled = _probabilities(numbers, percents, wording, text)
    if rescaled:
        parse = "repaired"
    candidates = tuple(
        Candidate(t, p, e) for t, p, e in zip(texts, probabilities, ends, strict=True)
    )
    if not any(probabilities):
        raise ParseError(f"all stated probabilities are zero in {quote(text)}")
    return ReplyDistribution.from_probabilities(candidates, parse)


def read_json(text: str) -> tuple[Any, Parse]:
    """Find the one JSON value in a text, repairing its form if need be.

    Returns:
        The value, and `clean` where the text was valid JSON and nothing else.

    Raises:
        ParseError: there is no JSON, or it is cut off in the middle, or beyond repair.
    """
    try:
        return json.loads(text), "clean"
    except (ValueError, RecursionError):
        pass
    body = _unwrapped(text)
    try:
        return json.loads(body), "repaired"
    except (ValueError, RecursionError):
        pass
    if not body:
        raise ParseError(f"there is no JSON in {quote(text)}")
    if len(body) > REPAIR_LIMIT:
        raise ParseError(
            f"the JSON is broken and, with {len(body):,} characters, too long to repair "
            f"(at most {REPAIR_LIMIT:,}): {quote(text)}"
        )
    if not _balanced(body):
        raise ParseError(f"the JSON is cut off before its end: {quote(text)}")
    import json_repair

    try:
        value = json_repair.loads(body, skip_json_loads=True)
    except (ValueError, RecursionError, IndexError) as error:
        raise ParseError(f"the JSON is beyond repair ({error}): {quote(text)}") from None
    if not isinstance(value, dict | list):
        raise ParseError(f"there is no JSON object or list in {quote(text)}")
    return value, "repaired"


def _unwrapped(text: str) -> str:
    """Take the JSON out of a code fence, or out of the prose around it."""
    fenced = _FENCE.search(text)
    if fenced and fenced[1].lstrip()[:1] in ("{", "["):
        return fenced[1].strip()
    starts = [i for c in "{[" if (i := text.find(c)) >= 0]
    if not starts:
        return ""
    start = min(starts)
    try:
        _, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        end = max(text.rfind("}"), text.rfind("]")) + 1
        if end <= start or _cut_off(text[end:]):
            end = len(text)
    return text[start:end].strip()


def _cut_off(tail: str) -> bool:
    """Tell whether what follows the last closing bracket looks like more JSON, cut off."""
    return tail.lstrip()[:1] in (",", "{", "[", ":", '"') and bool(tail.strip(" \t\r\n,"))


def _balanced(text: str) -> bool:
    """Tell whether each bracket is closed, counted outside and, failing that, inside strings."""
    outside = 0
    inside_string = escaped = False
    for c in text:
        if escaped:
            escaped = False
        elif c == "\\":
            escaped = inside_string
        elif c == '"':
            inside_string = not inside_string
        elif not inside_string:
            outside += (c in "{[") - (c in "}]")
    if not inside_string and outside == 0:
        return True
    return sum(text.count(c) for c in "{[") == sum(text.count(c) for c in "}]")


def _items(data: Any, text: str) -> tuple[list[Any], bool]:
    if isinstance(data, list):
        items, renamed = data, True
    elif isinstance(data, Mapping):
        key = next((k for k in LIST_KEYS if isinstance(data.get(k), list)), None)
        if key is not None:
            items, renamed = data[key], key != LIST_KEYS[0]
        elif any(k in data for k in TEXT_KEYS):
            items, renamed = [data], True
        else:
            raise ParseError(f"there is no list “responses” in {quote(text)}")
    else:
        raise ParseError(f"there is no list “responses” in {quote(text)}")
    if not items:
        raise ParseError(f"the list of responses is empty: {quote(text)}")
    return items, renamed


def _candidate(item: Any, key: str, where: str, text: str) -> tuple[Any, bool]:
    if isinstance(item, Mapping):
        if key in item:
            return item[key], False
        other = next((k for k in TEXT_KEYS if k in item), None)
        if other is not None:
            return item[other], True
    elif isinstance(item, str | int | float) and not isinstance(item, bool):
        return item, True
    raise ParseError(f"{where} has no “{key}”: {quote(text)}")


def _reply_text(raw: object, where: str, text: str) -> str:
    if not isinstance(raw, str):
        raise ParseError(f"the text of {where} is not a string: {quote(text)}")
    reply = clean_text(raw)
    if not reply:
        raise ParseError(f"the text of {where} is empty: {quote(text)}")
    return reply


def _number(item: Any, wording: Wording, where: str, text: str) -> tuple[float, bool, bool]:
    """Return the number, whether it has a percent sign, and whether its form was repaired."""
    raw: object = None
    key: str | None = None
    if isinstance(item, Mapping):
        key = next((k for k in (wording.field, *NUMBER_KEYS) if item.get(k) is not None), None)
        raw = item[key] if key is not None else None
    if raw is None:
        raise ParseError(f"{where} has no “{wording.field}”: {quote(text)}")
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        number, percent, renamed = _finite(raw), False, key != wording.field
    elif isinstance(raw, str):
        matched = _PERCENT.match(raw)
        percent, renamed = matched is not None, True
        try:
            number = float(matched[1] if matched else raw)
        except ValueError:
            number = math.nan
    else:
        number, percent, renamed = math.nan, False, True
    if not math.isfinite(number):
        raise ParseError(f"the {wording.field} of {where} is not a number: {quote(str(raw), 60)}")
    if number < 0:
        raise ParseError(f"the {wording.field} of {where} is {number:g}, it must be ≥ 0")
    return number, percent, renamed


def _finite(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf


def _probabilities(
    numbers: list[float], percents: list[bool], wording: Wording, text: str
) -> tuple[list[float], bool]:
    """Bring stated numbers on the wording's scale; tell whether another scale had to be read."""
    repaired = False
    if any(percents):
        if not all(percents) or wording.scale not in ("fraction", "percent"):
            raise ParseError(f"some numbers have a percent sign and some do not: {quote(text)}")
        if wording.scale == "fraction":
            numbers, repaired = [n / 100 for n in numbers], True
    elif wording.scale == "fraction" and max(numbers) > 1:
        if any(0 < n < 1 for n in numbers) or max(numbers) > 100:
            raise ParseError(
                f"the {wording.field} {max(numbers):g} is above 1, and the list is not in percent "
                f"either: {quote(text)}"
            )
        numbers, repaired = [n / 100 for n in numbers], True
    try:
        return [wording.probability(n) for n in numbers], repaired
    except ValueError as error:
        raise ParseError(f"{error}, got {numbers} in {quote(text)}") from None
