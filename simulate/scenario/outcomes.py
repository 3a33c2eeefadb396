"""Outcomes: the measured variables of a dialogue, and how an answer is read.

An outcome has a kind (what values it takes) and one way of measuring it: *asked* of a speaker
after the talk, *answered* by the one turn of a task, *judged* by a model from the transcript, or
*matched* by a pattern in it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulate.errors import ParseError, quote
from simulate.files.patterns import SHORT_LIMIT_S, PatternTooSlowError, Search, check_pattern

__all__ = ["Answered", "Asked", "Judged", "Matched", "Outcome", "OutcomeValue"]

OutcomeValue = float | int | str | bool

WAYS = ("asked", "answered", "judged", "matched")

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}
"""The sign of a currency; another one beside a number is no answer."""

YES = frozenset({"yes", "true", "y"})
NO = frozenset({"no", "false", "n"})

_too_slow: set[str] = set()

_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][-+]?\d+)?")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Asked(_Strict):
    """The speaker is asked after the talk; a user's answer comes from a distribution too."""

    speaker: str
    question: Annotated[str, Field(min_length=1)]
    """A Jinja template, as the speaker's instructions are."""


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
    """By default, for a choice or an ordinal, its levels as whole words in any case."""
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

    kind: Literal["amount", "count", "choice", "ordinal", "yesno"]
    """`amount` a number, `count` a whole number, `choice` one of `levels`, `ordinal` one of
    `levels` in order, `yesno` yes or no."""
    unit: str | None = None
    """The unit of an amount or a count, such as `USD`."""
    support: tuple[float, float] | None = None
    """The smallest and the largest value of an amount or a count."""
    levels: Annotated[list[str], Field(min_length=2)] | None = None
    """The values of a choice or an ordinal; the latter's from least to most."""
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
        if self.kind in ("amount", "count"):
            if self.levels is not None:
                raise ValueError(f"kind {self.kind} takes support, not levels")
            if self.support is None:
                raise ValueError(f"kind {self.kind} needs support: [smallest, largest]")
            low, high = self.support
            if not (math.isfinite(low) and math.isfinite(high) and low < high):
                raise ValueError(f"support must be two finite numbers in order, got {self.support}")
            if self.kind == "count" and not (low.is_integer() and high.is_integer()):
                raise ValueError(f"the support of a count must be whole numbers: {self.support}")
        elif self.support is not None:
            raise ValueError(f"kind {self.kind} takes no support")
        if (self.levels is not None) != (self.kind in ("choice", "ordinal")):
            raise ValueError("choice and ordinal need levels, the other kinds take none")
        if self.matched:
            by_level = self.matched.patterns
            if by_level is not None and set(by_level) != set(self.levels or ()):
                raise ValueError("matched.patterns must have one pattern for each of levels")
            if self.matched.pattern is None and self.levels is None:
                raise ValueError(
                    f"matched needs a pattern: kind {self.kind} has no levels to look for"
                )
        if self.levels is not None and len({v.casefold() for v in self.levels}) < len(self.levels):
            raise ValueError("levels must differ")
        return self

    def value(self, text: str) -> OutcomeValue:
        """Return the typed value of an answer in its canonical spelling."""
        match self.kind:
            case "amount":
                return float(text)
            case "count":
                return int(text)
            case "yesno":
                return text == "yes"
            case _:
                return text

    @property
    def form(self) -> str:
        """The form of an answer in words, for a prompt."""
        if self.support is not None:
            low, high = self.support
            number = "a whole number" if self.kind == "count" else "a number"
            unit = f", in {self.unit}" if self.unit else ""
            return f"{number} from {low:g} to {high:g}{unit}"
        return "one of " + ", ".join(f'"{v}"' for v in self._words())

    @property
    def value_schema(self) -> dict[str, Any]:
        """JSON Schema of one answer."""
        if self.support is None:
            return {"type": "string", "enum": list(self._words())}
        low, high = self.support
        if self.kind == "count":
            return {"type": "integer", "minimum": int(low), "maximum": int(high)}
        return {"type": "number", "minimum": low, "maximum": high}

    def _words(self) -> Sequence[str]:
        return ("yes", "no") if self.kind == "yesno" else self.levels or ()

    @property
    def read(self) -> Callable[[object], str]:
        """The function that brings a raw answer into its canonical spelling.

        It raises ParseError, with the rule, for an answer that is none or lies outside the
        support; nothing is clipped.
        """
        return self._read_number if self.support is not None else self._read_word

    def _read_word(self, raw: object) -> str:
        if isinstance(raw, bool) and self.kind == "yesno":
            return "yes" if raw else "no"
        if isinstance(raw, str):
            word = raw.strip().strip("\"'.!").casefold()
            if self.kind == "yesno" and word in YES | NO:
                return "yes" if word in YES else "no"
            for level in self._words():
                if level.casefold() == word:
                    return level
        raise ParseError(f"the answer {quote(str(raw), 60)} is not {self.form}")

    def _read_number(self, raw: object) -> str:
        number = math.nan
        if isinstance(raw, int | float) and not isinstance(raw, bool):
            number = float(raw)
        elif isinstance(raw, str):
            bare = raw.strip()
            if self.unit:
                bare = bare.strip(SYMBOLS.get(self.unit, "")).strip()
                unit, length = self.unit.casefold(), len(self.unit)
                if bare[-length:].casefold() == unit:
                    bare = bare[:-length].rstrip()
                if bare[:length].casefold() == unit:
                    bare = bare[length:].lstrip()
            if bare and _NUMBER.fullmatch(bare):
                try:
                    number = float(bare.replace(",", ""))
                except ValueError:
                    number = math.nan
        if not math.isfinite(number):
            raise ParseError(f"the answer {quote(str(raw), 60)} is not {self.form}")
        low, high = self.support or (-math.inf, math.inf)
        if not low <= number <= high:
            raise ParseError(
                f"the answer {number:g} is outside the support: it must be {self.form}"
            )
        if self.kind == "count":
            if not number.is_integer():
                raise ParseError(f"the answer {number:g} is not {self.form}")
            return str(int(number))
        return repr(number + 0.0)

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
        if self.kind == "yesno":
            return "yes" if found else "no"
        if not found:
            return None
        chosen = found[0] if rule.take == "first" else found[-1]
        return self.read(chosen[1] if chosen.re.groups else chosen[0])

    def read_from(self, speaker: str, text: str) -> OutcomeValue | None:
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
