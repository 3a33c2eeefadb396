"""The analysis that is planned: which outcomes count, which differences matter, what is assumed.

Nothing of it reaches a dialogue. It is what a frozen plan holds a run to, what `simulate plan`
computes power for, and what `compare` takes its margin from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, model_validator

from simulate.errors import first_of
from simulate.files.strict import Strict
from simulate.scenario.cell import Cell, cells_called
from simulate.scenario.contrast import Contrast
from simulate.scenario.outcomes import Outcome
from simulate.verbalized.spec import Name

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
MEAN = "mean"


class Standardized(Strict):
    """A difference in standard deviations."""

    d: Positive
    """Cohen's d: the difference over the standard deviation of single values in a cell."""


class Analysis(Strict):
    """The analysis that is planned."""

    primary: Annotated[list[Name], Field(max_length=1000)] = []
    """The outcomes that the study is about; the others are told as exploratory. By default all."""
    margins: dict[Name, Positive | Annotated[dict[str, Positive], Field(min_length=1)]] = {}
    """Outcome to the largest difference that counts as none. A number is of the distance to the
    humans, as `--margin` of compare, whose default it is; else by name, such as
    `{ks: 0.1, mean: 0.2}`, where `mean` is of the difference between two cells, in its unit."""
    smallest_effect: dict[Name, Positive | Standardized] = {}
    """Outcome to the smallest difference of two cells that would matter: in the outcome's unit, of
    words the difference of a share (0 to 1), or `{d: 0.3}` in standard deviations."""
    sd: dict[Name, Positive] = {}
    """Outcome to the standard deviation that is assumed of single values within a cell, for the
    power; a pilot run or the reference may say it instead."""
    correlation: dict[Name, Annotated[float, Field(ge=0, lt=1)]] = {}
    """Outcome to the correlation that is assumed between two cells' values of one persona, for the
    power of differences within persons; by default .5. A pilot run may say it instead."""

    @model_validator(mode="after")
    def _check(self) -> Analysis:
        for name in self.primary:
            if self.primary.count(name) > 1:
                raise ValueError(f"primary: “{name}” stands there twice")
        return self

    def check(self, outcomes: Mapping[str, Outcome]) -> None:
        """Refuse what names no outcome, or asks of one what it does not have.

        Raises:
            ValueError: the message begins with the field.
        """
        fields: dict[str, Sequence[str]] = {
            "primary": self.primary,
            "margins": [*self.margins],
            "smallest_effect": [*self.smallest_effect],
            "sd": [*self.sd],
            "correlation": [*self.correlation],
        }
        for field, names in fields.items():
            for name in names:
                if name not in outcomes:
                    raise ValueError(
                        f"analysis.{field}: there is no outcome “{name}”; there are: "
                        f"{first_of(outcomes) or 'none'}"
                    )
                if not outcomes[name].has_codes:
                    raise ValueError(
                        f"analysis.{field}: “{name}” is free text, which is not compared"
                    )
        for name, effect in self.smallest_effect.items():
            widest = outcomes[name].widest_difference
            if isinstance(effect, float) and widest is not None and effect > widest:
                raise ValueError(
                    f"analysis.smallest_effect.{name}: is {effect:g}, and two cells cannot differ "
                    f"by more than {widest:g}"
                )
        for name in self.sd:
            if outcomes[name].by_share:
                raise ValueError(
                    f"analysis.sd.{name}: is of words without an order, whose shares say how much "
                    "they vary; leave it out"
                )
        for name, margin in self.margins.items():
            if isinstance(margin, dict):
                known = [*outcomes[name].distances, *([] if outcomes[name].by_share else [MEAN])]
                for each in margin:
                    if each not in known:
                        raise ValueError(
                            f"analysis.margins.{name}: there is no “{each}” of this outcome; there "
                            f"are: {', '.join(known)}"
                        )

    def distance_margins(self, outcome: str) -> dict[str, float] | None:
        """Return the margins of distances from the humans by name, "" for the primary distance."""
        margin = self.margins.get(outcome)
        if isinstance(margin, dict):
            return {name: each for name, each in margin.items() if name != MEAN} or None
        return None if margin is None else {"": margin}

    def mean_margin(self, outcome: str) -> float | None:
        """Return the largest difference between two cells that counts as none; None for none."""
        margin = self.margins.get(outcome)
        return margin.get(MEAN) if isinstance(margin, dict) else None

    def is_primary(self, outcome: str) -> bool:
        """Tell whether the study is about an outcome."""
        return not self.primary or outcome in self.primary


@dataclass(frozen=True, slots=True)
class PlannedComparison:
    """A contrast for one outcome.

    Attributes:
        name: of the contrast.
        outcome: the outcome's name.
        labels: of its two sides, as the scenario names them.
        sides: the cells of either side.
        meaning: what the difference says.
    """

    name: str
    outcome: str
    labels: tuple[str, str]
    sides: tuple[tuple[Cell, ...], tuple[Cell, ...]]
    meaning: str


def planned_comparisons(
    contrasts: Mapping[str, Contrast],
    analysis: Analysis,
    outcomes: Mapping[str, Outcome],
    cells: Sequence[Cell],
) -> Iterator[PlannedComparison]:
    """Iterate over the contrasts that are planned, for each outcome that they are planned for."""
    for name, contrast in contrasts.items():
        first, second = contrast.cells
        sides = (cells_called(first, cells), cells_called(second, cells))
        coded = [outcome for outcome, each in outcomes.items() if each.has_codes]
        for outcome in contrast.outcomes or analysis.primary or coded:
            yield PlannedComparison(name, outcome, (first, second), sides, contrast.meaning)
