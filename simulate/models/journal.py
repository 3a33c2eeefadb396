"""What the models of a run have learnt about their endpoints, and what was noticed there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from simulate.models.chat import Learnt, Noticed
from simulate.models.unsupported import Refusals

Answering = tuple[str | None, str | None]
"""The name of the model that answers, as the endpoint says it, and its `system_fingerprint`."""

T = TypeVar("T", Learnt, Noticed)

ANOTHER_MODEL = "another model"
"""Noticed where not all calls are answered by the same model, or by one configuration of it."""


class Journal:
    """What endpoints refuse, and what is odd about their answers, by the model's name.

    Args:
        on_learnt: is told each refusal once.
        on_noticed: is told once what is odd about the answers of a model.
    """

    def __init__(
        self,
        on_learnt: Callable[[Learnt], None] | None = None,
        on_noticed: Callable[[Noticed], None] | None = None,
    ) -> None:
        self.on_learnt = on_learnt
        self.on_noticed = on_noticed
        self._refusals: dict[str, Refusals] = {}
        self._answering: dict[str, Answering] = {}
        self._told: set[tuple[str, str]] = set()

    def of(self, model: str) -> Refusals:
        """Return what is known to be refused to a model; all models of that name share it."""
        return self._refusals.setdefault(model, Refusals())

    def take_over(
        self,
        refused: Mapping[str, Iterable[str]],
        noticed: Iterable[Noticed] = (),
        answering: Mapping[str, Answering] | None = None,
    ) -> None:
        """Take over what an earlier part of the run has learnt.

        Args:
            refused: model to settings.
            noticed: what was told, and is not told again.
            answering: model to what answered it.
        """
        for model, settings in refused.items():
            self.of(model).learnt[:] = settings
        self._told |= {(each.model, each.what) for each in noticed}
        self._answering |= answering or {}

    def known(self) -> tuple[dict[str, list[str]], list[Noticed], dict[str, Answering]]:
        """Return what another part of the run is to `take_over`."""
        refused = {model: list(each.learnt) for model, each in self._refusals.items()}
        told = [Noticed(model, what, "") for model, what in self._told]
        return refused, told, dict(self._answering)

    def heard(self, said: Learnt | Noticed, *, told: bool = False) -> None:
        """Take over what another part of the run was told by an endpoint, and tell it once.

        Args:
            said: what it was told.
            told: whether it is told elsewhere, and not here.
        """
        if isinstance(said, Learnt) and said.what not in (refusals := self.of(said.model)):
            refusals.learnt.append(said.what)
        if told:
            self._told.add((said.model, said.what))
        elif isinstance(said, Learnt):
            self.note(said)
        else:
            self.notice(said)

    def note(self, learnt: Learnt) -> None:
        """Tell something that was learnt, once."""
        self._tell_once(self.on_learnt, learnt)

    def notice(self, noticed: Noticed) -> None:
        """Tell what is odd about the answers of a model, once."""
        self._tell_once(self.on_noticed, noticed)

    def _tell_once(self, listener: Callable[[T], None] | None, said: T) -> None:
        thing = (said.model, said.what)
        if listener is not None and thing not in self._told:
            self._told.add(thing)
            listener(said)

    def answered(self, model: str, served: str | None, fingerprint: str | None) -> None:
        """Notice where a model's calls are not all answered by the same; for every call."""
        now = (served, fingerprint)
        before = self._answering.setdefault(model, now)
        if before != now and (model, ANOTHER_MODEL) not in self._told:
            self._other(model, before, now)

    def _other(self, model: str, before: Answering, now: Answering) -> None:
        if not any(old and new and old != new for old, new in zip(before, now, strict=True)):
            # What one answer leaves out is no change; what another adds is compared from now on.
            self._answering[model] = (before[0] or now[0], before[1] or now[1])
            return
        told = (
            f"{model} was answered by {answering_name(*before)} and is now answered by "
            f"{answering_name(*now)}: this run mixes them"
        )
        self.notice(Noticed(model, ANOTHER_MODEL, told))


def answering_name(served: str | None, fingerprint: str | None) -> str:
    """Return how a model that answers is named, on one line, its configuration in brackets."""
    name = served or "a model without a name"
    return " ".join((f"{name} ({fingerprint})" if fingerprint else name).split())
