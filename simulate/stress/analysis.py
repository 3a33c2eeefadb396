"""The result of a stress test, from its run file alone.

One analysis serves the terminal, the HTML report, JSON, JUnit and the gate, so that they cannot
say different things.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from simulate.engine.targets import BASELINE, NEW, VERSION
from simulate.errors import InputError
from simulate.population.protected import protected_by
from simulate.runfile import AttributedTo, CheckVerdict, Dialogue, RunReader
from simulate.runfile.answered_by import changes_told
from simulate.runfile.draw_statistics import tail_told
from simulate.runfile.faults import TARGET
from simulate.runfile.given_dialogues import Given
from simulate.runfile.meta import attack_told
from simulate.runfile.shard import part_told
from simulate.runfile.verdicts import unchecked_dialogues
from simulate.scenario import Cell
from simulate.scenario.reserved_names import RESPONDS
from simulate.statistics.confidence import CONFIDENCE
from simulate.stress.failures import FailedTurn, Failures, failed_turns
from simulate.stress.persona_groups import Groups, groups
from simulate.stress.rates import Rates, rates
from simulate.stress.records import Observed, ended, observed
from simulate.stress.versions import Pairing, pairing

ADVERSARIAL = "adversarial"
"""The population of users who attack; for authorised tests of one's own bot."""


@dataclass(frozen=True, slots=True)
class Judged:
    """How sure a judge was.

    Attributes:
        check: the check's name.
        n: dialogues that it judged.
        abstained: in how many it could not tell.
        errors: in how many it gave no usable answer.
        disagreement: mean share of its votes that differ from its verdict, in [0, 1); None
            without a vote.
        unsure: verdicts whose probability of fail lies between 0.25 and 0.75.
    """

    check: str
    n: int
    abstained: int
    errors: int
    disagreement: float | None
    unsure: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something could not be done.

    Attributes:
        check: the check that could not be carried out; `responds` where the target failed to
            answer.
        n: in how many dialogues.
        reason: the commonest reason.
    """

    check: str
    n: int
    reason: str


@dataclass(frozen=True, slots=True)
class CellAnalysis:
    """One cell.

    Attributes:
        label: of the cell.
        levels: condition to level.
        target: the target's name.
        planned: dialogues of the plan.
        ended: how many of them ended.
        rates: failure rates.
        groups: persona groups against the rest, for any check.
        failures: the turns that fail, by check.
        judges: how sure the judges were.
        problems: checks that could not be carried out, and targets that did not answer.
    """

    label: str
    levels: Mapping[str, str]
    target: str
    planned: int
    ended: int
    rates: Rates
    groups: Groups
    failures: tuple[Failures, ...]
    judges: tuple[Judged, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def is_baseline(self) -> bool:
        """Whether its target is the version that another is compared with: it is not gated."""
        return self.levels.get(VERSION) == BASELINE


@dataclass(frozen=True, slots=True)
class Version:
    """The new version of the target against the baseline, at the same levels of all else.

    Attributes:
        label: the other levels joined by `+`; empty where there are no other conditions.
        pairing: what was found.
    """

    label: str
    pairing: Pairing


@dataclass(frozen=True, slots=True)
class Analysis:
    """The result of a stress test.

    Attributes:
        run: path of the run file.
        run_id: the run's id.
        scenario: the scenario's name.
        seed: of the run.
        checks: check to its description.
        cells: in order.
        versions: the new version against the baseline; empty without a baseline.
        confidence: of the intervals.
        population: the name of the population that the users are from; empty for none.
        model_changes: a sentence for each model that more than one has answered.
        owasp: check to the weaknesses that its failures show, where such are known.
        attack: where the users attack, what the rates are of and who allows it; else None.
        given: what was given, where the dialogues are out of logs; else None.
    """

    run: Path
    run_id: str
    scenario: str
    seed: int
    checks: Mapping[str, str]
    cells: tuple[CellAnalysis, ...]
    versions: tuple[Version, ...]
    confidence: float
    population: str = ""
    model_changes: tuple[str, ...] = ()
    attack: str | None = None
    owasp: Mapping[str, str] = field(default_factory=dict)
    given: Given | None = None

    def described(self, check: str) -> str:
        """Return what a check is for, and which weaknesses its failures show."""
        return " · ".join(filter(None, (self.owasp.get(check), self.checks.get(check))))

    @property
    def taken(self) -> str:
        """How dialogues came by: what a rate that is not weighed is called by."""
        return "as observed" if self.given else "as drawn"

    @property
    def cautions(self) -> tuple[str, ...]:
        """What a reader must know of the population and of the models, in sentences."""
        given = self.given.told if self.given else ()
        changes = tuple(f"{sentence}." for sentence in (*given, *self.model_changes))
        return (self.attack, *changes) if self.attack else changes

    @property
    def untested(self) -> tuple[str, ...]:
        """What was not tested at all, though dialogues ended, in sentences."""
        found = []
        for cell in self.cells:
            if cell.is_baseline:
                continue
            where = "" if cell.label == "all" else f"{cell.label}: "
            tally, n = cell.rates.any.drawn, cell.rates.dialogues
            if not tally.failed.n and tally.abstained + tally.errors:
                found.append(f"{where}none of {n:,} dialogues is decided")
            found += [
                f"{where}check {rate.check} could not be carried out in any of {n:,} dialogues"
                for rate in cell.rates.checks
                if not rate.drawn.failed.n and rate.drawn.errors
            ]
        return tuple(found)

    def to_dict(self) -> dict[str, Any]:
        """Return the analysis as plain JSON data; what is not defined is null."""
        found: dict[str, Any] = json.loads(to_json(self, inf_nan_mode="null"))
        return found


def analyse(run: RunReader, *, confidence: float = CONFIDENCE) -> Analysis:
    """Analyse a run with checks, which may be going on.

    Raises:
        InputError: dialogues were never checked, as those of `simulate run`: a rate over them
            would say that nothing fails.
    """
    _refuse_unchecked(run)
    found = {cell.label: _Found() for cell in run.cells}
    for dialogue in ended(run):
        found[dialogue.cell.label].take(observed(run, dialogue), dialogue)
    people = run.meta.get("population")
    counts = run.counts()
    seed = int(run.meta["seed"])
    checks = run.scenario.checks
    judges = [name for name, check in checks.items() if check.rule.asks_judge]
    cells = tuple(
        CellAnalysis(
            cell.label,
            cell.levels,
            _under_test(cell, run.meta["models"][cell.index]),
            sum(counts[cell.index].values()),
            len(of.observed),
            rates(of.observed, confidence),
            groups(of.observed, confidence=confidence, seed=seed, protects=protected_by(people)),
            of.failures(),
            tuple(_judged(name, of.verdicts[name]) for name in judges if of.verdicts[name]),
            of.problems(),
        )
        for cell in run.cells
        for of in [found[cell.label]]
    )
    return Analysis(
        run.path,
        run.run_id,
        run.scenario.name,
        seed,
        {name: check.description for name, check in checks.items()},
        cells,
        _versions(run.cells, {label: of.observed for label, of in found.items()}, confidence),
        confidence,
        "" if people is None else str(people["population"]),
        (*part_told(run), *changes_told(run), *tail_told(run)),
        attack_told(run.meta),
        {name: shown for name, check in checks.items() if (shown := check.weaknesses)},
        Given.of(run.meta),
    )


class _Found:
    """What the dialogues of a cell show, one after another."""

    def __init__(self) -> None:
        self.observed: list[Observed] = []
        self.verdicts: defaultdict[str, list[CheckVerdict]] = defaultdict(list)
        self._failed: defaultdict[tuple[AttributedTo, str], list[FailedTurn]] = defaultdict(list)
        self._reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def take(self, seen: Observed, dialogue: Dialogue) -> None:
        """Take the next one in."""
        self.observed.append(seen)
        if dialogue.fault == TARGET:
            self._reasons[RESPONDS][dialogue.error or ""] += 1
        for each in dialogue.verdicts:
            self.verdicts[each.check].append(each)
            if each.verdict == "error":
                self._reasons[each.check][each.reason] += 1
        for side, check, turn in failed_turns(dialogue):
            self._failed[side, check].append(turn)

    def failures(self) -> tuple[Failures, ...]:
        """Return all failures, the target's before the user's, the most frequent first."""
        found = [Failures.of(check, side, turns) for (side, check), turns in self._failed.items()]
        found.sort(key=lambda each: (each.attributed_to, -len(each.turns), each.check))
        return tuple(found)

    def problems(self) -> tuple[Problem, ...]:
        """Return why checks could not be carried out, and the target failed to answer."""
        return tuple(
            Problem(name, counted.total(), min(counted, key=lambda each: (-counted[each], each)))
            for name, counted in sorted(self._reasons.items())
        )


def _refuse_unchecked(run: RunReader) -> None:
    """Refuse a run with completed dialogues that no check of the scenario was carried out on."""
    if not run.scenario.checks:
        return
    n = unchecked_dialogues(run)
    if n:
        raise InputError(
            f"run file {run.path}: the checks of scenario {run.scenario.name} were not carried out "
            f"on {n:,} of its dialogues, as `simulate run` made them; make a run with "
            "`simulate stress` and another --out"
        )


def _under_test(cell: Cell, models: Mapping[str, str]) -> str:
    names = [n for n, s in cell.speakers.items() if s.plays == "target"] or [
        n for n, s in cell.speakers.items() if s.plays == "assistant"
    ]
    return ", ".join(models[name] for name in names)


def _versions(
    cells: Sequence[Cell], by_cell: Mapping[str, Sequence[Observed]], confidence: float
) -> tuple[Version, ...]:
    sides: defaultdict[tuple[tuple[str, str], ...], dict[str, str]] = defaultdict(dict)
    for cell in cells:
        others = tuple((k, v) for k, v in cell.levels.items() if k != VERSION)
        sides[others][cell.levels.get(VERSION, "")] = cell.label
    return tuple(
        Version(
            "+".join(level for _, level in others),
            pairing(by_cell[labels[NEW]], by_cell[labels[BASELINE]], confidence),
        )
        for others, labels in sides.items()
        if set(labels) == {NEW, BASELINE}
    )


def _judged(name: str, said: Sequence[CheckVerdict]) -> Judged:
    """Return how sure a judge was."""
    shares = [each.disagreement for each in said if each.disagreement is not None]
    stated = [each.probability for each in said if each.probability is not None]
    return Judged(
        name,
        len(said),
        sum(each.verdict == "abstain" for each in said),
        sum(each.verdict == "error" for each in said),
        math.fsum(shares) / len(shares) if shares else None,
        sum(0.25 <= probability <= 0.75 for probability in stated),
    )
