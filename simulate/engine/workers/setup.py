"""What a worker needs to play, and what it must have in common with the driver.

Keys are no part of it: a worker takes them from its own environment.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from simulate.engine.differences import other_bodies, other_models
from simulate.engine.header import versions
from simulate.engine.plan import Plan
from simulate.engine.players import Players
from simulate.engine.prepare import roles_of
from simulate.engine.resuming import decisive_versions
from simulate.engine.targets import Attach
from simulate.engine.workers.messages import Opened
from simulate.errors import InputError
from simulate.models import AnyModel, ModelNames, Noticed, redacted
from simulate.models.journal import Answering
from simulate.models.named import NamedModels, named_models
from simulate.models.spec import default_spec
from simulate.targets import read_target


@dataclass(frozen=True, slots=True)
class Setup:
    """What is sent to a worker before anything else.

    Attributes:
        plan: without its people and dialogues, which are handed out.
        attach: the targets that the user names, as their files say it.
        model: SPEC of the model.
        speaker_models: SPECs of single speakers, by name.
        names: what names of models stand for.
        concurrency: of the run.
        rpm: of the run.
        tpm: of the run.
        share_human_data: why what people gave may be sent elsewhere.
        budget: tokens and money that the run may take; None for no limit.
        run_id: of the run.
        dialogue_timeout_s: seconds that one dialogue may take.
        refused: model to settings that its endpoint is known to refuse.
        noticed: what was told before, and is not told again.
        answering: model to what answered it.
    """

    plan: Plan
    attach: Attach
    model: str
    speaker_models: Mapping[str, str]
    names: NamedModels
    concurrency: int
    rpm: int | None
    tpm: int | None
    share_human_data: str | None
    budget: tuple[int | None, float | None] | None
    run_id: str
    dialogue_timeout_s: float
    refused: Mapping[str, Sequence[str]]
    noticed: Sequence[Noticed]
    answering: Mapping[str, Answering]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run was asked for, as far as it says who plays; see `simulate.run`.

    Attributes:
        attach: its targets.
        model: of the run.
        speaker_models: of single speakers.
        models: what names of models stand for.
        rpm: requests per minute.
        tpm: tokens per minute.
        share_human_data: why what people gave may be sent to endpoints elsewhere.
    """

    attach: Attach
    model: AnyModel | None = None
    speaker_models: Mapping[str, AnyModel] | None = None
    models: ModelNames | None = None
    rpm: int | None = None
    tpm: int | None = None
    share_human_data: str | None = None

    def only_here(self, *, examined: bool, batched: bool) -> str | None:
        """Return what of it no other process can play; None where nothing is.

        Args:
            examined: whether checks are carried out.
            batched: whether calls are sent in batches.
        """
        given = {"the model": self.model, **(self.speaker_models or {})}
        for name, each in given.items():
            if each is not None and not isinstance(each, str):
                whose = name if name == "the model" else f"the model of {name}"
                return f"{whose} is a Python object, and not a SPEC"
        if self.attach.given is not None:
            return "the target is a Python object, and not a SPEC"
        if batched:
            return "calls are gathered for batches (--batch) in one process only"
        return "checks are carried out where the run file is written" if examined else None

    @property
    def spec(self) -> str:
        """The SPEC of the model."""
        return self.model if isinstance(self.model, str) else default_spec()

    @property
    def speaker_specs(self) -> dict[str, str]:
        """The SPECs of the models of single speakers."""
        given = (self.speaker_models or {}).items()
        return {name: each for name, each in given if isinstance(each, str)}

    def specs(self, plan: Plan) -> set[str]:
        """Return the SPECs of all models of speakers and judges of a plan."""
        of_cells = chain.from_iterable(roles_of(cell).values() for cell in plan.cells)
        return {self.spec, *self.speaker_specs.values(), *(spec for spec in of_cells if spec)}


def setup_of(
    plan: Plan,
    asked: Asked,
    players: Players,
    total: int,
    run_id: str,
    dialogue_timeout_s: float,
) -> Setup:
    """Return what a worker needs that joins now.

    Args:
        plan: the run.
        asked: what it was asked for.
        players: the driver's; what they have learnt is known to the worker from the beginning.
        total: how many dialogues are played at once by all workers.
        run_id: the run's id.
        dialogue_timeout_s: seconds that one dialogue may take.
    """
    nobody: Any = {"personas": (), "dialogues": (), "population": None, "partners": {}}
    slim = replace(plan, **nobody, examiner=None, assignment=None, drawing=None)
    names = named_models(asked.models, os.environ)
    specs = asked.specs(plan)
    used = {name: entry.settings for name in specs if (entry := names.find(name)) and entry.by_user}
    targets = asked.attach
    attach = replace(targets, target=_read(targets.target), baseline=_read(targets.baseline))
    budget = players.budget
    return Setup(
        slim,
        attach,
        asked.spec,
        asked.speaker_specs,
        NamedModels(used, common=names.common),
        total,
        asked.rpm,
        asked.tpm,
        asked.share_human_data,
        None if budget is None else (budget.tokens, budget.usd),
        run_id,
        dialogue_timeout_s,
        *players.models.journal.known(),
    )


def hello() -> bytes:
    """Return what a worker says of itself first, in a form that every version reads."""
    return json.dumps(versions()).encode()


def check_version(worker: str, said: bytes, names: Sequence[Mapping[str, str]]) -> None:
    """Refuse a worker of another version; asked before anything is sent to it.

    Args:
        worker: its name, for the message.
        said: its `hello`.
        names: of each cell, role to the name of its model.

    Raises:
        InputError: it would play otherwise.
    """
    there, here = json.loads(said), versions()
    for name in decisive_versions(names):
        if there.get(name) != here.get(name):
            raise InputError(
                f"{worker} has another version of {name} (there {there.get(name, 'none')}, here "
                f"{here.get(name, 'none')}): install the same there"
            )


def check_opened(worker: str, opened: Opened, players: Players, plan: Plan) -> None:
    """Refuse a worker that would not play the same, before it plays.

    Raises:
        InputError: it has opened other models, or has other prompts.
    """
    found = list(_differences(opened, players, plan))
    if found:
        raise InputError(
            f"{worker} would play with another {', '.join(found)}: give it the same environment "
            "and files"
        )


def _differences(opened: Opened, players: Players, plan: Plan) -> Iterator[str]:
    names = [
        [{who: redacted(name) for who, name in cell.items()} for cell in side]
        for side in (opened.names, players.names)
    ]
    yield from other_models(*names)
    yield from other_bodies(opened.settings, players.settings)
    here = plan.prompts
    if prompts := [name for name in here if opened.prompts.get(name) != here[name]]:
        yield f"prompt {', '.join(prompts)}"


def _read(target: Any) -> Any:
    return read_target(target) if isinstance(target, str) else target
