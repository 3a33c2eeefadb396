"""Cleaning rules: what happens to human values outside the support. Named in every output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simulate.errors import ReferenceDataError, quote
from simulate.reference.variable import Variable

Rule = Literal["drop", "clip", "none"]
RULES: tuple[Rule, ...] = ("drop", "clip", "none")


@dataclass(frozen=True)
class Cleaned:
    """Values and counts after a rule, and the sentence that says what the rule did."""

    values: NDArray[np.float64]
    """(k,) distinct codes, ascending."""
    counts: NDArray[np.int64]
    """(k,) how often each value was given, ≥ 1."""
    groups: tuple[tuple[float, ...], ...]
    """What is left of the codes of people who gave several."""
    note: str


def clean(
    variable: Variable,
    values: NDArray[np.float64],
    counts: NDArray[np.int64],
    rule: str,
    groups: tuple[tuple[float, ...], ...] = (),
    *,
    counted: bool = True,
) -> Cleaned:
    """Apply a cleaning rule to value counts.

    Args:
        variable: gives the support and the resolution.
        values: (k,) codes.
        counts: (k,) how often each value was given.
        rule: `drop` leaves values outside the support out, `clip` moves them to its nearest
            end, `none` keeps them.
        groups: the codes of each person who gave several; cleaned by the same rule.
        counted: whether the counts are of people; else they say no more than shares.

    Raises:
        ReferenceDataError: an unknown rule, or nothing is left.
    """
    check_rule(rule)
    total, beyond = int(counts.sum()), int(counts[variable.outside(values)].sum())
    note = "no support, so nothing to clean"
    if variable.support is not None:
        low, high = variable.support
        some = f"{beyond:,} of {total:,}" if counted else f"{beyond / total:.1%} of"
        which = f"{some} values outside [{low:g}, {high:g}]"
        done = {"drop": "left out", "clip": "set to the nearest end", "none": "kept"}[rule]
        note = f"{rule}: {which} {done}"
    codes = cleaned_codes(variable, np.repeat(values, counts), rule)[0]
    distinct, merged = np.unique(codes, return_counts=True)
    if not len(distinct):
        raise ReferenceDataError(
            f"{variable.name}: cleaning rule {rule} leaves no human value; choose another rule"
        )
    left = [cleaned_codes(variable, np.array(g, dtype=np.float64), rule)[0] for g in groups]
    several = tuple(tuple(group.tolist()) for group in left if len(group) > 1)
    return Cleaned(distinct, merged, several, note)


def check_rule(rule: str) -> None:
    """Refuse what is no cleaning rule.

    Raises:
        ReferenceDataError: it is none.
    """
    if rule not in RULES:
        raise ReferenceDataError(
            f"cleaning rule {quote(rule)} is none of {', '.join(RULES)}; choose one of them"
        )


def cleaned_codes(
    variable: Variable, codes: NDArray[np.float64], rule: str
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return what a rule leaves of (m,) codes, and (m,) which of them are left."""
    kept = ~variable.outside(codes) if rule == "drop" else np.ones(len(codes), dtype=np.bool_)
    if variable.support is not None and rule == "clip":
        codes = np.clip(codes, *variable.support)
    return variable.rounded(codes[kept]), kept
