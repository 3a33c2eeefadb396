"""One line on stderr, whatever is in it."""

from __future__ import annotations

import sys


def say(line: str) -> None:
    """Print a line on stderr; control characters in it are shown as escapes."""
    from simulate.terminal import safe_text

    print(safe_text.line(line), file=sys.stderr, flush=True)
