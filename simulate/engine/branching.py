"""Branches: dialogues that leave another one at a turn, take another candidate, and go on.

A branch is a dialogue of the same run file. Its beginning is written whole, as a copy of its
parent's, and then it goes on through the very engine, like a dialogue that was interrupted there:
so it can be interrupted again, and resumed. What comes after the turn has random numbers of its
own, named by what the branch is (its parent, turn, candidate and number), so that the same branch
is the same wherever and whenever it is played.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, TypedDict, Unpack

from simulate.engine.authorised import authorised_on_file
from simulate.engine.branch_point import BranchPoint, keeps_session
from simulate.engine.dialogue import play
from simulate.engine.dialogues import Dialogues
from simulate.engine.events import Listener, RunEnded, RunStarted, unfailing
from simulate.engine.executor import LocalLoop, Stopped
from simulate.engine.header import header_of
from simulate.engine.human_data import reason_on_file
from simulate.engine.plan import Plan
from simulate.engine.player_options import PlayerOptions
from simulate.engine.players import check_limits, open_players
from simulate.engine.resuming import PLAYED_AGAIN, check_models
from simulate.engine.run_context import Begun, LeavesParent, RunContext, Work
from simulate.engine.shown_progress import shown
from simulate.engine.simulation import DIALOGUE_TIMEOUT_S
from simulate.engine.targets import Attach
from simulate.limits import MOST_DIALOGUES, check_number
from simulate.models import AnyModel, ModelNames
from simulate.models.budget import Budget
from simulate.population import Population
from simulate.population.partners import Partner
from simulate.runfile import Dialogue, PlannedDialogue, RunReader, RunWriter, open_run
from simulate.runfile.branches import NewBranch, asked_before, branch_on_file, next_branch
from simulate.runfile.place import refuse_other_kinds
from simulate.runfile.run_view import find_dialogue
from simulate.runfile.writer import lock_to_resume
from simulate.synchronous import twin


class Wanted(NamedTuple):
    """A branch that is wanted.

    Attributes:
        point: where it leaves its parent.
        chosen: the candidate that it takes.
        repeat: the n-th branch that takes it there, from 0.
    """

    point: BranchPoint
    chosen: int
    repeat: int

    @property
    def key(self) -> str:
        """Its key."""
        return self.point.key(self.chosen, self.repeat)


class Playing(TypedDict, total=False):
    """Who plays branches, and what that may take; see `simulate.run`."""

    model: AnyModel | None
    speaker_models: Mapping[str, AnyModel] | None
    models: ModelNames | None
    concurrency: int | None
    listener: Listener | None
    progress: bool | None
    stop: asyncio.Event | None
    budget_usd: float | None
    budget_tokens: int | None
    dialogue_timeout_s: float
    rpm: int | None
    tpm: int | None
    share_human_data: str | None


def players_for(
    playing: Playing, share_human_data: str | None, authorised: str | None = None
) -> PlayerOptions:
    """Return who plays a run file that says what it needs, with no target but its own."""
    names = ("model", "speaker_models", "models", "concurrency", "rpm", "tpm")
    given: dict[str, Any] = {name: playing.get(name) for name in names}
    return PlayerOptions(
        attach=Attach(), share_human_data=share_human_data, authorised=authorised, **given
    )


@dataclass(frozen=True, slots=True)
class BranchResult:
    """Branches of one dialogue at one turn.

    Attributes:
        path: the run file.
        parent: the key of the dialogue that they leave.
        turn: where.
        chosen: the candidate that they take.
        keys: of the branches, in order.
        completed: how many of them are completed.
        failed: how many failed.
        seconds: how long this invocation took.
        why: what stopped it, where something did.
    """

    path: Path
    parent: str
    turn: int
    chosen: int
    keys: tuple[str, ...]
    completed: int
    failed: int
    seconds: float
    why: str | None = None

    def __repr__(self) -> str:
        return (
            f"BranchResult({self.path}: {len(self.keys)} branches of {self.parent}, turn "
            f"{self.turn}, candidate {self.chosen}; {self.failed} failed)"
        )

    @property
    def left(self) -> int:
        """How many are still to be played: the same call goes on with them."""
        return len(self.keys) - self.completed - self.failed

    def open(self) -> RunReader:
        """Open the run file for reading, with its branches."""
        return open_run(self.path, with_branches=True)


async def branch(
    run: str | Path | RunReader,
    dialogue: str | int,
    *,
    turn: int,
    choose: int,
    n: int = 1,
    **playing: Unpack[Playing],
) -> BranchResult:
    """Play n dialogues that go on from a candidate that was not drawn, into the same run file.

    Each shares all turns before this one with its parent, and has random numbers of its own
    afterwards. What is on file of them already is not played again: the same call goes on where it
    was interrupted, and a larger n adds to them.

    Args:
        run: the run file.
        dialogue: the parent's key, its beginning, or the parent's number.
        turn: of the parent, from 0.
        choose: the candidate that is taken there, from 0.
        n: how many branches there shall be.
        playing: models, limits and the like, as `simulate.run` takes them. The models are those of
            the run; a budget counts all that the run file has cost.

    Raises:
        InputError: there is no such dialogue, turn or candidate, it was drawn, or the dialogue
            cannot be left there.
        RunFileError: the run file cannot be written, or was begun with other models.
        EndpointError: a model cannot be reached.
    """
    check_number("n", n, 1, MOST_DIALOGUES)
    started = time.perf_counter()
    path = run.path if isinstance(run, RunReader) else run
    async with branching(path, **playing) as session:
        file = session.file
        wanted = wanted_branches(file, dialogue, turn=turn, choose=choose, n=n)
        point, chosen, _ = wanted[0]
        stopped = await session.play(wanted)
        status = [there.status for each in wanted if (there := branch_on_file(file, each.key))]
    return BranchResult(
        session.path,
        point.dialogue.key,
        turn,
        chosen,
        tuple(each.key for each in wanted),
        status.count("completed"),
        status.count("failed"),
        time.perf_counter() - started,
        None if stopped is None else stopped.why or "told to stop",
    )


def wanted_branches(
    file: RunReader, dialogue: str | int, *, turn: int, choose: int, n: int
) -> list[Wanted]:
    """Return n branches of a dialogue; see `branch` for the arguments.

    Raises:
        InputError: see there.
    """
    point = BranchPoint(file.scenario, named(file, dialogue), turn)
    point.check_other(choose)
    return [Wanted(point, point.reply(choose), repeat) for repeat in range(n)]


def named(file: RunReader, dialogue: str | int) -> Dialogue:
    """Return the dialogue that a number, a key or the beginning of a key names.

    Raises:
        InputError: there is none, or there are several.
    """
    return file.dialogue(find_dialogue(file, str(dialogue)))


class Branching:
    """Plays branches of a run file that is held; made by `branching`."""

    def __init__(
        self,
        file: RunReader,
        writer: RunWriter,
        context: RunContext,
        population: Population | None,
        names: Mapping[str, str],
        at_once: int,
        stop: asyncio.Event | None,
    ) -> None:
        self.file, self.path = file, file.path
        self.writer = writer
        self._context, self._names = context, names
        self._at_once, self._stop = at_once, stop
        given = any(step.given == "persona" for cell in file.cells for step in cell.steps)
        self._population = population if given else None

    async def play(self, wanted: Sequence[Wanted]) -> Stopped | None:
        """Play branches to their ends; those that have ended before are left as they are.

        Returns:
            Why it ended early; None where all are played.
        """
        await self._begin(wanted)
        todo = await self._todo(wanted)
        context, started = self._context, time.perf_counter()
        context.tell(
            RunStarted(
                self.path,
                len(wanted),
                len(wanted) - len(todo),
                sum(each.point.dialogue.cell.most_turns for each, _ in todo),
                0,
                dict(self._names),
            )
        )
        player = LocalLoop(min(self._at_once, max(len(todo), 1)))
        work = (self._work(each, number) for each, number in todo)
        stopped = await player.execute(work, lambda each: play(context, each), self._stop)
        why = None if stopped is None else stopped.why
        context.tell(RunEnded(stopped is not None, time.perf_counter() - started, why))
        return stopped

    async def _begin(self, wanted: Sequence[Wanted]) -> None:
        """Write the beginnings of those that are not on file."""
        first = next_branch(self.file)
        new: list[NewBranch] = []
        for each in wanted:
            if branch_on_file(self.file, each.key) is not None:
                continue
            parent, turn = each.point.dialogue, each.point.index
            root = parent.id
            if parent.branch is not None:
                root = find_dialogue(self.file, parent.branch.root)
            place = (first + len(new), each.key, parent.id, root, turn, each.chosen)
            asked = asked_before(self.file, parent.id, turn)
            new.append(NewBranch(*place, *each.point.said(each.chosen), asked))
        if new:
            await self.writer.branch(new)

    async def _todo(self, wanted: Sequence[Wanted]) -> list[tuple[Wanted, int]]:
        """Return those that have not ended, with their places in the file."""
        on_file = ((each, branch_on_file(self.file, each.key)) for each in wanted)
        there = [(each, found) for each, found in on_file if found is not None]
        ids = {found.id for _, found in there}
        again = [each for each in self.file.failed_by(PLAYED_AGAIN) if each.dialogue in ids]
        if again:
            await self.writer.play_again(again, self.file.failed_before())
        going_on = {each.dialogue for each in again}
        return [(e, of.id) for e, of in there if of.status == "running" or of.id in going_on]

    def _work(self, wanted: Wanted, number: int) -> Work:
        work = work_of(self.file, wanted, number, Begun.on_file(self.file.dialogue(number)))
        if self._population is None:
            return work
        talk = self._population.talk_of(work.persona.id)
        return replace(work, persona=replace(work.persona, talk=talk))


@asynccontextmanager
async def branching(path: str | Path, **playing: Unpack[Playing]) -> AsyncIterator[Branching]:
    """Hold a run file and its models, to play branches."""
    path, concurrency = Path(path), playing.get("concurrency")
    timeout_s = playing.get("dialogue_timeout_s", DIALOGUE_TIMEOUT_S)
    check_limits(concurrency, timeout_s)
    refuse_other_kinds(path)
    async with AsyncExitStack() as held:
        lock = held.enter_context(lock_to_resume(path))
        file = held.enter_context(open_run(path, with_branches=True))
        tell = unfailing(
            held.enter_context(shown(playing.get("progress"), playing.get("listener")))
        )
        plan = plan_on_file(file)
        reason = reason_on_file(file, file.sharing_reason, playing.get("share_human_data"))
        options = players_for(playing, reason, authorised_on_file(file, None))
        budget = Budget.of(playing.get("budget_tokens"), playing.get("budget_usd"))
        players = await held.enter_async_context(
            open_players(without_systems(plan), options, budget)
        )
        names = players.names
        for cell, here, there in zip(
            plan.cells, names, file.meta.get("models") or (), strict=False
        ):
            elsewhere = (n for n, each in cell.speakers.items() if each.plays == "target")
            here |= {name: there[name] for name in elsewhere if name not in here and name in there}
        check_models(file, header_of(plan, names, players.settings))
        players.take_over(file)
        at_once = players.at_once(concurrency)
        writer = RunWriter.resume(path, lock)
        held.push_async_callback(writer.aclose)
        if players.shared is not None:
            await writer.note("shared", asdict(players.shared))
        players.keep_told(writer, tell)
        context = players.context(plan, writer, tell, timeout_s, file.run_id)
        yield Branching(
            file, writer, context, plan.population, names[0], at_once, playing.get("stop")
        )


def work_of(file: RunReader, wanted: Wanted, number: int, begun: Begun) -> Work:
    """Return a branch as the engine plays it.

    Args:
        file: the run file.
        wanted: which branch.
        number: its place in the file.
        begun: what is on file of it.
    """
    parent, turn = wanted.point.dialogue, wanted.point.index
    speakers = frozenset(each.speaker for each in parent.turns[: turn + 1])
    asked = frozenset(asked_before(file, parent.id, turn))
    who = (parent.cell.index, parent.persona.id, parent.replicate)
    return Work(
        PlannedDialogue(number, wanted.key, *who),
        parent.cell,
        parent.persona,
        begun,
        parent.personas,
        LeavesParent(wanted.key, turn, speakers, asked),
    )


def without_systems(plan: Plan) -> Plan:
    """Return a plan without the targets that keep what was said: they take part in no branch."""
    cells = [
        replace(
            cell,
            speakers={
                name: each
                for name, each in cell.speakers.items()
                if each.plays != "target" or not keeps_session(each.target)
            },
        )
        for cell in plan.cells
    ]
    return replace(plan, cells=tuple(cells))


def plan_on_file(file: RunReader) -> Plan:
    """Return what a run file says of its plan that matters to whoever plays a branch of it."""
    people, others = file.meta.get("population"), file.meta.get("populations") or {}
    return Plan(
        file.scenario,
        file.seed,
        file.n or 1,
        file.cells,
        (),
        Dialogues(),
        Population.stored(people) if people else None,
        {name: Partner(Population.stored(each)) for name, each in others.items()},
    )


branch_sync = twin(branch)
