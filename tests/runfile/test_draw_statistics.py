from collections.abc import Iterator
from pathlib import Path

import pytest

from simulate.runfile import RunReader
from simulate.runfile.draw_statistics import mean_entropies, stated_bins, widest_turn


@pytest.fixture
def run(small_run: Path) -> Iterator[RunReader]:
    with RunReader(small_run) as opened:
        yield opened


def test_a_cell_that_draws_from_no_distribution_has_no_entropy(run: RunReader) -> None:
    assert mean_entropies(run, 0) == ()
    assert [e.position for e in mean_entropies(run, 1)] == [1, 3, 5, 7]


def test_every_candidate_is_in_one_bin_of_stated_against_drawn(run: RunReader) -> None:
    bins, read, turns = stated_bins(run, 1)
    assert read == turns
    assert sum(b.candidates for b in bins) == 5 * turns
    assert sum(b.drawn * b.candidates for b in bins) == pytest.approx(turns)
    assert all(b.low <= b.stated <= b.high for b in bins)


def test_of_a_large_run_only_every_nth_dialogue_is_read(run: RunReader) -> None:
    bins, read, turns = stated_bins(run, 1, most=10)
    assert 0 < read < turns
    assert sum(b.candidates for b in bins) == 5 * read


def test_the_widest_turn_is_the_first_with_the_highest_entropy(run: RunReader) -> None:
    found = widest_turn(run)
    assert found is not None
    drawn = {
        (dialogue.id, turn.index): turn.distribution.entropy()
        for dialogue in run.read()
        for turn in dialogue.turns
        if turn.distribution is not None
    }
    assert drawn[found] == pytest.approx(max(drawn.values()))
