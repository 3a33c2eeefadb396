"""The result of a multiverse: a contrast in each universe, and one test of all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from simulate.analysis import Analysis
from simulate.statistics.confidence import Interval
from simulate.statistics.joint_permutation import JointTest
from simulate.statistics.mean_contrasts import MeanContrast
from simulate.statistics.random_levels import FEWEST_LEVELS, RandomLevels
from simulate.terminal.numbers import ends, number, p_text, signed
from simulate.terminal.safe_text import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulate.notebook import Width

OF = (
    "how much a contrast of this simulator varies over the declared grid: no confidence interval "
    "over people, and of nothing that the grid does not vary"
)
Origin = Literal["run", "re-weighed"]


@dataclass(frozen=True)
class UniverseContrast:
    """The contrast in one universe.

    Attributes:
        choices: kind to the name of the choice.
        run: the name of the run file that it is found from, without its ending.
        origin: whether the run was drawn so, or its recorded draws are weighed.
        contrast: over the personas; None where it is refused.
        refused: why there is no number; None where there is one.
        ess: the effective number of dialogues, where draws are weighed.
        left_out: what was left out, such as `vs: 2 failed`.
        later: whether it was added after results of others were shown.
    """

    choices: Mapping[str, str]
    run: str
    origin: Origin
    contrast: MeanContrast | None = None
    refused: str | None = None
    ess: float | None = None
    left_out: str = ""
    later: bool = False

    @property
    def name(self) -> str:
        """Its choices, joined by `+`."""
        return "+".join(self.choices.values())

    @property
    def value(self) -> float | None:
        """The contrast; None where it is refused."""
        return None if self.contrast is None else self.contrast.value

    @property
    def interval(self) -> Interval | None:
        """Of the contrast, over personas."""
        return None if self.contrast is None else self.contrast.interval


@dataclass(frozen=True, eq=False)
class Multiverse(Analysis):
    """One contrast over a declared grid.

    Attributes:
        name: of the plan.
        a: the side of the contrast that is subtracted from.
        b: the other.
        meaning: what the contrast says, as the scenario declares it; empty for none.
        outcome: whose means are set against each other.
        level: whose shares are, instead of means; None for means.
        unit: of the outcome.
        grid: the choices of each kind, by name.
        universes: in the order of the grid; empty while runs are unfinished.
        joint: the test of all universes with a number together; None with fewer than two.
        personas: that take part in it.
        between: whether different people met the two sides.
        wordings: how much six or more wordings differ; None with fewer, or between people.
        sha256: of what was declared.
        changed: whether it was declared as it is only after results were shown.
        folder: where the run files are.
        failed: run file to the dialogues that failed, of those that had any.
        stopped: what stopped the runs, so that nothing is estimated yet; None where all ended.
    """

    name: str
    a: str
    b: str
    meaning: str
    outcome: str
    level: str | None
    unit: str | None
    grid: Mapping[str, list[str]]
    universes: tuple[UniverseContrast, ...]
    joint: JointTest | None
    personas: int
    between: bool
    wordings: RandomLevels | None
    sha256: str
    changed: bool
    folder: Path
    failed: Mapping[str, int]
    stopped: str | None = None

    _view: ClassVar[str] = "multiverse"

    def __repr__(self) -> str:
        if self.stopped is not None:
            return f"Multiverse({self.name}: unfinished)"
        return (
            f"Multiverse({self.name}: {self.label}, {counted(len(self.universes), 'universe')}, "
            f"{len(self.refused)} refused)"
        )

    @property
    def label(self) -> str:
        """What is set against what, such as `vs − direct`."""
        return f"{self.a} − {self.b}"

    @property
    def measure(self) -> str:
        """What a contrast is a difference of, with its unit."""
        if self.level is not None:
            return f"share of “{self.level}” in {self.outcome}"
        return f"mean {self.outcome}{f' ({self.unit})' if self.unit else ''}"

    @property
    def found(self) -> tuple[UniverseContrast, ...]:
        """The universes with a number, from the smallest contrast to the largest."""
        there = [each for each in self.universes if each.value is not None]
        return tuple(sorted(there, key=lambda each: each.value or 0.0))

    @property
    def refused(self) -> tuple[UniverseContrast, ...]:
        """The universes without a number."""
        return tuple(each for each in self.universes if each.value is None)

    @property
    def sentence(self) -> str:
        """What to quote."""
        if self.stopped is not None:
            return (
                f"The runs in {self.folder} are unfinished ({self.stopped}): nothing is estimated "
                "before all have ended; go on with --resume."
            )
        found, test = self.found, self.joint
        if test is None:
            return (
                f"{len(found)} of {counted(len(self.universes), 'universe')} have a number: there "
                "is nothing to set side by side."
            )
        low, high = (signed(float(end)) for end in (test.contrasts.min(), test.contrasts.max()))
        above = sum((each.value or 0.0) > 0 for each in found)
        return (
            f"{self.label} in {self.measure}, over {len(found)} of "
            f"{counted(len(self.universes), 'declared universe')}: median {signed(test.median)}, "
            f"from {low} to {high}, above 0 in {above}; joint {_p(test, test.p)} (labels exchanged "
            f"{'over' if self.between else 'within'} {self.personas:,} personas, in all universes "
            "at once)."
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be known to read the numbers."""
        return tuple(self._notes())

    def _notes(self) -> Iterator[str]:
        test = self.joint
        if test is not None:
            how = "all" if test.exact else "random"
            yield (
                f"under the null 95 % of medians lie in{ends(test.median_null, signed)}; "
                f"{100 * test.same_sign:.0f} % of universes have the same sign, "
                f"{_p(test, test.p_same_sign)} ({how} labellings: {test.labellings:,})"
            )
        if refused := self.refused:
            reasons = list(dict.fromkeys(str(each.refused) for each in refused))
            told = "; ".join(reasons[:3]) + (" …" if len(reasons) > 3 else "")
            yield f"{counted(len(refused), 'universe')} refused: {told}"
        if self.wordings is not None:
            w = self.wordings
            yield (
                f"between {w.levels} wordings, taken as drawn from all that could be written, the "
                f"contrast has a standard deviation of {number(w.sd)}{ends(w.interval)}"
            )
        elif 1 < len(self.grid.get("wordings", ())) < FEWEST_LEVELS:
            yield (
                f"{len(self.grid['wordings'])} wordings are shown, not modelled: how much wordings "
                f"differ in general takes {FEWEST_LEVELS}"
            )
        if later := [each.name for each in self.universes if each.later]:
            yield f"{counted(len(later), 'universe')} added after results were shown"
        if self.changed:
            yield "the plan was changed after results were shown: p is of no declared test"
        if self.failed:
            told = ", ".join(f"{run} {n:,}" for run, n in self.failed.items())
            yield f"failed dialogues, which count nowhere: {told}"
        yield (
            f"this is {OF}. A grid of choices that hardly differ shows little, whatever it holds"
        )
        yield f"declared: sha256 {self.sha256[:16]}…, {self.folder}"

    def plot(self, *, width: Width = "page") -> Figure:
        """Return the specification curve as a matplotlib figure."""
        return self._figure(width=width)

    def _rows(self) -> list[dict[str, Any]]:
        return [{**each.choices, **_row(each)} for each in self.universes]

    def to_dict(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        test = self.joint
        return {
            "multiverse": self.name,
            "of": OF,
            "sentence": self.sentence,
            "contrast": {"a": self.a, "b": self.b, "meaning": self.meaning},
            "outcome": self.outcome,
            "level": self.level,
            "unit": self.unit,
            "grid": dict(self.grid),
            "joint": None
            if test is None
            else {
                "median": test.median,
                "p": test.p,
                "median_null": test.median_null,
                "same_sign": test.same_sign,
                "p_same_sign": test.p_same_sign,
                "labellings": test.labellings,
                "exact": test.exact,
                "personas": self.personas,
                "people": "different" if self.between else "same",
            },
            "wordings": None if self.wordings is None else asdict(self.wordings),
            "rows": [_row(each) for each in self.universes],
            "sha256": self.sha256,
            "changed_after_results": self.changed,
            "folder": str(self.folder),
            "failed": dict(self.failed),
            "stopped": self.stopped,
            "notes": self.notes,
        }


def _p(test: JointTest, p: float) -> str:
    return p_text(p, at_most=not test.exact and p * test.labellings < 1.5)


def _row(each: UniverseContrast) -> dict[str, Any]:
    told = None if each.contrast is None else asdict(each.contrast)
    return {**vars(each), "choices": dict(each.choices), "contrast": told}
