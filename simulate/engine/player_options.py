"""The options of a run that say who plays its speakers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from simulate.engine.plan import Plan
from simulate.engine.prepare import roles_of
from simulate.engine.targets import Attach
from simulate.models import AnyModel, ModelNames
from simulate.models.batches import BatchSettings
from simulate.models.named import NamedModels, named_models
from simulate.models.spec import default_spec
from simulate.targets import read_target


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerOptions:
    """Who plays, and within what limits; see `simulate.run`.

    Attributes:
        attach: the targets that the user names.
        model: of the run.
        speaker_models: of single speakers, by name.
        models: what names of models stand for.
        concurrency: dialogues at once.
        rpm: requests per minute.
        tpm: tokens per minute.
        share_human_data: why what people gave may be sent to endpoints elsewhere.
        authorised: who allows that systems outside are attacked.
        batch: how calls are sent in batches; None where they are not.
    """

    attach: Attach
    model: AnyModel | None = None
    speaker_models: Mapping[str, AnyModel] | None = None
    models: ModelNames | None = None
    concurrency: int | None = None
    rpm: int | None = None
    tpm: int | None = None
    share_human_data: str | None = None
    authorised: str | None = None
    batch: BatchSettings | None = None

    def only_here(self, plan: Plan) -> str | None:
        """Return what of a plan no other process can play; None where nothing is."""
        given = {"the model": self.model, **(self.speaker_models or {})}
        for name, each in given.items():
            if each is not None and not isinstance(each, str):
                whose = name if name == "the model" else f"the model of {name}"
                return f"{whose} is a Python object, and not a SPEC"
        if self.attach.given is not None:
            return "the target is a Python object, and not a SPEC"
        if self.batch is not None:
            return "calls are gathered for batches (--batch) in one process only"
        examined = plan.examiner is not None
        return "checks are carried out where the run file is written" if examined else None

    def specs(self, plan: Plan) -> set[str]:
        """Return the SPECs of all models of speakers and judges of a plan."""
        given = [self.model or default_spec(), *(self.speaker_models or {}).values()]
        of_cells = chain.from_iterable(roles_of(cell).values() for cell in plan.cells)
        return {each for each in (*given, *of_cells) if isinstance(each, str)}

    def elsewhere(self, plan: Plan, concurrency: int) -> PlayerOptions:
        """Return them for another process, with what files and the environment say here.

        Keys are no part of it: they are taken from the environment there.

        Args:
            plan: what is played.
            concurrency: dialogues at once, in all processes.
        """
        names = named_models(self.models, os.environ)
        found = {name: names.find(name) for name in self.specs(plan)}
        used = {name: each.settings for name, each in found.items() if each and each.by_user}
        attach = self.attach
        return replace(
            self,
            attach=replace(attach, target=_read(attach.target), baseline=_read(attach.baseline)),
            model=self.model or default_spec(),
            models=NamedModels(used, common=names.common),
            concurrency=concurrency,
        )


def _read(target: Any) -> Any:
    return read_target(target) if isinstance(target, str) else target
