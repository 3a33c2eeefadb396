"""Build the documentation site strictly: a warning, or a link to nowhere, is an error."""

from __future__ import annotations

import subprocess
import sys

from docs.site.layout import ROOT, lay_out
from docs.site.links import faults


def main() -> int:
    """Build build/site; return 1 where something is wrong with it, after saying what."""
    build = ROOT / "build"
    lay_out(build / "docs")
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:  # noqa: S603
        return 1
    said = faults((build / "site").resolve())
    print("\n".join(said) or f"{len(list((build / 'site').rglob('*.html')))} pages in build/site")
    return bool(said)


if __name__ == "__main__":
    sys.exit(main())
