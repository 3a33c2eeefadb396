"""The language measures of `measures.language` as variables that a reference can hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from simulate.errors import StatisticsError
from simulate.files.patterns import PatternTooSlowError, search
from simulate.measures.embeddings import Embedder
from simulate.measures.language import (
    BOTH,
    CONVENTION,
    MEASURES,
    SEMANTIC,
    TOPIC,
    LanguageMeasure,
    measure_dialogues,
)
from simulate.reference.counting import count_values
from simulate.reference.file import Measured
from simulate.reference.transcripts import person_of
from simulate.reference.variable import Variable


def language_variables(
    speakers: Sequence[str], embedder: Embedder | None = None, topic: str | None = None
) -> list[Variable]:
    """Return the variables that `measure_dialogues` measures, in its order.

    The name of each is `speaker.measure`.
    """
    found = [_variable(measure, speaker) for speaker in speakers for measure in MEASURES]
    if topic is not None:
        found += [replace(_variable(TOPIC, speaker), topic=topic) for speaker in speakers]
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


def mentions(topic: str | None) -> Callable[[str], bool] | None:
    """Return what tells whether a turn mentions a topic, a regular expression; None for none.

    It raises StatisticsError where the pattern takes too long on a turn.
    """
    if topic is None:
        return None

    def found(text: str) -> bool:
        try:
            return search(topic, text) is not None
        except PatternTooSlowError as error:
            raise StatisticsError(f"topic: {error}") from None

    return found


def measured_language(
    records: Sequence[Mapping[str, Any]],
    speakers: Sequence[str],
    embedder: Embedder | None = None,
    topic: str | None = None,
) -> list[Measured]:
    """Return the language measures of human dialogues as value counts.

    A measure that no dialogue has a value of is left out.
    """
    variables = language_variables(speakers, embedder, topic)
    talks = ([(str(t["speaker"]), str(t["text"])) for t in r["turns"]] for r in records)
    values = measure_dialogues(talks, speakers, embedder, mentions(topic))
    ids = [str(record.get("dialogue") or place) for place, record in enumerate(records)]
    found = []
    for variable in variables:
        measured = zip(ids, values[variable.name], strict=True)
        given = {dialogue: value for dialogue, value in measured if value is not None}
        if not given:
            continue
        person = {
            dialogue: person_of(record, variable.speaker)
            for dialogue, record in zip(ids, records, strict=True)
        }
        counted = count_values(variable, given, person, len(records) - len(given))
        found.append(replace(counted, persons=None))
    return found
