"""What the design of a run asks for beside the comparison: diversity, main effects, the paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from simulate.report.paper import SCENARIO, paper_dict, paper_rows, print_paper

if TYPE_CHECKING:
    from simulate.comparison.result import Comparison
    from simulate.runfile import RunReader


def single_run(samples: Sequence[str]) -> Path | None:
    """Return the run file, where the samples of a comparison are one whole run."""
    from simulate.reference.table_file import is_table

    if len(samples) != 1 or not Path(samples[0]).is_file() or is_table(Path(samples[0])):
        return None
    return Path(samples[0])


def print_design(run: RunReader, comparison: Comparison | None, console: Console) -> None:
    """Print the tables that a run's design asks for."""
    from simulate.comparison.factorial_effects import effects, is_factorial
    from simulate.report.factorial_effects_table import print_effects

    if run.scenario.is_task:
        from simulate.comparison.task_diversity import diversity
        from simulate.report.diversity_table import print_diversity

        print_diversity(diversity(run), console)
    if comparison is None:
        return
    if is_factorial(run):
        print_effects(effects(run, comparison.outcome, comparison.reference), console)
    if run.scenario.scenario == SCENARIO:
        print_paper(paper_rows(run, comparison), console)


def design_dict(run: RunReader, comparison: Comparison) -> dict[str, Any]:
    """Return the same as JSON: `effects` and `paper`, each only where the design has it."""
    from simulate.comparison.factorial_effects import effects, is_factorial

    found: dict[str, Any] = {}
    if is_factorial(run):
        found["effects"] = asdict(effects(run, comparison.outcome, comparison.reference))
    if run.scenario.scenario == SCENARIO:
        found["paper"] = paper_dict(paper_rows(run, comparison))
    return found
