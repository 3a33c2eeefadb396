"""Language measures: one value per dialogue and speaker, so that each has a distribution.

Convention `simulate-text/1`: words and sentences as in `readability`; n-grams do not cross turns;
the turns of one speaker in one dialogue are measured together, or of both speakers (`both`).

Distinct-n falls with length, so it is given twice: over all n-grams of the speaker, as papers do
(`distinct_1` …), and over moving windows of 50 n-grams (`distinct_1_w50` …; the moving-average
type-token ratio of Covington and McFall 2010), which does not depend on length. Semantic diversity
depends on the embedding model too, whose name is part of its convention. Numbers of two
conventions are never compared.

A measure has no value for a text that it cannot read: what counts words, where they are not set
apart by spaces; the share of questions, where they are written without a mark; the grade, where it
is not English. `LanguageMeasure.unreadable` says why. How turns begin and end, and when the topic
comes up, is in `realism`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from simulate.measures.readability import flesch_kincaid_grade, not_english, words
from simulate.measures.realism import first_mention, lower_case_starts, missing_end_stops
from simulate.measures.scripts import asks, no_capitals, no_question_marks, no_stops, no_words

if TYPE_CHECKING:
    from simulate.measures.embeddings import Embedder

CONVENTION = "simulate-text/1"
BOTH = "both"
WINDOW = 50


def _ngrams(turns: Sequence[str], n: int) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for turn in turns:
        spoken = words(turn)
        found.extend(zip(*(spoken[i:] for i in range(n)), strict=False))
    return found


def distinct(turns: Sequence[str], n: int) -> float | None:
    """Return Distinct-n: different n-grams / all n-grams of the turns, in (0, 1].

    `None` where there is no n-gram, or words are not set apart. Source: Li et al. 2016.
    """
    if no_words(turns):
        return None
    grams = _ngrams(turns, n)
    return len(set(grams)) / len(grams) if grams else None


def moving_distinct(turns: Sequence[str], n: int, window: int = WINDOW) -> float | None:
    """Return the mean of Distinct-n over all windows of `window` successive n-grams, in (0, 1].

    `None` where there are fewer n-grams than that, or words are not set apart. Source: Covington
    and McFall 2010.
    """
    if no_words(turns):
        return None
    grams = _ngrams(turns, n)
    if len(grams) < window:
        return None
    inside = Counter(grams[:window])
    total = len(inside)
    for old, new in zip(grams, grams[window:], strict=False):
        inside[new] += 1
        inside[old] -= 1
        if not inside[old]:
            del inside[old]
        total += len(inside)
    return total / (len(grams) - window + 1) / window


def words_per_turn(turns: Sequence[str]) -> float | None:
    """Return the mean number of words per turn, ≥ 0.

    `None` without a turn, or where words are not set apart.
    """
    if no_words(turns):
        return None
    return sum(len(words(turn)) for turn in turns) / len(turns) if turns else None


def turn_count(turns: Sequence[str]) -> float | None:
    """Return the number of turns; `None` without a turn."""
    return float(len(turns)) or None


def question_share(turns: Sequence[str]) -> float | None:
    """Return the share of turns with a question mark of any script, in [0, 1].

    `None` without a turn, or where questions are written without a mark.
    """
    if no_question_marks(turns):
        return None
    return sum(map(asks, turns)) / len(turns) if turns else None


def semantic_diversity(vectors: np.ndarray[Any, np.dtype[np.floating[Any]]]) -> float | None:
    """Return 1 − mean cosine over all pairs of turns, in [0, 2]; `None` with fewer than two.

    Args:
        vectors: (turns, d) embeddings, none of them zero.
    """
    if len(vectors) < 2:
        return None
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    count = len(units)
    pairs = float((np.linalg.norm(units.sum(axis=0)) ** 2 - count) / (count * (count - 1)))
    return 1 - pairs


@dataclass(frozen=True)
class LanguageMeasure:
    """A measure of what one speaker says in a dialogue."""

    name: str
    description: str
    function: Callable[[Sequence[str]], float | None]
    resolution: float
    """Values are rounded to multiples of it, so that reference counts stay short."""
    support: tuple[float, float] | None = None
    unit: str | None = None
    kind: Literal["amount", "count"] = "amount"
    unreadable: Callable[[Sequence[str]], str | None] = lambda turns: None
    """Why it cannot read these turns; None where it can."""


_SHARE = (0.0, 1.0)
_of_words = partial(LanguageMeasure, unreadable=no_words)

MEASURES: tuple[LanguageMeasure, ...] = (
    *(
        _of_words(
            f"distinct_{n}",
            f"Different {n}-grams / all {n}-grams of a dialogue; falls with length.",
            partial(distinct, n=n),
            0.01,
            _SHARE,
        )
        for n in (1, 2, 3)
    ),
    *(
        _of_words(
            f"distinct_{n}_w50",
            f"Mean Distinct-{n} over windows of 50 {n}-grams; does not depend on length.",
            partial(moving_distinct, n=n),
            0.005,
            _SHARE,
        )
        for n in (1, 2, 3)
    ),
    LanguageMeasure(
        "fk_grade",
        "Years of US schooling that the text asks for.",
        flesch_kincaid_grade,
        0.1,
        unit="grade",
        unreadable=not_english,
    ),
    _of_words(
        "words_per_turn",
        "Mean number of words in a turn of the dialogue.",
        words_per_turn,
        0.5,
        unit="words",
    ),
    LanguageMeasure(
        "turns", "Number of turns in the dialogue.", turn_count, 1.0, unit="turns", kind="count"
    ),
    LanguageMeasure(
        "question_share",
        "Share of turns with a question mark.",
        question_share,
        0.01,
        _SHARE,
        unreadable=no_question_marks,
    ),
    LanguageMeasure(
        "lower_case_starts",
        "Share of turns that begin in lower case.",
        lower_case_starts,
        0.01,
        _SHARE,
        unreadable=no_capitals,
    ),
    LanguageMeasure(
        "missing_end_stops",
        "Share of turns that end without a stop.",
        missing_end_stops,
        0.01,
        _SHARE,
        unreadable=no_stops,
    ),
)

TOPIC = LanguageMeasure(
    "topic_turn",
    "Turn of the dialogue, from 0, at which the topic is mentioned first.",
    lambda turns: None,
    1.0,
    unit="turn",
    kind="count",
    unreadable=lambda turns: "the topic is never mentioned" if turns else None,
)
"""Measured where a reference declares the topic's pattern; see `measure_dialogues`."""
OF_DIALOGUE = ("turns", TOPIC.name)
"""What is said of a dialogue as well as of a speaker: how long it is, when its topic comes up."""

SEMANTIC = LanguageMeasure(
    "semantic",
    "1 − mean pairwise cosine of the turns of a dialogue.",
    lambda turns: None,
    0.01,
    _SHARE,
)
"""Measured from all texts at once; see `measure_dialogues`."""


def turns_of(dialogue: Iterable[tuple[str, str]], speaker: str) -> list[str]:
    """Return what a speaker says, or `both` say, turn by turn, without turns of white space."""
    return [text for who, text in dialogue if speaker in (BOTH, who) and text.strip()]


def measure_dialogues(
    dialogues: Iterable[Iterable[tuple[str, str]]],
    speakers: Sequence[str],
    embedder: Embedder | None = None,
    mentions: Callable[[str], bool] | None = None,
) -> dict[str, list[float | None]]:
    """Measure dialogues.

    Args:
        dialogues: speaker and text of the turns of each.
        speakers: names of speakers, and `both` for all together.
        embedder: for semantic diversity, which is left out without one.
        mentions: whether a turn mentions the topic, for `topic_turn`, which is left out without it.

    Returns:
        By name of the variable (`speaker.measure`), one value per dialogue in their order; `None`
        where the measure is not defined for it.
    """
    found: dict[str, list[float | None]] = {
        f"{speaker}.{measure.name}": [] for speaker in speakers for measure in MEASURES
    }
    if mentions is not None:
        found |= {f"{speaker}.{TOPIC.name}": [] for speaker in speakers}
    texts: dict[str, list[list[str]]] = {speaker: [] for speaker in speakers}
    for dialogue in dialogues:
        said = list(dialogue)
        for speaker in speakers:
            turns = turns_of(said, speaker)
            for measure in MEASURES:
                found[f"{speaker}.{measure.name}"].append(measure.function(turns))
            if mentions is not None:
                who = None if speaker == BOTH else speaker
                found[f"{speaker}.{TOPIC.name}"].append(first_mention(said, who, mentions))
            if embedder is not None:
                texts[speaker].append(turns)
    if embedder is not None:
        for speaker in speakers:
            name = f"{speaker}.{SEMANTIC.name}"
            found[name] = _semantic(texts[speaker], embedder)
    return found


def _semantic(dialogues: Sequence[Sequence[str]], embedder: Embedder) -> list[float | None]:
    different = sorted({turn for turns in dialogues for turn in turns})
    vectors = embedder.embed(different)
    place = {text: i for i, text in enumerate(different)}
    return [
        semantic_diversity(vectors[[place[t] for t in turns]]) if len(turns) > 1 else None
        for turns in dialogues
    ]
