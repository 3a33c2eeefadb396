"""Human dialogues in a model's words: one call a dialogue, in a run file of their own.

The model that is walked through dialogues may know them by heart. Said in other words they mean
the same, and whoever forecasts from what is meant forecasts as well. A dialogue of which not every
line comes back, or of which a line is as it was, is left out and counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from simulate.population import Population, TableRow
from simulate.reference.human_talks import HumanTalk, HumanTurn
from simulate.runfile import RunReader
from simulate.scenario import Scenario

WRITER = "writer"
MOST_TOKENS = 4096
"""Of a whole dialogue."""
REQUEST = """Write each line of this conversation in other words, as another person of the same \
opinion would type it, about as long. Change names of places and organisations to invented ones, \
always the same for the same one; keep amounts of money and what each line means. Write all \
{{ persona.number }} lines, each with its number, and nothing else.

{{ persona.lines }}"""
_LINE = re.compile(r"^\W{0,3}(\d{1,4})\s{0,2}[.):]\s{0,4}(\S.*)$")


def paraphrasing() -> Scenario:
    """Return the scenario in which a model writes dialogues in other words."""
    return Scenario.model_validate(
        {
            "scenario": "paraphrases",
            "title": "Human dialogues in other words",
            "speakers": {
                WRITER: {"plays": "assistant", "max_tokens": MOST_TOKENS, "temperature": 0.7}
            },
            "turns": {"maximum": 1, "opening": REQUEST},
        }
    )


def to_paraphrase(talks: Iterable[HumanTalk]) -> Population:
    """Return the dialogues as a table with one row for each."""
    unique = {talk.key: talk for talk in talks}
    return Population(
        population="human-dialogues",
        description="Dialogues that people had, a line for each turn.",
        personas=[
            TableRow(
                id=key,
                attributes={
                    "number": len(talk.turns),
                    "lines": "\n".join(
                        f"{number}. {' '.join(turn.text.split())}"
                        for number, turn in enumerate(talk.turns, start=1)
                    ),
                },
            )
            for key, talk in unique.items()
        ],
    )


def paraphrased(run: RunReader, talks: Iterable[HumanTalk]) -> Mapping[str, Sequence[HumanTurn]]:
    """Return the dialogues in other words, by key, but for those that did not come back whole."""
    by_key = {talk.key: talk for talk in talks}
    found = {}
    for dialogue in run.completed():
        talk = by_key.get(dialogue.persona.id)
        if talk is None:
            continue
        lines = dict(_lines(dialogue.turns[-1].text))
        turns = talk.turns
        if set(lines) == set(range(1, len(turns) + 1)) and all(
            lines[number].casefold() != turn.text.casefold() or len(turn.text.split()) < 4
            for number, turn in enumerate(turns, start=1)
        ):
            found[talk.key] = tuple(
                HumanTurn(turn.speaker, lines[number], turn.acts)
                for number, turn in enumerate(turns, start=1)
            )
    return found


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for line in text.splitlines():
        if (match := _LINE.match(line)) is not None:
            yield int(match[1]), match[2].strip()
