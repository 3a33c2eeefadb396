"""A finished walk, assessed: what was stated of the report split beside what people did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from simulate.calibration.assessment import Assessment, assess, assess_texts
from simulate.calibration.contamination import between_histories, between_references
from simulate.calibration.forecasts import NONE
from simulate.calibration.readings import Readings
from simulate.calibration.result import Calibration
from simulate.calibration.situation import Situation
from simulate.calibration.walk_maps import MapOf, fitted_map
from simulate.calibration.walked import ACT, Walked, model_of
from simulate.errors import StatisticsError
from simulate.measures.embeddings import Embedder
from simulate.reference.human_talks import HumanTalk
from simulate.reference.split import split_sizes
from simulate.runfile import RunReader
from simulate.statistics.skill import Mean
from simulate.terminal.safe_text import counted


def assessed(
    run: RunReader,
    talks: Mapping[str, Sequence[HumanTalk]],
    situation: Situation,
    *,
    embedder: Embedder | None = None,
    margin: float | None = None,
    fit: MapOf | None = None,
    seed: int = 0,
) -> Calibration:
    """Assess a finished walk.

    Args:
        run: its open run file.
        talks: see `Walked`.
        situation: of the dialogues.
        embedder: for texts; without it they are not scored.
        margin: the calibration error that counts as none, named beforehand.
        fit: what a map is fitted to; None for no map.
        seed: of what is simulated.

    Raises:
        StatisticsError: it is no walk, or nothing of it can be assessed.
        ReferenceDataError: it walks through a dialogue that is not among these.
        InputError: there is no such thing to fit a map of.
    """
    walked = Walked(run, talks, situation)
    method, *others = walked.readings.methods or ("vs",)
    parts: list[Assessment] = []
    notes: list[str] = []
    for thing in walked.things:
        ours = walked.forecasts(thing, method, known=True)
        beside = [walked.forecasts(thing, other) for other in others]
        try:
            parts.append(assess(ours, [b for b in beside if b.n], seed=seed))
        except StatisticsError as error:
            notes.append(f"not assessed: {error}")
    for role in dict.fromkeys(stated.move.role for stated in walked.readings.texts):
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
        for stated in walked.readings.all()
        if stated.move.talk.reference == walked.reference
    }
    return Calibration(
        model=model_of(run),
        method=method,
        references=tuple(talks),
        people={str(split): n for split, n in split_sizes(people).items()},
        parts=tuple(parts),
        margin=margin,
        contamination=contamination(walked, method),
        agreement=situation.agreement if walked.readings.acts else None,
        fitted=fitted,
        notes=(
            *_counted(walked.readings),
            *_unlisted(walked.readings, method),
            *walked.acts.told,
            *notes,
        ),
    )


def contamination(walked: Walked, method: str) -> dict[str, Mean]:
    """Return by how much the Brier score differs under other wordings and in other references.

    It is that of acts where they were forecast, else of whatever was.
    """
    things = [thing for thing in walked.things if thing.what == ACT] or walked.things
    original = [walked.forecasts(thing, method) for thing in things]
    found = {}
    for history in walked.readings.histories[1:]:
        changed = [walked.forecasts(thing, method, history=history) for thing in things]
        if any(each.n for each in changed):
            found[f"{history} histories"] = between_histories(original, changed)
    first, *newer = walked.talks
    old = [walked.forecasts(thing, method, reference=first, known=True) for thing in things]
    for name in newer:
        new = [walked.forecasts(thing, method, reference=name, known=True) for thing in things]
        if any(each.of_split("report").n for each in new):
            found[f"data of {name}"] = between_references(old, new)
    return found


def _unlisted(found: Readings, method: str) -> Iterable[str]:
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


def _counted(found: Readings) -> list[str]:
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
