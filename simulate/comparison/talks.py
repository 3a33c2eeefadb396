"""What is said in a run, and in human dialogues, as talks of people: who, and speaker and text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simulate.comparison.samples import choose_cells
from simulate.errors import StatisticsError
from simulate.reference.transcripts import person_of, speakers_of
from simulate.scenario import Cell

if TYPE_CHECKING:
    from simulate.runfile import Dialogue, RunReader
    from simulate.runfile.export_reader import DialogueExport

Talk = Sequence[tuple[str, str]]
"""Speaker and text of each turn."""
Talks = list[tuple[str, Talk]]
"""Talks with the person behind each."""
MOST_PERSONS = 200
"""Of more people or personas so many take part, chosen at random."""
MOST_TALKS = 5
"""Of more dialogues of one person so many take part, chosen at random."""


def talks_by_speaker(
    run: RunReader | DialogueExport,
    records: Sequence[Mapping[str, Any]] | None,
    cell: str | None,
    speakers: Sequence[str] | None,
) -> Iterator[tuple[str, Talks, list[tuple[str, Talks]]]]:
    """Iterate over the speakers whose turns are looked at, by default all that play a user.

    Yields:
        The speaker; the human dialogues, none without `records`; label and dialogues of each cell,
        or of that one.

    Raises:
        StatisticsError: there is no such cell, or none of them speaks in the human dialogues.
    """
    cells = choose_cells(run, cell)
    talks = talks_of_cells(run, cells)
    own = [(each.label, talks[each.index]) for each in cells]
    for speaker in _users_of(run, records, speakers):
        yield speaker, talks_of_people(records or (), speaker), own


def _users_of(
    run: RunReader | DialogueExport,
    records: Sequence[Mapping[str, Any]] | None,
    speakers: Sequence[str] | None,
) -> list[str]:
    users = speakers or [n for n, s in run.scenario.speakers.items() if s.plays == "user"]
    if records is None:
        return list(users)
    known = speakers_of(records)
    found = [name for name in users if name in known]
    if not found:
        raise StatisticsError(
            f"the human dialogues have no turn of {', '.join(users)}; there speak: "
            f"{', '.join(known) or 'nobody'}; call them there what the scenario calls them"
        )
    return found


def talks_of_people(records: Iterable[Mapping[str, Any]], speaker: str) -> Talks:
    """Return each human dialogue with the person behind the speaker; unnamed, each another one."""
    return [
        (
            person_of({"dialogue": f"{place}", **r}, speaker),
            [(str(turn["speaker"]), turn["text"]) for turn in r["turns"]],
        )
        for place, r in enumerate(records)
    ]


def talks_of_cells(run: RunReader | DialogueExport, cells: Sequence[Cell]) -> dict[int, Talks]:
    """Return the completed dialogues of each cell, by its index, with the person behind each."""
    found: dict[int, Talks] = {cell.index: [] for cell in cells}
    for d in run.completed():
        if d.cell.index in found:
            found[d.cell.index].append((run.root(d.persona.id), talk_of(d)))
    return found


def talk_of(dialogue: Dialogue) -> Talk:
    """Return what is said in a dialogue; a turn that was given is history, and nobody's own."""
    return [("" if turn.given else turn.speaker, turn.text) for turn in dialogue.turns]


def some_persons(talks: Iterable[tuple[str, Talk]], rng: np.random.Generator) -> list[list[Talk]]:
    """Return the talks of each person, of at most 200 persons and five talks of each."""
    by_person: dict[str, list[Talk]] = {}
    for person, talk in talks:
        by_person.setdefault(person, []).append(talk)
    names = sorted(by_person)
    if len(names) > MOST_PERSONS:
        names = [names[i] for i in rng.choice(len(names), MOST_PERSONS, replace=False)]
    return [_some(by_person[name], rng) for name in names]


def _some(talks: list[Talk], rng: np.random.Generator) -> list[Talk]:
    if len(talks) <= MOST_TALKS:
        return talks
    return [talks[i] for i in sorted(rng.choice(len(talks), MOST_TALKS, replace=False))]
