"""What the design of a run asks for beside the comparison: diversity, main effects, the paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from simulate.report.paper import has_figures, paper_dict, paper_rows, print_paper
from simulate.runfile.export_reader import DialogueExport, is_export

if TYPE_CHECKING:
    from simulate.comparison.factorial_effects import Effects
    from simulate.comparison.result import Comparison
    from simulate.runfile import RunReader


@contextmanager
def single_source(
    samples: Sequence[str], with_excluded: bool
) -> Iterator[RunReader | DialogueExport | None]:
    """Open the run file or export, where the samples of a comparison are one whole one."""
    from simulate.reference.table_file import is_table
    from simulate.runfile import open_run

    path = Path(samples[0])
    if len(samples) != 1 or not path.is_file():
        yield None
    elif is_export(path):
        yield DialogueExport(path, with_excluded=with_excluded)
    elif is_table(path):
        yield None
    else:
        with open_run(path, with_excluded=with_excluded) as run:
            yield run


def design_tables(
    run: RunReader | DialogueExport, comparison: Comparison
) -> list[Callable[[Console], None]]:
    """Return the tables that the design of a run or an export asks for, each as what prints it."""
    from simulate.comparison.factorial_effects import is_factorial
    from simulate.report.factorial_effects_table import print_effects

    shows: list[Callable[[Console], None]] = []
    if not isinstance(run, DialogueExport):
        if run.scenario.is_task and all(cell.talks for cell in run.cells):
            from simulate.comparison.task_diversity import diversity
            from simulate.report.diversity_table import print_diversity

            shows.append(partial(print_diversity, diversity(run)))
        if is_factorial(run):
            shows.append(partial(print_effects, _claimed(run, comparison)))
    if has_figures(run, comparison):
        shows.append(partial(print_paper, paper_rows(run, comparison)))
    return shows


def design_dict(run: RunReader | DialogueExport, comparison: Comparison) -> dict[str, Any]:
    """Return the same as JSON: `effects` and `paper`, each only where the design has it."""
    from simulate.comparison.factorial_effects import is_factorial

    found: dict[str, Any] = {}
    if not isinstance(run, DialogueExport) and is_factorial(run):
        found["effects"] = asdict(_claimed(run, comparison))
    if has_figures(run, comparison):
        found["paper"] = paper_dict(paper_rows(run, comparison))
    return found


def _claimed(run: RunReader, comparison: Comparison) -> Effects:
    """Return the effects of a run without those that its nuisance conditions leave unclaimed."""
    from simulate.comparison.factorial_effects import effects

    found = effects(run, comparison.outcome, comparison.reference)
    withheld = {name for claims in comparison.claims for name in claims.unclaimed}
    kept = tuple(each for each in found.effects if withheld.isdisjoint(each.conditions))
    return replace(found, effects=kept)
