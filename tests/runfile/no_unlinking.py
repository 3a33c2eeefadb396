"""`simulate` on a system like Windows, which removes, renames and replaces no file that is open.

Run as `python -m tests.runfile.no_unlinking COMMAND …`. Each refusal is said on stderr.
"""

import os
import sys
from pathlib import Path
from typing import Any


def refuse_open_files(event: str, details: tuple[Any, ...]) -> None:
    """Refuse to remove or to rename a file that this process has open; see `sys.addaudithook`."""
    if event not in ("os.remove", "os.rename"):
        return
    for name in details[: 1 if event == "os.remove" else 2]:
        try:
            wanted = Path(name).lstat()
        except OSError:
            continue
        for number in os.listdir("/proc/self/fd"):  # noqa: PTH208  what pathlib does is audited, too
            try:
                found = os.fstat(int(number))
            except OSError:
                continue
            if os.path.samestat(wanted, found):
                print(f"refused: {event} {Path(name).name}", file=sys.stderr)
                raise PermissionError(13, "another process uses this file", name)


if __name__ == "__main__":
    sys.addaudithook(refuse_open_files)
    from simulate.cli import main

    main()
