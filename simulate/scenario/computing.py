"""How computed outcomes are computed: kind and support by their parts, and the value by a fold."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol

from simulate.errors import InputError, ParseError, first_of, quote
from simulate.files.conditions import Condition
from simulate.files.ordering import in_order
from simulate.files.templates import evaluate
from simulate.scenario.applicability import MISSING, Answer, conjunction
from simulate.scenario.computed import Computed, braced
from simulate.scenario.outcome_kind import OUTCOME_KINDS, NumberKind, OutcomeScalar
from simulate.scenario.outcomes import Outcome

DECIMALS = 12
"""Of a sum, so that 0.1 + 0.2 is 0.3, and equal sums are equal."""


class Measured(NamedTuple):
    """What numbers an outcome can be.

    Attributes:
        low: the smallest.
        high: the largest.
        whole: whether they are whole numbers.
        unit: of them, or None.
    """

    low: float
    high: float
    whole: bool
    unit: str | None = None


def numbers_of(outcome: Outcome) -> Measured:
    """Return what numbers an outcome can be: levels in order count their scores, yes 1 and no 0.

    Raises:
        ValueError: it has none.
    """
    kind = OUTCOME_KINDS[outcome.kind]
    if not kind.has_mean:
        raise ValueError(f"is of kind {outcome.kind}, which has no number to compute with")
    if isinstance(kind, NumberKind):
        return Measured(*kind.bounds(outcome), kind.discrete, outcome.unit)
    labels = kind.categories(outcome) or ()
    scores = kind.scores(outcome) or tuple(map(float, range(len(labels))))
    return Measured(min(scores), max(scores), all(map(float.is_integer, scores)))


def number_of(outcome: Outcome, value: object, *, turned: bool = False) -> float:
    """Return what a value of an outcome counts, or counts the other way round; see `numbers_of`."""
    kind = OUTCOME_KINDS[outcome.kind]
    code = kind.encode(value, outcome)
    scores = kind.scores(outcome)
    number = code if scores is None else scores[int(code)]
    if not turned:
        return number
    scale = numbers_of(outcome)
    return scale.low + scale.high - number


def derived(outcome: Outcome, outcomes: Mapping[str, Outcome]) -> Outcome:
    """Return a computed outcome with kind, unit and support, which follow from its parts.

    Args:
        outcome: with those of them that are stated, which must be right.
        outcomes: with its parts, derived themselves.

    Raises:
        ValueError: they cannot be computed with, or something else is stated; without the field.
    """
    rule = outcome.computed
    if rule is None:
        raise ValueError("this outcome is not computed")
    for name in rule.parts:
        if name not in outcomes:
            known = first_of(outcomes) or "none"
            raise ValueError(f"computed: there is no outcome “{name}”; there are: {known}")
    if rule.expression is not None:
        if not outcome.kind:
            raise ValueError("computed.expression: say of which kind the value is, such as amount")
        if outcome.kind != "yesno" and not OUTCOME_KINDS[outcome.kind].takes_support:
            raise ValueError(
                f"computed.expression: gives a number, or whether something holds, and this is of "
                f"kind {outcome.kind}"
            )
        return outcome
    found: dict[str, Any] = {"kind": "yesno", "support": None, "unit": None}
    if rule.when is None:
        found = _of_numbers(rule, {name: _numbers(name, rule, outcomes) for name in rule.parts})
    if outcome.levels is not None:
        raise ValueError("computed: it has no levels; leave them out")
    for field, right in found.items():
        stated = getattr(outcome, field)
        if stated and stated != right:
            told = list(right) if isinstance(right, tuple) else right
            raise ValueError(f"{field}: is {told} by what it is computed from; leave it out")
    return outcome.model_copy(update=found)


def all_derived(outcomes: Mapping[str, Outcome], field: Callable[[str], str]) -> dict[str, Outcome]:
    """Return outcomes, to the computed ones of which is added what follows from their parts.

    Args:
        outcomes: by name.
        field: returns where an outcome is declared.

    Raises:
        ValueError: one cannot be computed, or outcomes depend on each other in a circle.
    """
    found = dict(outcomes)
    needs = {n: [o for o in each.needs if o in outcomes] for n, each in outcomes.items()}

    def says_so(label: str) -> str:
        return f"{field(label)}.{'applies_if' if outcomes[label].applies_if else 'computed'}"

    for label in in_order(needs, says_so):
        if found[label].computed:
            try:
                found[label] = derived(found[label], found)
            except ValueError as error:
                raise ValueError(f"{field(label)}.{error}") from None
    return found


def _numbers(name: str, rule: Computed, outcomes: Mapping[str, Outcome]) -> Measured:
    try:
        return numbers_of(outcomes[name])
    except ValueError as error:
        raise ValueError(f"computed.{rule.rule}: “{name}” {error}") from None


def _of_numbers(rule: Computed, parts: Mapping[str, Measured]) -> dict[str, Any]:
    """Return kind, support and unit of a difference, sum or mean."""
    each = list(parts.values())
    if len({part.unit for part in each}) > 1:
        units = ", ".join(f"{name} in {part.unit or 'no unit'}" for name, part in parts.items())
        raise ValueError(f"computed.{rule.rule}: the units differ: {units}")
    if rule.at_least is not None and len({(part.low, part.high) for part in each}) > 1:
        raise ValueError("computed.at_least: the outcomes of the mean have different scales")
    lows, highs = [part.low for part in each], [part.high for part in each]
    if rule.difference:
        support = (lows[0] - highs[1], highs[0] - lows[1])
    else:
        count = len(each) if rule.mean else 1
        support = (math.fsum(lows) / count, math.fsum(highs) / count)
    whole = rule.mean is None and all(part.whole for part in each)
    return {"kind": "count" if whole else "amount", "support": support, "unit": each[0].unit}


class Fold(Protocol):
    """Computes a value from what answers count, one after the other.

    A state can be kept in a set, and two that are equal lead to the same value: so the values that
    are possible can be computed too, without going through all combinations.
    """

    start: ClassVar[Any]
    """The state before any answer."""

    @property
    def parts(self) -> tuple[str, ...]:
        """The outcomes whose answers it takes, in order."""

    def counted(self, name: str, answer: Answer) -> Any:
        """Return what the answer to one part counts."""

    def add(self, state: Any, counted: Any) -> Any:
        """Return the state after what one more answer counts."""

    def end(self, state: Any) -> Answer:
        """Return the value, after the answers to all parts."""


@dataclass(frozen=True)
class _Numbers:
    """Adds numbers up, or takes their mean; a state is how many there are, and their sum."""

    start: ClassVar[tuple[int, float]] = (0, 0.0)
    outcomes: Mapping[str, Outcome]
    rule: Computed
    whole: bool

    @property
    def parts(self) -> tuple[str, ...]:
        return self.rule.parts

    def counted(self, name: str, answer: Answer) -> float | None:
        if answer.value is None:
            return None
        number = number_of(self.outcomes[name], answer.value, turned=name in self.rule.reversed)
        return -number if self.rule.difference and name == self.rule.difference[1] else number

    def add(self, state: tuple[int, float], counted: float | None) -> tuple[int, float]:
        if counted is None:
            return state
        return state[0] + 1, round(state[1] + counted, DECIMALS)

    def end(self, state: tuple[int, float]) -> Answer:
        count, total = state
        if count < (self.rule.at_least or len(self.rule.parts)):
            return MISSING
        if self.rule.mean:
            return Answer(total / count)
        return Answer(round(total) if self.whole else total)


@dataclass(frozen=True)
class _Conditions:
    """Tells whether all conditions hold; a state is whether those so far do."""

    start: ClassVar[bool | None] = True
    outcomes: Mapping[str, Outcome]
    when: Mapping[str, Condition]

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.when)

    def counted(self, name: str, answer: Answer) -> bool | None:
        return self.outcomes[name].fulfils(answer, self.when[name])

    def add(self, state: bool | None, counted: bool | None) -> bool | None:
        return conjunction((state, counted))

    def end(self, state: bool | None) -> Answer:
        return MISSING if state is None else Answer(state)


@dataclass(frozen=True)
class _Expression:
    """Evaluates an expression; a state is the answers so far."""

    start: ClassVar[tuple[Answer, ...]] = ()
    outcome: Outcome
    expression: str
    parts: tuple[str, ...]
    values: Mapping[str, object]

    def counted(self, name: str, answer: Answer) -> Answer:
        return answer

    def add(self, state: tuple[Answer, ...], counted: Answer) -> tuple[Answer, ...]:
        return (*state, counted)

    def end(self, state: tuple[Answer, ...]) -> Answer:
        if any(answer.value is None for answer in state):
            return MISSING
        values = {name: answer.value for name, answer in zip(self.parts, state, strict=True)}
        found = evaluate(braced(self.expression), {**self.values, **values}, "computed.expression")
        truth = isinstance(found, bool)
        if truth != (self.outcome.kind == "yesno") or not isinstance(found, int | float):
            raise InputError(
                f"computed.expression: gives {quote(str(found), 40)}, and must be "
                f"{self.outcome.form}"
            )
        told: object = ("no", "yes")[int(found)] if truth else found
        return self.outcome.answer(self.outcome.read(told))


def fold_of(
    outcome: Outcome, outcomes: Mapping[str, Outcome], values: Mapping[str, object]
) -> Fold:
    """Return how a computed outcome is computed.

    Args:
        outcome: the computed one, its templates filled in.
        outcomes: all of the scenario.
        values: what an expression sees; see `template_values`.
    """
    rule = outcome.computed
    if rule is None:
        raise ValueError("this outcome is not computed")
    if rule.when is not None:
        return _Conditions(outcomes, rule.when)
    if rule.expression is not None:
        return _Expression(outcome, rule.expression, rule.parts, values)
    return _Numbers(outcomes, rule, outcome.kind == "count")


def computed_answer(fold: Fold, answers: Mapping[str, Answer]) -> Answer:
    """Compute the value from the answers to all parts.

    Raises:
        InputError: an expression cannot be evaluated.
        ParseError: its value is none of the outcome.
    """
    state = fold.start
    for name in fold.parts:
        state = fold.add(state, fold.counted(name, answers[name]))
    return fold.end(state)


def rehearse_rule(
    outcome: Outcome, name: str, outcomes: Mapping[str, Outcome], values: Mapping[str, object]
) -> None:
    """Compute an outcome once, from the smallest and from the largest values of its parts.

    Raises:
        InputError: `when` has a value that the outcome cannot have, or an expression can be
            evaluated from neither; beginning with the field.
    """
    rule = outcome.computed
    if rule is None:
        return
    for part, condition in (rule.when or {}).items():
        try:
            outcomes[part].fulfils(MISSING, condition)
        except ValueError as error:
            raise InputError(f"outcomes.{name}.computed.when.{part}: {error}") from None
    if rule.expression is None:
        return
    fold, failed = fold_of(outcome, outcomes, values), []
    for end in (0, -1):
        try:
            computed_answer(fold, {p: Answer(_extreme(outcomes[p], end)) for p in rule.parts})
        except InputError as error:
            failed.append(error)
        except ParseError:
            return  # a value outside the support may be one of the values that are never met
    if len(failed) > 1:
        raise InputError(f"outcomes.{name}.{failed[0]}")


def _extreme(outcome: Outcome, end: int) -> OutcomeScalar:
    """Return the first value of an outcome, or the last one for −1."""
    kind = OUTCOME_KINDS[outcome.kind]
    labels = kind.categories(outcome)
    if labels is not None:
        return kind.decode(float(range(len(labels))[end]), outcome)
    return kind.decode(kind.bounds(outcome)[end], outcome) if isinstance(kind, NumberKind) else ""
