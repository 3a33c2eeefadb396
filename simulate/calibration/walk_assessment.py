"""A finished walk, assessed: what was stated of the report split beside what people did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from simulate.calibration.assessment import Assessment, assess, assess_texts
from simulate.calibration.contamination import contamination_of
from simulate.calibration.forecasts import NONE
from simulate.calibration.moves import Persons, known_talks
from simulate.calibration.result import Calibration
from simulate.calibration.situation import Situation
from simulate.calibration.walk_forecasts import WalkForecasts, model_of
from simulate.calibration.walk_maps import MapOf, fitted_map
from simulate.calibration.walk_reader import Statements
from simulate.errors import InputError, StatisticsError
from simulate.measures.embeddings import Embedder
from simulate.models import Models
from simulate.reference.human_talks import HumanTalk, human_talks
from simulate.reference.split import split_sizes
from simulate.runfile import RunReader, open_run
from simulate.terminal.safe_text import counted


def check_assessment(margin: float | None, embeddings: str | Embedder | None = None) -> None:
    """Refuse what a walk could not be assessed by, before it is paid for.

    Raises:
        InputError: the margin is none, or there is no such space.
    """
    if margin is not None and not 0 < margin < 1:
        raise InputError(f"margin is {margin:g}, it must be between 0 and 1")
    if isinstance(embeddings, str):
        Models().embedder(embeddings)


def assess_walk(
    walk: str | Path,
    references: Sequence[str],
    situation: Situation,
    *,
    embeddings: str | Embedder | None = None,
    margin: float | None = None,
    fit: MapOf | None = None,
    seed: int = 0,
    share_human_data: str | None = None,
) -> Calibration:
    """Assess a finished walk; see `calibrate` for the arguments.

    Raises:
        InputError: an argument is wrong.
        ReferenceDataError: the walk went through other dialogues than these.
        StatisticsError: it is no walk, or nothing of it can be assessed.
    """
    check_assessment(margin)
    nobody = Persons(situation, told=False)
    talks = {}
    for spec in references:
        known, _ = known_talks(human_talks(spec), situation, nobody)
        talks[known[0].reference] = known
    if isinstance(embeddings, str):
        models = Models(share_human_data=share_human_data)
        embeddings = models.embedder(embeddings)
        models.share([f"the dialogues of {', '.join(talks)}"])
    with open_run(walk) as run:
        return _assessed(run, talks, situation, embeddings, margin, fit, seed)


def _assessed(
    run: RunReader,
    talks: Mapping[str, Sequence[HumanTalk]],
    situation: Situation,
    embedder: Embedder | None,
    margin: float | None,
    fit: MapOf | None,
    seed: int,
) -> Calibration:
    walked = WalkForecasts(run, talks, situation)
    method, *others = walked.statements.methods or ("vs",)
    parts: list[Assessment] = []
    notes: list[str] = []
    for thing in walked.things:
        ours = walked.forecasts(thing, method, known=True)
        beside = [walked.forecasts(thing, other) for other in others]
        try:
            parts.append(assess(ours, [b for b in beside if b.n], seed=seed))
        except StatisticsError as error:
            notes.append(f"not assessed: {error}")
    for role in dict.fromkeys(stated.move.role for stated in walked.statements.texts):
        if embedder is None:
            notes.append(f"texts of {role} are not scored: name a space with --embeddings")
            continue
        try:
            of_others = [walked.texts(role, other, embedder) for other in others]
            ours_said = walked.texts(role, method, embedder)
            parts.append(assess_texts(ours_said, [o for o in of_others if o.n], seed=seed))
        except StatisticsError as error:
            notes.append(f"not assessed: {error}")
    fitted = () if fit is None else (fitted_map(walked, run, method, fit),)
    if not parts and not fitted:
        raise StatisticsError(f"{run.path}: {'; '.join(notes) or 'nothing was stated'}")
    people = {
        stated.move.person
        for stated in walked.statements.all()
        if stated.move.talk.reference == walked.reference
    }
    return Calibration(
        model=model_of(run),
        method=method,
        references=tuple(talks),
        people={str(split): n for split, n in split_sizes(people).items()},
        parts=tuple(parts),
        margin=margin,
        contamination=contamination_of(walked, method),
        agreement=situation.agreement if walked.statements.acts else None,
        fitted=fitted,
        notes=(
            *_counted(walked.statements),
            *_unlisted(walked.statements, method),
            *walked.acts.told,
            *notes,
        ),
    )


def _unlisted(found: Statements, method: str) -> Iterable[str]:
    """Iterate over what there is to say of lists that leave out an act that was asked for."""
    for role, stated in found.acts.items():
        lists = [
            {value for value, _ in s.values} for s in stated if s.method == method and s.values
        ]
        if short := sum(len(each) < len(found.levels[role]) for each in lists):
            without = sum(NONE not in each for each in lists)
            yield (
                f"act of {role}: {short:,} of {len(lists):,} lists leave out acts that were asked "
                f"for, which count as 0; {without:,} leave out “{NONE}”"
            )


def _counted(found: Statements) -> list[str]:
    """Return what there is to say of dialogues of the run that are not there."""
    told = []
    if found.failed:
        told.append(f"{counted(found.failed, 'question')} of the walk failed")
    if found.unfinished:
        told.append(
            f"{counted(found.unfinished, 'question')} of the walk are still to be asked: go on "
            "with --resume"
        )
    return told
