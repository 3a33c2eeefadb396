"""What a reference is, as a mapping for machines and as lines for people."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

import numpy as np

from simulate.reference.file import ReferenceFile
from simulate.reference.human_talks import roles_split
from simulate.reference.reference import Reference
from simulate.reference.registry import open_variable
from simulate.reference.released import is_release
from simulate.reference.split import Split, split_sizes
from simulate.terminal.bars import bar, columns
from simulate.terminal.numbers import number, short

MOST_VALUES = 12
BAR = 24
"""The length of the bar of a level that everybody chose."""
BINS = 40
"""The columns of a histogram of numbers."""


def described(spec: str, cleaning: str | None = None) -> dict[str, Any]:
    """Return what a reference holds.

    Args:
        spec: `NAME` for all variables, `NAME/VARIABLE` for one, or a reference file's path.
        cleaning: `drop`, `clip` or `none`; each variable's own rule for `None`.

    Raises:
        ReferenceDataError: there is none, or an unknown variable or rule.
    """
    file, variable = open_variable(spec)
    chosen = file.variables if variable is None else [variable]
    return {
        "name": file.name,
        "title": file.title,
        "source": file.source,
        "licence": file.licence,
        "transcripts": file.transcripts is not None,
        "reading": list(file.reading),
        "split": _split(spec.partition("/")[0] if variable else spec, file),
        "variables": [_variable(file, v, cleaning) for v in chosen],
    }


def _split(spec: str, file: ReferenceFile) -> dict[str, dict[Split, int]]:
    """Return how many people are on each side of the split, by role where they had dialogues."""
    if file.transcripts is not None or is_release(spec):
        return roles_split(spec)
    persons = {person for measured in file.measured for person in measured.persons or ()}
    return {"people": split_sizes(persons)} if persons else {}


def _variable(file: ReferenceFile, name: str, cleaning: str | None) -> dict[str, Any]:
    reference = file.reference(name, cleaning)
    variable = reference.variable
    return {
        "name": variable.name,
        "description": variable.description,
        "kind": variable.kind,
        "unit": variable.unit,
        "support": list(variable.support) if variable.support else None,
        "levels": None if variable.categories is None else list(variable.categories),
        "convention": variable.convention,
        "n": None if reference.declared else reference.n,
        "people": None if reference.declared else reference.people,
        "clusters": None if reference.declared else reference.clusters,
        "n_effective": None if reference.weighted is None else reference.n_effective,
        "missing": reference.missing,
        "cleaning": reference.cleaning,
        "mean": reference.mean if variable.has_mean else None,
        "mean_name": variable.mean_name if variable.has_mean else None,
        "median": _value(reference, reference.median) if variable.scale != "nominal" else None,
        "shares" if _in_shares(reference) else "counts": _counts(reference),
    }


def _in_shares(reference: Reference) -> bool:
    return reference.declared or reference.weighted is not None


def _counts(reference: Reference) -> list[list[Any]]:
    """Return [value, dialogues] or, of shares and weights, [value, share]; most frequent first."""
    often = (reference.shares if _in_shares(reference) else reference.counts).tolist()
    order = sorted(range(len(often)), key=lambda i: -often[i])
    return [[_value(reference, reference.values[i]), often[i]] for i in order]


def _value(reference: Reference, code: float) -> float | str:
    """Return a number, or the level of a code."""
    variable = reference.variable
    return float(code) if variable.categories is None else variable.label(code)


def listed(file: ReferenceFile, width: int = 80) -> list[str]:
    """Return what a list says of a reference, as lines of at most so many characters."""
    more = f" and {len(file.variables) - 4} more" if len(file.variables) > 5 else ""
    names = ", ".join(file.variables[: 4 if more else 5]) + more
    if file.n is None:
        sized = "shares"
    else:
        sized = f"n = {file.n:,}"
        sized += f" from {file.people:,} {file.clusters}" if file.people != file.n else ""
    return [
        *textwrap.wrap(f"{file.name}: {sized} ({file.licence})", width, subsequent_indent="  "),
        *textwrap.wrap(names, width, initial_indent="  ", subsequent_indent="  "),
    ]


def lines(description: dict[str, Any], width: int = 80) -> list[str]:
    """Return the description as lines of text of at most so many characters."""
    found = [
        f"{description['name']}: {description['title']}",
        f"source: {description['source']}",
        f"licence: {description['licence']}",
    ]
    if description["transcripts"]:
        found.append("with transcripts")
    if description["reading"]:
        found.append("read from a table: " + "; ".join(description["reading"]))
    for role, sizes in description["split"].items():
        told = ", ".join(f"{n:,} {side}" for side, n in sizes.items())
        found.append(f"split by person, {role}: {told}")
    found = [line for text in found for line in textwrap.wrap(text, width)]
    for v in description["variables"]:
        found += ["", *textwrap.wrap(f"{v['name']} ({v['kind']}): {v['description']}", width)]
        for text in _told(v):
            # A value and how often it occurs stay on one line.
            kept = text.replace(" ×", "\N{NO-BREAK SPACE}×").replace("× ", "×\N{NO-BREAK SPACE}")
            wrapped = textwrap.wrap(kept, width, initial_indent="  ", subsequent_indent="    ")
            found += [line.replace("\N{NO-BREAK SPACE}", " ") for line in wrapped]
        found += [f"  {line}" for line in _drawn(v)]
    return found


def _told(v: dict[str, Any]) -> Iterator[str]:
    unit = f" {v['unit']}" if v["unit"] else ""
    clusters = "" if v["people"] == v["n"] else f" from {v['people']:,} {v['clusters']}"
    missing = f", {v['missing']:,} missing" if v["missing"] else ""
    effective = v["n_effective"]
    weighted = "" if effective is None else f", weighted: {effective:,.0f} effective"
    sized = "declared shares" if v["n"] is None else f"n = {v['n']:,}{clusters}{weighted}{missing}"
    yield f"{sized}; cleaning {v['cleaning']}"
    if v["convention"]:
        yield f"convention: {v['convention']}"
    if v["mean"] is not None:
        middle = "" if v["median"] is None else f", median {_shown(v['median'])}{unit}"
        yield f"{v['mean_name']} {number(v['mean'])}{unit}{middle}"
    if _has_bars(v):
        return
    often = v.get("shares") or v["counts"]
    each = [f"{_shown(value)} {_often(v, count)}" for value, count in often]
    top, more = each[:MOST_VALUES], len(each) - MOST_VALUES
    yield "values: " + ", ".join(top) + (f" and {more:,} more" if more > 0 else "")


def _has_bars(v: dict[str, Any]) -> bool:
    return v["levels"] is not None and len(v["levels"]) <= MOST_VALUES


def _often(v: dict[str, Any], count: float) -> str:
    return f"({count:.1%})" if "shares" in v else f"× {count:,}"


def _drawn(v: dict[str, Any]) -> Iterator[str]:
    """Iterate over the lines of a small histogram: a bar a level, of numbers a column a bin."""
    often = dict(v.get("shares") or v["counts"])
    if _has_bars(v):
        longest, total = max(map(len, v["levels"])), sum(often.values())
        for level in v["levels"]:
            count = often.get(level, 0)
            drawn = f"{level.ljust(longest)} {bar(count / total, BAR)} {count / total:4.0%}"
            yield drawn if "shares" in v else f"{drawn} {_often(v, count)}"
    elif v["levels"] is None:
        low, high = v["support"] or (min(often), max(often))
        if low < high:
            yield f"{short(low)} {columns(_binned(often, low, high))} {short(high)}"


def _binned(often: dict[float, float], low: float, high: float) -> list[float]:
    """Return how many values lie in each column of a histogram; whole numbers by whole numbers."""
    edges = np.linspace(low, high, BINS + 1)
    if all(float(value).is_integer() for value in (low, high, *often)):
        width = -(-(high - low + 1) // BINS)
        edges = np.arange(low, high + width + 1, width) - 0.5
    counts: list[float] = np.histogram(list(often), edges, weights=list(often.values()))[0].tolist()
    return counts


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else short(value)
