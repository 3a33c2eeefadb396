"""One line on stderr, whatever is in it."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from simulate.errors import RunFileWarning, TableWarning


def say(line: str) -> None:
    """Print a line on stderr; control characters in it are shown as escapes."""
    from simulate.terminal import safe_text

    print(safe_text.line(line), file=sys.stderr, flush=True)


@contextmanager
def warnings_told() -> Iterator[None]:
    """Say what is odd about a run file, or was decided about a table, in one line, once."""
    with warnings.catch_warnings():
        for known in (RunFileWarning, TableWarning):
            warnings.simplefilter("default", known)
        other = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *where: Any, **to: Any) -> None:
            if issubclass(category, RunFileWarning | TableWarning):
                say(f"simulate: {message}")
            else:
                other(message, category, *where, **to)

        warnings.showwarning = show
        yield
