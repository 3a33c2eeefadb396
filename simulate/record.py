"""Records that are made for every call, frozen for whoever checks types and not at run time.

A frozen dataclass sets each field through `object.__setattr__`: it takes five times as long to
make as one that is not, and those made for one call were a twentieth of its whole time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["record"]

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:
    from dataclasses import dataclass

    def record(*, frozen: bool, slots: bool, eq: bool = True):
        """Make a dataclass that is equal and hashed as a frozen one; see `dataclass`."""
        return dataclass(slots=slots, eq=eq, unsafe_hash=eq)
