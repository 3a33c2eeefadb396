"""What a comparison found: rows, their distances, and the same numbers as JSON and as a frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulate.comparison.sample import Sample
from simulate.reference import Reference, Variable
from simulate.statistics.floors import Floor
from simulate.statistics.risk_difference import Share

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Distance:
    """A distance with everything that is needed to read it."""

    value: float
    interval: tuple[float, float] | None
    """Two-sided interval; `None` where `interval_reason` says why there is none."""
    interval_reason: str | None
    upper: float | None
    """One-sided upper bound, at the same confidence."""
    floor: Floor
    p: float
    """Permutation p-value of equality."""
    p_holm: float | None = None
    """`p` adjusted for the number of sample rows; `None` for baselines."""
    margin: float | None = None
    """The margin named beforehand."""

    @property
    def equivalent(self) -> bool | None:
        """Whether the upper bound lies under the margin; `None` without either of them."""
        if self.margin is None or self.upper is None:
            return None
        return self.upper < self.margin

    def to_dict(self) -> dict[str, Any]:
        """Return the fields of DESIGN §8 and, beside them, the reasons and the bound."""
        found: dict[str, Any] = {
            "value": self.value,
            "interval": list(self.interval) if self.interval else None,
            "floor": {"mean": self.floor.mean, "p95": self.floor.p95, "method": self.floor.method},
            "p": self.p,
            "p_holm": self.p_holm,
            "upper": self.upper,
        }
        if self.interval_reason:
            found["interval_reason"] = self.interval_reason
        if self.margin is not None:
            found |= {"margin": self.margin, "equivalent": self.equivalent}
        return found


@dataclass(frozen=True)
class Paired:
    """Mean absolute error per dialogue against the human whose persona was used."""

    mae: float
    interval: tuple[float, float] | None
    n: int
    """Personas that both sides have."""


@dataclass(frozen=True, eq=False)
class Row:
    """One sample or baseline against the reference."""

    name: str
    kind: str
    """`sample` or `baseline`."""
    sample: Sample
    """The values themselves, for figures."""
    n: int
    failed: int = 0
    missing: int = 0
    outside: int = 0
    """Values outside the support; they take part as they are."""
    personas: int = 0
    mean: float | None = None
    mean_interval: tuple[float, float] | None = None
    share: Share | None = None
    simbench: float | None = None
    """100 · (1 − TV / TV of uniform), at most 100; 0 is as far as uniform."""
    paired: Paired | None = None
    distances: dict[str, Distance] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the row as in DESIGN §8."""
        found: dict[str, Any] = {
            "sample": self.name,
            "kind": self.kind,
            "n": self.n,
            "failed": self.failed,
            "missing": self.missing,
            "not_applicable": {
                "n": self.sample.not_applicable,
                "share": self.sample.not_applicable_share,
            },
            "outside_support": self.outside,
            "personas": self.personas,
            "mean": self.mean,
            "mean_interval": list(self.mean_interval) if self.mean_interval else None,
        }
        if self.share is not None:
            found["share_above_zero"] = {
                "value": self.share.value,
                "difference": self.share.difference,
                "interval": list(self.share.interval) if self.share.interval else None,
            }
        found["simbench"] = self.simbench
        if self.paired is not None:
            found["paired_mae"] = {
                "value": self.paired.mae,
                "interval": list(self.paired.interval) if self.paired.interval else None,
                "n": self.paired.n,
            }
        found["distances"] = {name: d.to_dict() for name, d in self.distances.items()}
        found["notes"] = list(self.notes)
        return found


@dataclass(frozen=True, eq=False)
class Comparison:
    """Samples and baselines against one reference, on one outcome."""

    outcome: str
    reference: Reference
    rows: tuple[Row, ...]
    draws: int
    confidence: float
    seed: int

    @property
    def variable(self) -> Variable:
        """What is compared."""
        return self.reference.variable

    @property
    def unit(self) -> str | None:
        """The unit of values, means and Wasserstein distances."""
        return self.variable.unit

    def __str__(self) -> str:
        """One line per row, with the first distance; `frame` has all of them."""
        humans = f"{self.reference.sized}: {self.reference.name}"
        lines = [f"{self.outcome}{f' ({self.unit})' if self.unit else ''} · {humans}"]
        for row in self.rows:
            mean = "" if row.mean is None else f"  mean {row.mean:.3f}"
            lines.append(f"{row.name:<34} n {row.n:>6,}{mean}{_first(row)}")
        return "\n".join(lines)

    def row(self, name: str) -> Row:
        """Return the row of a sample or baseline.

        Raises:
            KeyError: there is none of this name.
        """
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(name)

    def to_dict(self) -> dict[str, Any]:
        """Return what `simulate compare --json` prints (DESIGN §8)."""
        reference, variable = self.reference, self.variable
        shown: dict[str, Any] = {
            "name": reference.name,
            "n": None if reference.declared else reference.n,
            "declared": reference.declared,
            "missing": reference.missing,
            "cleaning": reference.cleaning,
            "support": list(variable.support) if variable.support else None,
            "mean": reference.mean if variable.has_mean else None,
            "source": reference.source,
            "licence": reference.licence,
        }
        if variable.convention:
            shown["convention"] = variable.convention
        return {
            "outcome": self.outcome,
            "unit": self.unit,
            "reference": shown,
            "draws": self.draws,
            "confidence": self.confidence,
            "seed": self.seed,
            "rows": [row.to_dict() for row in self.rows],
        }

    @property
    def frame(self) -> pl.DataFrame:
        """The numbers as a polars frame: one line per row and distance."""
        import polars as pl

        lines = [
            {
                "outcome": self.outcome,
                "unit": self.unit,
                "reference": self.reference.name,
                "sample": row.name,
                "kind": row.kind,
                "n": row.n,
                "failed": row.failed,
                "missing": row.missing,
                "mean": row.mean,
                "distance": name,
                "value": d.value,
                "low": d.interval[0] if d.interval else None,
                "high": d.interval[1] if d.interval else None,
                "floor_mean": d.floor.mean,
                "floor_p95": d.floor.p95,
                "p": d.p,
                "p_holm": d.p_holm,
                "upper": d.upper,
                "margin": d.margin,
                "equivalent": d.equivalent,
            }
            for row in self.rows
            for name, d in row.distances.items()
        ]
        return pl.DataFrame(lines, infer_schema_length=None)


def _first(row: Row) -> str:
    """Return the first distance of a row with its interval, floor and p."""
    for name, d in row.distances.items():
        ends = f" [{d.interval[0]:.3f}, {d.interval[1]:.3f}]" if d.interval else " [no interval]"
        floor = f"floor {d.floor.mean:.3f} (95 % ≤ {d.floor.p95:.3f})"
        return f"  {name} {d.value:.3f}{ends}  {floor}  p {d.p:.4f}"
    return "  no value"
