"""Draw wordings.png from the run file of a comparison of wordings.

uv run python docs/recorded-distributions/wordings_figure.py wordings.db
"""

from __future__ import annotations

import sys
from pathlib import Path

from simulate.calibration.wordings import decided, held_against
from simulate.report.plotting import write_figure
from simulate.report.wordings_figure import wordings_figure
from simulate.runfile import open_run

if __name__ == "__main__":
    with open_run(sys.argv[1]) as run:
        found = decided(run, held_against(run.scenario, None, None, None))
    write_figure(wordings_figure(found), Path(__file__).with_name("wordings.png"))
