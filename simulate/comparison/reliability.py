"""How far the items of each battery measure one thing, wave by wave, by the answers drawn."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from math import nan
from typing import TYPE_CHECKING, Any

import numpy as np

from simulate.scenario.computing import number_of
from simulate.scenario.outcome_kind import OUTCOME_KINDS
from simulate.statistics.reliability import FEWEST_PERSONAS, Reliability, cronbach
from simulate.terminal.numbers import ends, number
from simulate.terminal.safe_text import counted

if TYPE_CHECKING:
    from simulate.runfile import RunReader
    from simulate.scenario.batteries import Wave

LOW = 0.0
"""An item whose correlation with the others is below it may be one to be reversed."""


@dataclass(frozen=True)
class ScaleReliability:
    """Cronbach's alpha of a battery in one wave.

    Attributes:
        name: what the battery is asked for by, such as `trust_before`.
        battery: the battery's name.
        wave: the wave's, or None.
        items: the outcomes that make the score, in order.
        found: their alpha, over the completed dialogues that no rule excludes.
    """

    name: str
    battery: str
    wave: str | None
    items: tuple[str, ...]
    found: Reliability

    @property
    def sentence(self) -> str:
        """What the numbers say, in one sentence."""
        found = self.found
        of = (
            f"{counted(found.items, 'item')}, {counted(found.n, 'dialogue')} of "
            f"{counted(found.personas, 'persona')}"
        )
        if found.incomplete:
            of += f", {found.incomplete:,} incomplete left out"
        if found.alpha is None:
            return f"{self.name}: no alpha, as {found.reason} ({of})"
        return f"{self.name}: {number(found.alpha)}{ends(found.interval)} ({of}){self._against}"

    @property
    def _against(self) -> str:
        if self.found.personas < FEWEST_PERSONAS:
            return ""
        rest = zip(self.items, self.found.item_rest, strict=True)
        against = [f"{n} ({number(r)})" for n, r in rest if r is not None and r < LOW]
        if not against:
            return ""
        return f"; goes against the other items, so check its direction: {', '.join(against)}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        rest = dict(zip(self.items, self.found.item_rest, strict=False))
        return {
            "name": self.name,
            "battery": self.battery,
            "wave": self.wave,
            **asdict(self.found),
            "items": list(self.items),
            "item_rest": rest,
        }


def reliabilities(run: RunReader) -> list[ScaleReliability]:
    """Return the alpha of each battery that makes a score, in each wave."""
    return [
        ScaleReliability(name, wave.battery, wave.wave, wave.scored, _of(run, wave))
        for name, wave in run.scenario.waves.items()
        if wave.scored and OUTCOME_KINDS[run.scenario.outcomes[wave.scored[0]].kind].has_mean
    ]


def _of(run: RunReader, wave: Wave) -> Reliability:
    values, personas = [], []
    for label in wave.scored:
        rows = [r for r in run.outcome_rows(label) if r.status == "completed" and not r.excluded]
        number, turned = partial(number_of, run.scenario.outcomes[label]), label in wave.reversed
        values.append([nan if r.value is None else number(r.value, turned=turned) for r in rows])
        personas = [run.root(row.persona) for row in rows]
    return cronbach(np.array(values).T, personas)
