"""Outcomes: the measured variables of a dialogue, and how an answer is read.

An outcome has a kind (what values it takes, see `outcome_kind`) and one way of measuring it:
*asked* of a speaker after the talk, *answered* by the one turn of a task, *judged* by a model from
the transcript, *matched* by a pattern in it, or *computed* from other outcomes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from simulate.errors import ParseError
from simulate.files.conditions import Between, Condition
from simulate.files.patterns import SHORT_LIMIT_S, PatternTooSlowError, Search, check_pattern
from simulate.files.strict import Strict
from simulate.limits import MOST_LEVELS
from simulate.measures.normalization import answer_form
from simulate.scenario.applicability import (
    DOES_NOT_APPLY,
    MISSING,
    NOT_APPLICABLE,
    Answer,
    says_so,
)
from simulate.scenario.computed import Computed
from simulate.scenario.method import Method
from simulate.scenario.outcome_kind import OUTCOME_KINDS, KindName, OutcomeKind
from simulate.verbalized import MethodSpec

WAYS = ("asked", "answered", "judged", "matched", "computed")

_too_slow: set[str] = set()


AS_IN_TALK = "as-in-talk"
PRIVATE = "private-report"
FRAMES = ("act", PRIVATE, "public-report", "none")
"""What an answer can be for; see `Asked.frame`."""

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


def _as_levels(value: Any) -> Any:
    """Return levels as words: the number 3 of a file is the level “3”."""
    if not isinstance(value, list):
        return value
    numbers = [isinstance(each, int | float) and not isinstance(each, bool) for each in value]
    return [str(v) if number else v for v, number in zip(value, numbers, strict=True)]


SEVERAL = Field(min_length=2, max_length=MOST_LEVELS)
Levels = Annotated[
    Annotated[list[str], SEVERAL],
    BeforeValidator(_as_levels, json_schema_input_type=Annotated[list[str | float], SEVERAL]),
]


def _kinds(schema: dict[str, Any]) -> None:
    """List the kinds to editors, and no default: one is left out only where it follows."""
    OUTCOME_KINDS.schema(schema)
    schema.pop("default", None)


class Asked(Strict):
    """The speaker is asked after the talk; a user's answer comes from a distribution too."""

    speaker: str
    """Who is asked."""
    question: Annotated[str, Field(min_length=1)]
    """A Jinja template, as the speaker's instructions are."""
    # Left out of dumps where it is not given, so that files begun before keep their identity.
    method: Annotated[
        Annotated[Literal["as-in-talk"], Field()] | Method | None,
        Field(exclude_if=lambda v: v is None, union_mode="left_to_right"),
    ] = None
    """How the answer's distribution is obtained, whatever the speaker's method in the talk; by
    default `vs` with all answers, or with 5 where they are many. `as-in-talk` is the speaker's."""
    frame: Annotated[str, Field(exclude_if=lambda v: v == PRIVATE)] = PRIVATE
    """What the answer is for, told before the question: `act` (it is carried out),
    `private-report`, `public-report` (the others learn it), or `none`, which tells nothing. Or a
    template that renders to one of these."""
    by: Annotated[Words | None, Field(exclude_if=lambda v: v is None)] = None
    """Who asks, such as `the organisers of the task`; a template. By default somebody outside the
    conversation."""

    @property
    def own_method(self) -> MethodSpec | None:
        """The method that is given here; None where it is that of the talk, or the default."""
        return self.method if isinstance(self.method, MethodSpec) else None


class Answered(Strict):
    """The one turn of a task is the value: it is asked for in the outcome's form.

    So the candidates of the turn are the candidates of the outcome.
    """


class Judged(Strict):
    """A model reads the transcript and answers the question."""

    question: Annotated[str, Field(min_length=1)]
    """A Jinja template, as a speaker's instructions are."""


class Matched(Strict):
    """A regular expression is searched for in what was said.

    The first group (else the whole match) is the value; for a yes/no outcome, whether there is
    a match at all. Where nothing matches, any other outcome is missing, or does not apply where
    it declares `not_applicable`.
    """

    pattern: Annotated[str, Field(min_length=1)] | None = None
    """By default, where an outcome has levels, these as whole words in any case."""
    patterns: dict[str, Annotated[str, Field(min_length=1)]] | None = None
    """In place of one pattern, a pattern for each level: the value is the first level whose
    pattern is found in the turns, in the order given here."""
    # Left out of dumps where it is not given, so that files begun before keep their identity.
    accepted: Annotated[
        list[Annotated[str, Field(min_length=1)]] | None,
        Field(min_length=1, exclude_if=lambda v: v is None),
    ] = None
    """In place of a pattern, the right answers of a yes/no outcome, templates as a speaker's
    instructions are; “|” sets several apart. It is yes where a whole turn is one of them; case,
    accents, articles and punctuation do not count."""
    speaker: str | None = None
    """Whose turns are searched; all turns by default."""
    take: Literal["first", "last"] = "last"
    """Which match counts."""

    @model_validator(mode="after")
    def _check(self) -> Matched:
        given = (self.pattern, self.patterns, self.accepted)
        if sum(rule is not None for rule in given) > 1:
            raise ValueError("give one of pattern, patterns and accepted")
        for pattern in (self.pattern or "", *(self.patterns or {}).values()):
            check_pattern(pattern)
        return self


class Outcome(Strict):
    """A measured variable of a dialogue."""

    kind: Annotated[KindName, Field(json_schema_extra=_kinds)] = ""
    """What values it takes, such as a number or one of several words; that of a computed outcome
    follows, but for an expression."""
    unit: str | None = None
    """The unit of a number, such as `USD`."""
    support: tuple[float, float] | None = None
    """The smallest and the largest number."""
    levels: Levels | None = None
    """The words that can be answered; where they have an order, from least to most."""
    # Both are left out of dumps where they are not given, for versions that do not know them.
    not_applicable: Annotated[Words | None, Field(exclude_if=lambda v: v is None)] = None
    """When the outcome does not apply, in words that follow “if”, such as `no deal was made`: who
    is asked may then answer so."""
    applies_if: Annotated[
        Annotated[dict[str, Condition], Field(min_length=1)] | None,
        Field(exclude_if=lambda v: v is None),
    ] = None
    """Other outcomes, which are measured before, and the values with which this one applies, such
    as `{deal: yes}`; with any others it is not asked for."""
    asked: Asked | None = None
    """A speaker is asked; a user's answer comes from a distribution."""
    answered: Answered | None = None
    """`{}`: the one turn of a task is the value."""
    judged: Judged | None = None
    """A model reads the transcript and answers a question."""
    matched: Matched | None = None
    """A regular expression is searched for in what was said."""
    computed: Annotated[Computed | None, Field(exclude_if=lambda v: v is None)] = None
    """How the value follows from other outcomes; nobody is asked."""

    @model_validator(mode="after")
    def _check(self) -> Outcome:
        ways = [w for w in WAYS if getattr(self, w) is not None]
        if len(ways) != 1:
            given = " and ".join(ways) or "none"
            raise ValueError(f"give exactly one of {', '.join(WAYS)}; given: {given}")
        if self.computed:
            if self.not_applicable:
                raise ValueError("not_applicable: nobody is asked who could say so; leave it out")
            if not self.kind or not self.computed.expression:
                return self
        if not self.kind:
            raise ValueError("kind: is missing")
        if wrong := self._kind.problem(self):
            raise ValueError(f"kind {self.kind} {wrong}")
        if self.may_not_apply and any(says_so(level) for level in self.levels or ()):
            raise ValueError(f"levels: leave out “{DOES_NOT_APPLY}”: it is a level of its own")
        if self.answered and self.applies_if:
            raise ValueError("applies_if: an outcome that is answered comes before all others")
        if self.matched and self.not_applicable and self._kind.found(None, self) is not None:
            raise ValueError(f"not_applicable: kind {self.kind} has a value where nothing matches")
        if self.matched:
            by_level = self.matched.patterns
            if by_level is not None and set(by_level) != set(self.levels or ()):
                raise ValueError("matched.patterns must have one pattern for each of levels")
            if self.matched.accepted and self.kind != "yesno":
                raise ValueError(f"matched.accepted is for kind yesno, not {self.kind}")
            if not (self.matched.pattern or self.matched.accepted or self.levels):
                raise ValueError(
                    f"matched needs a pattern: kind {self.kind} has no levels to look for"
                )
        return self

    @property
    def way(self) -> str:
        """The way in which it is measured, such as `asked`."""
        return next(way for way in WAYS if getattr(self, way) is not None)

    @property
    def _kind(self) -> OutcomeKind:
        """What is special about the values of its kind."""
        return OUTCOME_KINDS[self.kind]

    @property
    def has_codes(self) -> bool:
        """Whether its values can be counted and compared; free text cannot."""
        return self._kind.has_codes

    @property
    def by_share(self) -> bool:
        """Whether its cells are compared by shares: words without an order have no mean."""
        return self._kind.scale == "nominal"

    @property
    def widest_difference(self) -> float | None:
        """By how much the means (or shares) of two cells can differ; None for no bound."""
        if self.by_share:
            return 1.0
        scores = self._kind.scores(self) or range(self._kind.size(self) or 0)
        low, high = self.support or (min(scores, default=0), max(scores, default=0))
        return high - low or None

    @property
    def distances(self) -> tuple[str, ...]:
        """The names of the distances that are defined for its values."""
        from simulate.statistics.distances import measures_for

        return tuple(measure.name for measure in measures_for(self._kind.scale))

    @property
    def may_not_apply(self) -> bool:
        """Whether there can be dialogues to which it does not apply."""
        return self.not_applicable is not None or self.applies_if is not None

    @property
    def needs(self) -> tuple[str, ...]:
        """The outcomes that are measured before it: it applies, or is computed, by them."""
        return (*(self.applies_if or ()), *(self.computed.parts if self.computed else ()))

    @property
    def answers(self) -> int | None:
        """How many different answers there are; None where they cannot be counted."""
        values = self._kind.size(self)
        return values if values is None or self.not_applicable is None else values + 1

    def answer(self, text: str) -> Answer:
        """Return what an answer in its canonical spelling says."""
        if self.may_not_apply and text == DOES_NOT_APPLY:
            return NOT_APPLICABLE
        return Answer(self._kind.value(text))

    def told(self, answer: Answer) -> str:
        """Return how an answer is written where it is told in words; a missing one is empty."""
        if not answer.applies:
            return DOES_NOT_APPLY
        return "" if answer.value is None else self._kind.told(answer.value)

    def is_value(self, value: object) -> bool:
        """Tell whether something is a value of its kind, whatever its support is."""
        return self._kind.is_value(value, self)

    @property
    def form(self) -> str:
        """The form of an answer in words, for a prompt."""
        return self._kind.form(self) + self._or_not

    @property
    def _or_not(self) -> str:
        if self.not_applicable is None:
            return ""
        return f', or "{DOES_NOT_APPLY}" if {self.not_applicable.rstrip(".")}'

    @property
    def value_schema(self) -> dict[str, Any]:
        """JSON Schema of one answer."""
        schema = self._kind.schema(self)
        if self.not_applicable is None:
            return schema
        if "enum" in schema:
            return {**schema, "enum": [*schema["enum"], DOES_NOT_APPLY]}
        return {"anyOf": [schema, {"type": "string", "enum": [DOES_NOT_APPLY]}]}

    def read(self, raw: object) -> str:
        """Bring a raw answer into its canonical spelling.

        Raises:
            ParseError: the answer is none, or lies outside the support; with the rule. Nothing is
                clipped.
        """
        if self.not_applicable is not None and says_so(raw, self.not_applicable):
            return DOES_NOT_APPLY
        try:
            return self._kind.read(raw, self)
        except ParseError as error:
            raise ParseError(f"{error}{self._or_not}") from None

    def fulfils(self, answer: Answer, condition: Condition) -> bool | None:
        """Tell whether an answer is as a condition on this outcome says; None where it is missing.

        Raises:
            ValueError: the outcome has no such values.
        """
        try:
            if isinstance(condition, Between):
                if self._kind.scale != "numeric":
                    raise ValueError(f"above and below are for numbers, and this is {self.kind}")
                number = answer.value
                found = isinstance(number, int | float) and condition.holds(number)
            else:
                found = answer in [self.answer(self.read(value)) for value in condition]
        except ParseError as error:
            raise ValueError(str(error)) from None
        return None if answer == MISSING else found

    def match(self, turns: Sequence[tuple[str, str]]) -> str | None:
        """Return the matched value of a transcript in its canonical spelling.

        Returns:
            The value; None where nothing matches, unless that is a value too: `no` of a yes/no
            outcome, or that the outcome does not apply.

        Raises:
            ParseError: the match is no value of this outcome.
        """
        try:
            return self._found(turns, Search())
        except PatternTooSlowError as error:
            raise ParseError(str(error)) from None

    def _found(self, turns: Sequence[tuple[str, str]], search: Search) -> str | None:
        found = self._matched(turns, search)
        return DOES_NOT_APPLY if found is None and self.not_applicable else found

    def _matched(self, turns: Sequence[tuple[str, str]], search: Search) -> str | None:
        rule = self.matched
        if rule is None:
            raise ValueError("this outcome is not matched by a pattern")
        said = [text for speaker, text in turns if rule.speaker in (None, speaker)]
        if rule.patterns is not None:
            levels = rule.patterns.items()
            return next((v for v, p in levels if any(search.first(p, t) for t in said)), None)
        if rule.accepted is not None:
            right = set(map(answer_form, rule.accepted))
            return self._kind.found(next((t for t in said if answer_form(t) in right), None), self)
        pattern = self._pattern(rule)
        found = [match for text in said for match in search.all(pattern, text)]
        if not found:
            return self._kind.found(None, self)
        chosen = found[0] if rule.take == "first" else found[-1]
        return self._kind.found((chosen[1] or "") if chosen.re.groups else chosen[0], self)

    def read_from(self, speaker: str, text: str) -> Answer:
        """Return what an answered or matched outcome reads from one reply; it may be missing."""
        try:
            found = text if self.answered else self._found([(speaker, text)], self._search())
        except ParseError:
            return MISSING
        except PatternTooSlowError:
            _too_slow.add(self._key())
            return MISSING
        return MISSING if found is None else self.answer(found)

    def _search(self) -> Search:
        """Return a search that is short where this outcome's pattern was too slow before.

        What is read again for each candidate of a large run must not take a second each time.
        """
        return Search(SHORT_LIMIT_S) if self._key() in _too_slow else Search()

    def _key(self) -> str:
        return repr(self.matched)

    def _pattern(self, rule: Matched) -> str:
        if rule.pattern is not None:
            return rule.pattern
        longest_first = sorted(self.levels or (), key=len, reverse=True)
        return rf"(?i)(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)"
