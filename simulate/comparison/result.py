"""What a comparison found: rows, their distances, and the same numbers as JSON and as a frame."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from simulate.comparison.sample import Sample
from simulate.errors import one_line
from simulate.notebook import Shown, Width
from simulate.reference import Reference, Variable
from simulate.statistics.contrasts import Contrast
from simulate.statistics.distances import SQUARED
from simulate.statistics.floors import Floor
from simulate.statistics.risk_difference import Share
from simulate.terminal.numbers import ends, number, p_text
from simulate.terminal.safe_text import counted

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.figure import Figure

    from simulate.comparison.nuisance import Claims


@dataclass(frozen=True)
class Distance:
    """A distance with everything that is needed to read it."""

    value: float | None
    """`None` for D² of a single persona."""
    interval: tuple[float, float] | None
    """Two-sided interval; `None` where `interval_reason` says why there is none."""
    interval_reason: str | None
    upper: float | None
    """One-sided upper bound, at the same confidence."""
    floor: Floor
    p: float | None
    """p-value of equality, from the null of the interval; `None` without an interval, and for
    baselines that are not sampled."""
    smallest_p: float
    """The smallest p that this number of resamples can show."""
    p_holm: float | None = None
    """`p` adjusted for the number of sample rows; `None` for baselines."""
    holm_is_bound: bool = False
    """Whether `p_holm` is that of a smallest p, which Holm may hand on to a larger one."""
    margin: float | None = None
    """The margin named beforehand."""

    @property
    def p_is_bound(self) -> bool:
        """Whether p is the smallest that can be shown, so that it is an upper bound."""
        return self.p is not None and self.p <= self.smallest_p * (1 + 1e-9)

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
            "floor": asdict(self.floor),
            "p": self.p,
            "p_holm": self.p_holm,
            "p_at_most": self.p_is_bound or self.holm_is_bound,
            "upper": self.upper,
        }
        if self.interval_reason:
            found["interval_reason"] = self.interval_reason
        if self.margin is not None:
            found |= {"margin": self.margin, "equivalent": self.equivalent}
        return found


@dataclass(frozen=True)
class CellContrast:
    """D² of one sample less that of another, over the personas that both have."""

    a: str
    b: str
    contrast: Contrast
    p_holm: float | None = None
    """p adjusted for the number of contrasts."""
    name: str = ""
    """As the scenario calls it; empty where it declares none between these cells."""
    meaning: str = ""
    """What it says, as the scenario declares it."""
    level: float = 0.05
    """Only with an adjusted p below it is a sample called closer."""

    @property
    def closer(self) -> str:
        """Which sample is closer to the reference; a dash where there is no p."""
        if self.p_holm is None:
            return "–"
        if self.p_holm >= self.level:
            return "not shown"
        return self.a if self.contrast.value < 0 else self.b

    def to_dict(self) -> dict[str, Any]:
        """Return the contrast as in DESIGN §8."""
        names = {"a": self.a, "b": self.b, "quantity": SQUARED}
        declared = {"name": self.name, "meaning": self.meaning} if self.name else {}
        return declared | names | self.contrast.to_dict() | {"p_holm": self.p_holm}


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
    """Dialogues with a value."""
    n_effective: float = 0.0
    """Effective personas, (Σ w)² / Σ w² over the personas' weights."""
    failed: int = 0
    missing: int = 0
    outside: int = 0
    """Values outside the support; they take part as they are."""
    personas: int = 0
    mean: float | None = None
    """Of the values that dialogues had a chance to give, by these chances (expected)."""
    mean_drawn: float | None = None
    """Of the values that were drawn, as exports hold them; None of a table."""
    mean_interval: tuple[float, float] | None = None
    share: Share | None = None
    simbench: float | None = None
    """100 · (1 − TV / TV of uniform), at most 100; 0 is as far as uniform."""
    paired: Paired | None = None
    constant: str = ""
    """The constant baseline with the smallest D²."""
    against_constant: Contrast | None = None
    """D² less that of the constant baseline."""
    distances: dict[str, Distance] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def people(self) -> int:
        """Effective personas as a whole number, at least 1: the size of the floor."""
        return max(1, round(self.n_effective))

    def to_dict(self) -> dict[str, Any]:
        """Return the row as in DESIGN §8."""
        found: dict[str, Any] = {
            "sample": self.name,
            "kind": self.kind,
            "n": self.n,
            "n_effective": round(self.n_effective, 6),
            "failed": self.failed,
            "missing": self.missing,
            "excluded": dict(self.sample.excluded),
            "not_applicable": {
                "n": self.sample.not_applicable,
                "share": self.sample.not_applicable_share,
            },
            "outside_support": self.outside,
            "personas": self.personas,
            "mean": self.mean,
            "mean_drawn": self.mean_drawn,
            "weighing": self.sample.weighing,
            "mean_interval": list(self.mean_interval) if self.mean_interval else None,
        }
        if self.share is not None:
            found["share_above_zero"] = asdict(self.share)
        found["simbench"] = self.simbench
        if self.paired is not None:
            mae = self.paired
            found["paired_mae"] = {"value": mae.mae, "interval": mae.interval, "n": mae.n}
        if self.against_constant is not None:
            contrast = self.against_constant.to_dict()
            found["against_constant"] = {"baseline": self.constant, **contrast}
        found["distances"] = {name: d.to_dict() for name, d in self.distances.items()}
        found["notes"] = list(self.notes)
        return found


@dataclass(frozen=True, eq=False)
class Comparison(Shown):
    """Samples and baselines against one reference, on one outcome."""

    outcome: str
    reference: Reference
    rows: tuple[Row, ...]
    contrasts: tuple[CellContrast, ...]
    """Of D², between cells that met the same personas."""
    sentences: tuple[str, ...]
    """What to quote: one for each sample that has a value, true by construction."""
    notes: tuple[str, ...]
    """What holds for the whole comparison."""
    draws: int
    confidence: float
    seed: int
    claims: tuple[Claims, ...] = ()
    """Of each run with nuisance conditions: whether differences between levels of the others are
    claimed. Where they are not, these contrasts are left out."""
    partial: bool = False
    """Whether it is still computed, so that numbers are missing that will come."""

    _view: ClassVar[str] = "comparison"

    def __repr__(self) -> str:
        count = counted(len(self.samples), "sample")
        reference = f"{self.reference.sized}: {self.reference.name}"
        return f"Comparison({one_line(self.outcome)}: {count} beside {one_line(reference)})"

    @property
    def samples(self) -> tuple[Row, ...]:
        """The rows that are no baselines."""
        return tuple(row for row in self.rows if row.kind == "sample")

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
            mean = "" if row.mean is None else f"  mean {number(row.mean)}"
            lines.append(f"{row.name:<34} n {row.n:>6,}{mean}{_first(row)}")
        return "\n".join(lines)

    def plot(self, kind: str = "ecdf", *, width: Width = "page") -> Figure:
        """Return a figure, which a notebook shows.

        Args:
            kind: `ecdf` (cumulative shares), `histogram`, or `forest` (distances).
            width: a `column` of a paper (3.3 in), or its `page` (6.9 in).

        Raises:
            InputError: there is no such figure.
        """
        return self._figure(kind=kind, width=width)

    def to_frame(self) -> pl.DataFrame:
        """Return `frame`, by the name that other results have for it."""
        return self.frame

    def row(self, name: str) -> Row:
        """Return the row of a sample or baseline.

        Raises:
            KeyError: there is none of this name.
        """
        return {row.name: row for row in reversed(self.rows)}[name]

    def to_dict(self) -> dict[str, Any]:
        """Return what `simulate compare --json` prints (DESIGN §8)."""
        reference, variable = self.reference, self.variable
        shown: dict[str, Any] = {
            "name": reference.name,
            "n": None if reference.declared else reference.n,
            "people": None if reference.declared else reference.people,
            "n_effective": None if reference.weighted is None else reference.n_effective,
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
            "headline": SQUARED,
            "sentence": " ".join(self.sentences),
            "contrasts": [contrast.to_dict() for contrast in self.contrasts],
            "claims": [claims.to_dict() for claims in self.claims],
            "reference": shown,
            "draws": self.draws,
            "confidence": self.confidence,
            "seed": self.seed,
            "rows": [row.to_dict() for row in self.rows],
            "notes": list(self.notes),
        }

    @property
    def frame(self) -> pl.DataFrame:
        """The numbers as a polars frame: one line per row and distance."""
        import polars as pl

        of_row = ("kind", "n", "n_effective", "failed", "missing", "mean", "mean_drawn")
        of_distance = ("p", "p_holm", "upper", "margin", "equivalent")
        lines = [
            {
                "outcome": self.outcome,
                "unit": self.unit,
                "reference": self.reference.name,
                "sample": row.name,
                **{column: getattr(row, column) for column in of_row},
                "distance": name,
                "value": d.value,
                "low": d.interval[0] if d.interval else None,
                "high": d.interval[1] if d.interval else None,
                "floor_mean": d.floor.mean,
                "floor_p95": d.floor.p95,
                **{column: getattr(d, column) for column in of_distance},
            }
            for row in self.rows
            for name, d in row.distances.items()
        ]
        return pl.DataFrame(lines, infer_schema_length=None)


def _first(row: Row) -> str:
    """Return the headline of a row with its interval, floor and p."""
    d = row.distances.get(SQUARED)
    if d is None or d.value is None:
        return "  no value"
    interval = ends(d.interval, lambda v: number(v, 4)) or " [no interval]"
    floor = f"floor 95 % ≤ {number(d.floor.p95, 4)}"
    p = "" if d.p is None else f"  {p_text(d.p, at_most=d.p_is_bound)}"
    return f"  {SQUARED} {number(d.value, 4)}{interval}  {floor}{p}"
