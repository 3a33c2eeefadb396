"""`simulate.calibrate`: a model is walked through human dialogues and what it states assessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from simulate.calibration.choice import Choice, PreparedWalk, prepared_walk, too_few
from simulate.calibration.paraphrases import paraphrased, paraphrasing, to_paraphrase
from simulate.calibration.result import Calibration
from simulate.calibration.situation import Situation, load_situation
from simulate.calibration.walk import ASKS, ORIGINAL, PARAPHRASED, Asks
from simulate.calibration.walk_assessment import assess_walk, check_assessment
from simulate.calibration.walk_maps import MapOf
from simulate.engine import RunResult, new_run_path, run
from simulate.errors import InputError, RunStoppedError, StatisticsError
from simulate.measures.embeddings import Embedder
from simulate.models import AnyModel
from simulate.reference.split import Split
from simulate.scenario.cell import FEW
from simulate.synchronous import twin
from simulate.terminal.safe_text import counted

BUDGETS = ("budget_usd", "budget_tokens")


async def calibrate(
    walk: str | Path | None = None,
    *,
    reference: str | Sequence[str],
    model: AnyModel | None = None,
    dialogues: int = 50,
    turns: int = 4,
    roles: Sequence[str] = (),
    split: Split | None = None,
    asks: Sequence[Asks] = ASKS,
    methods: Sequence[str] = ("vs",),
    k: int = FEW,
    histories: Sequence[str] = (ORIGINAL,),
    told: bool = True,
    situation: str | Path | Situation | None = None,
    embeddings: str | Embedder | None = None,
    margin: float | None = None,
    fit: MapOf | None = None,
    seed: int = 0,
    out: str | Path | None = None,
    share_human_data: str | None = None,
    **playing: Any,
) -> Calibration:
    """Walk a model through human dialogues, and assess what it states.

    At each chosen turn it states the distribution of the person's next act, of the next text, and
    of the outcome. What happened is nowhere in the run that it is.

    Args:
        walk: the run file of a walk that is finished, which is assessed anew; then no model is
            called, and what is said below of the choice does not matter.
        reference: human dialogues, `IMPORTER:PATH` or the name of an imported reference; the first
            is assessed, and others, such as newer ones, are what it is compared with.
        model: a model or its SPEC; by default as of `simulate.run`.
        dialogues: of each reference, at most.
        turns: of each role in each dialogue, at most.
        roles: whose turns; both by default.
        split: on which side of the split the people are; both by default.
        asks: what is forecast: `act`, `text`, `outcome`.
        methods: how distributions are obtained. The first is assessed; others, also `direct` and
            `population-query`, are baselines beside it.
        k: how many texts, and amounts.
        histories: wordings of what was said before: `original`, and `renamed` or `paraphrased`,
            with which contamination is measured.
        told: whether the model is told who the person is.
        situation: a situation file; that of PersuasionForGood by default.
        embeddings: the space in which texts are scored, as `offline` or MODEL@URL.
        margin: the calibration error that counts as none, named beforehand.
        fit: what a probability map is fitted to, on the select split.
        seed: of what is drawn.
        out: the run file; by default a new one in the folder `runs`.
        share_human_data: why the dialogues may be sent to endpoints that are not on this machine.
        playing: as of `simulate.run`: `resume`, `concurrency`, `budget_usd`, `budget_tokens`,
            `rpm`, `tpm`, `models`, `listener`, `progress`, `stop`.

    Raises:
        InputError: an argument or a file is wrong.
        ReferenceDataError: the data have no texts, or too few people who can be told of.
        StatisticsError: nothing of it can be assessed.
        RunStoppedError: the walk was stopped before its end, and can be resumed.
        EndpointError: a model cannot be reached, refuses the key, or is not there.
    """
    references = (reference,) if isinstance(reference, str) else tuple(reference)
    known = situation if isinstance(situation, Situation) else load_situation(situation)
    notes: tuple[str, ...] = ()
    if walk is None:
        check_assessment(margin, embeddings)
        choice = Choice(
            dialogues, turns, tuple(roles), split, tuple(asks), tuple(methods), k,
            tuple(histories), told, seed,
        )  # fmt: skip
        ready = prepared_walk(references, known, choice)
        notes = ready.notes
        playing |= {"model": model, "share_human_data": share_human_data}
        result = await walk_through(ready, out=out, **playing)
        if result.left:
            why = "" if result.why is None else f" ({result.why})"
            raise RunStoppedError(
                f"{result.path}: {result.progress} have ended{why}; resume the walk"
            )
        walk = result.path
    found = assess_walk(
        walk,
        references,
        known,
        embeddings=embeddings,
        margin=margin,
        fit=fit,
        seed=seed,
        share_human_data=share_human_data,
    )
    return replace(found, notes=tuple(dict.fromkeys((*notes, *found.notes))))


calibrate_sync = twin(calibrate)


async def walk_through(
    ready: PreparedWalk, *, out: str | Path | None = None, resume: bool = False, **playing: Any
) -> RunResult:
    """Play a walk into a run file; see `calibrate` for the arguments.

    Dialogues in other words are asked for first, into a file beside it.

    Returns:
        The result of the walk; of the paraphrases, where these were stopped.

    Raises:
        InputError: too few people would be walked through to say anything, or an argument is wrong.
        RunFileError: the run file is there already, or cannot be written or resumed.
        StatisticsError: no dialogue came back whole in other words.
        EndpointError: a model cannot be reached, refuses the key, or is not there.
    """
    choice = ready.choice
    if choice.split != "select" and (why := too_few(ready.moves)) is not None:
        raise InputError(f"{why} (--dialogues)")
    if resume and out is None:
        raise InputError("to resume a walk, name its run file: --out RUN --resume")
    path = new_run_path("human-walk") if out is None else Path(out)
    paraphrases = None
    if PARAPHRASED in choice.histories:
        beside = path.with_suffix(".paraphrases.db")
        people = to_paraphrase(ready.walked)
        first = await run(
            paraphrasing(),
            n=len(people.personas),
            population=people,
            seed=choice.seed,
            out=beside,
            resume=resume,
            **playing,
        )
        resume = resume and path.exists()  # it may have been stopped before the walk began
        if first.left:
            return first
        playing |= left_over(playing, first)
        with first.open() as file:
            paraphrases = paraphrased(file, ready.walked)
        if not paraphrases:
            raise StatisticsError(
                f"{beside}: of {counted(len(ready.walked), 'dialogue')} none came back whole in "
                "other words: leave --history paraphrased out, or take another model"
            )
    made = ready.walk(paraphrases)
    return await run(
        made.scenario,
        n=made.n,
        population=made.population,
        seed=choice.seed,
        out=path,
        resume=resume,
        **playing,
    )


def left_over(playing: Mapping[str, Any], spent: RunResult) -> dict[str, Any]:
    """Return the budgets without what was spent."""
    taken = (spent.cost_usd or 0.0, spent.prompt_tokens + spent.completion_tokens)
    return {
        name: max(playing[name] - used, type(used)(1))
        for name, used in zip(BUDGETS, taken, strict=True)
        if playing.get(name) is not None
    }
