"""Pictures of the main screens, compared with those on file.

After a change that is meant, write them anew: `SIMULATE_SNAPSHOTS=write pytest tests/tui`, and look
at each before it is committed.
"""

import asyncio
import re
from pathlib import Path
from shutil import copyfile

import pytest

from simulate.tui import headless
from simulate.tui.analyses import Selected
from simulate.tui.app import ViewApp
from simulate.tui.picture import picture
from simulate.tui.screens import distributions
from tests.snapshots import as_on_file

SNAPSHOTS = Path(__file__).parent / "snapshots"
LARGER = [pytest.param(size, marks=pytest.mark.slow) for size in ((120, 36), (200, 50))]
SIZES = [(80, 24), *LARGER]


def normalised(svg: str) -> str:
    """Replace the number by which Rich tells one picture from another."""
    return re.sub(r"terminal-\d+", "terminal", svg)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("screen", headless.SCREENS)
def test_a_main_screen_looks_as_it_did(
    small_run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    screen: str,
    size: tuple[int, int],
) -> None:
    monkeypatch.chdir(tmp_path)
    # The table of distances is not of this room, and has tests of its own.
    monkeypatch.setattr(distributions, "comparison_group", lambda *_: "(the comparison)")
    run = Path("runs") / "donation.db"
    run.parent.mkdir()
    copyfile(small_run, run)
    app = ViewApp(run.parent, run, selected=Selected(dialogue=1, turn=1), follows=False)

    svg = normalised(asyncio.run(picture(app, screen, size, ".svg")))
    as_on_file(SNAPSHOTS / f"{screen}-{size[0]}x{size[1]}.svg", svg)
