"""Examine dialogues that were given whole: a run whose turns nobody is asked for.

The run file is begun with all turns, and then each dialogue goes through the very engine like one
that was interrupted after its last turn: only its checks are left to be carried out. So it is
resumed, budgeted and reported like any run, and the log is read once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Unpack

from simulate.engine.branching import Playing, players_for
from simulate.engine.dialogue import play
from simulate.engine.dialogues import Dialogues
from simulate.engine.events import RunEnded, RunStarted, unfailing
from simulate.engine.examiner import Examiner
from simulate.engine.executor import LocalLoop
from simulate.engine.header import header_of
from simulate.engine.human_data import reason_on_file
from simulate.engine.plan import Plan
from simulate.engine.players import check_limits, open_players
from simulate.engine.resuming import PLAYED_AGAIN, check_same
from simulate.engine.run_context import Begun, Work
from simulate.engine.run_result import RunResult, result_of
from simulate.engine.shown_progress import shown
from simulate.engine.simulation import DIALOGUE_TIMEOUT_S, new_run_path
from simulate.errors import InputError, RunFileError
from simulate.models.budget import Budget
from simulate.runfile import PlannedDialogue, RunReader, RunWriter, open_run
from simulate.runfile.dialogue import UNFINISHED
from simulate.runfile.given_dialogues import GIVEN, Given, GivenDialogue, GivenStatements
from simulate.runfile.place import real_path, remove
from simulate.runfile.statements import Statement
from simulate.runfile.writer import lock_to_resume
from simulate.scenario import Scenario

AT_ONCE = 200
"""Dialogues whose turns are committed together."""


async def examine_given(
    scenario: Scenario,
    dialogues: Iterable[GivenDialogue],
    given: Callable[[], Given],
    examiner: Examiner,
    *,
    asks_judge: bool,
    seed: int = 0,
    out: str | Path | None = None,
    resume: bool = False,
    **playing: Unpack[Playing],
) -> RunResult:
    """Write dialogues that are given into a run file, and examine them.

    Args:
        scenario: whose one step is `given: persona`.
        dialogues: read once, where the run begins.
        given: says what was given; its files are known before the dialogues are read.
        examiner: says what checks say of each dialogue.
        asks_judge: whether a model is sent what was said.
        seed: of the judge's calls.
        out: the run file; by default a new one in the folder `runs`.
        resume: go on with the run file `out`, without the log.
        playing: models, limits and the like, as `simulate.run` takes them.

    Raises:
        InputError: an argument is wrong, or there is no dialogue.
        RunFileError: the run file is there already, or cannot be written or resumed.
        EndpointError: the judge's model cannot be reached.
    """
    started = time.perf_counter()
    concurrency = playing.get("concurrency")
    timeout_s = playing.get("dialogue_timeout_s", DIALOGUE_TIMEOUT_S)
    check_limits(concurrency, timeout_s)
    if resume and out is None:
        raise InputError("to resume a run, name its run file: --out RUN --resume")
    path = Path(out) if out is not None else new_run_path(scenario.scenario)
    async with AsyncExitStack() as held:
        lock = held.enter_context(lock_to_resume(path)) if resume else None
        reason = playing.get("share_human_data")
        if resume:
            with open_run(path) as file:
                reason = reason_on_file(file, file.sharing_reason, reason)
        tell = unfailing(
            held.enter_context(shown(playing.get("progress"), playing.get("listener")))
        )
        plan = Plan(scenario, seed, 0, scenario.cells(), (), Dialogues(), examiner=examiner)
        judges = replace(plan, cells=tuple(replace(cell, speakers={}) for cell in plan.cells))
        budget = Budget.of(playing.get("budget_tokens"), playing.get("budget_usd"))
        players = await held.enter_async_context(
            open_players(judges, players_for(playing, reason), budget)
        )
        shared = players.models.share([given().human_data]) if asks_judge else None
        logs = [file for file, _, _ in given().files]
        played_by = logs[0] if len(logs) == 1 else f"{len(logs)} logs"
        judged = players.names if asks_judge else [{} for _ in players.names]
        names = [{**dict.fromkeys(scenario.speakers, played_by), **each} for each in judged]
        header = header_of(plan, names, players.settings, shared=shared)
        if resume:
            with open_run(path) as file:
                _check_resumed(file, logs)
                check_same(file, replace(header, meta={**header.meta, "n": file.n or 0}))
                players.take_over(file)
            writer = RunWriter.resume(path, lock)
        else:
            writer = RunWriter.create(path, header)
        held.push_async_callback(writer.aclose)
        if not resume:
            try:
                await _write(writer, dialogues, given)
            except BaseException:
                remove(real_path(path))
                raise
        file = held.enter_context(open_run(path))
        again = file.failed_by(PLAYED_AGAIN)
        if again:
            await writer.play_again(again, file.failed_before())
        if resume and shared is not None:
            await writer.note("shared", asdict(shared))
        todo = [each for each, status in file.planned() if status in UNFINISHED]
        total = file.n or 0
        tell(RunStarted(path, total, total - len(todo), 0, 0, dict(names[0]), (), len(again)))
        players.keep_told(writer, tell)
        context = players.context(plan, writer, tell, timeout_s, file.run_id)
        player = LocalLoop(min(players.at_once(concurrency), max(len(todo), 1)))
        stopped = await player.execute(
            _work(file, todo), lambda each: play(context, each), playing.get("stop")
        )
    seconds = time.perf_counter() - started
    why = None if stopped is None else stopped.why
    tell(RunEnded(stopped is not None, seconds, why))
    return result_of(path, seconds, why)


def _check_resumed(file: RunReader, logs: Sequence[str]) -> None:
    """Refuse a run file whose dialogues are not those of these logs.

    Raises:
        RunFileError: they are others, or the logs were not read to their ends.
    """
    there = Given.of(file.meta)
    if there is None:
        raise RunFileError(
            f"run file {file.path} cannot be resumed: its dialogues were simulated, or the log was "
            "not read to its end when it was begun; choose another file with --out"
        )
    if (files := [name for name, _, _ in there.files]) != list(logs):
        raise RunFileError(
            f"run file {file.path} cannot be resumed: it was begun with the logs "
            f"{', '.join(files)}; name the same, or choose another file with --out"
        )


async def _write(
    writer: RunWriter, dialogues: Iterable[GivenDialogue], given: Callable[[], Given]
) -> None:
    """Commit all dialogues, and last what was given: a file without that is not whole."""
    written = GivenStatements()
    batch: list[Statement] = []
    for number, each in enumerate(dialogues, start=1):
        batch += written.write(each)
        if number % AT_ONCE == 0:
            await writer.commit(batch)
            batch = []
    await writer.commit(batch)
    if not written.count:
        left_out = "; ".join(f"{file}:{line}: {why}" for file, why, line, _ in given().left_out)
        raise InputError(
            f"the log has no dialogue that can be checked: {left_out or 'it is empty'}"
        )
    await writer.note("n", written.count)
    await writer.note(GIVEN, asdict(given()))


def _work(file: RunReader, todo: Sequence[PlannedDialogue]) -> Iterator[Work]:
    for planned in todo:
        there = file.dialogue(planned.id)
        talk = tuple((turn.speaker, turn.text) for turn in there.turns)
        yield Work(planned, there.cell, replace(there.persona, talk=talk), Begun.on_file(there))
