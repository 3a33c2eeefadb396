"""What a speaker of a scenario is asked for: its next turn, or an outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from simulate.errors import InputError
from simulate.files.templates import render
from simulate.scenario.cell import Cell
from simulate.scenario.outcomes import Outcome
from simulate.scenario.scenario import Scenario
from simulate.scenario.speaker import Speaker
from simulate.verbalized import Task
from simulate.verbalized.spoken import SpeakerNames

ANSWER = "Now answer that."
"""The question of a task whose one turn is an outcome: what is to be answered stands above it."""


def turn_task(
    scenario: Scenario,
    cell: Cell,
    name: str,
    values: Mapping[str, object],
    names: SpeakerNames | None = None,
) -> Task:
    """Return what is asked of a speaker whenever it is to say something.

    Args:
        scenario: the dialogue's.
        cell: the dialogue's.
        name: the speaker's.
        values: what its templates see.
        names: what a line of its own, or of another's, may be labelled with.

    Raises:
        InputError: how long a reply is cannot be rendered.
    """
    speaker = cell.speakers[name]
    task = Task(
        person=scenario.person(name) if speaker.plays == "user" else None,
        may_end=name in scenario.turns.may_end,
        names=names,
        length=_length(speaker, values, name),
        stands_for=speaker.stands_for,
        prompt_version=cell.prompt_version,
    )
    return task if scenario.answer is None else _answering(task, scenario.answer, ANSWER)


def outcome_task(
    scenario: Scenario, cell: Cell, speaker: str, outcome: Outcome, question: str
) -> Task:
    """Return what is asked of a speaker when an outcome is asked for."""
    version = cell.prompt_version
    task = Task(
        person=scenario.person(speaker, asked=version > 1),
        stands_for=cell.speakers[speaker].stands_for,
        prompt_version=version,
    )
    return _answering(task, outcome, question)


def _answering(task: Task, outcome: Outcome, question: str) -> Task:
    return replace(
        task,
        question=question,
        form=outcome.form,
        value_schema=outcome.value_schema,
        read=outcome.read,
        levels=outcome.answers,
    )


def _length(speaker: Speaker, values: Mapping[str, object], name: str) -> str:
    """Return how long a reply is, in words on one line.

    Raises:
        InputError: the template renders to nothing.
    """
    where = f"speakers.{name}.length"
    if not (words := " ".join(render(speaker.length, values, where).split())):
        raise InputError(f"{where}: renders to nothing; say how long a reply is, or leave it out")
    return words
