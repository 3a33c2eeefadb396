"""Analyses that are screens of their own: what is asked for, and who answers.

The terminal UI draws what an analysis says; `simulate view --json`, `--html` and `--markdown` write
the same without a screen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from simulate.comparison.progress import Partly, Progress
from simulate.errors import InputError
from simulate.report.document import Document
from simulate.runfile.dialogue_list import Order
from simulate.runfile.run_view import RunView


@dataclass(frozen=True, slots=True)
class Selected:
    """What has been chosen of a run; what is None or empty is chosen by who answers.

    Attributes:
        order: filter and sort of the dialogues.
        dialogue: by its place in the plan.
        turn: by its index.
        outcome: the name of an outcome.
        attribute: the name of an attribute of personas.
        cells: the labels of cells.
    """

    order: Order = field(default_factory=Order)
    dialogue: int | None = None
    turn: int | None = None
    outcome: str | None = None
    attribute: str | None = None
    cells: tuple[str, ...] = ()


class Found(Protocol):
    """The numbers of an analysis."""

    def to_dict(self) -> dict[str, Any]:
        """Return them as a mapping that can be written as JSON."""
        ...


T_co = TypeVar("T_co", bound=Found, covariant=True)


@dataclass(frozen=True, slots=True)
class Analysis(Generic[T_co]):
    """What an analysis found, and how it is said.

    Attributes:
        found: its numbers.
        document: says them in words and tables.
    """

    found: T_co
    document: Callable[[], Document]


Analyse = Callable[[RunView, Selected, Progress], Analysis[Found]]
"""Answers for a run; what the callback raises breaks it off.

A callback that is a `Partly` is shown an `Analysis` of what is known before the rest is.

Raises:
    SimulateError: the run cannot answer; the message says what it would take.
"""


def _show(progress: Progress, part: Analysis[Found]) -> None:
    """Show what is known, to a callback that can be shown it."""
    if isinstance(progress, Partly):
        progress.show(part)


def _answer(view: RunView, selected: Selected, progress: Progress) -> Analysis[Found]:
    from simulate.comparison.answer import Answer, answer
    from simulate.report.answer_document import answer_document

    def said(found: Answer) -> Analysis[Found]:
        return Analysis(found, lambda: answer_document(found))

    outcome = None if selected.outcome is None else outcome_of(view, selected)
    return said(answer(view.reader, outcome, progress, lambda part: _show(progress, said(part))))


def _twins(view: RunView, selected: Selected, progress: Progress) -> Analysis[Found]:
    from simulate.comparison.samples import choose_cells
    from simulate.comparison.twins import Twins, twins, with_contrast
    from simulate.report.twins_document import twins_document

    def said(found: Twins) -> Analysis[Found]:
        return Analysis(found, lambda: twins_document(found))

    run = view.reader
    a, b, *_ = *(choose_cells(run, label)[0].index for label in selected.cells), None, None
    pairs = twins(run, selected.outcome, a, b)
    return said(with_contrast(run, pairs, progress, lambda part: _show(progress, said(part))))


def _tree(view: RunView, selected: Selected, progress: Progress) -> Analysis[Found]:
    from simulate.comparison.dialogue_tree import dialogue_tree, explored_dialogue
    from simulate.report.tree_document import tree_document

    number = selected.dialogue
    if number is None and selected.order == Order():
        number = explored_dialogue(view.reader)
    if number is None:
        number = next(iter(view.ids(selected.order)), None)
    if number is None:
        raise InputError("no dialogue is in the plan, or matches the filter: there is no tree")
    outcome = None if selected.outcome is None else outcome_of(view, selected)
    found = dialogue_tree(view.reader, number, outcome, progress)
    return Analysis(found, lambda: tree_document(found))


def _groups(view: RunView, selected: Selected, progress: Progress) -> Analysis[Found]:
    from simulate.comparison.persona_groups import group_outcome, persona_groups
    from simulate.report.groups_document import groups_document

    read = group_outcome(view.reader, outcome_of(view, selected), progress)
    place = read.place_of(selected.cells)
    found = persona_groups(read, selected.attribute, place, progress=progress)
    return Analysis(found, lambda: groups_document(found))


def _typical(view: RunView, selected: Selected, progress: Progress) -> Analysis[Found]:
    from simulate.comparison.typical import typical_outcomes, typical_replies
    from simulate.report.typical_document import typical_document

    if selected.outcome is not None:
        outcome = outcome_of(view, selected)
        found = typical_outcomes(view.reader, outcome, selected.cells, progress)
    else:
        found = typical_replies(
            view.reader, selected.turn, selected.cells, progress, dialogue=selected.dialogue
        )
    return Analysis(found, lambda: typical_document(found))


ANALYSES: dict[str, Analyse] = {
    "answer": _answer,
    "twins": _twins,
    "tree": _tree,
    "groups": _groups,
    "typical": _typical,
}
"""Name of a screen to what it shows."""


def outcome_of(view: RunView, selected: Selected) -> str:
    """Return the outcome that is chosen: by default the first that the scenario compares.

    Raises:
        InputError: the run has no such outcome, or none at all.
    """
    if not view.outcomes:
        raise InputError("this run measures no outcome")
    if selected.outcome is not None:
        if selected.outcome not in view.outcomes:
            known = ", ".join(view.outcomes)
            raise InputError(f"there is no outcome {selected.outcome!r}; there are: {known}")
        return selected.outcome
    compared = view.reader.scenario.compare
    return next((name for name in view.outcomes if name in compared), view.outcomes[0])
