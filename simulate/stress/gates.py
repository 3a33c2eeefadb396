"""Whether a stress test passes: each cell's failure rate, and the new version against the old.

A cell's rate is of any check, without the dialogues in which the simulated user itself was at
fault, under the stated probabilities where a weight leads back to them, else as drawn. The
baseline's own cells are not gated. Where a baseline is given, "worse" fails too, be it of any check
taken together or of a single one: that another check got better does not make up for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulate.stress.analysis import BASELINE, VERSION, Analysis
from simulate.stress.statistics.gate import By, Gate, gate

__all__ = ["Gates", "gates_of"]


@dataclass(frozen=True, slots=True)
class Gates:
    """What a stress test is held against.

    Attributes:
        rates: label of a cell, and whether its failure rate passes; empty where none was asked
            for.
        worse: what is said of each comparison with a baseline in which the new version is worse.
    """

    rates: tuple[tuple[str, Gate], ...] = ()
    worse: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether all is well."""
        return not self.worse and all(gate.passed for _, gate in self.rates)


def gates_of(analysis: Analysis, most: float | None, by: By = "interval") -> Gates:
    """Hold an analysis against what was asked for.

    Args:
        analysis: of a stress test.
        most: the largest failure rate that passes, in [0, 1]; None where it does not matter.
        by: whether the interval's upper end counts, or the rate itself.
    """
    rates = []
    for cell in analysis.cells:
        if most is None or cell.levels.get(VERSION) == BASELINE:
            continue
        rate = cell.rates.any_without_simulator_faults
        told = rate.drawn.failed if rate.natural.value is None else rate.natural
        rates.append((cell.label, gate(told, most, by, analysis.confidence)))
    worse = tuple(
        row.sentence
        for version in analysis.versions
        for row in (version.pairing.any, *version.pairing.checks)
        if row.conclusion == "worse"
    )
    return Gates(tuple(rates), worse)
