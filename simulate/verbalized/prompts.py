"""The prompts of the methods: Jinja files in `prompts/`, each of which a user can replace.

A prompt sees these variables:

============  ===================================================================================
`person`      who speaks, such as “the persuadee”; none where there is no persona
`question`    the question to answer; none where the next reply of the conversation is asked for
`form`        the form of an answer in words; none for a reply
`k`           how many candidates this call is to give, a number or `auto`
`round`       the number of the call, from 1; more than one with `multi` and `vs-multi` only
`rounds`      how many calls there are
`field`       the JSON field of the number, such as `probability`
`likeliness`  what to write there
`example`     an example of such a number
`below`       the tail threshold, or none
`may_end`     whether the next reply may end the conversation
`end_mark`    what a plain reply ends with when it does
============  ===================================================================================
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from simulate.files.templates import render


@cache
def shipped(name: str) -> str:
    """Return the text of a shipped prompt, such as `vs`."""
    return (files("simulate.verbalized") / "prompts" / f"{name}.jinja").read_text("utf-8")


def again(reason: str) -> str:
    """Return the request that follows an answer which could not be read."""
    return render(shipped("again"), {"reason": reason}, "prompt again")
