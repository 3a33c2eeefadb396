"""The plain record that JUnit, Markdown and annotations are written from, of an analysis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulate.runfile import RunReader
from simulate.stress.analysis import BASELINE, VERSION, Analysis, CellAnalysis
from simulate.stress.cases.regression import Kept
from simulate.stress.gate import Gates
from simulate.stress.records import RESPONDS
from simulate.stress.reports.report import (
    CheckRow,
    Example,
    GateRow,
    GroupRow,
    Report,
)

__all__ = ["report_of"]


def report_of(
    file: RunReader,
    analysis: Analysis,
    gates: Gates,
    *,
    scenario_file: str = "",
    lines: Mapping[str, int] | None = None,
    seconds: float = 0.0,
    kept: Sequence[Kept] = (),
) -> Report:
    """Return the result of a stress test as plain records.

    Args:
        file: the run file, for examples.
        analysis: of it.
        gates: what it was held against.
        scenario_file: the scenario's file, for annotations.
        lines: check to its line in that file, from 1.
        seconds: how long it took.
        kept: failures that were shrunk.
    """
    shrunk = {(each.cell, each.check): each for each in kept}
    checks: list[CheckRow] = []
    for cell in analysis.cells:
        gate = dict(gates.rates).get(cell.label)
        passed, why = None, ""
        if cell.levels.get(VERSION) == BASELINE:
            passed, why = True, "the baseline is not gated"
        elif gate is not None:
            rate = cell.rates.any_without_simulator_faults
            checks.append(CheckRow(rate, cell.label, gate.passed, gate.sentence))
            passed, why = (True, gate.sentence) if gate.passed else (None, "")
        turns = {failed.check: failed.turns for failed in cell.failures}
        checks += [
            CheckRow(
                rate,
                cell.label,
                passed,
                why,
                analysis.checks.get(rate.check, ""),
                (lines or {}).get(rate.check),
                _example(file, cell, rate.check, shrunk.get((cell.label, rate.check))),
                turns.get(rate.check, ()),
            )
            for rate in cell.rates.checks
        ]
    sentences = [gate.sentence for _, gate in gates.rates] + list(gates.worse)
    asked = bool(gates.rates or analysis.versions)
    return Report(
        scenario=analysis.scenario,
        target=", ".join(dict.fromkeys(cell.target for cell in analysis.cells)),
        run=str(analysis.run),
        file=scenario_file,
        dialogues=sum(cell.ended for cell in analysis.cells),
        personas=max((cell.rates.personas for cell in analysis.cells), default=0),
        unfinished=sum(
            n
            for cell in analysis.cells
            for fault, n in cell.rates.faults.items()
            if fault != "target"
        ),
        seconds=seconds,
        checks=checks,
        groups=[
            GroupRow(group, cell.groups.check, cell.label)
            for cell in analysis.cells
            for group in cell.groups.worse
        ],
        gate=GateRow(gates.passed, " ".join(sentences) or _no_worse(analysis)) if asked else None,
        next=_next(kept),
        notes=[
            *analysis.cautions,
            *(
                f"{version.label}: {said}" if version.label else said
                for version in analysis.versions
                for said in [version.pairing.any.sentence]
            ),
        ],
    )


def _no_worse(analysis: Analysis) -> str:
    said = {version.pairing.any.conclusion for version in analysis.versions}
    return "against the baseline: " + ", ".join(sorted(said))


def _example(file: RunReader, cell: CellAnalysis, check: str, kept: Kept | None) -> Example | None:
    if kept is not None and kept.shrunk.fails_again:
        return Example(
            kept.dialogue,
            messages=kept.shrunk.messages,
            turns_before=len(kept.shrunk.before),
            case="" if kept.path is None else str(kept.path),
        )
    sql = """SELECT d.id, d.key, v.reason, v.quote FROM verdict v
        JOIN dialogue d ON d.id = v.dialogue JOIN cell c ON c.id = d.cell
        WHERE v.name = ? AND v.verdict IN ('fail', 'error') AND c.label = ?
        ORDER BY v.verdict <> 'fail', d.turns, d.id LIMIT 1"""
    for number, key, reason, quote in file.rows(sql, (check, cell.label)):
        return Example(key, reason, quote, _said(file, number))
    if check == RESPONDS:
        sql = """SELECT d.id, d.key, d.error FROM dialogue d JOIN cell c ON c.id = d.cell
            WHERE d.status = 'failed' AND d.fault = 'target' AND c.label = ?
            ORDER BY d.turns, d.id LIMIT 1"""
        for number, key, reason in file.rows(sql, (cell.label,)):
            return Example(key, reason or "", messages=_said(file, number))
    return None


def _said(file: RunReader, dialogue: int) -> tuple[str, ...]:
    users = {n for n, s in file.scenario.speakers.items() if s.plays == "user"}
    return tuple(t.text for t in file.dialogue(dialogue).turns if t.speaker in users)


def _next(kept: Sequence[Kept]) -> list[str]:
    paths = [str(each.path) for each in kept if each.path is not None]
    if not paths:
        return ["Add --shrink to shorten a failure of each check and keep it as a regression case."]
    return [f"Replay the cases with pytest: pytest {' '.join(paths)} --simulate-target SPEC"]
