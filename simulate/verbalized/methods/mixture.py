"""`mixture`: other methods, or other models, each with a weight; one of them is drawn, and asks."""

from __future__ import annotations

from dataclasses import replace

from simulate.errors import ParseError
from simulate.verbalized.asking import Ask, Pick, Steps
from simulate.verbalized.candidate import Candidate
from simulate.verbalized.distribution import ReplyDistribution
from simulate.verbalized.draws import RecordedDraw
from simulate.verbalized.spec import METHODS, Method, MethodSpec
from simulate.verbalized.task import Task

OF_ITS_PARTS = ("k", "draw", "temper", "mix", "prompt")
"""Options of every other method, of which each part of a mixture has its own."""


class Mixture(Method):
    """Other methods, or other models, each with a weight; one of them is drawn, and asks.

    So the replies of a cell are distributed as Σ w_i p_i, with p_i those of part i alone.
    """

    takes = frozenset({"parts", "per"})
    picks = True
    template = ""

    def calls(self, spec: MethodSpec) -> int:
        """Return the calls of the part that takes most."""
        return max(each.calls for each in spec.asking)

    def problem(self, spec: MethodSpec) -> str | None:
        if not spec.parts:
            return (
                "parts is not set, and a mixture is made of them: give each a weight, and a method "
                "or a model, such as `parts: {a: {weight: .7, method: vs}, b: {weight: .3}}`"
            )
        if not any(part.weight for part in spec.parts.values()):
            return "the weight of every part is 0: give at least one a weight above 0"
        for name, part in spec.parts.items():
            if part.method.parts:
                return f"parts.{name} is a mixture itself: list its parts here instead"
        for option in OF_ITS_PARTS:
            if getattr(spec, option) != MethodSpec.model_fields[option].default:
                return f"{option} is set, but each part of a mixture has its own: set it there"
        return None

    def __call__(self, spec: MethodSpec, task: Task) -> Steps:
        parts = spec.parts or {}
        total = sum(part.weight for part in parts.values())
        stated = tuple(Candidate(name, part.weight / total) for name, part in parts.items())
        distribution = ReplyDistribution.from_probabilities(stated)
        drawn: RecordedDraw = yield Pick("part", distribution, once=spec.per != "turn")
        name = drawn.candidate.text
        method = parts[name].method
        steps = METHODS[method.name](method, task)
        return (yield from (_asking(steps, name) if parts[name].model is not None else steps))


def _asking(steps: Steps, part: str) -> Steps:
    """Have all that a method asks for answered by the model of a part."""
    try:
        step = next(steps)
        while True:
            try:
                answer = yield replace(step, part=part) if isinstance(step, Ask) else step
            except ParseError as error:
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as done:
        found: ReplyDistribution = done.value
        return found
    finally:
        steps.close()


METHOD = Mixture()
