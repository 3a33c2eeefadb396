from __future__ import annotations

import numpy as np
import pytest

from simulate.comparison import Sample, Settings, compare_samples
from simulate.comparison.api import compare
from simulate.reference import Reference
from tests.made_runs import MakeRun


def test_each_row_and_distance_is_told_and_none_is_left_at_the_end(donations: Reference) -> None:
    told: list[tuple[int, int, str]] = []
    samples = [
        Sample.of("many", np.tile([0.0, 0.5, 2.0], 200)),
        Sample.of("few", [0.0, 1.0] * 20),
    ]
    settings = Settings(draws=200)
    found = compare_samples(
        samples, donations, settings=settings, progress=lambda *far: told.append(far)
    )
    distances = len(found.rows[0].distances)
    rows = 2 + 3 + 1  # the baselines, and people, of whom there are too few for a row
    assert {total for _, total, _ in told} == {rows * distances + 2}
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert told[0] == (0, rows * distances + 2, "many: D²")
    assert told[-1][:2] == (rows * distances + 1, rows * distances + 2)


def test_dialogues_that_are_read_are_told_before_and_what_is_raised_breaks_off(
    make_run: MakeRun,
) -> None:
    told: list[tuple[int, int, str]] = []

    def stop(done: int, total: int, what: str) -> None:
        told.append((done, total, what))
        if what != "dialogues":
            raise InterruptedError

    run = make_run({"vs": [0.0, 0.5, 2.0], "direct": [0.0, "failed", None]})
    with pytest.raises(InterruptedError):
        compare(run, progress=stop)
    assert told[0] == (0, 6, "dialogues")
    assert len(told) == 2
