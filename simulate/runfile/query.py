"""What a query needs of an open run file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from simulate.runfile.dialogue import Dialogue


class Queryable(Protocol):
    """An open run file: SQL goes in, rows come out."""

    def rows(self, sql: str, values: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        """Run a query and iterate over its rows.

        Raises:
            RunFileError: the file cannot be read.
        """
        ...


class DialogueSource(Queryable, Protocol):
    """An open run file that gives its dialogues, too."""

    def dialogue(self, number: int) -> Dialogue:
        """Return one dialogue, which need not have begun.

        Raises:
            RunFileError: there is no such dialogue.
        """
        ...
