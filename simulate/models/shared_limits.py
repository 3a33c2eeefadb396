"""One limit for all models of a run that are at the same host."""

from __future__ import annotations

from collections.abc import Iterable

from simulate.errors import InputError
from simulate.models.chat import ChatModel
from simulate.models.concurrency import Limit
from simulate.models.openai_compatible import OpenAICompatible
from simulate.models.rate_limit import Pace

__all__ = ["share_limits"]


def share_limits(
    models: Iterable[ChatModel], rpm: int | None = None, tpm: int | None = None
) -> None:
    """Let models at one host (name and port) share what they may send there.

    What a host bears, and a time to wait that it names, then holds for all of them.

    Args:
        models: of one run.
        rpm: requests per minute that each host gets at most.
        tpm: tokens per minute, likewise.

    Raises:
        InputError: `rpm` or `tpm` is given, and none of the models is at a host.
    """
    limits: dict[str, Limit] = {}
    for model in models:
        if isinstance(model, OpenAICompatible):
            model.limit = limits.setdefault(model.host, model.limit)
    wanted = (rpm, tpm) != (None, None)
    for limit in limits.values():
        limit.pace = Pace(rpm, tpm) if wanted else None
    if wanted and not limits:
        option = "--rpm" if tpm is None else "--tpm" if rpm is None else "--rpm and --tpm"
        raise InputError(
            f"{option}: none of the run's models is at an endpoint, so nothing is sent that could "
            "be limited; leave it out"
        )
