"""The prompts of the methods: Jinja files in `prompts/`, each of which a user can replace.

They come in versions, a folder each. A scenario says which one it takes (`prompt_version`), and a
run file keeps it, so that a run can be gone on with, and repeated, after the prompts have changed.

A prompt sees these variables:

=============  ==================================================================================
`person`       who speaks, such as “the persuadee”; none where there is no persona
`question`     the question to answer; none where the next reply of the conversation is asked for
`form`         the form of an answer in words; none for a reply. With `logprob` the answers, one a
               line, each after its letter
`levels`       how many different answers there are; none where they cannot be counted
`k`            how many candidates this call is to give, a number or `auto`
`acts`         the acts that can be drawn, with `vs-act`; none where the model names its own
`act`          the act that was drawn, in the second call of `vs-act`; none in the first
`round`        the number of the call, from 1; more than one with `multi` and `vs-multi` only
`rounds`       how many calls there are
`field`        the JSON field of the number, such as `probability`
`likeliness`   what to write there
`below`        the tail threshold, or none
`may_end`      whether the next reply may end the conversation
`end_mark`     what a plain reply ends with when it does
`length`       how long a reply is, in words
`stands_for`   `person`, or `people` where many such people are asked about
`json_form`    the form of the answer; empty where plain text is asked for
`place`        where the request stands, which `mark` says: see `simulate.verbalized.task.Task`
`example`      an example of such a number; only version 1 shows one
=============  ==================================================================================

and what `shared.jinja` says, so that methods differ in nothing but what they are: `mark` (this is a
stage direction), `several`, `answers`, `responses` (how many, unlike each other), `possible`;
`referent` (what probabilities are probabilities of), `tail` and `ending` (how to leave), which
begin with a space, and are empty where there is nothing to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, get_args

from simulate.errors import InputError
from simulate.files.shipped import prompt
from simulate.files.templates import render

PromptVersion = Literal[1, 2]
_VERSIONS: tuple[PromptVersion, ...] = get_args(PromptVersion)
LATEST: PromptVersion = max(_VERSIONS)

HOW_MANY = ("several", "answers", "responses")
"""The shared parts that say how many candidates are wanted."""
_PHRASES = ("mark", *HOW_MANY, "possible")
_SENTENCES = ("referent", "tail", "ending")


def known_version(version: int) -> PromptVersion:
    """Return a version of the prompts.

    Raises:
        InputError: there is no such version.
    """
    for known in _VERSIONS:
        if version == known:
            return known
    raise InputError(f"prompt_version {version}: there are {' and '.join(map(str, _VERSIONS))}")


def shipped(name: str, version: PromptVersion = LATEST) -> str:
    """Return the text of a shipped prompt, such as `vs`.

    Raises:
        FileNotFoundError: the version has no prompt of this name.
    """
    return prompt("verbalized", name, version)


def shared(values: Mapping[str, Any], version: PromptVersion) -> dict[str, str]:
    """Return what all prompts of a version share, part to text, filled in."""
    if version == 1:
        return {}
    template = shipped("shared", version)

    def part(name: str) -> str:
        return render(template, {**values, "part": name}, "prompt shared")

    found = {name: part(name) for name in _PHRASES}
    return found | {name: f" {text}" if (text := part(name)) else "" for name in _SENTENCES}


@cache
def turn_mark(version: PromptVersion) -> str:
    """Return what marks a turn whose request was told before, in the instructions."""
    told = {"part": "mark", "place": "told"}
    return render(shipped("shared", version), told, "prompt shared")


def again(reason: str, version: PromptVersion = LATEST) -> str:
    """Return the request that follows an answer which could not be read."""
    return render(shipped("again", version), {"reason": reason}, "prompt again")
