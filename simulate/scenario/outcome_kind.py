"""Outcome kinds: what values an outcome takes, one object for each kind in `kinds/`.

A kind says all that is special about its values: which options it takes, the form of an answer in
words and as a JSON Schema, how a model's answer is read, and how a value is coded as a number for
statistics. Outcomes of scenarios and variables of human data use the same objects.
"""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Protocol, cast

from pydantic import AfterValidator, Field

from simulate.errors import ParseError, first_of, quote
from simulate.registry import Modules, Registry
from simulate.verbalized.choices import choice_form, choices
from simulate.verbalized.markup import without_markup
from simulate.verbalized.parse import parse_answer
from simulate.verbalized.scales import finite
from simulate.verbalized.written_numbers import readings

if TYPE_CHECKING:
    from simulate.statistics.support import Scale

OutcomeScalar = float | int | str | bool

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}
"""The sign of a currency; another one beside a number is no answer."""

LARGEST = 1e100
"""The largest number that is computed with, and the smallest is its inverse, below which all is 0:
squares and sums of such are numbers still."""


class Options(Protocol):
    """What an outcome, or a variable of human data, declares beside its kind."""

    @property
    def unit(self) -> str | None:
        """The unit of a number."""

    @property
    def support(self) -> tuple[float, float] | None:
        """The smallest and the largest number; human data may have none."""

    @property
    def levels(self) -> Sequence[str] | None:
        """The words that can be answered."""


class OutcomeKind(ABC):
    """What values an outcome takes; see `NumberKind` and `WordKind` for the two usual sorts."""

    scale: ClassVar[Scale]
    """What codes mean, and so which distances are defined; see `simulate.statistics`."""
    takes_support: ClassVar[bool] = False
    """Whether an outcome of this kind has a smallest and a largest number; it must, then."""
    takes_levels: ClassVar[bool] = False
    """Whether an outcome of this kind declares its words; it must, then."""
    family: ClassVar[str | None] = None
    """Outcomes and human data of one family can be compared; None: with their own kind only."""
    has_mean: ClassVar[bool] = True
    """Whether the mean of codes says something."""
    has_codes: ClassVar[bool] = True
    """Whether values can be coded as numbers, and so be counted and compared."""
    discrete: ClassVar[bool] = True
    """Whether values can be told apart exactly and counted; for numbers: whole numbers."""
    above_zero: ClassVar[str | None] = None
    """What tables call the share of codes above 0; None where it says nothing."""

    def problem(self, options: Options) -> str | None:
        """Return why an outcome cannot be declared with these options; None where it can."""
        if self.takes_support and options.support is None:
            return "needs support: [smallest, largest]"
        if not self.takes_support and options.support is not None:
            return "takes no support"
        if self.takes_levels and not options.levels:
            return "needs levels"
        if not self.takes_levels and options.levels is not None:
            return "takes no levels"
        return None

    @abstractmethod
    def form(self, options: Options) -> str:
        """Return the form of an answer in words, for a prompt: “a number from 0 to 2”."""

    @abstractmethod
    def schema(self, options: Options) -> dict[str, Any]:
        """Return the JSON Schema of one answer."""

    @abstractmethod
    def read(self, raw: object, options: Options) -> str:
        """Bring a model's raw answer into its canonical spelling; nothing is clipped.

        Raises:
            ParseError: the answer is none, or lies outside the support; with the rule.
        """

    @abstractmethod
    def value(self, text: str) -> OutcomeScalar:
        """Return the typed value of an answer in its canonical spelling."""

    def told(self, value: OutcomeScalar) -> str:
        """Return how a value is written where it is told in words."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        return f"{value:.15g}" if isinstance(value, float) else str(value)

    def is_value(self, value: object, options: Options) -> bool:
        """Tell whether something is a value of this kind, whatever its support is."""
        words = self.categories(options)
        if words is None:
            return isinstance(value, int | float) and not isinstance(value, bool)
        return value in [self.value(word) for word in words]

    def found(self, match: str | None, options: Options) -> str | None:
        """Return the value that a pattern's match says, None for no match, in canonical spelling.

        Raises:
            ParseError: the match is no value.
        """
        return None if match is None else self.read(match, options)

    @abstractmethod
    def categories(self, options: Options) -> tuple[str, ...] | None:
        """Return the labels of the codes 0, 1, …; None where a value is its own code."""

    def size(self, options: Options) -> int | None:
        """Return how many different values there are; None where they cannot be counted."""
        labels = self.categories(options)
        return None if labels is None else len(labels)

    @abstractmethod
    def encode(self, value: object, options: Options) -> float:
        """Return the code of one value of a run or a table.

        Raises:
            ValueError: it is no value of this kind; with what to do.
        """

    @abstractmethod
    def decode(self, code: float, options: Options) -> OutcomeScalar:
        """Return the value of a code."""

    def label(self, code: float, options: Options) -> str:
        """Return how a code is shown."""
        labels = self.categories(options)
        return f"{code:g}" if labels is None else labels[int(code)]

    def scores(self, options: Options) -> tuple[float, ...] | None:
        """Return what each of the codes 0, 1, … counts in a mean; None where it is the code."""
        return None

    def mean_name(self, options: Options) -> str:
        """Return what the mean of the scores is called."""
        return "mean"

    def guessed(self, values: Sequence[object]) -> bool:
        """Tell whether a table's column of such values is of this kind where none is named."""
        return False


class NumberKind(OutcomeKind):
    """Numbers within a support, in a unit."""

    scale: ClassVar[Scale] = "numeric"
    takes_support = True
    family = "number"
    above_zero = "> 0"
    a_number: ClassVar[str] = "a number"
    """What one is called in a prompt."""

    def bounds(self, options: Options) -> tuple[float, float]:
        """Return the smallest and the largest number."""
        return options.support or (-math.inf, math.inf)

    def problem(self, options: Options) -> str | None:
        """See `OutcomeKind.problem`."""
        if wrong := super().problem(options):
            return wrong
        low, high = self.bounds(options)
        if not -LARGEST <= low < high <= LARGEST:
            return (
                f"needs a support of two numbers in order, within ±{LARGEST:g}, "
                f"got {options.support}"
            )
        return None

    def form(self, options: Options) -> str:
        """See `OutcomeKind.form`."""
        low, high = self.bounds(options)
        unit = f", in {options.unit}" if options.unit else ""
        return f"{self.a_number} from {low:g} to {high:g}{unit}"

    def schema(self, options: Options) -> dict[str, Any]:
        """See `OutcomeKind.schema`."""
        low, high = self.bounds(options)
        return {"type": "number", "minimum": low, "maximum": high}

    def read(self, raw: object, options: Options) -> str:
        """See `OutcomeKind.read`."""
        return repr(self.number(raw, options) + 0.0)

    def counts(self, number: float) -> bool:
        """Tell whether a number within the bounds is a value."""
        return True

    def number(self, raw: object, options: Options) -> float:
        """Read a number within the bounds, in its unit or without.

        A text such as “1.000”, which can be 1 or 1000, is the one that lies within the bounds; but
        “1,000” is never 1.

        Raises:
            ParseError: it is none, two within the bounds, or lies outside the bounds.
        """
        low, high = self.bounds(options)
        numbers: tuple[float, ...] = ()
        if isinstance(raw, int | float) and not isinstance(raw, bool):
            numbers = (finite(raw),)
        elif isinstance(raw, str):
            numbers = tuple(map(float, readings(_without_unit(raw.strip(), options.unit))))
        if not numbers or not all(map(math.isfinite, numbers)):
            raise ParseError(f"the answer {quote(str(raw), 60)} is not {self.form(options)}")
        meant = [number for number in numbers if low <= number <= high and self.counts(number)]
        if len(meant) > 1:
            both = " or ".join(f"{number:.15g}" for number in meant)
            raise ParseError(
                f"the answer {quote(str(raw), 60)} can be {both}: write digits without a mark "
                "between thousands, and a point before decimals only"
            )
        # Of “1,000” the first is 1000, which three decimals behind a comma are not taken for.
        number = meant[0] if meant and meant[0] >= numbers[0] else numbers[0]
        if not low <= number <= high:
            raise ParseError(
                f"the answer {number:g} is outside the support: it must be {self.form(options)}"
            )
        return number

    def value(self, text: str) -> OutcomeScalar:
        """See `OutcomeKind.value`."""
        return float(text)

    def categories(self, options: Options) -> tuple[str, ...] | None:
        """See `OutcomeKind.categories`."""
        return None

    def encode(self, value: object, options: Options) -> float:
        """See `OutcomeKind.encode`."""
        try:
            number = math.nan if isinstance(value, bool) else float(cast("Any", value))
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if math.isnan(number) or math.isinf(number):
            raise ValueError(
                f"{quote(str(value), 60)} is not a finite number; leave the value out (missing) "
                "or correct it"
            )
        if abs(number) > LARGEST:
            raise ValueError(
                f"{quote(str(value), 60)} is beyond ±{LARGEST:g}, too large to compute with; leave "
                "the value out (missing), or take another unit"
            )
        return number if abs(number) > 1 / LARGEST else 0.0

    def decode(self, code: float, options: Options) -> OutcomeScalar:
        """See `OutcomeKind.decode`."""
        return float(code)


def as_word(value: object) -> str:
    """Return a value of a table as a level: the number 3.0 is the level “3”."""
    whole = isinstance(value, float) and value.is_integer()
    return str(int(cast("float", value))) if whole else str(value)


class WordKind(OutcomeKind):
    """Words, of which one is answered; a word's code is its place among `words`."""

    scale: ClassVar[Scale] = "nominal"
    takes_levels = True

    def words(self, options: Options) -> tuple[str, ...]:
        """Return the words that can be answered, as a prompt lists them."""
        return tuple(options.levels or ())

    def problem(self, options: Options) -> str | None:
        """See `OutcomeKind.problem`."""
        if wrong := super().problem(options):
            return wrong
        words = self.words(options)
        if alike := choices(words).alike():
            one, other = (quote(word, 60) for word in alike)
            return (
                f"needs levels that differ: no answer can tell {one} and {other} apart, since "
                "case, marks around a word and the way a number is written do not count"
            )
        for word in words:
            if not _can_be_answered(word, lambda raw: self.read(raw, options)):
                return (
                    f"has the level {quote(word, 60)}, which cannot be told from the form of an "
                    "answer, or is empty: put it in other words"
                )
        return None

    def form(self, options: Options) -> str:
        """See `OutcomeKind.form`."""
        return "one of " + ", ".join(f'"{word}"' for word in self.words(options))

    def schema(self, options: Options) -> dict[str, Any]:
        """See `OutcomeKind.schema`."""
        return {"type": "string", "enum": list(self.words(options))}

    def read(self, raw: object, options: Options) -> str:
        """See `OutcomeKind.read`."""
        word = choices(self.words(options)).meant(raw)
        if word is not None:
            return word
        raise ParseError(f"the answer {quote(str(raw), 60)} is not {self.form(options)}")

    def value(self, text: str) -> OutcomeScalar:
        """See `OutcomeKind.value`."""
        return text

    def categories(self, options: Options) -> tuple[str, ...] | None:
        """See `OutcomeKind.categories`."""
        return self.words(options)

    def encode(self, value: object, options: Options) -> float:
        """See `OutcomeKind.encode`."""
        words, text = self.words(options), as_word(value)
        try:
            word = choices(words).meant(text)
        except ParseError as error:
            raise ValueError(str(error)) from None
        if word is not None:
            return float(words.index(word))
        raise ValueError(
            f"{quote(text, 60)} is none of the levels {first_of(words)}; "
            "correct the value or give a reference with these levels"
        )

    def decode(self, code: float, options: Options) -> OutcomeScalar:
        """See `OutcomeKind.decode`."""
        return self.words(options)[int(code)]


def _can_be_answered(word: str, read: Callable[[object], str]) -> bool:
    """Tell whether an answer that is this word, alone or in JSON, is read as it."""
    if not choice_form(word):
        return False
    try:
        return all(
            parse_answer(without_markup(text, in_json=True), read)[0].text == word
            for text in (word, json.dumps({"value": word}))
        )
    except ParseError:
        return False


def _without_unit(bare: str, unit: str | None) -> str:
    if not unit:
        return bare
    bare = bare.strip(SYMBOLS.get(unit, "")).strip()
    folded, length = unit.casefold(), len(unit)
    if bare[-length:].casefold() == folded:
        bare = bare[:-length].rstrip()
    if bare[:length].casefold() == folded:
        bare = bare[length:].lstrip()
    return bare


OUTCOME_KINDS: Registry[OutcomeKind] = Registry(
    "outcome kind",
    "simulate.outcome_kinds",
    Modules("simulate.scenario.kinds", "KIND"),
    fits=lambda found: isinstance(found, OutcomeKind),
    must_be="an OutcomeKind",
)

KindName = Annotated[
    str, AfterValidator(OUTCOME_KINDS.known), Field(json_schema_extra=OUTCOME_KINDS.schema)
]
"""The name of an outcome kind."""
