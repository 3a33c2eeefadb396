"""The language measures of `measures.language` as variables that a reference can hold."""

from __future__ import annotations

from collections.abc import Sequence

from simulate.measures.embeddings import Embedder
from simulate.measures.language import BOTH, CONVENTION, MEASURES, SEMANTIC, LanguageMeasure
from simulate.reference.variable import Variable

__all__ = ["language_variables"]


def language_variables(speakers: Sequence[str], embedder: Embedder | None = None) -> list[Variable]:
    """Return the variables that `measure_dialogues` measures, in its order.

    The name of each is `speaker.measure`.
    """
    found = [_variable(measure, speaker) for speaker in speakers for measure in MEASURES]
    if embedder is not None:
        convention = f"{CONVENTION}+{embedder.name}"
        found += [_variable(SEMANTIC, speaker, convention) for speaker in speakers]
    return found


def _variable(measure: LanguageMeasure, speaker: str, convention: str = CONVENTION) -> Variable:
    return Variable(
        name=f"{speaker}.{measure.name}",
        kind=measure.kind,
        unit=measure.unit,
        support=measure.support,
        resolution=measure.resolution,
        speaker=None if speaker == BOTH else speaker,
        convention=convention,
        description=measure.description,
    )
