"""`vs-act`: acts with their probabilities; one is drawn, and then one reply that does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from simulate.errors import ParseError, quote
from simulate.verbalized.asking import Pick, Steps
from simulate.verbalized.candidate import Parse
from simulate.verbalized.choices import Choices
from simulate.verbalized.distribution import ReplyDistribution
from simulate.verbalized.draws import RecordedDraw
from simulate.verbalized.replies import listed, one
from simulate.verbalized.requests import request, said, schema_of_one
from simulate.verbalized.schema import TEXT
from simulate.verbalized.spec import OF_STATED, Method, MethodSpec
from simulate.verbalized.storable import clean_text
from simulate.verbalized.task import Task

LONGEST_ACT = 200
"""Characters of an act in the model's own words."""


class VerbalizedSamplingOfActs(Method):
    """Acts with their probabilities; one is drawn, and then one reply that does it.

    So what a person does is drawn from a stated distribution, and how it is said is left to the
    model. The second call does not see the acts that were not drawn.
    """

    states = True
    lists = True
    picks = True
    takes = OF_STATED | {"acts"}

    def calls(self, spec: MethodSpec) -> int:
        """Return 2: one call for the acts, one for the reply."""
        return 2

    def listings(self, spec: MethodSpec) -> int:
        """Return 1: all acts are asked for in one call."""
        return 1

    def problem(self, spec: MethodSpec) -> str | None:
        if spec.acts is None:
            return None
        if len(spec.acts) < 2:
            return (
                f"acts has {len(spec.acts)}, and needs at least two to draw from; leave "
                "it out, and the model names its own"
            )
        if alike := Choices(spec.acts).alike():
            one_act, same = map(quote, alike)
            return f"acts names {one_act} and {same}, which are the same: keep one"
        if spec.below is not None:
            return "below is set, but each of the acts is to be stated: leave one of them out"
        return None

    def __call__(self, spec: MethodSpec, task: Task) -> Steps:
        schema = schema_of_one(task)
        request(spec, task, schema=schema, act="…")  # a fault in it shows before any call
        acts = spec.acts
        asking = replace(
            task,
            value_schema=TEXT if acts is None else {"type": "string", "enum": list(acts)},
            read=_own_words if acts is None else _one_of(acts),
            may_end=False,
            levels=None if acts is None else len(acts),
        )
        each = spec if acts is None else spec.model_copy(update={"k": len(acts)})
        stated = yield from listed(each, asking)
        distribution = stated.merged()
        drawn: RecordedDraw = yield Pick("act", distribution, spec.draw_settings)
        prompt = request(spec, task, schema=schema, act=drawn.candidate.text)
        candidate, parse, _ = yield from one(said("user", prompt), task)
        repaired = "repaired" in (stated.parse, parse) or len(distribution) < len(stated)
        read: Parse = "repaired" if repaired else "clean"
        return ReplyDistribution.single(candidate, read)


def _one_of(acts: Sequence[str]) -> Callable[[object], str]:
    """Return what reads one of the declared acts into their spelling."""
    declared = Choices(acts)

    def read(raw: object) -> str:
        act = declared.meant(raw)
        if act is not None:
            return act
        known = ", ".join(f"“{act}”" for act in acts)
        raise ParseError(f"{quote(str(raw), 60)} is none of the acts: {known}")

    return read


def _own_words(raw: object) -> str:
    """Read an act in the model's own words."""
    act = " ".join(clean_text(raw).split()).rstrip(".") if isinstance(raw, str) else ""
    if not act:
        raise ParseError(f"an act must be a text, not {quote(str(raw), 60)}")
    if len(act) > LONGEST_ACT:
        raise ParseError(
            f"an act takes a few words, and this is too long: {quote(act, 60)}",
            told="an act takes a few words, and this is too long",
        )
    return act


METHOD = VerbalizedSamplingOfActs()
