"""How an outcome, and the effects on it, differ between kinds of personas, by each attribute.

Levels of an attribute are its words, or the thirds of a number. A quantity (the mean, or a
contrast) is estimated within each level that has enough personas; whether the levels differ is
tested, p by Holm over all attributes and quantities, and the estimates are drawn together as far as
they do not (`statistics.partial_pooling`). Of many attributes, some differ by chance: the drawn-in
values are those to read.

Protected attributes (`population.protected`) are shown by the rule that stands there: a level only
beside 30 humans of that group in the scenario's reference, in the order of the levels, as the
model's portrayal of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simulate.comparison.humans_of_groups import human_counts, humans_of
from simulate.comparison.summary.effects import main_effects
from simulate.comparison.summary.persona_means import MEAN, PersonaMeans
from simulate.population import Value
from simulate.population.protected import FEWEST_HUMANS, protected_by
from simulate.reference.levels import attribute_levels, level_order
from simulate.statistics.confidence import Interval
from simulate.statistics.mean_contrasts import FEWEST_PERSONAS, MeanContrast
from simulate.statistics.partial_pooling import pooled_groups
from simulate.statistics.permutation import holm

if TYPE_CHECKING:
    from simulate.reference.variable import Variable
    from simulate.runfile import RunReader

MOST_LEVELS = 12
MOST_CONTRASTS = 4
"""Contrasts whose differences between levels are looked at: the first ones."""
TOO_FEW = f"n too small: no two levels with {FEWEST_PERSONAS} personas"
NOT_TOLD = "no template names it, so that no model was told"
NO_HUMANS = f"no humans of that group: the reference has no {FEWEST_HUMANS} of each"


@dataclass(frozen=True)
class LevelEstimate:
    """A quantity among the personas with one level of an attribute.

    Attributes:
        level: as text; of a number a range, such as `18 to 34`.
        personas: with this level.
        humans: of this level in the reference; None unless the attribute is protected.
        value: None with too few personas, or too few humans of a protected group.
        interval: of the value.
        pooled: the value drawn to the other levels' as far as they do not differ.
        pooled_interval: of that.
    """

    level: str
    personas: int
    humans: int | None = None
    value: float | None = None
    interval: Interval | None = None
    pooled: float | None = None
    pooled_interval: Interval | None = None


@dataclass(frozen=True)
class AttributeDifference:
    """How a quantity differs between the levels of an attribute.

    Attributes:
        attribute: its name.
        protected: whether people must not be ranked by it.
        quantity: `mean`, or the name of a contrast.
        of: `mean`, or the level of the outcome whose share it is.
        levels: in order of the levels, never of their values.
        deviation: of the levels' true values, after what chance makes of them; None where it is
            not known.
        p: that all levels are equal.
        p_holm: adjusted over all attributes and quantities.
        reason: why there is no number; None where there is one.
    """

    attribute: str
    protected: bool
    quantity: str
    of: str
    levels: tuple[LevelEstimate, ...]
    deviation: float | None = None
    p: float | None = None
    p_holm: float | None = None
    reason: str | None = None

    @property
    def label(self) -> str:
        """The attribute as it is shown: of a protected one, whose portrayal it is."""
        return f"the model's portrayal of {self.attribute}" if self.protected else self.attribute

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        levels = [dict(vars(each)) for each in self.levels]
        return {**vars(self), "levels": levels, "label": self.label}


def attribute_differences(
    run: RunReader, means: PersonaMeans, variable: Variable, outcome: str
) -> tuple[AttributeDifference, ...]:
    """Return how an outcome and its effects differ between the personas of a run.

    Nothing is returned where personas have no attributes, or nobody has a value.
    """
    attributes = _attributes(run, means.people)
    if not attributes or not means.people:
        return ()
    quantities = _quantities(run, means)
    protects = protected_by(run.meta.get("population"))
    humans = humans_of(run, outcome, variable) if any(map(protects, attributes)) else None
    told = told_words(run)
    found = []
    for name, values in attributes.items():
        known = [value for value in values if value is not None]
        texts = attribute_levels(values, known)
        levels = sorted({text for text in texts if text is not None}, key=level_order)
        if len(levels) < 2 or len(levels) > MOST_LEVELS:
            continue
        protected = protects(name)
        if told is not None and name not in told:
            untold = AttributeDifference(name, protected, MEAN, MEAN, (), reason=NOT_TOLD)
            found.append(untold)
            continue
        of_group = human_counts(humans, name, known, levels) if protected else {}
        among = [np.array([text == level for text in texts], dtype=np.bool_) for level in levels]
        for quantity, weights in quantities:
            for at, of in enumerate(means.of):
                estimates = [
                    (
                        LevelEstimate(level, int(inside.sum()), of_group.get(level)),
                        means.contrast(weights, at, inside),
                    )
                    for level, inside in zip(levels, among, strict=True)
                ]
                found.append(_compared(name, quantity, of, estimates, protected=protected))
    adjusted = holm([each.p for each in found])
    return tuple(replace(each, p_holm=p) for each, p in zip(found, adjusted, strict=True))


def _compared(
    attribute: str,
    quantity: str,
    of: str,
    found: Sequence[tuple[LevelEstimate, MeanContrast]],
    *,
    protected: bool,
) -> AttributeDifference:
    """Return the levels with their values, drawn together, where there are enough people."""
    enough = [contrast.error is not None for _, contrast in found]
    reason = None if sum(enough) > 1 else TOO_FEW
    if protected:
        enough = [
            there and (each.humans or 0) >= FEWEST_HUMANS
            for (each, _), there in zip(found, enough, strict=True)
        ]
        if reason is None and sum(enough) < 2:
            reason = NO_HUMANS
    plain = tuple(each for each, _ in found)
    if reason is not None:
        return AttributeDifference(attribute, protected, quantity, of, plain, reason=reason)
    kept = [contrast for (_, contrast), there in zip(found, enough, strict=True) if there]
    pooled = pooled_groups(
        *(
            np.array([getattr(contrast, name) for contrast in kept], dtype=np.float64)
            for name in ("value", "error", "degrees")
        )
    )
    drawn = iter(zip(pooled.values, pooled.intervals, strict=True))
    levels = []
    for (each, contrast), there in zip(found, enough, strict=True):
        if there:
            value, interval = next(drawn)
            each = replace(  # noqa: PLW2901
                each,
                value=contrast.value,
                interval=contrast.interval,
                pooled=value,
                pooled_interval=interval,
            )
        levels.append(each)
    return AttributeDifference(
        attribute, protected, quantity, of, tuple(levels), pooled.deviation, pooled.p
    )


def told_words(run: RunReader) -> frozenset[str] | None:
    """Return the words of all templates, among which attributes are that reach a prompt.

    None where a person of a table has a prose of its own, which may tell anything.
    """
    population = run.meta.get("population") or {}
    if any(row.get("prose") for row in population.get("personas") or ()):
        return None
    texts = [json.dumps(run.meta["scenario"], ensure_ascii=False), population.get("prose") or ""]
    return frozenset(re.findall(r"\w+", " ".join(texts)))


def _attributes(run: RunReader, people: Sequence[str]) -> dict[str, list[Value | None]]:
    """Return the attributes of personas, each with its value for every one of them."""
    known = {run.root(p.id): p.attributes for p in reversed(run.personas.values())}
    names = dict.fromkeys(name for attributes in known.values() for name in attributes)
    strata = run.scenario.design.strata  # which are factors
    return {
        name: [known.get(person, {}).get(name) for person in people]
        for name in names
        if name not in strata
    }


def _quantities(run: RunReader, means: PersonaMeans) -> list[tuple[str, list[float]]]:
    """Return what may differ between personas: the mean, and contrasts, each with its weights."""
    every = list(range(len(means.cells)))
    found = [(MEAN, means.weights(every))]
    for name, declared in run.scenario.contrasts.items():
        a, b = (means.places(label) for label in declared.cells)
        if a and b:
            found.append((name, means.weights(a, b)))
    if len(found) == 1:
        assigned = [f for f in run.scenario.factors if f.kind in ("within", "between")]
        for factor in assigned:
            if factor.name not in run.scenario.nuisance:
                found += main_effects(means, factor)
    return found[: 1 + MOST_CONTRASTS]
