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

from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

from simulate.errors import InputError
from simulate.files.templates import render, variables_of
from simulate.verbalized.parse import END_MARK
from simulate.verbalized.wording import Wording

if TYPE_CHECKING:
    from simulate.verbalized.spec import MethodName, MethodSpec, Task

__all__ = ["again", "request", "shipped"]

LISTS = frozenset({"sequence", "vs", "vs-cot", "vs-multi"})
"""The methods whose prompt asks for k candidates in one call."""


@cache
def shipped(name: str) -> str:
    """Return the text of a shipped prompt, such as `vs`."""
    return (files("simulate.verbalized") / "prompts" / f"{name}.jinja").read_text("utf-8")


def request(
    spec: MethodSpec, task: Task, *, k: int | Literal["auto"], round: int = 1, rounds: int = 1
) -> str:
    """Fill in the prompt of one call of a method; an empty text means that nothing need be said.

    Raises:
        InputError: a user's template that cannot be rendered, or that does not say how many
            candidates it wants where a number of them is set.
    """
    template = shipped(spec.name) if spec.prompt is None else spec.prompt
    return _filled_in(
        template,
        spec.name,
        k,
        spec.worded,
        spec.below,
        task.person,
        task.question,
        task.form,
        task.may_end,
        round,
        rounds,
    )


@lru_cache(maxsize=1024)
def _filled_in(
    template: str,
    name: MethodName,
    k: int | str,
    wording: Wording,
    below: float | None,
    person: str | None,
    question: str | None,
    form: str | None,
    may_end: bool,
    round: int,
    rounds: int,
) -> str:
    """Fill a prompt in; most turns of a run ask with the same words."""
    title = f"prompt of method {name}"
    values = {
        "person": person,
        "question": question,
        "form": form,
        "k": k,
        "round": round,
        "rounds": rounds,
        "field": wording.field,
        "likeliness": wording.request,
        "example": wording.example,
        "below": below,
        "may_end": may_end,
        "end_mark": END_MARK,
    }
    request = render(template, values, title)
    if name in LISTS and k != "auto" and "k" not in variables_of(template, title):
        raise InputError(
            f"{title}: the template does not use the variable k, so it cannot ask for {k} "
            "candidates; write {{ k }} where the number belongs"
        )
    return request


def again(reason: str) -> str:
    """Return the request that follows an answer which could not be read."""
    return render(shipped("again"), {"reason": reason}, "prompt again")
