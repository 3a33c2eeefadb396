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
30 among 30, 50, 20    0.3: no number lies strictly between 0 and 1 and one is at least 10, so
                       the whole list is in percent (repaired)
3 among 3, 2, 1        refused: ranks, points or percent?
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

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simulate.errors import EmptyDistributionError, ParseError, quote
from simulate.verbalized.distribution import Candidate, Parse, ReplyDistribution
from simulate.verbalized.json_text import read_json
from simulate.verbalized.wording import Wording

SMALLEST_PERCENT = 10
"""A list in percent without a percent sign has at least one number this large."""

END_MARK = "[END]"
"""What a plain-text reply ends with when it ends the conversation."""

LIST_KEYS = ("responses", "replies", "candidates", "answers", "distribution")
TEXT_KEYS = ("text", "response", "reply", "message", "content", "value", "answer")
NUMBER_KEYS = ("probability", "confidence", "perplexity", "nll", "prob", "p", "likelihood")

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
# Possessive, so that a long row of digits is read once.
_PERCENT = re.compile(
    r"^\s*+([-+]?(?:[0-9]++(?:\.[0-9]++)?|\.[0-9]++)(?:[eE][-+]?[0-9]++)?)\s*+%\s*+$"
)


def clean_text(text: str) -> str:
    """Strip white space and replace what a file cannot hold; see `storable`."""
    return storable(text.strip())


def storable(text: str) -> str:
    """Replace what a file cannot hold (NUL, lone surrogates) by U+FFFD."""
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


def parse_reasoned(
    text: str, *, read: Callable[[object], str] | None = None, may_end: bool = False
) -> tuple[Candidate, Parse]:
    """Read one reply that follows reasoning: `{"reasoning": …, "text": …}`, or with `value`.

    Args:
        text: what the model wrote.
        read: brings a raw value into its canonical spelling or raises ParseError; a reply needs
            none.
        may_end: whether the reply may say that it ends the conversation.

    Raises:
        ParseError: there is no reply, or `read` refuses it.
    """
    data, parse = read_json(text)
    key = "text" if read is None else "value"
    if not isinstance(data, Mapping):
        raise ParseError(f"an object with “reasoning” and “{key}” was asked for: {quote(text)}")
    raw, renamed = _candidate(data, key, "the answer", text)
    candidate = Candidate(
        read(raw) if read else _reply_text(raw, "the answer", text), None, _ends(data, may_end)
    )
    return candidate, "repaired" if renamed or "reasoning" not in data else parse


@dataclass(frozen=True, slots=True)
class Stated:
    """Candidates as a model stated them, before they are weighed.

    Attributes:
        candidates: in the order in which they came.
        logs: the logarithm of each probability, in nats; −∞ for 0; empty without numbers.
        parse: `clean` or `repaired`.
    """

    candidates: tuple[Candidate, ...] = ()
    logs: tuple[float, ...] = ()
    parse: Parse = "clean"

    def and_then(self, more: Stated) -> Stated:
        """Return these and further candidates, stated on the same scale."""
        parse: Parse = "repaired" if "repaired" in (self.parse, more.parse) else "clean"
        return Stated(self.candidates + more.candidates, self.logs + more.logs, parse)

    def weighed(self, wording: Wording | None) -> ReplyDistribution:
        """Return the distribution: by what is stated, or 1/k each where no number is asked for."""
        if wording is None:
            return ReplyDistribution.equally_weighted(self.candidates, self.parse)
        if wording.logarithmic:
            return ReplyDistribution.from_log_probabilities(self.candidates, self.logs, self.parse)
        return ReplyDistribution.from_probabilities(self.candidates, self.parse)


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

    The arguments and errors are those of `parse_candidates`; without a wording each candidate
    weighs 1/k.
    """
    stated = parse_candidates(text, wording=wording, k=k, key=key, read=read, may_end=may_end)
    return stated.weighed(wording)


def parse_candidates(
    text: str,
    *,
    wording: Wording | None,
    k: int | None = None,
    key: str = "text",
    read: Callable[[object], str] | None = None,
    may_end: bool = False,
    reasoning: bool = False,
) -> Stated:
    """Read a list of candidates, with their numbers where such are asked for.

    Args:
        text: what the model wrote.
        wording: how likeliness was asked for; None where no numbers were asked for.
        k: how many candidates were asked for; None where the model was free to decide.
        key: the field of the candidate, `text` for replies and `value` for answers.
        read: brings a raw candidate into its canonical spelling or raises ParseError; replies
            need none.
        may_end: whether a candidate may say that it ends the conversation.
        reasoning: whether `reasoning` was asked for before the list.

    Raises:
        EmptyDistributionError: the list is empty.
        ParseError: the text cannot be read without guessing; the message quotes it.
    """
    data, parse = read_json(text)
    items, renamed = _items(data, text)
    if renamed or (k is not None and len(items) != k):
        parse = "repaired"
    if reasoning and not (isinstance(data, Mapping) and "reasoning" in data):
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
        ends.append(_ends(item, may_end))
        if wording is not None:
            number, percent, renamed = _number(item, wording, where, text)
            numbers.append(number)
            percents.append(percent)
            if renamed:
                parse = "repaired"
    if wording is None:
        return Stated(
            tuple(Candidate(t, None, e) for t, e in zip(texts, ends, strict=True)), (), parse
        )
    numbers, rescaled = _on_scale(numbers, percents, wording, text)
    if rescaled:
        parse = "repaired"
    try:
        probabilities = [wording.probability(n) for n in numbers]
        logs = tuple(wording.log_probability(n) for n in numbers)
    except ValueError as error:
        raise ParseError(f"{error}, got {numbers} in {quote(text)}") from None
    if max(logs) == -math.inf:
        raise ParseError(f"all stated probabilities are zero in {quote(text)}")
    candidates = tuple(
        Candidate(t, p, e) for t, p, e in zip(texts, probabilities, ends, strict=True)
    )
    return Stated(candidates, logs, parse)


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
        raise EmptyDistributionError(f"the list of responses is empty: {quote(text)}")
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


def _ends(item: object, may_end: bool) -> bool:
    end = item.get("ends", False) if may_end and isinstance(item, Mapping) else False
    return end is True or (isinstance(end, str) and end.strip().lower() == "true")


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


def _on_scale(
    numbers: list[float], percents: list[bool], wording: Wording, text: str
) -> tuple[list[float], bool]:
    """Bring numbers in percent on the wording's scale; tell whether that was needed."""
    if any(percents):
        if not all(percents) or wording.logarithmic:
            raise ParseError(f"some numbers have a percent sign and some do not: {quote(text)}")
        if wording.scale == "fraction":
            return [n / 100 for n in numbers], True
    elif wording.scale == "fraction" and max(numbers) > 1:
        if any(0 < n < 1 for n in numbers) or not SMALLEST_PERCENT <= max(numbers) <= 100:
            raise ParseError(
                f"the {wording.field} {max(numbers):g} is above 1, and the list is not in percent "
                f"either: {quote(text)}"
            )
        return [n / 100 for n in numbers], True
    return numbers, False
