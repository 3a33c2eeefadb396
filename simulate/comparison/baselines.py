"""Naive baselines, each as a sample: what a simulator must beat to have shown anything."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simulate.comparison.sample import Sample
from simulate.reference import Reference


def baselines(reference: Reference, n: int) -> list[Sample]:
    """Return the constant and the uniform baselines, with n dialogues each.

    Everyone gives the human median (where values have an order); everyone gives the human mode;
    answers spread evenly over the support or the levels (left out where there is no support).

    Args:
        reference: the human values.
        n: number of dialogues, ≥ 1.
    """
    variable = reference.variable
    whose = reference.adjective
    found = []
    if variable.scale != "nominal":
        found.append(_constant(f"{whose} median", reference, reference.median, n))
    found.append(_constant(f"{whose} mode", reference, reference.mode, n))
    evenly = (np.arange(n) + 0.5) / n
    if variable.categories is not None:
        levels = len(variable.categories)
        found.append(Sample.of("uniform", np.floor(evenly * levels)))
    elif variable.support is not None:
        low, high = variable.support
        if variable.discrete:
            values = low + np.floor(evenly * (high - low + 1))
        else:
            values = low + evenly * (high - low)
        found.append(Sample.of("uniform", values))
    return found


def _constant(label: str, reference: Reference, code: float, n: int) -> Sample:
    if reference.variable.categories is not None:
        shown = f"all say {reference.variable.label(code)} ({label})"
        return Sample.of(shown, np.full(n, code))
    shown = reference.variable.label(code)
    unit = f" {reference.variable.unit}" if reference.variable.unit else ""
    return Sample.of(f"all give {shown}{unit} ({label})", np.full(n, code))


def human_sample(
    reference: Reference, n: int, rng: np.random.Generator
) -> tuple[Sample, Reference]:
    """Return a fresh human sample of n dialogues, and the humans to compare it with.

    Up to half of the reference's size it is a random part of the humans, compared with the
    rest; beyond that it is drawn with replacement and compared with all. Its dialogues count as
    independent.

    Args:
        reference: the human values.
        n: number of dialogues, ≥ 1.
        rng: the generator of this choice.
    """
    label = "fresh humans" if reference.adjective == "human" else "fresh draws"
    if n > reference.n / 2:
        drawn = rng.choice(reference.values, size=n, p=reference.shares)
        return Sample.of(label, drawn), reference
    taken = rng.multivariate_hypergeometric(reference.counts, n)
    left = reference.counts - taken
    rest = replace(
        reference, values=reference.values[left > 0], counts=left[left > 0], groups=(), persons={}
    )
    return Sample.of(label, np.repeat(reference.values, taken)), rest
