"""Read what a model wrote into a reply distribution, or say why it cannot be read.

Forgiving about form, strict about content. A code fence, prose around the JSON, single quotes,
trailing commas, another key for the list, "30%" for 0.3: all are read, and the distribution is
marked `repaired`. A text is what the JSON says, character for character. What would have to be
guessed is refused with a `ParseError` that quotes the model: a text cut off in the middle, a
missing, negative or worded probability, probabilities that mix two scales or are all zero, a field
of another scale, an empty reply.

What a literal says is decided in `json_strings`, what counts as JSON in `lenient_json` and
`json_text`, where the candidates stand in `answer_shape`, and how numbers are read in `scales`.

Numbers need not sum to 1: the sum is kept as the distribution's `mass`. Fewer or more candidates
than asked for are kept as they are and marked `repaired`. Equal texts are kept apart; see
`ReplyDistribution.merged`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from simulate.errors import ParseError, quote
from simulate.verbalized.answer_shape import TEXT_KEYS, candidates_in, field, folded, opened
from simulate.verbalized.candidate import Candidate, Parse
from simulate.verbalized.distribution import ReplyDistribution
from simulate.verbalized.json_text import opens_json, read_json
from simulate.verbalized.leaving import END_MARK, without_end_mark
from simulate.verbalized.scales import Number, finite, listed, number_in, on_scale
from simulate.verbalized.schema import REASONED
from simulate.verbalized.spoken import MOST_LAYERS, SpeakerNames, plain_name, spoken
from simulate.verbalized.storable import clean_text
from simulate.verbalized.wording import SAME_SCALE, Wording

_SPEAKERS = ("speaker", "role", "author", "from", "sender", "name")
"""Fields of a candidate that may say who speaks."""
_NO_SPEAKER = frozenset({"text", "value", "ends"}.union(*SAME_SCALE.values()))
"""Fields that nearly every candidate has, and nothing else."""


def parse_reply(
    text: str,
    *,
    may_end: bool = False,
    names: SpeakerNames | None = None,
    in_talk: bool = True,
) -> tuple[Candidate, Parse]:
    """Read a plain-text reply: one candidate without a probability.

    The mark `[END]` alone is a candidate without text that ends the conversation.

    Args:
        text: what the model wrote.
        may_end: whether the reply may say that it ends the conversation.
        names: who speaks; see `spoken`.
        in_talk: whether it is a turn of a conversation; see `spoken`.

    Raises:
        ParseError: nothing was said, or somebody else speaks too.
    """
    said = _words(clean_text(text), names, may_end=may_end, in_talk=in_talk)
    if not (said.text or said.ends):
        raise ParseError("the reply is empty")
    return Candidate(said.text, None, said.ends), "repaired" if said.repaired else "clean"


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
        if opens_json(text):
            raise
        return Candidate(read(clean_text(text))), "repaired"
    data, moved = opened(data)
    if isinstance(data, dict):
        raw, renamed = _candidate(data, "value", "the answer", text)
        return Candidate(read(raw)), "repaired" if moved or renamed else parse
    if isinstance(data, list):
        raise ParseError("one value was asked for, but a list came", text)
    # A number is read as it is written: JSON knows no thousands.
    return Candidate(read(data if isinstance(data, str) else clean_text(text))), "repaired"


def parse_reasoned(
    text: str,
    *,
    read: Callable[[object], str] | None = None,
    may_end: bool = False,
    names: SpeakerNames | None = None,
    before: Sequence[str] = REASONED,
    in_talk: bool = True,
) -> tuple[Candidate, Parse]:
    """Read one reply that follows reasoning: `{"reasoning": …, "text": …}`, or with `value`.

    Args:
        text: what the model wrote.
        read: brings a raw value into its canonical spelling or raises ParseError; a reply needs
            none.
        may_end: whether the reply may say that it ends the conversation.
        names: who speaks; see `spoken`.
        before: what was asked for before the reply.
        in_talk: whether it is a turn of a conversation; see `spoken`.

    Raises:
        ParseError: there is no reply, or `read` refuses it.
    """
    data, parse = read_json(text)
    data, moved = opened(data)
    key = "text" if read is None else "value"
    if not isinstance(data, dict):
        fields = "”, “".join((*before, key))
        raise ParseError(f"an object with “{fields}” was asked for", text)
    raw, renamed = _candidate(data, key, "the answer", text)
    if read is None:
        said = _said(raw, data, "the answer", text, names, may_end=may_end, in_talk=in_talk)
    else:
        said = Said(read(raw))
    repaired = said.repaired or moved or renamed or any(each not in data for each in before)
    return Candidate(said.text, None, said.ends), "repaired" if repaired else parse


@dataclass(frozen=True, slots=True)
class Stated:
    """Candidates as a model stated them, before they are weighed.

    Attributes:
        candidates: in the order in which they came, without probabilities.
        numbers: what was stated of each; empty where no numbers were asked for.
        parse: `clean` or `repaired`.
    """

    candidates: tuple[Candidate, ...] = ()
    numbers: tuple[Number, ...] = ()
    parse: Parse = "clean"

    def and_then(self, more: Stated) -> Stated:
        """Return these and the candidates of a further round, to be weighed together."""
        parse: Parse = "repaired" if "repaired" in (self.parse, more.parse) else "clean"
        return Stated(self.candidates + more.candidates, self.numbers + more.numbers, parse)

    def weighed(self, wording: Wording | None) -> ReplyDistribution:
        """Return the distribution: by what is stated, or 1/k each where no number is asked for.

        Raises:
            ParseError: the numbers do not stand on one scale, which is the wording's or percent,
                or all say that nothing is likely.
        """
        if wording is None:
            return ReplyDistribution.equally_weighted(self.candidates, self.parse)
        numbers, moved = on_scale(self.numbers, wording)
        try:
            stated = [wording.probability(n) for n in numbers]
            logs = [wording.log_weight(n) for n in numbers] if wording.logarithmic else []
        except ValueError as error:
            raise ParseError(f"{error}, got {listed(self.numbers)}") from None
        parse: Parse = "repaired" if moved else self.parse
        candidates = tuple(
            Candidate(c.text, p, c.ends) for c, p in zip(self.candidates, stated, strict=True)
        )
        if wording.logarithmic:
            return ReplyDistribution.from_log_probabilities(candidates, logs, parse)
        return ReplyDistribution.from_probabilities(candidates, parse)


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
    fewer_do: bool = False,
    key: str = "text",
    read: Callable[[object], str] | None = None,
    may_end: bool = False,
    reasoning: bool = False,
    names: SpeakerNames | None = None,
    in_talk: bool = True,
) -> Stated:
    """Read a list of candidates, with their numbers where such are asked for.

    Args:
        text: what the model wrote.
        wording: how likeliness was asked for; None where no numbers were asked for.
        k: how many candidates were asked for; None where the model was free to decide.
        fewer_do: whether fewer than k will do.
        key: the field of the candidate, `text` for replies and `value` for answers.
        read: brings a raw candidate into its canonical spelling or raises ParseError; replies
            need none.
        may_end: whether a candidate may say that it ends the conversation.
        reasoning: whether `reasoning` was asked for before the list.
        names: who speaks; see `spoken`.
        in_talk: whether it is a turn of a conversation; see `spoken`.

    Raises:
        EmptyDistributionError: the list is empty.
        ParseError: the text cannot be read without guessing; the message quotes it.
    """
    data, parse = read_json(text)
    items, moved = candidates_in(data, key, wording, text)
    unasked = moved or (k is not None and (len(items) > k or (len(items) < k and not fewer_do)))
    unasked |= reasoning and not (isinstance(data, dict) and "reasoning" in data)
    candidates: list[Candidate] = []
    numbers: list[Number] = []
    for position, item in enumerate(items, start=1):
        where = f"response {position} of {len(items)}"
        raw, renamed = _candidate(item, key, where, text)
        _check_speaker(item, where, names)
        if read is None:
            said = _said(raw, item, where, text, names, may_end=may_end, in_talk=in_talk)
        else:
            said = Said(read(raw))
        candidates.append(Candidate(said.text, None, said.ends))
        unasked |= renamed or said.repaired
        if wording is not None:
            number, renamed = _number(item, wording, where, text)
            numbers.append(number)
            unasked |= renamed
    return Stated(tuple(candidates), tuple(numbers), "repaired" if unasked else parse)


def _candidate(item: Any, key: str, where: str, text: str) -> tuple[Any, bool]:
    if isinstance(item, dict):
        found = field(item, key, TEXT_KEYS, where)
        if found is not None:
            raw, unit = item[found[0]], item.get("unit") or item.get("currency")
            if key == "value" and isinstance(unit, str) and not str(raw).endswith(unit):
                return f"{raw} {unit}", True
            return raw, found[1]
    elif isinstance(item, str | int | float) and not isinstance(item, bool):
        return item, True
    raise ParseError(f"{where} has no “{key}”", text)


def _check_speaker(item: Any, where: str, names: SpeakerNames | None) -> None:
    """Refuse a candidate that says of itself that somebody else speaks."""
    if names is None or not isinstance(item, dict) or len(item) < 3:
        return
    if item.keys() <= _NO_SPEAKER:
        return
    for key, value in item.items():
        if not isinstance(value, str) or folded(key) not in _SPEAKERS:
            continue
        # `assistant` may be what the model calls itself.
        name = plain_name(value)
        if name in names.others and (folded(key), name) != ("role", "assistant"):
            raise ParseError(f"{where} is said by somebody else: {quote(value, 60)}")


class Said(NamedTuple):
    """What a reply says.

    Attributes:
        text: the speaker's own words; empty only where it leaves without a word.
        ends: whether it ends the conversation.
        repaired: whether anything was taken off that was not asked for.
    """

    text: str
    ends: bool = False
    repaired: bool = False


def _words(
    text: str,
    names: SpeakerNames | None,
    *,
    may_end: bool,
    in_talk: bool,
    in_json: bool = False,
) -> Said:
    """Return what was said in the text of a reply, of which the mark of its end is no part."""
    said, repaired = spoken(text, names, in_json=in_json, in_talk=in_talk)
    if not in_talk:
        return Said(said, repaired=repaired)
    ends = False
    for _ in range(MOST_LAYERS):
        before = said
        words, marked = without_end_mark(before, may_end=may_end)
        if not marked:
            break
        said, more = spoken(words, names, in_json=in_json)
        as_asked = before.removesuffix(END_MARK).rstrip() == words
        repaired |= more or in_json or ends or not may_end or not as_asked
        ends = may_end
    return Said(said, ends, repaired)


def _said(
    raw: object,
    item: object,
    where: str,
    text: str,
    names: SpeakerNames | None,
    *,
    may_end: bool,
    in_talk: bool,
) -> Said:
    """Return what one reply of JSON says, and whether it ends by its words or by its field.

    Raises:
        ParseError: it says nothing, and does not leave without a word either.
    """
    if not isinstance(raw, str):
        raise ParseError(f"the text of {where} is not a string", text)
    said = _words(clean_text(raw), names, may_end=may_end, in_talk=in_talk, in_json=True)
    end = item.get("ends", False) if may_end and isinstance(item, dict) else False
    if end is True or (isinstance(end, str) and end.strip().lower() == "true"):
        said = said._replace(ends=True)
    if not (said.text or said.ends):
        raise ParseError(f"the text of {where} is empty", text)
    return said


def _number(item: Any, wording: Wording, where: str, text: str) -> tuple[Number, bool]:
    """Return the number of a candidate, and whether its name or form had to be repaired."""
    found = None
    if isinstance(item, dict):
        found = field(item, wording.field, SAME_SCALE[wording.scale], where)
    raw = item[found[0]] if found else None
    if found is None or raw is None:
        raise ParseError(f"{where} has no “{wording.field}”", text)
    number: Number | None = None
    if type(raw) is float:
        number = Number(raw)
    elif isinstance(raw, str):
        number = number_in(raw)
    elif isinstance(raw, int | float) and not isinstance(raw, bool):
        number = Number(finite(raw))
    if number is None or not math.isfinite(number.value):
        raise ParseError(f"the {wording.field} of {where} is not a number: {quote(str(raw), 60)}")
    if number.value < 0:
        raise ParseError(f"the {wording.field} of {where} is {number}, it must be ≥ 0")
    return number, found[1] or isinstance(raw, str)
