"""The criteria by which wordings are compared, in their fixed order, measured from a run file.

==============  =================================================  =========  ====================
criterion       loss of a wording, smaller is better               margin     its intervals
==============  =================================================  =========  ====================
`validity`      share of faulty answers (see `answers`)            .05        paired by persona
`calibration`   mean TV from known truths (see `truths`)           .05        by truth and repeat
`next-act`      Brier score of the next human act                  .02        paired by person
`outcome`       D² of the outcome from the humans                  .01        paired by persona
`language`      mean D² of five language measures                  .01        paired by persona
`tokens`        tokens of calls to users, of their mean            .05        paired by persona
==============  =================================================  =========  ====================

A margin is what would not matter: one faulty answer in twenty; five points of probability on wrong
answers; a hundredth of the Brier score's scale from 0 to 2; a yes or no whose share is off by ten
points (D² = .1²); one token in twenty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simulate.calibration.wordings.answers import FAULTS, Answers, answers_by_person
from simulate.calibration.wordings.distances import averaged, distances_of
from simulate.calibration.wordings.humans import LANGUAGE, Against
from simulate.calibration.wordings.next_act import act_losses, walk_beside
from simulate.calibration.wordings.truths import (
    FEWEST,
    stated_truths,
    truth_losses,
    unaskable,
)
from simulate.comparison.language_comparison import language_samples
from simulate.comparison.samples import from_run
from simulate.errors import InputError
from simulate.scenario.own_populations import first_user
from simulate.statistics.intervals import FEWEST_PERSONAS as FEWEST_EFFECTIVE
from simulate.statistics.ordered_criteria import Criterion, PairedLosses

if TYPE_CHECKING:
    from simulate.runfile import RunReader

MARGINS = {
    "validity": 0.05,
    "calibration": 0.05,
    "next-act": 0.02,
    "outcome": 0.01,
    "language": 0.01,
    "tokens": 0.05,
}
"""Criterion to the margin that it has unless another one is named, in the order of the decision."""
FEWEST_PERSONAS = 20
"""With fewer personas, a criterion that is measured on them shows nothing."""


@dataclass(frozen=True, eq=False)
class Measured:
    """One criterion.

    Attributes:
        name: of the criterion.
        margin: of it.
        criterion: what it says; None where it was not measured.
        of: what its numbers are numbers of, or why it was not measured.
        parts: what each wording's loss is made of; empty where there is nothing to say.
        unit: what there would have to be more of, for narrower intervals.
        per: how many of the units that intervals rest on one of these is.
        fewest: with fewer of them nothing is shown.
    """

    name: str
    margin: float
    criterion: Criterion | None
    of: str
    parts: tuple[str, ...] = ()
    unit: str = "personas"
    per: int = 1
    fewest: int = FEWEST_PERSONAS


def checked_margins(given: Mapping[str, float] | None) -> dict[str, float]:
    """Return the margin of each criterion, in their order.

    Raises:
        InputError: a criterion of this name is not there, or a margin is not above 0.
    """
    for name, margin in (given or {}).items():
        if name not in MARGINS:
            known = ", ".join(MARGINS)
            raise InputError(f"margin {name}: there is no such criterion; there are: {known}")
        if not 0 < margin < 1:
            raise InputError(f"margin {name}={margin:g}: must be above 0 and below 1")
    return {**MARGINS, **(given or {})}


def by_personas(run: RunReader, margins: Mapping[str, float]) -> tuple[Measured, Measured]:
    """Return validity and tokens, over the personas that ended a dialogue under each wording."""
    found = answers_by_person(run)
    ended = sorted(set.intersection(*map(set, found)))
    whole = [person for person in ended if all(of[person].completed for of in found)]
    losses = PairedLosses(
        np.array([[of[person].loss for person in ended] for of in found]), bounded=True
    )
    validity = _paired("validity", margins["validity"], losses, "share of faulty answers of")
    validity = replace(validity, parts=tuple(_in_parts(of, ended) for of in found))
    margin = margins["tokens"]
    spent = np.array([[of[p].tokens / of[p].completed for p in whole] for of in found])
    if not spent.size or not spent.mean():
        return validity, Measured("tokens", margin, None, "the model counts no tokens")
    shares = PairedLosses(spent / spent.mean())
    tokens = _paired("tokens", margin, shares, "tokens of the calls to users by")
    means = [f"{each:,.0f} a dialogue" for each in spent.mean(axis=1)]
    return validity, replace(tokens, parts=tuple(means))


def _in_parts(of: dict[str, Answers], people: Sequence[str]) -> str:
    answers = sum(of[person].answers for person in people)
    faults = [f"{fault} {sum(of[p].faults[fault] for p in people):,}" for fault in FAULTS]
    failed = sum(of[person].failed for person in people)
    return f"{', '.join(faults)} of {answers:,} answers" + (
        f"; {failed:,} dialogues failed" if failed else ""
    )


def _paired(
    name: str, margin: float, losses: PairedLosses, what: str, units: str = "simulated personas"
) -> Measured:
    """Return a criterion by people; of fewer than 20 of them it has no intervals."""
    n = losses.losses.shape[1]
    if n < 2:
        return Measured(name, margin, None, f"fewer than two {units} with each wording")
    criterion, of = losses.criterion(name, margin), f"{what} {n:,} {units}"
    if n < FEWEST_PERSONAS:
        criterion = replace(criterion, difference=lambda a, b, confidence: None)
        of += ", too few to show"
    return Measured(name, margin, criterion, of)


def by_truths(run: RunReader, margin: float) -> Measured:
    """Return the calibration to known truths."""
    stated = stated_truths(run)
    labels = [next(reversed(cell.levels.values())) for cell in run.cells]
    found, why = None, unaskable(run.scenario, run.cells)
    if not why and not all(label in stated for label in labels):
        why = "known truths were not asked with each wording"
    if not why:
        found = truth_losses([stated[label] for label in labels])
    if found is None:
        why = why or "nothing that was stated could be read"
        return Measured("calibration", margin, None, why)
    parts = tuple(f"{n:,} not read" if n else "" for n in found.unread)
    return Measured(
        "calibration",
        margin,
        found.losses.criterion("calibration", margin),
        f"TV from {len(found.truths)} known truths, these alone, asked {found.repeats} times each",
        parts if any(parts) else (),
        "repeats of each truth",
        len(found.truths),
        FEWEST,
    )


def by_next_act(run: RunReader, reference: str | None, margin: float) -> Measured:
    """Return the forecasts of the next human act, from the walk beside the run file."""
    path = walk_beside(Path(run.path))
    if reference is None:
        why = "no reference with texts; give --reference persuasionforgood:FOLDER"
        return Measured("next-act", margin, None, why)
    if not path.is_file():
        why = "no act of these dialogues can be forecast"
        return Measured("next-act", margin, None, why)
    losses = act_losses(path, reference, first_user(run.scenario.speakers) or "")
    found = _paired("next-act", margin, losses, "Brier score of the next act of", "people")
    return replace(found, unit="people of the dialogues")


def by_outcome(run: RunReader, against: Against, margin: float) -> Measured:
    """Return the distance of an outcome from the humans."""
    outcome, humans = against.outcome, against.humans
    if outcome is None or humans is None:
        return Measured("outcome", margin, None, "no reference of an outcome; give --reference")
    samples = from_run(run, outcome, humans.reference.variable)
    distances = distances_of(samples, humans.reference, run.seed)
    if distances is None:
        why = f"no two personas have {outcome} with each wording"
        return Measured("outcome", margin, None, why)
    of = f"D² of {outcome} of {distances.n:,} simulated personas from {humans.told}"
    criterion = averaged([distances], "outcome", margin)
    return Measured("outcome", margin, criterion, of, fewest=FEWEST_EFFECTIVE)


def by_language(run: RunReader, against: Against, margin: float) -> Measured:
    """Return the mean distance of language measures from the humans, see `humans.language_of`."""
    if (file := against.talk) is None:
        why = "no reference of how humans talk; give --language"
        return Measured("language", margin, None, why)
    users = [name for name, each in run.scenario.speakers.items() if each.plays == "user"]
    found, names = [], []
    wanted = {f"{user}.{measure}" for user in users for measure in LANGUAGE}
    variables = [each.variable for each in file.measured if each.variable.name in wanted]
    for variable, samples in language_samples(run, run.cells, variables):
        distances = distances_of(samples, file.reference(variable.name), run.seed)
        if distances is not None:
            found.append(distances)
            names.append(variable.name.rpartition(".")[2].replace("_", " "))
    if not found:
        return Measured("language", margin, None, "no measure has a value with each wording")
    criterion = averaged(found, "language", margin)
    split = "on the select side" if against.talk_split else "all, as it does not say who said what"
    of = (
        f"mean D² of {', '.join(names)} of {criterion.n:,} simulated personas from the humans of "
        f"{file.name} ({split})"
    )
    return Measured("language", margin, criterion, of, fewest=FEWEST_EFFECTIVE)
