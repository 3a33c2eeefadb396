"""The table of a comparison on the terminal: a number never without its floor and interval."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, Group
from rich.table import Column, Table
from rich.text import Text

from simulate.comparison.language_comparison import unreadable_notes
from simulate.comparison.result import Comparison, Distance, Row
from simulate.comparison.sample import weighing_note
from simulate.comparison.sentences import READABLE
from simulate.report.tables import new_table, print_notes, right
from simulate.statistics.distances import DISTANCES, SQUARED
from simulate.statistics.floors import Floor
from simulate.statistics.intervals import FEWEST_PERSONAS
from simulate.terminal.numbers import ends, number, p_text
from simulate.terminal.safe_text import line

WIDE, TINY = 112, 64
"""Columns from which there is room for three distances, and for two."""
NONE, COMING = "–", "…"
BY_SCALE = {
    "numeric": (SQUARED, "ks", "wasserstein"),
    "ordered": (SQUARED, "ks", "wasserstein"),
    "nominal": (SQUARED, "tv", "js"),
}


def shown_distances(comparison: Comparison, width: int | None = None) -> tuple[str, ...]:
    """Return the distances that a table of terminal width has room for."""
    names = BY_SCALE[comparison.variable.scale]
    return names[:1] if _tiny(width) else names[:2] if _narrow(width) else names


def _narrow(width: int | None) -> bool:
    return width is not None and width < WIDE


def _tiny(width: int | None) -> bool:
    return width is not None and width < TINY


def _distance(name: str, distance: Distance, to_come: str = NONE) -> Text:
    value = distance.value
    text = Text(to_come if value is None else measured(name, value), style="bold")
    if distance.interval:
        text.append(ends(distance.interval, lambda v: measured(name, v)), style="not bold")
    elif distance.interval_reason:
        text.append(" [no interval]", style="not bold dim")
    elif to_come == COMING and value is not None:
        text.append(f" [{COMING}]", style="not bold dim")
    if distance.p is not None:
        p = p_text(
            distance.p,
            at_most=distance.p_is_bound,
            adjusted=distance.p_holm,
            adjusted_at_most=distance.holm_is_bound,
        )
        text.append(f"\n{p}", style="not bold dim")
    if distance.margin is not None:
        text.append("\n")
        text.append_text(_bound(distance))
    return text


def measured(name: str, value: float | None) -> str:
    """Return the value of a distance; D² with a digit more, since it is a square."""
    return number(value, 4 if name == SQUARED else 3)


def _bound(distance: Distance) -> Text:
    if distance.upper is None or distance.margin is None:
        return Text("no bound")
    sign = "<" if distance.equivalent else "≥"
    style = "green" if distance.equivalent else ""
    return Text(f"{number(distance.upper)} {sign} {number(distance.margin)}", style=style)


def _floor(name: str, floor: Floor) -> Text:
    mean = "" if name == SQUARED else f"{number(floor.mean)}, "
    return Text(f"{mean}95 % ≤ {measured(name, floor.p95)}", style="dim")


def _name(row: Row) -> Text:
    """Return a row's name, and below it what else was counted than its n."""
    text = Text(line(row.name), style="" if row.kind == "sample" else "italic")
    told = "".join(f"\n {part}" for part in _counted_beside(row))
    return text.append(told, style="not italic dim")


def counts_told(row: Row) -> list[str]:
    """Return how many values a row has, and what else was counted; nothing of no dialogues."""
    return [f"n = {row.n:,}", *_counted_beside(row)] if row.n else _counted_beside(row)


def _counted_beside(row: Row) -> list[str]:
    parts = []
    if row.personas and row.personas != row.n:
        parts.append(f"{row.personas:,} personas")
    if row.n and round(row.n_effective) < row.personas:
        parts.append(f"{row.n_effective:,.0f} effective")
    if row.failed:
        parts.append(f"{row.failed:,} failed")
    if row.missing:
        parts.append(f"{row.missing:,} missing")
    if excluded := sum(row.sample.excluded.values()):
        parts.append(f"{excluded:,} excluded")
    if row.sample.not_applicable:
        parts.append(f"{row.sample.not_applicable_share:.0%} not applicable")
    return parts


def comparison_table(comparison: Comparison, width: int | None = None) -> Table:
    """Return the rows as a rich table.

    Args:
        comparison: what was found.
        width: columns of the terminal; under 112 there is room for two distances, under 64 for one.
    """
    between = "\n" if _narrow(width) else " "
    unit = f"{between}({comparison.unit})" if comparison.unit else ""
    columns = [Column("", overflow="fold", min_width=11), *right("n")]
    numeric = comparison.variable.has_mean
    if numeric:
        mean = comparison.variable.mean_name.partition(" (")[0]
        columns.append(Column(f"{mean}{unit}", justify="right"))
    with_share = any(row.share for row in comparison.rows) and not _tiny(width)
    if with_share:
        columns.append(Column(comparison.variable.above_zero or "> 0", justify="right"))
    shown = shown_distances(comparison, width)
    columns += [Column(DISTANCES[name].label, no_wrap=True) for name in shown]
    table = new_table(*columns, collapse_padding=True)
    floors: dict[int, Row] = {}
    for kind in ("sample", "baseline"):
        for row in comparison.rows:
            if row.kind == kind:
                to_come = COMING if comparison.partial and row.n else NONE
                table.add_row(*_cells(row, shown, numeric, with_share, to_come))
                if row.distances and (kind == "sample" or not floors):
                    floors.setdefault(row.people, row)
        table.add_section()
    for n, row in sorted(floors.items()):
        cells = [Text(f"floor: {n:,} fresh {comparison.reference.fresh}", style="dim")]
        cells += [Text("")] * (1 + numeric + with_share)
        table.add_row(*cells, *(_floor(name, row.distances[name].floor) for name in shown))
    return table


def _cells(
    row: Row, shown: tuple[str, ...], numeric: bool, with_share: bool, to_come: str
) -> list[str | Text]:
    cells: list[str | Text] = [_name(row), f"{row.n:,}"]
    if numeric:
        cells.append(number(row.mean))
    if with_share:
        cells.append(to_come if row.share is None else f"{row.share.value:.0%}")
    for name in shown:
        found = row.distances.get(name)
        cells.append(Text(to_come) if found is None else _distance(name, found, to_come))
    return cells


def heading(comparison: Comparison) -> str:
    """Return the line that says what is compared with what."""
    reference = comparison.reference
    unit = f", {comparison.unit}" if comparison.unit else ""
    mean = ""
    if comparison.variable.has_mean:
        mean = f", {comparison.variable.mean_name} {number(reference.mean)}"
    whose = f"{reference.noun}: {reference.name}"
    if not reference.declared:
        whose += f", n = {reference.n:,}"
        if reference.weighted is not None:
            whose += f", weighted: {reference.n_effective:,.0f} effective"
        if reference.people < reference.n:
            noun = "dialogue" if reference.clusters == "people" else "value"
            of = f"{reference.people:,} {reference.clusters} (each {noun} counts once)"
            whose += f" {noun}s of {of}"
    return (
        f"{comparison.outcome}{unit} · {whose}{mean}\n"
        f"cleaning {reference.cleaning} · {reference.source} ({reference.licence})"
    )


def distance_told(comparison: Comparison) -> str:
    """Return what the distance is that sentences name."""
    found = DISTANCES[READABLE[comparison.variable.scale]]
    return f"{found.label}: {found.reading[0].lower()}{found.reading[1:]}"


def notes(comparison: Comparison, width: int | None = None) -> list[str]:
    """Return what the reader must know beside the table, which has `width` columns."""
    lines = [f"{COMING} is still being computed"] if comparison.partial else []
    lines += [f"{row.name}: {note}" for row in comparison.samples for note in row.notes]
    distances = [d for row in comparison.samples for d in row.distances.values()]
    reasons = {d.interval_reason for d in distances if d.interval_reason}
    lines += [f"no interval: {reason}" for reason in sorted(reasons)]
    for row in comparison.rows:
        if row.paired is not None:
            lines.append(
                f"{row.name}: paired mean absolute error {number(row.paired.mae)}"
                f"{ends(row.paired.interval)} over {row.paired.n:,} personas (not the histogram L1)"
            )
    lines += list(comparison.notes)
    if any(each.contrast.interval is None for each in comparison.contrasts):
        lines.append(
            f"no interval of a difference of D² with fewer than {FEWEST_PERSONAS} personas that "
            "have a value in both, or people"
        )
    lines += [
        "D²: squared gap to the reference, unbiased over personas, so about 0 or below is equal; "
        "the other distances are of one value per persona, mean of 256 redraws",
        distance_told(comparison).rstrip("."),
        f"floor: what as many fresh, independent {comparison.reference.fresh} as there are "
        "effective personas would show",
        f"{comparison.confidence:.0%} intervals and p (equality; in brackets by Holm over the "
        "sample rows) resample personas and people from one null; they cover new personas from "
        "this model and prompt, not other models or wordings. More dialogues make any p small: it "
        "says nothing of how large a distance is",
        *_means(comparison),
    ]
    if any(d.equivalent is not None for d in distances):
        lines.append(
            f"bound: one-sided {comparison.confidence:.0%} upper bound; under the margin means "
            "human-like by that margin, and only then"
        )
    shown = shown_distances(comparison, width)
    lines += [
        f"{row.name}: bound of {DISTANCES[name].label} {_bound(distance)}"
        for row in comparison.samples
        for name, distance in row.distances.items()
        if distance.equivalent is not None and name not in shown
    ]
    left = [DISTANCES[d].label for d in shown_distances(comparison) if d not in shown]
    if _tiny(width) and any(row.share for row in comparison.rows):
        left.append(f"the share {comparison.variable.above_zero or '> 0'}")
    if left:
        lines.append(
            f"no room at this width for {', '.join(left)}: {WIDE} columns show it, as does --json"
        )
    return lines


def _means(comparison: Comparison) -> list[str]:
    """Say how values are weighed, and how means of distributions differ from those of draws."""
    told = weighing_note({row.name: row.sample.weighing for row in comparison.samples})
    said = [
        f"{row.name} expected {number(row.mean)}, drawn {number(row.mean_drawn)}"
        for row in comparison.samples
        if row.n < len(row.sample.rows.values) and row.mean_drawn is not None
    ]
    drawn = [
        "means are expected values of the verbalized distributions; exports hold the values drawn: "
        + "; ".join(said)
    ]
    return [*([told] if told else []), *(drawn if said else [])]


def contrast_table(comparison: Comparison) -> Table:
    """Return the paired contrasts of D² between cells as a rich table."""
    table = new_table(
        Column("D² of the first less D² of the second", overflow="fold"),
        Column("personas", justify="right"),
        Column("difference", no_wrap=True),
        Column("closer", overflow="fold"),
        collapse_padding=True,
    )
    for each in comparison.contrasts:
        found = each.contrast
        text = Text(measured(SQUARED, found.value), style="bold")
        text.append(ends(found.interval, lambda v: measured(SQUARED, v)), style="not bold")
        if found.p is not None:
            text.append(f"\n{p_text(found.p, adjusted=each.p_holm)}", style="not bold dim")
        table.add_row(Text(f"{each.a} − {each.b}"), f"{found.n:,}", text, Text(each.closer))
    return table


def comparison_group(comparison: Comparison, width: int) -> Group:
    """Return sentences, heading, table, contrasts and notes, for a terminal of this width."""
    return Group(
        *(Text(sentence) for sentence in comparison.sentences),
        Text(heading(comparison)),
        comparison_table(comparison, width),
        *([contrast_table(comparison)] if comparison.contrasts else []),
        *(Text(f"{c.a} − {c.b}: {c.meaning}") for c in comparison.contrasts if c.meaning),
        *(Text(n, style="dim") for n in notes(comparison, width)),
    )


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Print everything that a comparison found."""
    console.print(comparison_group(comparison, console.width))


def talk_table(comparisons: Sequence[Comparison]) -> Table:
    """Return language measures as a rich table: per measure the mean, and per cell KS."""
    names = [row.name for row in comparisons[0].samples]
    table = new_table(
        Column("", overflow="fold", min_width=12),
        Column("humans", justify="right"),
        *(Column(Text(name), no_wrap=True) for name in names),
        Column("floor of KS", min_width=11),
        collapse_padding=True,
    )
    for comparison in comparisons:
        name = comparison.outcome.rpartition(".")[2].replace("_", " ")
        cells, floor = [Text(name), Text(number(comparison.reference.mean))], Text("")
        for row in comparison.samples:
            ks = row.distances.get("ks")
            if ks is None or row.mean is None:
                cells.append(Text("–"))
                continue
            text = Text(f"{number(row.mean)}\nKS ")
            cells.append(text.append_text(_distance("ks", ks)))
            floor = Text(f"{number(ks.floor.mean)}\n95 % ≤ {number(ks.floor.p95)}", style="dim")
        table.add_row(*cells, floor)
    return table


def print_talk(comparisons: Sequence[Comparison], console: Console) -> None:
    """Print the language measures of each speaker, and the convention they were computed by."""
    speakers = list(dict.fromkeys(c.outcome.rpartition(".")[0] for c in comparisons))
    for speaker in speakers:
        own = [c for c in comparisons if c.outcome.rpartition(".")[0] == speaker]
        console.print(Text(f"language of {speaker}: mean, and KS to the humans'"))
        console.print(talk_table(own))
    conventions = sorted({c.variable.convention or "" for c in comparisons})
    lines = [f"convention {', '.join(conventions)}", *unreadable_notes(comparisons)]
    print_notes(lines, console)
