"""The prompt of each call of a method, filled in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from simulate.errors import InputError, quote
from simulate.files.templates import render, variables_of
from simulate.verbalized.asking import Ask, Message
from simulate.verbalized.leaving import END_MARK
from simulate.verbalized.prompts import HOW_MANY, PromptVersion, shared, turn_mark
from simulate.verbalized.schema import answer_schema, form_of
from simulate.verbalized.spec import METHODS, Count, MethodSpec
from simulate.verbalized.task import Task

_KEY = re.compile(r'"\w+"(?=:)')
_SHOWN_TEXT = re.compile(r'"text":\s{0,9}"([^"\n]{1,200})"')


def request(
    spec: MethodSpec,
    task: Task,
    *,
    k: Count = 1,
    round: int = 1,
    rounds: int = 1,
    schema: Mapping[str, Any] | None = None,
    act: str | None = None,
) -> str:
    """Fill in the prompt of one call of a method; an empty text means that nothing need be said.

    Args:
        spec: the method.
        task: what is asked for.
        k: how many candidates this call is to give.
        round: the number of the call, from 1.
        rounds: how many calls there are.
        schema: JSON Schema of the answer; None asks for plain text.
        act: what the reply that is asked for is to do, where that was drawn before.

    Raises:
        InputError: a user's template that cannot be rendered, or that does not say what it must,
            such as how many candidates are wanted.
    """
    if task.place == "told" and round == 1 and act is None:
        return turn_mark(task.prompt_version)
    json_form = "" if schema is None else f"JSON only: {form_of(schema)}"
    return _filled_in(spec, task, k, round, rounds, json_form, act)


@lru_cache(maxsize=1024)
def _filled_in(
    spec: MethodSpec, task: Task, k: Count, round: int, rounds: int, json_form: str, act: str | None
) -> str:
    """Fill a prompt in; most turns of a run ask with the same words."""
    version = task.prompt_version
    title, wording = f"prompt of method {spec.name}", spec.worded(version)
    values = {
        "person": task.person,
        "question": task.question,
        "form": task.form,
        "levels": task.levels,
        "may_end": task.may_end,
        "length": task.length,
        "stands_for": task.stands_for,
        "place": task.place,
        "act": act,
        "acts": spec.acts,
        "k": k,
        "round": round,
        "rounds": rounds,
        "field": wording.field,
        "likeliness": wording.request,
        "example": wording.example,
        "below": spec.below,
        "end_mark": END_MARK,
        "json_form": json_form,
    }
    template = spec.template(version)
    request = render(template, values | shared(values, version), title)
    used = variables_of(template, title)
    if act is not None and "act" not in used:
        missing, cannot, what = "act", "say which act was drawn", "it belongs"
    elif act is None and spec.acts and "acts" not in used:
        missing, cannot, what = "acts", "say which acts there are", "they belong"
    elif (
        METHODS[spec.name].lists
        and act is None
        and not spec.acts
        and k != "auto"
        and not used & {"k", *HOW_MANY}
    ):
        missing, cannot, what = "k", f"ask for {k} candidates", "the number belongs"
    elif json_form and not any(key in request for key in _KEY.findall(json_form)):
        missing, cannot, what = "json_form", "say the form of the answer", "it belongs"
    else:
        _refuse_words(request, title, version)
        return request
    raise InputError(
        f"{title}: the template does not use the variable {missing}, so it cannot {cannot}; write "
        f"{{{{ {missing} }}}} where {what}"
    )


def _refuse_words(request: str, title: str, version: PromptVersion) -> None:
    """Refuse a reply in words within the form of the answer: models give it back, or begin so."""
    for shown in _SHOWN_TEXT.findall(request) if version > 1 else ():
        if any(map(str.isalnum, shown)) and shown[0] not in "<[{(":
            raise InputError(
                f"{title}: the template shows the reply {quote(shown, 40)}, and models say what "
                "they are shown; write “…” in its place, or set prompt_version: 1, whose prompts "
                "show one too"
            )


def requests(
    spec: MethodSpec, task: Task, schemas: Iterable[Mapping[str, Any] | None]
) -> list[str]:
    """Fill in the prompt of each call; all at once, so that a fault in one shows before any.

    Args:
        spec: the method.
        task: what is asked for.
        schemas: JSON Schema of each call's answer; None asks for plain text.
    """
    batches = spec.batches()
    return [
        request(spec, task, k=k, round=i, rounds=len(batches), schema=schema)
        for i, (k, schema) in enumerate(zip(batches, schemas, strict=False), start=1)
    ]


def schema_of_one(task: Task) -> Mapping[str, Any] | None:
    """Return the JSON Schema of one answer; None for a reply, which is plain text."""
    return None if task.read is None else answer_schema(task.value_schema)


def standing_request(spec: MethodSpec, task: Task) -> str:
    """Return the request for a reply as it is told once, in the speaker's instructions.

    So it is a part of all prompts that they share, where at the end of each it would be new text.
    Then each turn is asked for with the task's place `told`.

    Returns:
        An empty text where the request depends on what is drawn before, as with `mixture`, where
        it asks for the tail of what is plausible, which the instructions would ask of an outcome
        too, or where nothing need be said.
    """
    if task.prompt_version == 1 or task.question is not None or spec.below is not None:
        return ""
    first = next(METHODS[spec.name](spec, replace(task, place="instructions")))
    if not isinstance(first, Ask) or not first.messages:
        return ""
    told, mark = first.messages[-1]["content"], turn_mark(task.prompt_version)
    return told if mark in told else f"At {mark}:\n{told}"  # a template of a user's own


def said(role: str, content: str) -> tuple[Message, ...]:
    """Return a message; none where there is nothing to say."""
    return ({"role": role, "content": content},) if content else ()
