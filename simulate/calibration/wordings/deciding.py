"""From a finished run in which each wording is a cell to the decision between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulate.calibration.wordings.criteria import (
    by_language,
    by_next_act,
    by_outcome,
    by_personas,
    by_truths,
    checked_margins,
)
from simulate.calibration.wordings.humans import Against
from simulate.calibration.wordings.result import Wordings
from simulate.calibration.wordings.templates import WORDING
from simulate.errors import StatisticsError
from simulate.scenario.own_populations import first_user
from simulate.statistics.ordered_criteria import decide

if TYPE_CHECKING:
    from simulate.runfile import RunReader


def decided(
    run: RunReader, against: Against, margins: Mapping[str, float] | None = None
) -> Wordings:
    """Decide between the wordings of a run.

    Args:
        run: a finished one.
        against: the humans.
        margins: criterion to margin, where it is not the usual one.

    Raises:
        InputError: a margin is of no criterion, or not above 0.
        StatisticsError: the run is no run of wordings, or dialogues are still to do.
    """
    wanted = checked_margins(margins)
    condition = next(reversed(run.scenario.conditions), "")
    if not condition.startswith(WORDING) or len(run.cells) < 2:
        raise StatisticsError(
            f"{run.path}: it is no run of wordings; begin one with `simulate wordings SCENARIO`"
        )
    if left := run.totals().left:
        raise StatisticsError(
            f"{run.path}: {left:,} dialogues are still to do, and who looks in between decides too "
            "often; go on with --resume"
        )
    validity, tokens = by_personas(run, wanted)
    measured = [
        validity,
        by_truths(run, wanted["calibration"]),
        by_next_act(run, against.acts, wanted["next-act"]),
        by_outcome(run, against, wanted["outcome"]),
        by_language(run, against, wanted["language"]),
    ]
    criteria = [each.criterion for each in measured if each.criterion is not None]
    decision = decide(criteria, tokens.criterion, len(run.cells))
    return Wordings(
        str(run.path),
        run.scenario.name,
        _model(run),
        tuple(cell.levels[condition] for cell in run.cells),
        (*measured, tokens),
        decision,
        tuple(_notes(run, against)),
    )


def _model(run: RunReader) -> str:
    """Return who answered as the first user."""
    user = first_user(run.scenario.speakers)
    models = run.meta.get("models") or [{}]
    return str(models[0].get(user, "an unknown model"))


def _notes(run: RunReader, against: Against) -> list[str]:
    notes = []
    failed = {cell.label: run.counts()[cell.index].get("failed", 0) for cell in run.cells}
    notes += [f"{label}: {n:,} dialogues failed" for label, n in failed.items() if n]
    if against.humans is not None and against.humans.split:
        notes.append(
            "decided on the select side of the reference alone: its report side is untouched, so "
            "that what is said of the chosen wording can be measured there"
        )
    return notes
