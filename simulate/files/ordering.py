"""The order of things that depend on each other, as files declare them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from graphlib import CycleError, TopologicalSorter


def in_order(
    depends: Mapping[str, Collection[str]],
    field: Callable[[str], str] = str,
    said: str = "outcomes depend on",
) -> list[str]:
    """Return names in their order, but each one after those that it depends on.

    Args:
        depends: each name with those that it depends on.
        field: returns where a name says so.
        said: what names do to each other, for the message.

    Raises:
        ValueError: they depend on each other in a circle.
    """
    depth: dict[str, int] = {}
    try:
        for name in TopologicalSorter(depends).static_order():
            depth[name] = 1 + max((depth[other] for other in depends[name]), default=-1)
    except CycleError as error:
        circle = error.args[1][::-1]
        raise ValueError(
            f"{field(circle[0])}: {said} each other in a circle: {' → '.join(circle)}"
        ) from None
    return sorted(depends, key=depth.__getitem__)
