"""The prompts of the methods: Jinja files in `prompts/`, each of which a user can replace.

A prompt sees these variables:

============  ===================================================================================
`person`      who speaks, such as “the persuadee”; none where there is no persona
`question`    the question to answer; none where the next reply of the conversation is asked for
`form`        the form of an answer in words; none for a reply
`k`           how many candidates, a number or `auto`
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
from typing import TYPE_CHECKING

from simulate.templating import render
from simulate.verbalized.parse import END_MARK
from simulate.verbalized.wording import WORDINGS, WordingName

if TYPE_CHECKING:
    from simulate.verbalized.methods import MethodSpec, Task

__all__ = ["again", "request", "shipped"]


@cache
def shipped(name: str) -> str:
    """Return the text of a shipped prompt, such as `vs`."""
    return (files("simulate.verbalized") / "prompts" / f"{name}.jinja").read_text("utf-8")


def request(template: str | None, name: str, spec: MethodSpec, task: Task) -> str:
    """Fill in the prompt of a method; an empty text means that nothing need be said.

    Raises:
        InputError: a user's template that cannot be rendered.
    """
    return _filled_in(
        template or shipped(name),
        name,
        spec.k,
        spec.wording,
        spec.below,
        task.person,
        task.question,
        task.form,
        task.may_end,
    )


@lru_cache(maxsize=1024)
def _filled_in(
    template: str,
    name: str,
    k: int | str,
    wording_name: WordingName,
    below: float | None,
    person: str | None,
    question: str | None,
    form: str | None,
    may_end: bool,
) -> str:
    """Fill a prompt in; most turns of a run ask with the same words."""
    wording = WORDINGS[wording_name]
    values = {
        "person": person,
        "question": question,
        "form": form,
        "k": k,
        "field": wording.field,
        "likeliness": wording.request,
        "example": wording.example,
        "below": below,
        "may_end": may_end,
        "end_mark": END_MARK,
    }
    return render(template, values, f"prompt of method {name}")


def again(reason: str) -> str:
    """Return the request that follows an answer which could not be read."""
    return render(shipped("again"), {"reason": reason}, "prompt again")
