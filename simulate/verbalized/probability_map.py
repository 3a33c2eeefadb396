"""A probability map: from the probabilities that a model states to those that come true.

It is fitted to what people did (`simulate.calibration`), and is of one of two kinds:

- a *temperature* for whole distributions: weights to the power 1/temperature, normalised; above 1
  where the model is too sure (Guo et al. 2017);
- *isotonic* for one event: the probability that it comes true is a non-decreasing function of the
  stated one, linear between points and level beyond them (Zadrozny and Elkan 2002).

A map holds for the model, method and thing that it was fitted to, and says of whom.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError, model_validator

from simulate.errors import InputError, quote
from simulate.files.json_reading import json_of
from simulate.files.strict import Strict
from simulate.files.validation import first_problem
from simulate.verbalized.draw_settings import tempered

MOST_POINTS = 10_000
COLDEST, HOTTEST = 0.05, 20.0
"""Between these a temperature is looked for."""
REPLIES = "act"
"""What a map is of that holds for the replies of a speaker: it was fitted to their next acts."""
LEAVING = "leaving"
"""What a map is of that holds for how likely a speaker leaves."""

Number = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(min_length=1, max_length=500)]


class FittedTo(Strict):
    """Whose behaviour a map was fitted to, and whose probabilities.

    Attributes:
        reference: names of the human data.
        release: SHA-256 of the data, hexadecimal.
        split: of their people.
        role: the speaker that they were.
        persons: how many people.
        model: that stated the probabilities.
        method: that it was asked with.
        prompt_version: of the shipped prompts.
    """

    reference: Name
    release: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    split: Literal["select", "report"]
    role: Name
    persons: Annotated[int, Field(ge=1)]
    model: Name
    method: Name
    prompt_version: Annotated[int, Field(ge=1)]


class Judged(Strict):
    """What a map did for people that it was not fitted to.

    Attributes:
        split: of the people.
        persons: how many.
        before: mean Brier score of the probabilities as stated.
        after: mean Brier score of the mapped ones.
        interval: of before − after, by person; None with fewer than 20 people.
    """

    split: Literal["report"]
    persons: Annotated[int, Field(ge=0)]
    before: Number
    after: Number
    interval: tuple[Number, Number] | None = None

    @property
    def gain(self) -> float:
        """Before − after: above 0 where the map helps."""
        return self.before - self.after

    @property
    def helps(self) -> bool:
        """Whether the interval of the gain lies above 0."""
        return self.interval is not None and self.interval[0] > 0


class ProbabilityMap(Strict):
    """From stated probabilities to those that come true.

    Attributes:
        format: of the file.
        what: whose probabilities: `act` (replies), `leaving`, or an outcome's name.
        temperature: of a temperature map.
        temperature_interval: of it, by person; None with fewer than 20 people.
        event: the level whose probability an isotonic map maps.
        other: the only other level, where it is known.
        above: likewise, of an amount: that it is more than this.
        stated: (m,) ascending probabilities as stated.
        mapped: (m,) non-decreasing, what they become.
        fitted: to whom.
        judged: what it did for other people; None where it was not tried.
        simulate: the version that fitted it.
    """

    format: Literal["simulate-probability-map/1"] = "simulate-probability-map/1"
    what: Name
    temperature: Annotated[float, Field(ge=COLDEST, le=HOTTEST)] | None = None
    temperature_interval: tuple[Number, Number] | None = None
    event: Name | None = None
    other: Name | None = None
    above: Number | None = None
    stated: Annotated[tuple[Share, ...], Field(max_length=MOST_POINTS)] = ()
    mapped: Annotated[tuple[Share, ...], Field(max_length=MOST_POINTS)] = ()
    fitted: FittedTo
    judged: Judged | None = None
    simulate: Name

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.temperature is None) == (not self.stated):
            raise ValueError("a map has a temperature, or points in `stated` and `mapped`")
        if len(self.stated) != len(self.mapped):
            raise ValueError("`stated` and `mapped` must have as many points")
        if self.stated and (self.event is None) == (self.above is None):
            raise ValueError("an isotonic map is of an `event`, or of what is `above` a number")
        if any(b <= a for a, b in zip(self.stated, self.stated[1:], strict=False)):
            raise ValueError("`stated` must ascend")
        if any(b < a for a, b in zip(self.mapped, self.mapped[1:], strict=False)):
            raise ValueError("`mapped` must not go down")
        return self

    @classmethod
    def of_json(cls, text: str, where: object) -> Self:
        """Read what `to_json` wrote, or refuse it.

        Raises:
            InputError: it is no map; the message names the field.
        """
        try:
            return cls.model_validate(json_of(text, where))
        except ValidationError as error:
            raise InputError(f"{where}: no probability map: {first_problem(error)}") from None

    def to_json(self) -> str:
        """Return the map as a file holds it."""
        return self.model_dump_json(indent=1, exclude_none=True) + "\n"

    def probability(self, stated: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what stated probabilities (n,) of the event of an isotonic map become."""
        return np.asarray(np.interp(stated, self.stated, self.mapped), dtype=np.float64)

    def applied(
        self, weights: NDArray[np.float64], of_event: NDArray[np.bool_] | None = None
    ) -> NDArray[np.float64]:
        """Return mapped weights.

        An isotonic map shares out the mapped probability among the candidates of the event, and
        the rest among the others, as they had been weighed. Where one side has no weight, its one
        candidate gets its part; where it has none, or several, the weights stay as they are.

        Args:
            weights: (…, k) ≥ 0, each row sums to 1.
            of_event: (…, k) which candidates are of the event; see `is_event`.
        """
        if self.temperature is not None:
            return tempered(weights, self.temperature)
        event = np.broadcast_to(np.asarray(of_event, dtype=np.bool_), weights.shape)
        after = self.probability((weights * event).sum(axis=-1, keepdims=True))
        inside, one = _shared_out(weights, event, after)
        outside, other = _shared_out(weights, ~event, 1 - after)
        return np.where(one & other, inside + outside, weights)

    def is_event(self, values: Sequence[Any]) -> NDArray[np.bool_]:
        """Tell which values, levels or amounts, are the event of an isotonic map."""
        if self.above is None:
            return np.array([str(value) == self.event for value in values], np.bool_)
        return np.array(
            [isinstance(v, int | float) and float(v) > self.above for v in values], np.bool_
        )

    @property
    def opposite(self) -> str | float | None:
        """The one value that is not the event of an isotonic map; None where it is not known."""
        return self.other if self.above is None else self.above

    def misfit(self, model: str, method: str) -> str | None:
        """Return why the map is not for what a model states with a method; None where it is."""
        made = self.fitted
        if (made.model, made.method) == (model, method):
            return None
        return (
            f"the map was fitted to what {quote(made.model, 60)} states with {made.method}, and "
            f"not to {quote(model, 60)} with {method}: fit one to these (`simulate calibrate`), or "
            f"leave such cells out (`--method {made.method}`, where `method` is a condition)"
        )

    @property
    def kind(self) -> str:
        """Which kind of map it is, in words."""
        return "isotonic" if self.temperature is None else f"temperature {self.temperature:.3g}"

    @property
    def told(self) -> str:
        """What the map is, to whom it was fitted and whether it helps, in a sentence."""
        made = self.fitted
        told = (
            f"{self.kind} map of {self.what} fitted to {made.persons:,} people of the {made.split} "
            f"split of {made.reference}"
        )
        if self.judged is None:
            return f"{told}, and not tried on others"
        help_ = "it lowers" if self.judged.helps else "it is not shown to lower"
        return f"{told}; {help_} the Brier score of {self.judged.persons:,} others"


def _shared_out(
    weights: NDArray[np.float64], side: NDArray[np.bool_], share: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return (…, k) a probability (…, 1) shared out on one side, and (…, 1) whether it can be."""
    there = (weights * side).sum(axis=-1, keepdims=True)
    weighed = there > 0
    one = side.sum(axis=-1, keepdims=True) == 1
    parts = np.where(weighed, weights * side / np.where(weighed, there, 1), side & one)
    return np.asarray(parts * share, dtype=np.float64), weighed | one | (share == 0)
