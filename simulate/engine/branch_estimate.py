"""How many calls a branch takes at most, before it is played.

It is played through the very engine, on a stand-in for the models and into no file: calls are
counted, not guessed. Nobody leaves there, so every dialogue goes to its last turn; what is asked
again because an answer could not be used is not in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simulate.engine.branch_point import BranchPoint
from simulate.engine.branching import Wanted, plan_on_file, wanted_branches, work_of
from simulate.engine.dialogue import play
from simulate.engine.estimate import StandIn, StandInTarget, all_applying
from simulate.engine.prepare import roles_of
from simulate.engine.run_context import Begun, RunContext
from simulate.engine.simulation import DIALOGUE_TIMEOUT_S
from simulate.engine.target_session import AttachedTarget
from simulate.errors import InputError
from simulate.runfile import Recorder, RunReader, open_run
from simulate.runfile.branches import asked_before, branch_on_file
from simulate.runfile.statements import CALL, Statement


class _Counting(Recorder):
    """Writes nothing, and counts the calls that it is handed."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    async def fail(self, *args: Any, **kwargs: Any) -> None:
        """Say why calls cannot be counted, instead of counting too few.

        Raises:
            InputError: always.
        """
        raise InputError(f"the calls of a branch cannot be counted: {args[2]}")

    async def commit(self, statements: Sequence[Statement]) -> None:
        """Count the calls among statements."""
        self.calls += sum(sql == CALL for sql, _ in statements)

    def commit_soon(self, statements: Sequence[Statement]) -> None:
        """Forget what is said of endpoints: none is asked."""


class _Forgetful(StandInTarget):
    """A target that is told the history, as a model is."""

    remembers = False


class CallCounter:
    """Counts the calls that a branch of a run takes at most.

    Args:
        file: the run file.
    """

    def __init__(self, file: RunReader) -> None:
        self._file = file
        self._plan = plan_on_file(file)
        self._known: dict[tuple[int, int], int] = {}

    async def most(self, point: BranchPoint) -> int:
        """Return the calls of one branch; one of its cell and turn is played."""
        where = (point.dialogue.cell.index, point.index)
        if where not in self._known:
            self._known[where] = await self._count(point)
        return self._known[where]

    async def _count(self, point: BranchPoint) -> int:
        plan, parent, record = self._plan, point.dialogue, _Counting()
        context = RunContext(
            all_applying(plan.scenario),
            plan.seed,
            [{role: StandIn(role, None) for role in roles_of(cell)} for cell in plan.cells],
            record,
            lambda event: None,
            DIALOGUE_TIMEOUT_S,
            "",
            [
                {
                    name: AttachedTarget(_Forgetful())
                    for name, each in cell.speakers.items()
                    if each.plays == "target"
                }
                for cell in plan.cells
            ],
        )
        # One that ends the talk takes fewer.
        chosen = min(point.weights, key=lambda place: point.said(place)[1])
        asked = asked_before(self._file, parent.id, point.index)
        before = {name: parent.outcomes[name] for name in asked if name in parent.outcomes}
        begun = Begun(point.turns(chosen), before)
        await play(context, work_of(self._file, Wanted(point, chosen, 0), 0, begun))
        return record.calls


async def calls_of_branches(
    path: str | Path, dialogue: str | int, *, turn: int, choose: int, n: int = 1
) -> int:
    """Return how many calls branches take at most; see `branching.branch` for the arguments.

    Raises:
        InputError: the dialogue cannot be left there.
        RunFileError: the run file cannot be read.
    """
    with open_run(path, with_branches=True) as file:
        wanted = wanted_branches(file, dialogue, turn=turn, choose=choose, n=n)
        there = [branch_on_file(file, each.key) for each in wanted]
        left = sum(each is None or each.status == "running" for each in there)
        return left * await CallCounter(file).most(wanted[0].point)
