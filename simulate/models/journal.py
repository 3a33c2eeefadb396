"""What the models of a run have learnt about their endpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from simulate.models.chat import Learnt, Noticed
from simulate.models.unsupported import Refusals


class Journal:
    """What endpoints refuse, by the model's name.

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
        self._told: set[tuple[str, str]] = set()

    def of(self, model: str) -> Refusals:
        """Return what is known to be refused to a model; all models of that name share it."""
        return self._refusals.setdefault(model, Refusals())

    def take_over(self, refused: Mapping[str, Iterable[str]]) -> None:
        """Take over what an earlier part of the run has learnt, model to settings."""
        for model, settings in refused.items():
            self.of(model).learnt[:] = settings

    def note(self, learnt: Learnt) -> None:
        """Tell something that was learnt, once."""
        thing = (learnt.model, learnt.what)
        if self.on_learnt is not None and thing not in self._told:
            self._told.add(thing)
            self.on_learnt(learnt)

    def notice(self, noticed: Noticed) -> None:
        """Tell what is odd about the answers of a model, once."""
        thing = (noticed.model, noticed.what)
        if self.on_noticed is not None and thing not in self._told:
            self._told.add(thing)
            self.on_noticed(noticed)
