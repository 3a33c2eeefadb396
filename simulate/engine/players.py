"""Who plays the speakers of a run and of its branches: models and targets, opened and known."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from simulate.engine.authorised import Authorised, authorised_by
from simulate.engine.events import EndpointBatch, EndpointLearnt, EndpointNoticed, Listener
from simulate.engine.human_data import shared_by
from simulate.engine.open_files import dialogues_at_once
from simulate.engine.plan import Plan
from simulate.engine.player_options import PlayerOptions
from simulate.engine.prefix_sharing import PrefixSharing
from simulate.engine.prepare import open_speakers
from simulate.engine.resuming import take_over_spent, take_over_told
from simulate.engine.run_context import RunContext
from simulate.engine.target_session import AttachedTarget
from simulate.engine.targets import open_targets
from simulate.errors import InputError
from simulate.limits import LONGEST_S, MOST_AT_ONCE, check_number
from simulate.models import ChatModel, Learnt, Models, Noticed
from simulate.models.batches import Followed
from simulate.models.budget import Budget
from simulate.models.connection import CONNECTIONS
from simulate.models.human_data import SharedData
from simulate.runfile import Recorder, RunReader
from simulate.runfile.outbox import OutboxOnFile, RunOutbox
from simulate.targets.kinds.model import OpenModelTarget


@dataclass(frozen=True, slots=True)
class Players:
    """Whoever plays; made by `open_players`.

    Attributes:
        models: those of the run.
        speakers: speaker name (or `judge`, or `SPEAKER/PART`) to model, for each cell.
        targets: speaker to target, for each cell.
        shared: what they are sent of the data of people; None for nothing.
        authorised: who allows that they are attacked; None where nobody has said so.
        budget: what they may take; None for no limit.
    """

    models: Models
    speakers: Sequence[Mapping[str, ChatModel]]
    targets: Sequence[Mapping[str, AttachedTarget]]
    shared: SharedData | None
    authorised: Authorised | None
    budget: Budget | None

    @property
    def names(self) -> list[dict[str, str]]:
        """For each cell who is played by which model or target."""
        return [
            {role: model.name for role, model in cell.items()}
            | {name: each.target.name for name, each in attached.items()}
            for cell, attached in zip(self.speakers, self.targets, strict=True)
        ]

    @property
    def settings(self) -> list[dict[str, dict[str, Any]]]:
        """For each cell what is recorded of the settings of whoever plays."""
        recorded = self.models.recorded
        return [
            {who: said for who, each in {**cell, **tested}.items() if (said := recorded(each))}
            for cell, tested in zip(self.speakers, map(_tested, self.targets), strict=True)
        ]

    def wanted_at_once(self, asked: int | None, most: int | None = None) -> int:
        """Return how many dialogues are to be played at once, in all processes.

        Args:
            asked: how many shall be; None for as many as suit all who take part.
            most: how many there are.
        """
        borne = [model.concurrency for model in self.speakers[0].values()]
        borne += [each.target.concurrency for cell in self.targets for each in cell.values()]
        wanted = asked or min(borne)
        return wanted if most is None else min(wanted, most)

    def at_once(self, asked: int | None, most: int | None = None) -> int:
        """Return how many dialogues this process plays at once; see `wanted_at_once`."""
        wanted = self.wanted_at_once(asked, most)
        if self.models.batches is not None:  # a dialogue opens no file of its own
            return wanted
        return dialogues_at_once(wanted, self.models, self.targets)

    def context(
        self,
        plan: Plan,
        record: Recorder,
        tell: Listener,
        dialogue_timeout_s: float | None,
        run_id: str,
        *,
        share_prefix: bool = False,
    ) -> RunContext:
        """Return what all dialogues that they play share; see `RunContext`."""
        return RunContext(
            plan.scenario,
            plan.seed,
            self.speakers,
            record,
            tell,
            dialogue_timeout_s,
            run_id,
            self.targets,
            plan.examiner,
            sharing=(
                PrefixSharing(self.speakers, self.names, self.settings) if share_prefix else None
            ),
        )

    def take_over(self, file: RunReader) -> None:
        """Take over what the run has learnt of its endpoints, and spent, before."""
        take_over_told(file, self.models.journal)
        if self.budget is not None:
            take_over_spent(file, self.budget)

    def keep_told(self, record: Recorder, tell: Listener) -> None:
        """See to it that what is told of endpoints is on file too."""

        def learn(learnt: Learnt) -> None:
            record.learnt(learnt.model, learnt.what, learnt.told)
            tell(EndpointLearnt(learnt))

        def notice(noticed: Noticed) -> None:
            record.noticed(noticed.model, noticed.what, noticed.told)
            tell(EndpointNoticed(noticed))

        journal = self.models.journal
        journal.on_learnt, journal.on_noticed = learn, notice

    @asynccontextmanager
    async def answering(
        self, record: Recorder, there: OutboxOnFile, tell: Listener
    ) -> AsyncIterator[None]:
        """Have calls answered in this block; where they go out in batches, these are followed."""
        batches = self.models.batches
        if batches is None:
            yield
            return
        outbox, notice = RunOutbox(record, there), self.models.journal.notice
        kept = Followed(outbox, lambda moved: tell(EndpointBatch(moved)), notice)
        async with batches.followed(kept):
            yield


def check_limits(concurrency: int | None, dialogue_timeout_s: float) -> None:
    """Refuse what nobody can be played by.

    Raises:
        InputError: a number lies outside its range.
    """
    if concurrency is not None:
        check_number("concurrency", concurrency, 1, MOST_AT_ONCE)
    if not dialogue_timeout_s > 0:
        raise InputError(f"dialogue_timeout_s is {dialogue_timeout_s:g}, it must be > 0")
    check_number("dialogue_timeout_s", dialogue_timeout_s, 0, LONGEST_S)


@asynccontextmanager
async def open_players(
    plan: Plan, options: PlayerOptions, budget: Budget | None = None
) -> AsyncIterator[Players]:
    """Open whoever plays a plan.

    Args:
        plan: what is played.
        options: who plays it.
        budget: what they may take; None for no limit.

    Raises:
        InputError: an argument breaks a rule, or nobody has said why data of people may be sent,
            or who allows that a system elsewhere is attacked.
        EndpointError: a target cannot be reached.
    """
    import numpy.random  # noqa: F401  # the first draw may find no file left to open

    async with (
        Models(
            rpm=options.rpm,
            tpm=options.tpm,
            budget=budget,
            names=options.models,
            offered=plan.scenario.models,
            connections=max(CONNECTIONS, options.concurrency or 1),
            share_human_data=options.share_human_data,
            batch=options.batch,
        ) as opened,
        open_targets(plan, options.attach, opened) as targets,
    ):
        if options.batch is not None and any(targets):
            raise InputError(
                "--batch: a system under test answers while its session is open, and not within a "
                "day; leave out --batch, or play the part by a model"
            )
        speakers = open_speakers(plan, opened, options.model, options.speaker_models or {})
        opened.check_given()
        shared = shared_by(plan, opened, targets)
        authorised = authorised_by(plan, speakers, targets, options.authorised)
        yield Players(opened, speakers, targets, shared, authorised, budget)


def _tested(attached: Mapping[str, AttachedTarget]) -> dict[str, ChatModel]:
    """Return the targets that are models."""
    opened = {name: each.target for name, each in attached.items()}
    return {name: t.model for name, t in opened.items() if isinstance(t, OpenModelTarget)}
