import pytest

from simulate.runfile.totals import Totals
from simulate.tui.speed import Pace, duration


def totals(ended: int, turns: int = 0) -> Totals:
    return Totals(completed=ended, planned=100 - ended, turns=turns)


def test_one_moment_gives_no_rate() -> None:
    pace = Pace()
    pace.note(0, totals(0))
    assert pace.rate("turns") is None
    assert pace.left_s() is None


def test_a_rate_is_growth_over_time() -> None:
    pace = Pace()
    pace.note(10, totals(0, 0))
    pace.note(20, totals(5, 50))
    assert pace.rate("turns") == 5.0
    assert pace.left_s() == 190.0


def test_what_is_older_than_a_minute_is_forgotten() -> None:
    pace = Pace()
    for second in range(200):
        pace.note(second, totals(0, second if second < 100 else 100))
    assert pace.rate("turns") == 0.0
    assert pace.seconds <= 61


def test_a_run_that_stands_still_has_no_end_in_sight() -> None:
    pace = Pace()
    pace.note(0, totals(3))
    pace.note(9, totals(3))
    assert pace.left_s() is None


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.4, "0 s"), (59, "59 s"), (61, "1 min 01 s"), (3700, "1 h 01 min"), (90000, "1 d 1 h")],
)
def test_a_duration_is_written_in_its_two_largest_units(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown
