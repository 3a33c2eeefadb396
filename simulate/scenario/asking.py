"""A step that asks: for which outcomes, in which order, and what is remembered of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Discriminator, Field, Tag

from simulate.files.strict import Strict
from simulate.limits import MOST_OUTCOMES
from simulate.scenario.outcomes import Outcome

if TYPE_CHECKING:
    import numpy as np

Remembers = Literal["nothing", "items", "talk"]
AskedFor = Annotated[list[str], Field(min_length=1, max_length=MOST_OUTCOMES)]


class Ask(Strict):
    """Outcomes that are measured now, and how."""

    outcomes: AskedFor
    """Outcomes, and batteries by their name, or `NAME_WAVE`."""
    order: Literal["fixed", "random"] = "fixed"
    """Whether each dialogue has an order of its own, the same in all cells. A battery stays
    together, and its own `order` says how its items stand."""
    remembers: Remembers = "nothing"
    """What who is asked remembers of it: `nothing`, so that no item sees another answer; `items`,
    the earlier answers of this step; or `talk`, these, and the talk that follows does too."""


class PlannedAsk(Ask):
    """A step that asks, as a cell has it: each outcome by its name, computed ones too.

    Attributes:
        groups: outcomes that stay together, by what they are called; those asked alone are a group.
        shuffled: the groups whose outcomes are asked in random order.
    """

    groups: dict[str, tuple[str, ...]]
    shuffled: tuple[str, ...] = ()

    @property
    def varies(self) -> bool:
        """Whether dialogues have orders of their own."""
        return self.order == "random" or bool(self.shuffled)

    def in_dialogue(
        self,
        outcomes: Mapping[str, Outcome],
        chance: Callable[[str], np.random.Generator],
    ) -> list[str]:
        """Return the outcomes in the order of one dialogue.

        Args:
            outcomes: of the scenario.
            chance: returns the randomness of a choice by its name, for this dialogue.
        """
        if not self.varies:
            return self.outcomes
        groups = list(self.groups)
        if self.order == "random":
            groups = _shuffled(groups, chance(f"order:{'+'.join(groups)}"))
        found: list[str] = []
        for group in groups:
            items = self.groups[group]
            found += _shuffled(items, chance(f"order:{group}")) if group in self.shuffled else items
        before = set(self._computed_needs(outcomes)) - set(self.outcomes)
        return list(with_computed(found, outcomes, before, self.outcomes))

    def _computed_needs(self, outcomes: Mapping[str, Outcome]) -> Iterator[str]:
        for label in self.outcomes:
            if outcomes[label].computed:
                yield from outcomes[label].needs


def _shuffled(items: Sequence[str], chance: np.random.Generator) -> list[str]:
    return [items[int(place)] for place in chance.permutation(len(items))]


def with_computed(
    asked: Iterable[str],
    outcomes: Mapping[str, Outcome],
    before: Iterable[str] = (),
    among: Iterable[str] | None = None,
) -> Iterator[str]:
    """Iterate over outcomes, and over computed ones as soon as all that they need is measured.

    Args:
        asked: outcomes in the order in which they are measured.
        outcomes: of the scenario.
        before: the outcomes that are measured already.
        among: the computed ones that may come; all for `None`.
    """
    measured = set(before)
    waiting = {
        label: set(outcomes[label].needs)
        for label in (outcomes if among is None else among)
        if outcomes[label].computed and label not in measured
    }

    def ready() -> Iterator[str]:
        while found := [label for label, needs in waiting.items() if needs <= measured]:
            for label in found:
                del waiting[label]
                measured.add(label)
                yield label

    for label in asked:
        if label not in measured or not outcomes[label].computed:
            waiting.pop(label, None)
            measured.add(label)
            yield label
        yield from ready()


def _form(given: object) -> str:
    return "options" if isinstance(given, dict | Ask) else "list"


AskStep = Annotated[
    Annotated[AskedFor, Tag("list")] | Annotated[Ask, Tag("options")], Discriminator(_form)
]
"""The outcomes of a step, alone or with options."""
