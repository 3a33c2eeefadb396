"""The room of the method stays light."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from simulate.verbalized import Candidate, ReplyDistribution


def test_importing_the_method_pulls_in_nothing_heavy() -> None:
    script = "import simulate.verbalized, sys, json; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert not loaded & {"scipy", "polars", "aiohttp", "rich", "typer", "jinja2"}


def test_a_distribution_becomes_a_frame_with_one_row_a_candidate() -> None:
    candidates = (Candidate("Yes.", 0.6), Candidate("Bye.", 0.2, ends=True))
    frame = ReplyDistribution.from_probabilities(candidates).to_frame()
    assert frame.columns == ["text", "probability", "weight", "ends"]
    assert frame["weight"].to_list() == pytest.approx([0.75, 0.25])
    assert frame["ends"].to_list() == [False, True]


def test_candidates_without_numbers_have_nulls_in_the_frame() -> None:
    frame = ReplyDistribution.equally_weighted((Candidate("Yes."), Candidate("No."))).to_frame()
    assert frame["probability"].to_list() == [None, None]
