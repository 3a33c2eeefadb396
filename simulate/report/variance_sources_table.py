"""Where the variance comes from, in blocks: sentences with the shares, a table beside them."""

from __future__ import annotations

from collections.abc import Iterator

from simulate.comparison.variance_sources import VarianceSources
from simulate.report.document import Block, Items, Paragraph
from simulate.report.document import table as new_table
from simulate.statistics.components import FEWEST_PERSONAS, Components
from simulate.terminal.numbers import number

COLUMNS = ("personas", "run again", "between personas", "between reruns", "of it stated", "k")


def variance_blocks(found: VarianceSources, unit: str | None) -> Iterator[Block]:
    """Yield the sentences, the variances of each cell and of humans, and how to read them."""
    yield from map(Paragraph, variance_lines(found))
    rows = [(cell, *_numbers(of_cell)) for cell, of_cell in found.cells.items()]
    if found.human is not None:
        rows.append(("humans who repeat", *_numbers(found.human)))
    first = f"variance ({unit}²)" if unit else "variance"
    yield new_table((first, *COLUMNS), rows, "l" + "r" * len(COLUMNS))
    yield Items(tuple(_notes(found)))


def variance_lines(found: VarianceSources) -> Iterator[str]:
    """Yield the sentences, once for all cells of which they say the same."""
    cells_by_text: dict[str, list[str]] = {}
    for sentence in found.sentences:
        of, _, text = sentence.partition(": ")
        cells_by_text.setdefault(text, []).append(of.removeprefix(f"{found.outcome}, "))
    for text, cells in cells_by_text.items():
        yield f"{', '.join(cells)}: {text}"


def _numbers(found: Components) -> list[str]:
    counts = [f"{found.personas:,}", f"{found.repeated:,}"]
    told_apart = [
        number(found.parts[name].variance if found.identified else None)
        for name in ("personas", "reruns")
    ]
    verbalized = found.candidates > 1 and found.stated is not None
    stated = found.stated.variance if verbalized and found.stated else None
    return [*counts, *told_apart, number(stated), f"{found.candidates:.1f}"]


def _notes(found: VarianceSources) -> list[str]:
    lines = [
        "between reruns: of the values that two runs of one persona draw; each persona counts once",
        "stated: what a distribution of k candidates says of itself; set it beside the reruns of a "
        "cell that draws single values (k = 1): nothing makes the two equal",
    ]
    every = [*found.cells.values(), *found.conditions.values()]
    parts = [part for each in every for part in (*each.parts.values(), each.stated) if part]
    if any(part.interval for part in parts):
        lines.append("95 % intervals cover new personas from this population, model and prompt")
    else:
        lines.append(
            f"no intervals: they need at least {FEWEST_PERSONAS} personas that were run again"
        )
    if any(part.variance < 0 for part in parts):
        lines.append("estimates are unbiased and may lie below 0; then their share is 0 %")
    return lines
