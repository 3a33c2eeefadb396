"""Users who attack reach systems outside only by somebody's word, which the run file keeps.

Outside is whatever `simulate.models.network.in_private_network` does not tell to be inside. What is
attacked is what the users talk to: targets, and models that play an assistant; not the models that
play the users, or judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulate.engine.human_data import is_elsewhere, reason_on_file
from simulate.engine.plan import Plan
from simulate.engine.target_session import AttachedTarget
from simulate.errors import InputError, one_line
from simulate.models import ChatModel, redacted
from simulate.models.budget import WithinBudget
from simulate.models.human_data import checked_reason
from simulate.models.network import in_private_network
from simulate.models.openai_compatible import OpenAICompatible
from simulate.runfile import RunReader
from simulate.targets import Target

OPTION = "--authorised"


@dataclass(frozen=True, slots=True)
class Authorised:
    """Somebody's word that systems may be attacked.

    Attributes:
        text: who allows it.
        targets: those outside this machine and private networks, by the names on file.
    """

    text: str
    targets: tuple[str, ...]


def authorised_by(
    plan: Plan,
    speakers: Sequence[Mapping[str, ChatModel]],
    targets: Sequence[Mapping[str, AttachedTarget]],
    text: str | None,
) -> Authorised | None:
    """Return who allows what a run attacks; asked before the first call.

    Args:
        plan: the run.
        speakers: of each cell, speaker to model.
        targets: of each cell, speaker to target.
        text: who allows it; None where nobody has said so.

    Raises:
        InputError: nobody has, and the users attack a system outside.
    """
    people = (plan.population, *plan.populations.values())
    attacking = [p.population for p in people if p is not None and p.adversarial is not None]
    outside = [t for each in targets for a in each.values() if (t := outside_name(a.target))]
    for cell, models in zip(plan.cells, speakers, strict=True):
        outside += _assistants(
            model
            for name, model in models.items()
            if name in cell.speakers and cell.speakers[name].plays == "assistant"
        )
    return authorise(attacking, outside, text)


def authorise(
    attacking: Sequence[str],
    outside: Iterable[str],
    text: str | None,
    before: Mapping[str, Any] | None = None,
) -> Authorised | None:
    """Return who allows an attack; None where nobody attacks, or has to allow it.

    Args:
        attacking: the populations that attack.
        outside: the systems that they would reach outside.
        text: who allows it.
        before: who allowed it, as a run file holds it: that holds for its targets.

    Raises:
        InputError: nobody does.
    """
    text = checked_reason(text, OPTION)
    reached = tuple(dict.fromkeys(outside)) if attacking else ()
    if text is None and before is not None and set(reached) <= set(before["targets"]):
        text = str(before["text"])
    if text is None and reached:
        raise InputError(
            f"the users of population {one_line(', '.join(dict.fromkeys(attacking)))} attack, and "
            f"{', '.join(reached)} is outside this machine and private networks: test only a "
            f"system of your own, or with its owner's leave, and say who allows it by {OPTION} "
            "TEXT, which stands in the run file and in every report (docs/attacks.md)"
        )
    return None if text is None else Authorised(text, reached)


def outside_name(target: Target) -> str | None:
    """Return the name of a target that is outside; None of one that is not."""
    return target.name if is_elsewhere(target, in_private_network) else None


def authorised_on_file(file: RunReader, text: str | None) -> str | None:
    """Return who allows what a run that goes on attacks; see `reason_on_file`."""
    there = (file.meta.get("authorised") or {}).get("text")
    return reason_on_file(file, there, text, OPTION)


def _assistants(models: Iterable[ChatModel]) -> Iterator[str]:
    """Iterate over the models that are called outside."""
    for model in models:
        called = model.model if isinstance(model, WithinBudget) else model
        if isinstance(called, OpenAICompatible) and not in_private_network(called.connection.url):
            yield redacted(model.name)
