"""The plain record that JUnit, Markdown and annotations are written from, of an analysis."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from simulate.engine.targets import BASELINE, VERSION
from simulate.runfile import RunReader
from simulate.runfile.faults import TARGET
from simulate.scenario.reserved_names import RESPONDS
from simulate.stress.analysis import Analysis
from simulate.stress.cases.regression import Kept
from simulate.stress.gate import Gates
from simulate.stress.reports.report import (
    CheckRow,
    Example,
    GateRow,
    GroupRow,
    Report,
)


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

    `lines` has the line of each check in the scenario's file, from 1; `kept` are failures that were
    shrunk.
    """
    examples = _examples(file, analysis, kept)
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
                examples.get((cell.label, rate.check)),
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
            if fault != TARGET
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


def _examples(
    file: RunReader, analysis: Analysis, kept: Sequence[Kept]
) -> dict[tuple[str, str], Example]:
    """Return the dialogue to read for each check that fails, by the cell's label and the check.

    That of a failure that was shrunk; else the shortest that fails, or else cannot be checked.
    """
    labels = [cell.label for cell in analysis.cells]
    found: dict[tuple[str, str], tuple[int, Example]] = {}
    errors: dict[tuple[str, str], tuple[int, Example]] = {}
    for at in file.verdicts():
        said = at.verdict
        where = {"fail": found, "error": errors}.get(said.verdict)
        if where is not None:
            example = Example(at.key, said.reason, said.quote)
            where.setdefault((labels[at.cell], said.check), (at.dialogue, example))
    for failure in file.target_failures():
        example = Example(failure.key, failure.reason)
        found.setdefault((labels[failure.cell], RESPONDS), (failure.dialogue, example))
    examples = {
        key: dataclasses.replace(example, messages=_said(file, dialogue))
        for key, (dialogue, example) in (errors | found).items()
    }
    for each in kept:
        if each.shrunk.fails_again:
            examples[each.cell, each.check] = Example(
                each.dialogue,
                messages=each.shrunk.messages,
                turns_before=len(each.shrunk.before),
                case="" if each.path is None else str(each.path),
            )
    return examples


def _said(file: RunReader, dialogue: int) -> tuple[str, ...]:
    return tuple(turn.shown for turn in file.dialogue(dialogue).turns_of("user"))


def _next(kept: Sequence[Kept]) -> list[str]:
    paths = [str(each.path) for each in kept if each.path is not None]
    if not paths:
        return ["Add --shrink to shorten a failure of each check and keep it as a regression case."]
    return [f"Replay the cases with pytest: pytest {' '.join(paths)} --simulate-target SPEC"]
