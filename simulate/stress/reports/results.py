"""What became of each check of a stress test: of these JUnit and annotations are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from simulate.stress.analysis import Analysis, CellAnalysis
from simulate.stress.cases.case_replay import Status
from simulate.stress.cases.regression import Kept
from simulate.stress.failures import Failures
from simulate.stress.gate import Gates
from simulate.stress.rates import Rate


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How one check fared in one cell; whatever a model or a target wrote stands as it was said.

    Attributes:
        cell: the cell.
        rate: how often it fails.
        status: the result; `error` and `skipped` where no dialogue is decided.
        sentence: how often it fails, or why there is no rate; of a gated rate, the gate's.
        description: what the check is for.
        line: its line in the scenario's file, from 1; None where that is unknown.
        failures: in which turns it fails; None for none.
        kept: a failure that was shrunk; None for none.
    """

    cell: CellAnalysis
    rate: Rate
    status: Status
    sentence: str
    description: str = ""
    line: int | None = None
    failures: Failures | None = None
    kept: Kept | None = None

    @property
    def details(self) -> list[str]:
        """What a reader needs to see the failure again, in lines."""
        lines = [self.description] if self.description else []
        lines.append(self.sentence)
        if self.status == "error":
            of = [each for each in self.cell.problems if each.check == self.rate.check]
            lines += [f"such as: {problem.reason}" for problem in of]
        if self.failures is not None:
            lines.append(self.failures.sentence)
            for what, turn in self.failures.to_read:
                where = "" if turn.turn is None else f", turn {turn.turn}"
                lines.append(f"{what}: dialogue {turn.dialogue}{where}: {turn.reason}")
                lines += [f"  {spoken.speaker}: {spoken.text}" for spoken in turn.said]
        if self.kept is not None and self.kept.shrunk.fails_again:
            shrunk = self.kept.shrunk
            lines.append(f"shrunk from {len(shrunk.before)} messages to {len(shrunk.messages)}:")
            lines += [f"  user: {message}" for message in shrunk.messages]
            lines += [] if self.kept.path is None else [f"regression case: {self.kept.path}"]
        return lines


def check_results(
    analysis: Analysis,
    gates: Gates,
    *,
    lines: Mapping[str, int] | None = None,
    kept: Sequence[Kept] = (),
) -> Iterator[CheckResult]:
    """Iterate over the results of checks, cell by cell; a gated rate comes first.

    Without a gate, a check fails where it fails in a dialogue; where the gate passes, none does.
    `lines` has the line of each check in the scenario's file, `kept` failures that were shrunk.
    """
    shrunk = {(each.cell, each.check): each for each in kept}
    for cell in analysis.cells:
        gate = dict(gates.rates).get(cell.label)
        excused = "the baseline is not gated" if cell.is_baseline else ""
        if gate is not None:
            status: Status = "passed" if gate.passed else "failed"
            rate = cell.rates.any_without_simulator_faults
            yield CheckResult(cell, rate, status, gate.sentence)
            excused = gate.sentence if gate.passed else ""
        failures = {each.check: each for each in cell.failures}
        for rate in cell.rates.checks:
            yield CheckResult(
                cell,
                rate,
                "passed" if excused else status_of(rate),
                excused or rate.sentence,
                analysis.described(rate.check),
                (lines or {}).get(rate.check),
                failures.get(rate.check),
                shrunk.get((cell.label, rate.check)),
            )


def status_of(rate: Rate) -> Status:
    """Return the result of a check that may fail nowhere."""
    if rate.drawn.failed.n:
        return "failed" if rate.drawn.failed.hits else "passed"
    return "error" if rate.drawn.errors else "skipped"


def gate_sentence(analysis: Analysis, gates: Gates) -> str:
    """Return why the gate passes or fails; empty where there is none."""
    said = [gate.sentence for _, gate in gates.rates] + list(gates.worse)
    if not said and analysis.versions:
        found = {version.pairing.any.conclusion for version in analysis.versions}
        said = [f"against the baseline: {', '.join(sorted(found))}"]
    return " ".join(said)
