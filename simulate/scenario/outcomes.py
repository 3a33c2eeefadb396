"""Outcomes: the measured variables of a dialogue, and how an answer is read.

An outcome has a kind (what values it takes, see `outcome_kind`) and one way of measuring it:
*asked* of a speaker after the talk, *answered* by the one turn of a task, *judged* by a model from
the transcript, or *matched* by a pattern in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulate.errors import ParseError
from simulate.files.patterns import SHORT_LIMIT_S, PatternTooSlowError, Search, check_pattern
from simulate.scenario.method import Method
from simulate.scenario.outcome_kind import OUTCOME_KINDS, KindName, OutcomeKind, OutcomeScalar

WAYS = ("asked", "answered", "judged", "matched")

_too_slow: set[str] = set()


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Asked(_Strict):
    """The speaker is asked after the talk; a user's answer comes from a distribution too."""

    speaker: str
    question: Annotated[str, Field(min_length=1)]
    """A Jinja template, as the speaker's instructions are."""
    # Left out of dumps where it is not given, so that files begun before keep their identity.
    method: Annotated[Method | None, Field(exclude_if=lambda v: v is None)] = None
    """How the answer's distribution is obtained, whatever the speaker's method in the talk; by
    default that one."""


class Answered(_Strict):
    """The one turn of a task is the value: it is asked for in the outcome's form.

    So the candidates of the turn are the candidates of the outcome.
    """


class Judged(_Strict):
    """A model reads the transcript and answers the question."""

    question: Annotated[str, Field(min_length=1)]
    """A Jinja template, as a speaker's instructions are."""


class Matched(_Strict):
    """A regular expression is searched for in what was said.

    The first group (else the whole match) is the value; for a yes/no outcome, whether there is
    a match at all. Where nothing matches, any other outcome is missing.
    """

    pattern: Annotated[str, Field(min_length=1)] | None = None
    """By default, where an outcome has levels, these as whole words in any case."""
    patterns: dict[str, Annotated[str, Field(min_length=1)]] | None = None
    """In place of one pattern, a pattern for each level: the value is the first level whose
    pattern is found in the turns, in the order given here."""
    speaker: str | None = None
    """Whose turns are searched; all turns by default."""
    take: Literal["first", "last"] = "last"
    """Which match counts."""

    @model_validator(mode="after")
    def _check(self) -> Matched:
        if self.pattern is not None and self.patterns is not None:
            raise ValueError("give pattern or patterns, not both")
        for pattern in (self.pattern or "", *(self.patterns or {}).values()):
            check_pattern(pattern)
        return self


class Outcome(_Strict):
    """A measured variable of a dialogue."""

    kind: KindName
    """What values it takes, such as a number or one of several words."""
    unit: str | None = None
    """The unit of a number, such as `USD`."""
    support: tuple[float, float] | None = None
    """The smallest and the largest number."""
    levels: Annotated[list[str], Field(min_length=2)] | None = None
    """The words that can be answered; where they have an order, from least to most."""
    asked: Asked | None = None
    answered: Answered | None = None
    judged: Judged | None = None
    matched: Matched | None = None

    @model_validator(mode="after")
    def _check(self) -> Outcome:
        ways = [w for w in WAYS if getattr(self, w) is not None]
        if len(ways) != 1:
            given = " and ".join(ways) or "none"
            raise ValueError(f"give exactly one of {', '.join(WAYS)}; given: {given}")
        if wrong := self._kind.problem(self):
            raise ValueError(f"kind {self.kind} {wrong}")
        if self.matched:
            by_level = self.matched.patterns
            if by_level is not None and set(by_level) != set(self.levels or ()):
                raise ValueError("matched.patterns must have one pattern for each of levels")
            if self.matched.pattern is None and self.levels is None:
                raise ValueError(
                    f"matched needs a pattern: kind {self.kind} has no levels to look for"
                )
        return self

    @property
    def _kind(self) -> OutcomeKind:
        """What is special about the values of its kind."""
        return OUTCOME_KINDS[self.kind]

    def value(self, text: str) -> OutcomeScalar:
        """Return the typed value of an answer in its canonical spelling."""
        return self._kind.value(text)

    @property
    def form(self) -> str:
        """The form of an answer in words, for a prompt."""
        return self._kind.form(self)

    @property
    def value_schema(self) -> dict[str, Any]:
        """JSON Schema of one answer."""
        return self._kind.schema(self)

    def read(self, raw: object) -> str:
        """Bring a raw answer into its canonical spelling.

        Raises:
            ParseError: the answer is none, or lies outside the support; with the rule. Nothing is
                clipped.
        """
        return self._kind.read(raw, self)

    def match(self, turns: Sequence[tuple[str, str]]) -> str | None:
        """Return the matched value of a transcript in its canonical spelling.

        Args:
            turns: speaker and text of each turn, in order.

        Returns:
            The value; None where nothing matches (for a yes/no outcome that is `no`).

        Raises:
            ParseError: the match is no value of this outcome.
        """
        try:
            return self._matched(turns, Search())
        except PatternTooSlowError as error:
            raise ParseError(str(error)) from None

    def _matched(self, turns: Sequence[tuple[str, str]], search: Search) -> str | None:
        rule = self.matched
        if rule is None:
            raise ValueError("this outcome is not matched by a pattern")
        said = [text for speaker, text in turns if rule.speaker in (None, speaker)]
        if rule.patterns is not None:
            levels = rule.patterns.items()
            return next((v for v, p in levels if any(search.first(p, t) for t in said)), None)
        pattern = self._pattern(rule)
        found = [match for text in said for match in search.all(pattern, text)]
        if not found:
            return self._kind.found(None, self)
        chosen = found[0] if rule.take == "first" else found[-1]
        return self._kind.found((chosen[1] or "") if chosen.re.groups else chosen[0], self)

    def read_from(self, speaker: str, text: str) -> OutcomeScalar | None:
        """Return the value that an answered or matched outcome reads from one reply, or None."""
        try:
            found = text if self.answered else self._matched([(speaker, text)], self._search())
        except ParseError:
            return None
        except PatternTooSlowError:
            _too_slow.add(self._key())
            return None
        return None if found is None else self.value(found)

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
