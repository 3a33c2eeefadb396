"""Which setting a refusal is about: by the parameter and the code that it names, else by its words.

A refusal of a value (a temperature above the endpoint's largest) is none of the setting: another
value would be taken, so leaving it out would silently simulate something else. Neither is one of
the length of this one prompt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from simulate.models.error_body import ErrorBody
from simulate.verbalized.schema import BOUNDS, CLOSED, without_keywords

LOGPROBS = "logprobs"
"""Refused by endpoints that return no log-probabilities; nothing can stand in for them."""
SETTINGS = ("temperature", "top_p", "seed", "max_completion_tokens", "max_tokens", LOGPROBS)
"""Settings that are left out once refused; `max_tokens` is first renamed."""

ALTERNATION = "consecutive_roles"
"""Refused by endpoints that want user and assistant messages to alternate."""
SYSTEM_ROLE = "system_role"
"""Refused by models whose chat template knows no system message."""


def _named(*spellings: str) -> re.Pattern[str]:
    either = "|".join(spellings)
    return re.compile(rf"(?<![a-z0-9_/-])(?:{either})(?![a-z0-9_/]|-[a-z0-9])")


_NAMES = {
    "temperature": _named("temperature"),
    "top_p": _named("top[_ -]?p"),
    "seed": _named("seed", "random[_ ]?seed"),
    "max_completion_tokens": _named("max[_ -]?(?:completion|output)[_ -]?tokens"),
    "max_tokens": _named("max[_ -]?(?:output[_ -]?)?tokens"),
    LOGPROBS: _named("(?:top[_ -]?)?log[_ -]?prob(?:s|abilities)?"),
}
_CLAUSE = re.compile(r"(?<=[.;!?])\s+|\n(?!\s)")
_REFUSES = re.compile(
    r"unsupport|not (?:be |currently |yet )?(?:support|permit|allow|accept|available|enabled|used"
    r"|implement|compatib|recogni|known|valid\b|applicable|a valid)|n[o']t support|n[o']t accept"
    r"|n[o']t allow|n[o']t take|unrecogni[sz]ed|unknown|unexpected|extra(?:neous)? |incompatible"
    r"|cannot (?:be|both|use|set|specify)|deprecated|no longer|forbidden|unavailable|unimplemented"
    r"|invalid (?:parameter|argument|param\b|arg\b|field|key\b|name\b|property|option)|\bonly\b"
    r"|must (?:not )?be (?:unset|omitted|removed)|(?:remove|omit|drop) |不支持|未知|无效"
)
_VALUE = re.compile(
    r"(?:less|greater|more|higher|lower|larger|smaller) than|[<>≤≥]=? ?-?\d|\bbetween\b|\brange\b"
    r"|(?:above|below|over|under)[ _](?:the[ _])?(?:max|min)|\bat (?:most|least)\b|\bexceed"
    r"|too (?:large|high|small|low|big|long)\b|\bnegative\b|\bpositive\b|[\[(] ?-?\d[\d.]* ?, ?-?\d"
    r"|(?:must|should|has to|needs to) be (?:an? |in |one of|strictly|set to an?)|expected an? "
    r"|(?:should|must) be (?:a )?(?:valid )?['\"`]?(?:float|int|number|string)|cannot unmarshal"
    r"|unable to parse|is required|missing|取值|范围|大于|小于|超过|之间"
)
_VALUE_CODE = re.compile(
    r"(?:above|below)_(?:max|min)|less_than|greater_than|out_of_range|^invalid_(?:type|value)$"
    r"|^(?:int|float|bool|string)_(?:type|parsing|from)|missing|too_(?:large|small|long|short)"
)
_UNSUPPORTED_CODE = re.compile(
    r"unsupported|not_supported|unknown_param|unrecogni[sz]ed|extra_forbidden|value_error\.extra"
    r"|deprecated"
)
_ONLY_DEFAULT = re.compile(
    r"only (?:the )?default|only ['\"`]?-?[\d.]+['\"`]? is |only be set to|or unset"
    r"|unsupported param|must (?:be|equal) (?:set to )?1(?:\.0)?(?![\d.]| or| and)"
    r"|must (?:not be|be unset|be omitted)"
)
"""Only one value is taken, or none: the setting as such is refused."""
_NOT_BOTH = re.compile(r"\bboth\b|\btogether\b|only one\b|simultaneous|at the same time|同时")

_TOO_LONG = re.compile(
    r"context[ _-]?(?:length|window|size)|maximum context|prompt is too long|too many tokens"
    r"|(?:reduce|shorten) (?:the length of |your )|exceeds? the (?:maximum|model'?s|available)"
    r"|request too large|string_above_max_length"
)
"""Words of a refusal that is about the length of this one prompt. They stand beside “maximum”,
“max_tokens” and “schema”, and would be misread as a refusal of those for the whole run."""

_FORMAT = re.compile(
    r"(?:response|output|text)[_ .-]?(?:format|config)|json[_ -]?(?:schema|object|mode)"
    r"|response_?schema|guided[_ ](?:json|decoding)|(?<![a-z])(?:schema|structured|grammar)"
    r"|additional_?properties"
)
_WANTS_THE_WORD = re.compile(r"the word\W{1,3}json")
_BOUNDS = re.compile(
    r"min_?items|max_?items|minimum|maximum|multiple_?of|min_?length|max_?length"
    r"|too (?:many states|complex|large)|contains features not supported"
)
_CLOSED = re.compile(r"additional_?properties(?!['\"`]? is required)")
_STRICT = re.compile(r"(?:schema|format)\.strict|['\"`]strict['\"`]|\bstrict (?:mode|schema)")

_ALTERNATE = re.compile(
    r"alternat(?:e|es|ed|ing)\b|\bconsecutive|\bsuccessive|roles? must|in a row\b"
    r"|odd number of messages|(?:start|begin)s? with an? \W?user"
    r"|first (?:message|role) (?:must|should)"
)
_NO_SYSTEM = re.compile(
    r"system['\"`]? ?[_-]?(?:role|messages?|prompts?|instructions?)?\b[^.;\n]{0,40}?"
    r"(?:n[o']t (?:be )?(?:support|allow|permit|accept|enabled)|unsupported)"
    r"|(?:n[o']t (?:support|accept|allow|take)|unexpected|unsupported|unknown|invalid)"
    r"[^.;\n]{0,30}?\bsystem\b|developer instruction|不支持.{0,6}system|system.{0,10}不支持"
)
_ONLY_TWO_ROLES = re.compile(
    r"(?:only|valid role|should be|must be|one of|either)[^.;\n]{0,30}?user\W{1,6}"
    r"(?:(?:and|or)\W{1,4})?(?:assistant|model)\b(?![^\n]{0,60}system)"
)
ROLES = re.compile(f"{_ALTERNATE.pattern}|{_NO_SYSTEM.pattern}|{_ONLY_TWO_ROLES.pattern}")

_AROUND = re.compile(
    r"body|request|params|parameters|data|config|generation_?config|extra_body|none|null|model"
    r"|__root__|\$"
)
"""What stands before a parameter's name, or in its place, and names none."""


def refused_setting(sent: Mapping[str, Any], error: ErrorBody) -> str | None:
    """Return the setting that a refusal is about.

    Args:
        sent: the body that was refused.
        error: what the endpoint said.

    Returns:
        One of `SETTINGS`, `ALTERNATION`, `SYSTEM_ROLE`, `schema_bounds`, `additional_properties`,
        `strict`, `json_schema` or `response_format`: something that was sent, and that can be left
        out or replaced. None where it is about none of them.
    """
    words = error.words
    if error.says(_TOO_LONG):
        return None
    if _WANTS_THE_WORD.search(words):
        return "response_format" if _form(sent) == "json_object" else None
    if heads := [head for param in error.params if (head := _head(param))]:
        return next((what for head in heads if (what := _by_param(sent, error, head))), None)
    return _by_words(sent, error) or _format(sent, words) or _roles(sent, words)


def _head(param: str) -> str:
    """Return the first part of a parameter's name that says which one it is; may be empty."""
    parts = (part.strip("'") for part in re.split(r"[.\[\]]", param))
    return next((part for part in parts if part and not _AROUND.fullmatch(part)), "")


def _by_param(sent: Mapping[str, Any], error: ErrorBody, head: str) -> str | None:
    if head == "text" or _FORMAT.search(head):  # `text.format` is that of the Responses API
        return _format(sent, f"response_format {' '.join(error.params)} {error.words}")
    if head in ("messages", "input", "contents"):
        return _roles(sent, error.words)
    for setting in SETTINGS:
        if setting in sent and _NAMES[setting].fullmatch(head):
            return None if _is_of_value(error) else setting
    return None


def _is_of_value(error: ErrorBody) -> bool:
    if _ONLY_DEFAULT.search(error.words):
        return False
    codes = error.codes
    if any(_UNSUPPORTED_CODE.search(code) for code in codes):
        return False
    return bool(_VALUE.search(error.words)) or any(_VALUE_CODE.search(code) for code in codes)


def _by_words(sent: Mapping[str, Any], error: ErrorBody) -> str | None:
    for clause in _CLAUSE.split(error.words):
        if not _REFUSES.search(clause):
            continue
        at = {
            s: found.start() for s in SETTINGS if s in sent and (found := _NAMES[s].search(clause))
        }
        if not at:
            continue
        if {"temperature", "top_p"} <= at.keys() and _NOT_BOTH.search(error.words):
            return "top_p"
        return None if _is_of_value(error) else min(at, key=lambda setting: at[setting])
    return None


def _form(sent: Mapping[str, Any]) -> str | None:
    form = sent.get("response_format")
    return form["type"] if form else None


def _format(sent: Mapping[str, Any], words: str) -> str | None:
    """Return what a refusal of the form of answers is about: the mildest that was sent."""
    form = _form(sent)
    if form is None or not _FORMAT.search(words):
        return None
    if form == "json_object":
        return "response_format"
    # By what was sent: another call may have learnt this while this one was under way.
    asked = sent["response_format"]["json_schema"]
    schema = asked["schema"]
    if _STRICT.search(words) and "strict" in asked:
        return "strict"
    if _CLOSED.search(words) and schema != without_keywords(schema, CLOSED):
        return "additional_properties"
    if _BOUNDS.search(words) and schema != without_keywords(schema, BOUNDS):
        return "schema_bounds"
    return "json_schema"


def _roles(sent: Mapping[str, Any], words: str) -> str | None:
    roles: Sequence[str] = [m["role"] for m in sent["messages"]]
    has_system = "system" in roles
    if has_system and (_NO_SYSTEM.search(words) or _ONLY_TWO_ROLES.search(words)):
        return SYSTEM_ROLE
    if not _ALTERNATE.search(words):
        return None
    if any(a == b for a, b in pairwise(roles)):
        return ALTERNATION
    # Templates that know no system message take it for one in the wrong place.
    return SYSTEM_ROLE if has_system else None
