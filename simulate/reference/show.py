"""What a reference is, as a mapping for machines and as lines for people."""

from __future__ import annotations

from typing import Any

from simulate.reference.file import ReferenceFile
from simulate.reference.reference import Reference
from simulate.reference.registry import open_variable

MOST_VALUES = 12


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
        "variables": [_variable(file, v, cleaning) for v in chosen],
    }


def _variable(file: ReferenceFile, name: str, cleaning: str | None) -> dict[str, Any]:
    reference = file.reference(name, cleaning)
    variable = reference.variable
    return {
        "name": variable.name,
        "description": variable.description,
        "kind": variable.kind,
        "unit": variable.unit,
        "support": list(variable.support) if variable.support else None,
        "convention": variable.convention,
        "n": None if reference.declared else reference.n,
        "people": None if reference.declared else reference.rows().cluster_count,
        "missing": reference.missing,
        "cleaning": reference.cleaning,
        "mean": reference.mean if variable.has_mean else None,
        "mean_name": variable.mean_name if variable.has_mean else None,
        "median": _value(reference, reference.median) if variable.scale != "nominal" else None,
        "shares" if reference.declared else "counts": _counts(reference),
    }


def _counts(reference: Reference) -> list[list[Any]]:
    """Return [value, dialogues] or, of declared shares, [value, share]; the most frequent first."""
    often = (reference.shares if reference.declared else reference.counts).tolist()
    order = sorted(range(len(often)), key=lambda i: -often[i])
    return [[_value(reference, reference.values[i]), often[i]] for i in order]


def _value(reference: Reference, code: float) -> float | str:
    """Return a number, or the level of a code."""
    variable = reference.variable
    return float(code) if variable.categories is None else variable.label(code)


def lines(description: dict[str, Any]) -> list[str]:
    """Return the description as lines of text."""
    found = [
        f"{description['name']}: {description['title']}",
        f"source: {description['source']}",
        f"licence: {description['licence']}",
    ]
    if description["transcripts"]:
        found.append("with transcripts")
    for v in description["variables"]:
        unit = f" {v['unit']}" if v["unit"] else ""
        found.append("")
        found.append(f"{v['name']} ({v['kind']}): {v['description']}")
        people = "" if v["people"] == v["n"] else f" from {v['people']:,} people"
        missing = f", {v['missing']:,} missing" if v["missing"] else ""
        sized = "declared shares" if v["n"] is None else f"n = {v['n']:,}{people}{missing}"
        found.append(f"  {sized}; cleaning {v['cleaning']}")
        if v["convention"]:
            found.append(f"  convention: {v['convention']}")
        if v["mean"] is not None:
            middle = "" if v["median"] is None else f", median {_shown(v['median'])}{unit}"
            found.append(f"  {v['mean_name']} {v['mean']:.4g}{unit}{middle}")
        if v["n"] is None:
            each = [f"{_shown(value)} ({share:.1%})" for value, share in v["shares"]]
        else:
            each = [f"{_shown(value)} × {count:,}" for value, count in v["counts"]]
        top, more = each[:MOST_VALUES], len(each) - MOST_VALUES
        found.append("  values: " + ", ".join(top) + (f" and {more:,} more" if more > 0 else ""))
    return found


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"
