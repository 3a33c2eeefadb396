"""Sentences to quote: what a comparison says of each sample, and nothing more."""

from __future__ import annotations

from collections.abc import Sequence

from simulate.comparison.result import CellContrast, Distance, Row
from simulate.comparison.summary import CellDifference
from simulate.comparison.summary.persona_means import MEAN
from simulate.reference import Reference
from simulate.statistics.distances import DISTANCES, SQUARED
from simulate.statistics.intervals import FEWEST_PERSONAS
from simulate.terminal.numbers import ends, number, p_text

READABLE = {"numeric": "ks", "ordered": "ks", "nominal": "tv"}
"""The distance that a sentence names: one that can be read without its formula."""
PLAIN = {
    "ks": "largest gap between the curves (KS)",
    "tv": "share who would have to answer otherwise (TV)",
}
"""What that distance is, in plain words."""
TO_READ = {
    "ks": "D²: squared gap between the cumulative curves; 0 is like {whom}, the lower is closer",
    "tv": "D²: squared difference of the shares; 0 is like {whom}, the lower is closer",
}


def to_read(reference: Reference) -> str:
    """Return what the distances that sentences name mean."""
    return TO_READ[READABLE[reference.variable.scale]].format(whom=_whom(reference))


def _whom(reference: Reference) -> str:
    return "the reference" if reference.noun == "reference" else reference.noun


def sentences(rows: Sequence[Row], reference: Reference) -> tuple[str, ...]:
    """Return a sentence for each sample that has a value, in the order of the rows.

    Samples of which the same is to be said, such as that nothing can be, have one together.
    """
    names: dict[str, list[str]] = {}
    for row in rows:
        if row.kind == "sample" and row.n:
            names.setdefault(sentence(row, reference), []).append(row.name)
    return tuple(f"{', '.join(of)}: {said}" for said, of in names.items())


def sentence(row: Row, reference: Reference) -> str:
    """Return what can be said of one sample, without its name.

    “Closer” and “farther” are said only where the interval of the difference of D² leaves out 0.
    """
    name = READABLE[reference.variable.scale]
    distance = row.distances[name]
    if (silent := _silent(row, distance)) is not None:
        return f"{silent}."
    fresh = f"{row.people:,} other {reference.fresh}"
    said = (
        f"{PLAIN[name]} {number(distance.value, 2)}"
        f"{ends(distance.interval, lambda v: number(v, 2))}; {fresh} would differ by about "
        f"{number(distance.floor.mean, 2)}"
    )
    return said + _against(row) + _applying(row) + "."


def _silent(row: Row, distance: Distance) -> str | None:
    """Return that nothing can be said of a sample, and why; None where something can."""
    if distance.interval is not None or not distance.interval_reason:
        return None
    if row.n_effective < FEWEST_PERSONAS:
        size = f"{row.n_effective:.3g}"
        noun = "persona" if size == "1" else "personas"
        takes = f"(it takes {FEWEST_PERSONAS})"
        return f"nothing can be said from {size} effective {noun} {takes}"
    return f"nothing can be said ({distance.interval_reason})"


def finding(rows: Sequence[Row], reference: Reference, confidence: float) -> str:
    """Return what all samples together show, as the title of a figure.

    A sample *differs* where its p, adjusted for the number of samples, lies below 1 − confidence.
    """
    variable = reference.variable.name.replace("_", " ")
    whom = _whom(reference)
    name = READABLE[reference.variable.scale]
    samples = [row for row in rows if row.kind == "sample" and row.n]
    if not samples:
        return f"No sample has a value of {variable}"
    told = [(row, row.distances[name]) for row in samples]
    known = [(row, d) for row, d in told if _silent(row, d) is None]
    if not known:
        if len(told) == 1:
            return f"{told[0][0].name}: {_silent(*told[0])}"
        return f"{variable}: nothing can be said of any of the {len(told)} samples"
    apart = [d for _, d in known if d.p_holm is not None and d.p_holm < 1 - confidence]
    values = [d.value for _, d in known if d.value is not None]
    low, high = number(min(values), 2), number(max(values), 2)
    label = DISTANCES[name].label
    count, rest = len(known), len(told) - len(known)
    silent = f"; of {rest} more nothing can be said" if rest else ""
    if count == 1:
        row, d = known[0]
        far = f"{label} {low}{ends(d.interval, lambda v: number(v, 2))}"
        if d.equivalent:
            return f"{row.name} is within the margin of {whom} in {variable} ({far}){silent}"
        which = "differs" if apart else "is not shown to differ"
        return f"{row.name} {which} from {whom} in {variable} ({far}){silent}"
    which = f"{len(apart)} of {count} samples differ"
    if not apart:
        which = f"None of {count} samples is shown to differ"
    elif len(apart) == count:
        which = "Both samples differ" if count == 2 else f"All {count} samples differ"
    spread = f"{label} {low}" if low == high else f"{label} {low} to {high}"
    within = sum(bool(d.equivalent) for _, d in known)
    if within == count:
        every = "Both" if count == 2 else f"All {count}"
        return f"{every} samples are within the margin of {whom} in {variable} ({spread}){silent}"
    silent = f"; {within} within the margin{silent}" if within else silent
    return f"{which} from {whom} in {variable} ({spread}){silent}"


def _against(row: Row) -> str:
    contrast = row.against_constant
    if contrast is None or contrast.interval is None:
        return ""
    low, high = contrast.interval
    which = "not shown to be closer than"
    if high < 0:
        which = "closer than"
    elif low > 0:
        which = "farther than"
    return f"; {which} “{row.constant}” ({_difference(contrast.value, contrast.interval)})"


def _difference(value: float, interval: tuple[float, float] | None) -> str:
    """Return a difference of D² with its interval: without a sign where that leaves out 0."""
    label, (low, high) = DISTANCES[SQUARED].label, interval or (0.0, 0.0)
    if low <= 0 <= high:
        return f"difference of {label} {number(value, 4)}{ends(interval, _four)}"
    size = ends((low, high) if low > 0 else (-high, -low), _four)
    return f"{label} {number(abs(value), 4)}{size} {'higher' if low > 0 else 'lower'}"


def _four(value: float) -> str:
    return number(value, 4)


def _applying(row: Row) -> str:
    share = row.sample.not_applicable_share
    return f"; among the {1 - share:.0%} to whom it applies" if share else ""


def closer_sentence(each: CellContrast) -> str:
    """Return which of two cells is closer to the reference, or that this is not shown."""
    found = each.contrast
    pair = f"{each.a} and {each.b}"
    if found.p is None:
        people = "persona" if found.n == 1 else "personas"
        return f"{pair}: which is closer cannot be said from {found.n:,} {people} in both."
    p = p_text(found.p, adjusted=each.p_holm)
    if each.closer == each.b:  # its D² less that of the other
        low, high = found.interval or (0.0, 0.0)
        interval = None if found.interval is None else (-high, -low)
        return f"{each.b} is closer than {each.a} ({_difference(-found.value, interval)}, {p})."
    how = f"({_difference(found.value, found.interval)}, {p})"
    if each.closer == each.a:
        return f"{each.a} is closer than {each.b} {how}."
    return f"{pair}: which is closer is not shown {how}."


def difference_sentence(each: CellDifference, outcome: str, unit: str | None) -> str:
    """Return the difference of the means of two cells, or of the shares of a level."""
    p = "" if each.contrast.p is None else f"{p_text(each.contrast.p, adjusted=each.p_holm)}, "
    told = moved(each, outcome, unit)
    return f"{told[:1].upper()}{told[1:]} ({p}{each.contrast.personas:,} personas)."


def moved(each: CellDifference, outcome: str, unit: str | None) -> str:
    """Say by how much the mean, or the share of a level, is higher in which of two cells."""
    of = each.contrast
    what = f"mean {outcome}" if each.of == MEAN else f"the share of “{each.of}”"
    if not of.value:
        return f"{what} is the same in {each.a} and {each.b}"
    low, high = of.interval or (0.0, 0.0)
    more, less = (each.a, each.b) if of.value > 0 else (each.b, each.a)
    interval = (low, high) if of.value > 0 else (-high, -low)
    in_unit = f" {unit}" if unit and each.of == MEAN else ""
    size = f"{number(abs(of.value))}{in_unit}{ends(interval if of.interval else None)}"
    return f"{what} is {size} higher in {more} than in {less}"
