"""Many dialogues on one event loop, into one run file."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import chain
from pathlib import Path

from simulate.engine.authorised import authorised_on_file
from simulate.engine.dialogue import play
from simulate.engine.events import (
    Listener,
    RunEnded,
    RunStarted,
    unfailing,
)
from simulate.engine.examiner import Examiner
from simulate.engine.executor import Executor, LocalLoop
from simulate.engine.freezing import check_resumed, hold_to
from simulate.engine.header import header_of
from simulate.engine.human_data import reason_on_file
from simulate.engine.mapped_draws import check_map, opened_map
from simulate.engine.mended_targets import may_be_mended, note_mended
from simulate.engine.plan import Plan
from simulate.engine.player_options import PlayerOptions
from simulate.engine.players import check_limits, open_players
from simulate.engine.prefix_sharing import (
    Known,
    siblings_of_new,
    siblings_of_resumed,
)
from simulate.engine.prepare import resolve
from simulate.engine.resuming import (
    OnFile,
    check_same,
    continued,
    decisive_versions,
    on_file,
    write_grown,
)
from simulate.engine.run_context import Work
from simulate.engine.run_result import RunResult, result_of
from simulate.engine.shards import part_of, shard_on_file
from simulate.engine.shown_progress import shown
from simulate.engine.targets import Attach
from simulate.engine.trial import Trial
from simulate.engine.unwritten import Unwritten
from simulate.engine.workers.choice import workplace
from simulate.engine.workers.driver import Workers
from simulate.engine.workers.setup import setup_of
from simulate.engine.workers.workplace import Workplace
from simulate.errors import InputError, RunFileError
from simulate.models import AnyModel, ModelNames
from simulate.models.batches import BatchSettings
from simulate.models.budget import Budget
from simulate.population import Population
from simulate.runfile import Recorder, RunWriter, open_run
from simulate.runfile.dialogue import UNFINISHED
from simulate.runfile.place import real_path, remove
from simulate.runfile.shard import Shard
from simulate.runfile.totals import anything_happened
from simulate.runfile.writer import lock_to_resume
from simulate.scenario import Scenario
from simulate.scenario.frozen import read_frozen
from simulate.targets import Target, TargetConfig
from simulate.verbalized.probability_map import ProbabilityMap

DIALOGUE_TIMEOUT_S = 7200.0
"""Two hours: far beyond what a slow endpoint takes for a dialogue, far below for ever."""


async def run(
    scenario: str | Path | Scenario,
    *,
    n: int | None = None,
    model: AnyModel | None = None,
    speaker_models: Mapping[str, AnyModel] | None = None,
    models: ModelNames | None = None,
    population: str | Path | Population | None = None,
    speaker_populations: Mapping[str, Population] | None = None,
    methods: Sequence[str] = (),
    seed: int = 0,
    out: str | Path | None = None,
    concurrency: int | None = None,
    resume: bool = False,
    listener: Listener | None = None,
    progress: bool | None = None,
    stop: asyncio.Event | None = None,
    budget_usd: float | None = None,
    budget_tokens: int | None = None,
    dialogue_timeout_s: float = DIALOGUE_TIMEOUT_S,
    target: str | TargetConfig | Target | None = None,
    baseline: str | TargetConfig | None = None,
    examiner: Examiner | None = None,
    allow_code: bool = False,
    rpm: int | None = None,
    tpm: int | None = None,
    executor: Executor | Workplace | None = None,
    processes: int | None = None,
    cluster: str | None = None,
    plan: str | Path | None = None,
    share_human_data: str | None = None,
    authorised: str | None = None,
    probability_map: str | Path | ProbabilityMap | None = None,
    share_prefix: bool = False,
    shard: str | Shard | None = None,
    batch: bool | BatchSettings = False,
    probe: bool = True,
) -> RunResult:
    """Simulate a scenario.

    Args:
        scenario: a shipped scenario's name, a path, or a scenario.
        n: dialogues per cell; by default what the scenario says, or the run that is resumed has.
        model: a model or its SPEC; by default `SIMULATE_MODEL`, else the embedded model.
        speaker_models: models of single speakers, by name; `judge` for judged outcomes.
        models: names for models at endpoints, which are SPECs then: a models file, or a mapping to
            `ModelSettings`; by default the file that `SIMULATE_MODELS` names.
        population: a population, its shipped name, or a path; by default the scenario's.
        speaker_populations: who else has a persona of its own, by speaker; by default what the
            scenario says.
        methods: restricts (or sets) the levels of the condition `method`.
        seed: of every random choice of the run.
        out: the run file; by default a new one in the folder `runs`.
        concurrency: dialogues at once; by default what serves the model best.
        resume: go on with the run file `out`; with a larger n it grows. Dialogues that failed by
            infrastructure, or by simulate itself, are played again.
        listener: is told what happens; see `simulate.engine.events`. If it fails, the run goes on
            without it, with a warning.
        progress: whether progress is shown: live in a notebook, as lines on stderr elsewhere; by
            default in a notebook, where there is no listener.
        stop: when it is set, the run stops as soon as it can and can be resumed.
        budget_usd: the run stops, resumably, before its calls have cost more than this.
        budget_tokens: likewise, prompt and completion tokens together. Both count the calls that
            the run file holds, also those of earlier invocations.
        dialogue_timeout_s: seconds that one dialogue may take in one invocation; then it fails,
            so that a call that never returns cannot hold the run.
        target: the system under test, or its SPEC, for the speaker that plays target; by default
            what the scenario says.
        baseline: another version of it; makes the condition `target` of both, with the same
            personas and random numbers.
        examiner: says what checks say of each dialogue that is completed; see `simulate.stress`.
        allow_code: whether a scenario file may name a target that runs code on this machine.
        rpm: requests per minute that one host gets at most, retries included.
        tpm: prompt and completion tokens per minute that one host gets. A reply's tokens are known
            only afterwards: what requests under way take beyond what was expected goes beyond
            the limit, and later requests wait for it.
        executor: plays the dialogues, or says where workers are that do; by default this event
            loop, or `processes`.
        processes: how many processes play the dialogues and divide all limits; by default as many
            as pay on this machine: one for the embedded model, and where a model or the target is
            a Python object. With `cluster="dask"` they are those of the cluster.
        cluster: plays them on a Dask cluster: `dask` starts one on this machine, and
            `dask:tcp://HOST:PORT` takes the workers of the scheduler there.
        plan: a frozen plan, which the run is held to and quotes; n is the planned one by default.
        share_human_data: why people of a table, and their talks, may be sent to endpoints that are
            not on this machine; the run file keeps it. Without it they are not.
        authorised: who allows that users who attack are sent to a system that is neither on this
            machine nor in a private network; the run file keeps it. Without it they are not.
        probability_map: a temperature that was fitted to people's replies, or its file; replies
            are drawn through it, and the run file keeps it.
        share_prefix: whether dialogues of one persona share answers as long as all their requests
            are the same: one of them pays, and each draws by itself. What replicates ask for a
            distribution is the same then, and so is the first request of all cells.
        shard: plays one of N equal parts of the plan, I/N, into a run file of its own; n is that of
            the whole plan, and limits and budgets hold for this part alone. By default the whole,
            or the shard that is resumed. See `simulate.merge`.
        batch: whether calls are sent in batches, through the endpoint's Batch API: answered within
            a day each, at half the price; or how. A dialogue then has no time limit, and by
            default 20,000 are played at once.
        probe: whether each target is sent a short message before the run, and has to answer it;
            and whether the run stops where the first five dialogues with a target all end in the
            same error of it before it has answered anybody. Without, such dialogues are failures.

    Returns:
        The result. A dialogue that failed is counted there, it is no exception.

    Raises:
        InputError: a file or an argument is wrong.
        RunFileError: the run file is there already, or cannot be written or resumed.
        EndpointError: a model cannot be reached, refuses the key, or is not there; or a target
            answers nobody.
    """
    check_limits(concurrency, dialogue_timeout_s)
    budget = Budget.of(budget_tokens, budget_usd)
    batches = BatchSettings.of(batch)
    if resume and out is None:
        raise InputError("to resume a run, name its run file: --out RUN --resume")
    started = time.perf_counter()
    attach = Attach.of(target, baseline, allow_code=allow_code)
    frozen = None if plan is None else read_frozen(plan)
    async with contextlib.AsyncExitStack() as held:
        # First of all, so that what is read of the run file stays as it was read.
        lock = None
        if resume and out is not None:
            lock = held.enter_context(lock_to_resume(Path(out)))
            with open_run(out) as file:
                n = file.n if n is None else n
                share_human_data = reason_on_file(file, file.sharing_reason, share_human_data)
                authorised = authorised_on_file(file, authorised)
                shard = shard_on_file(file, shard)
                found_map = opened_map(probability_map, file)
        else:
            found_map = opened_map(probability_map)
        n = frozen.plan.n if n is None and frozen is not None else n
        resolved = resolve(
            scenario, population, methods, n, seed, attach, speaker_populations, mapped=found_map
        )
        resolved = replace(resolved, examiner=examiner)
        if frozen is not None and plan is not None:
            hold_to(frozen, resolved, plan)
        if shard is not None:
            resolved = part_of(resolved, Shard.read(shard))
        path = Path(out) if out is not None else new_run_path(resolved.scenario.scenario)
        tell = unfailing(held.enter_context(shown(progress, listener)))
        options = PlayerOptions(
            attach=attach,
            model=model,
            speaker_models=speaker_models,
            models=models,
            concurrency=concurrency,
            rpm=rpm,
            tpm=tpm,
            share_human_data=share_human_data,
            authorised=authorised,
            batch=batches,
        )
        players = await held.enter_async_context(open_players(resolved, options, budget))
        names, settings, shared = players.names, players.settings, players.shared
        check_map(resolved, found_map, names)
        at_once = players.wanted_at_once(concurrency, len(resolved.dialogues))
        most_turns = resolved.most_turns
        place = workplace(
            executor,
            processes,
            cluster,
            only_here=options.only_here(resolved),
            specs=options.specs(resolved),
            embedded="xllamacpp" in decisive_versions(names),
            at_once=at_once,
            turns=most_turns,
        )
        header = header_of(
            resolved,
            names,
            settings,
            frozen,
            shared,
            found_map,
            share_prefix=share_prefix,
            authorised=players.authorised,
        )
        there = OnFile()
        known: Known | None = None
        mended = False
        run_id = str(header.meta["run"])
        if resume:
            with open_run(path) as file:
                mended = may_be_mended(file, resolved)
                check_same(file, header, mended=mended)
                check_resumed(file, frozen, resolved.n)
                resolved = continued(resolved, file)
                there = on_file(file, batched=batches is not None)
                run_id = file.run_id
                players.take_over(file)
                if share_prefix:
                    known = siblings_of_resumed(resolved.dialogues, there.status, file)
            unwritten = Unwritten(resolved, list(there.status), there.places)
            writer = RunWriter.resume(path, lock)
        else:
            known = siblings_of_new(resolved.dialogues) if share_prefix else None
            unwritten = Unwritten(resolved)
            writer = RunWriter.create(path, unwritten.begun(header))
        try:
            if mended:
                await note_mended(writer, header)
            if resume:
                await write_grown(writer, resolved, unwritten)
                for key in ("shared", "authorised"):
                    if key in header.meta:
                        await writer.note(key, header.meta[key])
            if resume or budget is not None:
                await writer.note("budget", {"usd": budget_usd, "tokens": budget_tokens})
            if there.again:
                await writer.play_again(there.again, there.failed_before)
            tell(
                RunStarted(
                    path,
                    len(resolved.dialogues),
                    there.ended,
                    most_turns,
                    there.turns,
                    names[0],
                    resolved.left_out,
                    len(there.again),
                    resolved.warnings,
                    resolved.shard,
                )
            )
            players.keep_told(writer, tell)
            limit_s = dialogue_timeout_s if batches is None else None
            context = players.context(
                resolved, writer, tell, limit_s, run_id, share_prefix=share_prefix
            )
            work = _to_play(resolved, there, known, unwritten, writer)
            player: Executor
            if isinstance(place, Workplace):
                player = Workers(
                    place,
                    at_once,
                    partial(
                        setup_of, resolved, options, players, at_once, run_id, dialogue_timeout_s
                    ),
                    players,
                    writer,
                    tell,
                )
            else:
                player = place or LocalLoop(players.at_once(at_once))
            async with players.answering(writer, there.outbox, tell):
                if probe and any(players.targets):
                    trial = Trial(context, resolved, there, writer)
                    stopped = await trial.execute(player, work, players.at_once(at_once), stop)
                else:
                    stopped = await player.execute(work, lambda each: play(context, each), stop)
        except BaseException:
            await writer.aclose()
            if not resume:
                with contextlib.suppress(RunFileError, OSError):  # the first error is the one told
                    _forget_if_empty(path)
            raise
        await writer.aclose()
    seconds = time.perf_counter() - started
    why = None if stopped is None else stopped.why
    tell(RunEnded(stopped is not None, seconds, why))
    return result_of(path, seconds, why)


def new_run_path(name: str) -> Path:
    """Return a path for a new run file; two that start in the same second get two."""
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    return Path("runs") / f"{name}-{stamp}-{secrets.token_hex(2)}.db"


def _to_play(
    plan: Plan,
    there: OnFile,
    known: Known | None,
    unwritten: Unwritten,
    record: Recorder,
) -> Iterator[Work]:
    """Iterate over what is to be played: what is on file, and then the others as they get there."""
    numbers = enumerate(plan.dialogues.numbers.tolist())
    left = [place for place, number in numbers if there.status.get(number) in UNFINISHED]
    for d, persona, others in chain(plan.dialogues.with_people(left), unwritten.played(record)):
        begun, siblings = there.begun.get(d.id), None if known is None else known(d)
        yield Work(d, plan.cells[d.cell], persona, begun, others, siblings=siblings)


def _forget_if_empty(path: Path) -> None:
    """Remove a new run file in which nothing has happened: there is nothing to resume."""
    with lock_to_resume(path):
        with open_run(path) as file:
            happened = anything_happened(file)
        if not happened:
            remove(real_path(path))
