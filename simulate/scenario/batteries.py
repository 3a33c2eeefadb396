"""Batteries: items on one scale, asked of one speaker in one way, with a score.

A battery is a shorter way to write outcomes: one for each item, named `BATTERY_ITEM`, and a
computed one for the score, named as the battery is. Asked in waves, such as before and after a
talk, there are those of each wave: `BATTERY_WAVE_ITEM` and `BATTERY_WAVE`. Whatever works with
outcomes works with these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from simulate.errors import first_of
from simulate.files.conditions import Condition, OneOf
from simulate.files.strict import Strict
from simulate.files.validation import first_problem
from simulate.limits import MOST_ITEMS, MOST_WAVES
from simulate.scenario.outcome_kind import OUTCOME_KINDS, KindName
from simulate.scenario.outcomes import Asked, Levels, Outcome, Words
from simulate.verbalized.spec import Name

ITEM = re.compile(r"\{\{-?\s{0,20}item\s{0,20}-?\}\}")
"""Where the text of an item stands in the question."""
LONGEST_NAME = 64
RIGHT = "right"
"""What the outcome is called that says whether an item with a right answer was answered so."""


class Item(Strict):
    """One item of a battery."""

    text: Annotated[str, Field(min_length=1)]
    """What is asked, or said; a template, as the speaker's instructions are."""
    reversed: bool = False
    """Whether it counts the other way round in the score."""
    right: OneOf | None = None
    """The right answer, or several, of an attention or manipulation check; may be a template, such
    as `{{ cell.strategy }}`. Such an item is not part of the score, and `BATTERY_ITEM_right` says
    whether it was answered so."""

    @model_validator(mode="after")
    def _check(self) -> Item:
        if self.reversed and self.right:
            raise ValueError("reversed: an item with a right answer is not part of the score")
        return self


def _as_item(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


class AskedOfEach(Asked):
    """How each item is asked."""

    question: Annotated[str, Field(min_length=1)] = "{{ item }}"
    """What is asked of each item, a template; `{{ item }}` stands for the item's text."""

    @model_validator(mode="after")
    def _check(self) -> AskedOfEach:
        if len(ITEM.findall(self.question)) != 1:
            raise ValueError("question: must have {{ item }} once, where the text of an item goes")
        return self


class Battery(Strict):
    """Items on one scale, which are asked together and make a score."""

    items: Annotated[
        dict[
            Name,
            Annotated[Item, BeforeValidator(_as_item, json_schema_input_type=str | Item)],
        ],
        Field(min_length=1, max_length=MOST_ITEMS),
    ]
    """Each item by its name: its text, or more about it."""
    asked: AskedOfEach
    """Whom the items are asked, and how; as of an outcome."""
    kind: KindName = "ordinal"
    """What values an item takes."""
    levels: Levels | None = None
    """The levels of the scale, from least to most, such as `1 (strongly disagree)`, `2`, `3`."""
    support: tuple[float, float] | None = None
    """The smallest and the largest number, of a scale of numbers."""
    unit: str | None = None
    """The unit of the numbers."""
    not_applicable: Words | None = None
    """When an item does not apply, in words that follow “if”; who is asked may then answer so."""
    applies_if: Annotated[dict[str, Condition], Field(min_length=1)] | None = None
    """Outcomes with the values with which the battery is asked, as of an outcome."""
    order: Literal["fixed", "random"] = "fixed"
    """Whether each dialogue has the items in an order of its own, the same in all cells."""
    waves: Annotated[list[Name], Field(min_length=1, max_length=MOST_WAVES)] | None = None
    """When it is asked, in a word each, such as `[before, after]`; steps say `ask: [NAME_WAVE]`."""
    score: Literal["mean", "sum", "none"] = "mean"
    """How the items make the score, which is an outcome with the name of the battery."""
    at_least: Annotated[int, Field(ge=1)] | None = None
    """How many items must be answered for a mean; by default all. With fewer it is missing."""

    @model_validator(mode="after")
    def _check(self) -> Battery:
        if self.waves and len(set(self.waves)) < len(self.waves):
            raise ValueError("waves: a wave is named twice")
        if OUTCOME_KINDS[self.kind].has_mean is False and self.score != "none":
            raise ValueError(f"score: kind {self.kind} has no numbers; give `score: none`")
        if self.score == "none" and self.turned:
            raise ValueError(
                f"items.{self.turned[0]}.reversed: there is no score that it counts in"
            )
        if self.at_least is not None:
            if self.score != "mean":
                raise ValueError("at_least is for `score: mean`")
            if self.at_least > len(self.scored):
                raise ValueError(
                    f"at_least is {self.at_least}, and {len(self.scored)} items make the score"
                )
        return self

    @property
    def scored(self) -> tuple[str, ...]:
        """The names of the items that make the score."""
        return tuple(name for name, item in self.items.items() if item.right is None)

    @property
    def turned(self) -> tuple[str, ...]:
        """The names of the items that count the other way round."""
        return tuple(name for name, item in self.items.items() if item.reversed)

    def _outcomes(self, name: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Iterate over the outcomes of one wave: name, field of the battery, and declaration."""
        shared = {
            each: getattr(self, each)
            for each in ("kind", "levels", "support", "unit", "not_applicable", "applies_if")
            if getattr(self, each) is not None
        }
        applies = {k: v for k, v in shared.items() if k == "applies_if"}
        for label, item in self.items.items():
            at = f".items.{label}"
            question = ITEM.sub(lambda _: item.text, self.asked.question, count=1)  # noqa: B023
            asked = {**dict(self.asked), "question": question}
            yield f"{name}_{label}", at, {**shared, "asked": asked}
            if item.right is not None:
                when = {f"{name}_{label}": item.right}
                yield (
                    f"{name}_{label}_{RIGHT}",
                    f"{at}.right",
                    {
                        "computed": {"when": when},
                        **applies,
                    },
                )
        scored = [f"{name}_{label}" for label in self.scored]
        if self.score != "none" and scored:
            turned = [f"{name}_{label}" for label in self.turned]
            rule = {self.score: scored, "reversed": turned, "at_least": self.at_least}
            yield name, ".score", {"computed": rule, **applies}


@dataclass(frozen=True)
class Wave:
    """One time that a battery is asked.

    Attributes:
        battery: its name.
        wave: the wave's, or None.
        items: the outcomes of its items, in order.
        scored: those of them that make the score.
        reversed: those of these that count the other way round.
        random: whether they are asked in random order.
    """

    battery: str
    wave: str | None
    items: tuple[str, ...]
    scored: tuple[str, ...]
    reversed: tuple[str, ...]
    random: bool


@dataclass(frozen=True)
class Expanded:
    """The outcomes that batteries stand for.

    Attributes:
        outcomes: by name, in order.
        fields: where each of them is declared, such as `batteries.trust.items.q1`.
        waves: by the name that steps ask for.
    """

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    waves: dict[str, Wave] = field(default_factory=dict)

    def asked_for(self, name: str, where: str) -> tuple[str, ...] | None:
        """Return the items that a step asks for by this name; None where no battery has it.

        Raises:
            ValueError: a battery with waves is asked for without one.
        """
        if name in self.waves:
            return self.waves[name].items
        if waves := [each for each, wave in self.waves.items() if wave.battery == name]:
            raise ValueError(f"{where}: battery “{name}” has waves; ask for one: {first_of(waves)}")
        return None


def expanded(batteries: Mapping[str, Battery]) -> Expanded:
    """Return the outcomes that batteries stand for.

    Raises:
        ValueError: one of them is none; beginning with the field of its battery.
    """
    found = Expanded()
    for battery, declared in batteries.items():
        for wave in declared.waves or (None,):
            name = battery if wave is None else f"{battery}_{wave}"
            at = f"batteries.{battery}"
            if name in found.waves:
                raise ValueError(f"{at}: “{name}” is what another battery is asked for by")
            for label, where, data in declared._outcomes(name):  # of one module
                _add(found, label, f"{at}{where}", data)
            items, scored, turned = (
                tuple(f"{name}_{label}" for label in chosen)
                for chosen in (declared.items, declared.scored, declared.turned)
            )
            is_random = declared.order == "random"
            found.waves[name] = Wave(battery, wave, items, scored, turned, is_random)
    return found


def _add(found: Expanded, label: str, where: str, data: dict[str, Any]) -> None:
    if len(label) > LONGEST_NAME:
        raise ValueError(
            f"{where}: makes an outcome “{label}”, and a name has at most {LONGEST_NAME} characters"
        )
    if label in found.outcomes:
        raise ValueError(f"{where}: makes an outcome “{label}”, as {found.fields[label]} does")
    try:
        found.outcomes[label] = Outcome.model_validate(data)
    except ValidationError as error:
        # What is wrong with one item is wrong with the scale, unless it is the item's own.
        raise ValueError(f"{where.split('.items')[0]}: {first_problem(error)}") from None
    found.fields[label] = where
