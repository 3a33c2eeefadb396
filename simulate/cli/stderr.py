"""One line on stderr, whatever is in it."""

from __future__ import annotations

import sys


def say(line: str) -> None:
    """Print a line on stderr; control characters in it are shown as escapes."""
    from simulate.terminal.safe_text import block

    print(block(line), file=sys.stderr, flush=True)
