"""What lies over a page: it is left once, however fast keys come."""

from __future__ import annotations

from typing import Generic, TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

T = TypeVar("T")


class Modal(ModalScreen[T], Generic[T]):
    """A sheet or menu over a page."""

    _is_left = False

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Leave with a result; a key that comes before it is gone leaves nothing else."""
        if self._is_left:
            return AwaitComplete()
        self._is_left = True
        return super().dismiss(result)
