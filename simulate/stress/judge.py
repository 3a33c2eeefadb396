"""A judge: a model that reads a dialogue and states a distribution over verdicts.

It is asked as a simulated user is: not for one answer but for all of them with their
probabilities, after what decides it and why: `{"quote", "reason", "verdicts": {level: probability,
…}}`. So a judge that is in doubt can say so, and the doubt is kept. Each level of the scale means
pass, fail or abstain, and a vote is for the meaning with the largest mass; a tie abstains. Prompt
version 1 asked for a quote and a reason with each level, after its number:
`{"verdicts": [{"verdict", "probability", "quote", "reason"}, …]}`; both forms are read.

What a judge quotes must have been said, word for word (case, accents, white space and the kind of
quotation marks do not count). One that quotes what nobody said is asked again; in the end its
verdict is kept without a quote, and the reason says so.

Everything here is pure: `verdict` yields what is to be asked, as the methods of
`simulate.verbalized` do, so that each step can be tested from recorded answers.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from simulate.errors import ParseError, quote
from simulate.files.json_line import json_line
from simulate.files.shipped import prompt
from simulate.files.templates import render
from simulate.measures.normalization import LOOKED_AT, flat
from simulate.runfile import Call, Turn
from simulate.scenario import spoken_or_left
from simulate.stress.checks.result import Finding
from simulate.verbalized import (
    LATEST,
    WORDINGS,
    Ask,
    Message,
    PromptVersion,
    StepsOf,
    asked,
    parse_distribution,
)
from simulate.verbalized.choices import Choices, choices
from simulate.verbalized.json_text import read_json
from simulate.verbalized.schema import object_schema

Meaning = Literal["pass", "fail", "abstain"]
"""What a level of a judge's scale means."""

NOTHING_SAID = "(nothing that it quoted was said) "
"""Stands before the reason of a vote whose quote was said by nobody."""

TIE = 1e-9
"""Two masses that differ by no more are alike."""

COMPLETE = 0.99
"""Where levels are left out, the others must have this much of the mass."""


@dataclass(frozen=True, slots=True)
class Vote:
    """What a judge says once.

    Attributes:
        weights: meaning to its mass; they sum to 1.
        verdict: the meaning with the largest mass; `abstain` where two are alike.
        reason: why, in a sentence.
        quote: what was said that decides it, as it stands in the dialogue; empty for none.
        turn: the index of that turn, or None.
    """

    weights: Mapping[Meaning, float]
    verdict: Meaning
    reason: str = ""
    quote: str = ""
    turn: int | None = None


class QuoteError(ParseError):
    """A judge's answer that can be read, but quotes what nobody said."""


def verdict_prompt(version: PromptVersion) -> str:
    """Return the text of a version of the prompt of a judge."""
    return prompt("stress", "verdict", version)


def verdict_messages(
    turns: Iterable[Turn],
    rubric: str,
    levels: Iterable[str],
    description: str = "",
    version: PromptVersion = LATEST,
) -> tuple[Message, ...]:
    """Return the prompt of a judge, with the transcript as JSON strings that nothing can leave.

    What differs between the dialogues of a check stands last, so that their prompts begin alike.
    """
    names = [json_line(name) for name in levels]
    values = {
        "description": description,
        "transcript": "\n".join(_line(turn) for turn in turns),
        "rubric": rubric,
        "levels": ", ".join(names),
        "form": ", ".join(f"{name}: …" for name in names),
        "count": len(names),
    }
    return ({"role": "user", "content": render(verdict_prompt(version), values, "prompt verdict")},)


def _line(turn: Turn) -> str:
    said: dict[str, Any] = {"turn": turn.index, "speaker": turn.speaker}
    said |= spoken_or_left(turn.said)
    if turn.tool_calls:
        calls = [call.to_dict() for call in turn.tool_calls]
        kept = ("arguments", "result", "error")
        said["calls"] = [
            {"tool": call["name"], **{k: call[k] for k in kept if k in call}} for call in calls
        ]
    return json_line(said)


def verdict(
    messages: tuple[Message, ...],
    levels: Mapping[str, Meaning],
    turns: Sequence[Turn],
    version: PromptVersion = LATEST,
) -> StepsOf[Vote]:
    """Ask a judge for one vote."""
    texts = len(levels) if version == 1 else 2  # a quote and a reason
    readable: list[Vote] = []

    def read(text: str) -> Vote:
        vote = read_vote(text, levels, turns)
        if vote.quote and vote.turn is None:
            readable.append(replace(vote, quote="", reason=NOTHING_SAID + vote.reason))
            raise QuoteError(
                f"the quote {quote(vote.quote, 80)} was said by nobody; copy what was said word "
                "for word, or leave the quote empty"
            )
        return vote

    try:
        return (yield from asked(Ask(messages, _schema(levels, version), texts, version), read))
    except ParseError:
        if readable:
            return readable[-1]
        raise


def _schema(levels: Iterable[str], version: PromptVersion) -> dict[str, Any]:
    number = {"type": "number", "minimum": 0, "maximum": 1}
    evidence: dict[str, Any] = {"quote": {"type": "string"}, "reason": {"type": "string"}}
    names = list(levels)
    if version > 1:
        return object_schema(evidence | {"verdicts": object_schema(dict.fromkeys(names, number))})
    verdict = {"verdict": {"type": "string", "enum": names}, "probability": number}
    item = object_schema(verdict | evidence)
    verdicts = {"type": "array", "items": item, "minItems": len(names), "maxItems": len(names)}
    return object_schema({"verdicts": verdicts})


def read_vote(text: str, levels: Mapping[str, Meaning], turns: Sequence[Turn]) -> Vote:
    """Read a judge's answer.

    A quote that stands in no turn is kept, with the turn None.

    Raises:
        ParseError: it cannot be read without guessing; the message quotes it.
    """
    data, _ = read_json(text)
    names = choices(tuple(levels))
    listed, whole = _listed(data, names, text)

    def level(raw: object) -> str:
        name = names.meant(raw)
        if name is None:
            raise ParseError(f"{quote(str(raw), 60)} is none of the verdicts {', '.join(levels)}")
        return name

    # The numbers are read by the same rules as those of candidates: percent, scales, all zero.
    candidates = [{"text": i.get("verdict"), "probability": i.get("probability")} for i in listed]
    found = parse_distribution(
        json.dumps({"responses": candidates}), wording=WORDINGS["explicit"], read=level
    )
    left_out = [name for name in levels if name not in found.texts]
    mass = found.mass or 0.0
    if left_out and mass < COMPLETE:
        raise ParseError(
            f"the verdict {', '.join(left_out)} is left out, and the others have a probability of "
            f"{mass:g} together; give each its probability",
            text,
        )
    weights: dict[Meaning, float] = {"pass": 0.0, "fail": 0.0, "abstain": 0.0}
    for name, weight in zip(found.texts, found.weights.tolist(), strict=True):
        weights[levels[name]] += weight
    meant = _heaviest(weights)
    speaking = [
        (weight, item)
        for name, weight, item in zip(found.texts, found.weights.tolist(), listed, strict=True)
        if levels[name] == meant
    ]
    shown = whole
    if not whole and speaking and weights[meant] > 0:  # the abstention of a tie has no level
        shown = max(speaking, key=lambda pair: pair[0])[1]
    quoted, turn = _looked_up(str(shown.get("quote") or ""), turns)
    return Vote(weights, meant, " ".join(str(shown.get("reason") or "").split()), quoted, turn)


def _listed(
    data: Any, names: Choices, text: str
) -> tuple[list[Mapping[str, Any]], Mapping[str, Any]]:
    """Return what an answer says of each level, and the quote and the reason for all together.

    Raises:
        ParseError: the levels stand nowhere.
    """
    whole: dict[str, Any] = {}
    found = data
    if isinstance(data, Mapping):
        whole = {key: data[key] for key in ("quote", "reason") if key in data}
        found = data.get("verdicts")
        if found is None and any(map(names.meant, data)):
            found = {key: value for key, value in data.items() if key not in whole}
    if isinstance(found, Mapping):
        found = [{"verdict": name, "probability": p} for name, p in found.items()]
    if not isinstance(found, list) or not all(isinstance(i, Mapping) for i in found):
        raise ParseError("there is no object “verdicts” with probabilities", text, joint=" in ")
    return found, whole


def _heaviest(weights: Mapping[Meaning, float]) -> Meaning:
    most = max(weights.values())
    best = [meaning for meaning, weight in weights.items() if weight >= most - TIE]
    return best[0] if len(best) == 1 else "abstain"


def _looked_up(quoted: str, turns: Sequence[Turn]) -> tuple[str, int | None]:
    """Return a quote as it was said and the turn, or as it came and None."""
    quoted = quoted[:LOOKED_AT]
    wanted = flat(quoted.replace("\\n", " ").replace('\\"', '"')).text
    wanted = wanted.strip(" \"'…").removesuffix("...").removeprefix("...").strip()
    if not wanted:
        return "", None
    for turn in turns:
        if said := flat(turn.text[:LOOKED_AT]).part(wanted):
            return said, turn.index
    return quoted, None


def judgement(votes: Sequence[Vote], calls: Sequence[Call] = ()) -> Finding:
    """Bring votes together: the mean of their distributions.

    The verdict is the meaning with the largest mean mass, `abstain` where two are alike. Reason,
    quote and turn are those of the vote that is the surest of this verdict.

    Raises:
        ValueError: there is none.
    """
    if not votes:
        raise ValueError("a judgement needs at least one vote")
    sums: defaultdict[Meaning, list[float]] = defaultdict(list)
    for vote in votes:
        for meaning, weight in vote.weights.items():
            sums[meaning].append(weight)
    weights = {meaning: math.fsum(each) / len(votes) for meaning, each in sums.items()}
    found = _heaviest(weights)
    agreeing = [vote for vote in votes if vote.verdict == found]
    surest = max(agreeing, key=lambda v: (bool(v.quote), v.weights[found]), default=None)
    told = (surest.reason, surest.turn, surest.quote) if surest else ("", None, "")
    disagreement = 1 - len(agreeing) / len(votes)
    return Finding(found, *told, min(1.0, weights["fail"]), disagreement, calls)
