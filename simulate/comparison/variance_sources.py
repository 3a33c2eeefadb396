"""Where the variance of an outcome comes from, in each cell of a run and over its conditions.

The human counterpart is that of the people who have several values in the reference which the
scenario names for the outcome. See `statistics.components` for what is estimated and how.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulate.comparison.sample import Sample, side_by_side
from simulate.comparison.samples import family
from simulate.randomness import generator
from simulate.reference import Reference, Variable
from simulate.statistics.components import Components, Part, components
from simulate.statistics.rows import Rows
from simulate.terminal.numbers import ends

if TYPE_CHECKING:
    from simulate.runfile import RunReader


@dataclass(frozen=True)
class VarianceSources:
    """Where the variance of one outcome comes from.

    Attributes:
        outcome: its name.
        cells: of each cell by its label: personas and reruns.
        conditions: of each condition with several levels: these, personas and reruns.
        human: of the people who have several values; None without any, or without a reference.
    """

    outcome: str
    cells: Mapping[str, Components]
    conditions: Mapping[str, Components]
    human: Components | None

    @property
    def sentences(self) -> tuple[str, ...]:
        """What the numbers say, a sentence for each cell and condition."""
        human = ""
        if self.human is not None and self.human.identified:
            humans = _percent(self.human.parts["personas"])
            human = f"; humans ({self.human.personas:,} who repeat): {humans}"
        return (
            *(f"{self.outcome}, {n}: {_of_cell(c, human)}" for n, c in self.cells.items()),
            *(
                f"{self.outcome}, over the levels of {n}: {_of_condition(n, c)}"
                for n, c in self.conditions.items()
            ),
        )


def variance_sources(
    run: RunReader,
    outcome: str,
    samples: Sequence[Sample],
    levels_of: Sequence[Mapping[str, str]],
    variable: Variable,
    seed: int = 0,
) -> VarianceSources:
    """Return where the variance of an outcome comes from.

    Args:
        run: the run file.
        outcome: the outcome's name.
        samples: of cells. Of conditions nothing is found unless every persona meets every cell.
        levels_of: the levels of each of these cells.
        variable: what the outcome measures.
        seed: of intervals.
    """

    def found(rows: Rows, what: str, blocks: Sequence[Sequence[int]] = ((0,),)) -> Components:
        levels = None if variable.has_mean else len(variable.categories or ())
        rng = generator(seed, f"components/{outcome}/{what}")
        return components(_scored(rows, variable), rng, levels=levels, blocks=blocks)

    cells = {sample.name: found(sample.rows, sample.name) for sample in samples}
    conditions = {}
    together, _ = side_by_side(samples)
    for condition in run.scenario.conditions if run.scenario.design.plain else ():
        if len({levels[condition] for levels in levels_of}) > 1:
            blocks = _blocks(levels_of, condition)
            conditions[condition] = found(together, f"condition {condition}", blocks)
    human = None
    if (reference := _reference(run, outcome, variable)) is not None:
        rows = reference.rows()
        repeated = np.bincount(rows.clusters, minlength=1) > 1
        if repeated.any():
            human = found(rows.subset(repeated[rows.clusters]), "human")
    return VarianceSources(outcome, cells, conditions, human)


def _scored(rows: Rows, variable: Variable) -> Rows:
    return rows.recoded(variable.scored(rows.values)) if variable.has_mean else rows


def _blocks(levels_of: Sequence[Mapping[str, str]], condition: str) -> list[list[int]]:
    """Return the cells that differ in one condition alone, for each level of the others."""
    blocks: dict[tuple[str, ...], list[int]] = {}
    for place, levels in enumerate(levels_of):
        others = tuple(level for name, level in levels.items() if name != condition)
        blocks.setdefault(others, []).append(place)
    return list(blocks.values())


def _reference(run: RunReader, outcome: str, variable: Variable) -> Reference | None:
    """Return the people that the scenario names for an outcome; None where they say nothing."""
    from simulate.comparison.reference_spec import named_reference

    found, _ = named_reference(run.scenario, outcome)  # a summary needs no human data
    if found is None or found.declared:
        return None
    known = found.variable
    alike = family(known.kind) == family(variable.kind) and known.categories == variable.categories
    return found if alike else None


def _percent(part: Part) -> str:
    return f"{100 * part.share:.0f} %{ends(part.interval, lambda end: f'{100 * end:.0f}')}"


def _of_cell(found: Components, human: str) -> str:
    if found.reason is not None:
        return f"nothing to share out: {found.reason}"
    stated = ""
    if found.candidates > 1 and found.stated is not None:
        stated = f" ({_percent(found.stated)} of the variance is stated within one dialogue)"
    if not found.identified:
        return (
            "personas and reruns are not identified, as each persona was run once in this cell"
            f"{stated}; set `replicates` under `defaults` in the scenario to run personas again"
        )
    personas, reruns = found.parts["personas"], found.parts["reruns"]
    # Rounded so that both are 100 % together.
    rest = 100 - float(f"{100 * personas.share:.0f}")
    between = f"{_percent(personas)} of the variance lies between personas, {rest:.0f} % between"
    return f"{between} reruns of one persona{stated if reruns.share else ''}{human}"


def _of_condition(name: str, found: Components) -> str:
    if found.reason is not None:
        return f"nothing to share out: {found.reason}"
    if (unsplit := found.parts.get("personas × levels and reruns")) is not None:
        levels, of = (
            _percent(found.parts[part]) for part in ("levels", "personas with their random numbers")
        )
        return (
            f"{name} explains {levels} of the variance, and what a persona (with its random "
            f"numbers) keeps in every level {of}; the other {_percent(unsplit)} cannot be split, "
            "as each persona was run once in each level"
        )
    words = {
        "levels": "between its levels",
        "personas": "between personas",
        "personas with their random numbers": "between personas (and the random numbers of each)",
        "personas × levels": "in how the levels differ from persona to persona",
        "reruns": "between reruns of one persona",
    }
    shares = [f"{_percent(part)} {words[name]}" for name, part in found.parts.items()]
    return ", ".join(shares).replace(" between", " of the variance lies between", 1)
