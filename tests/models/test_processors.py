"""Figures of a machine in, a number of threads out."""

import pytest

from simulate.models.processors import cgroup_quota, free_processors, idle_share, threads_for


@pytest.mark.parametrize(
    ("allowed", "quota", "idle", "threads"),
    [
        (8, None, None, 8),
        (8, None, 7.9, 8),
        (8, None, 5.6, 6),
        (2, None, 0.0, 1),
        (2, None, 1.0, 1),
        (64, 1.0, 63.0, 1),
        (64, 2.5, 63.0, 2),
        (64, 0.1, 63.0, 1),
        (2, None, 60.0, 2),
    ],
)
def test_threads_follow_what_is_allowed_granted_and_idle(
    allowed: int, quota: float | None, idle: float | None, threads: int
) -> None:
    assert threads_for(allowed, quota, idle) == threads


@pytest.mark.parametrize(
    ("text", "processors"),
    [
        ("200000 100000\n", 2),
        ("50000 100000", 0.5),
        ("max 100000\n", None),
        ("", None),
        ("1 0", None),
    ],
)
def test_a_containers_quota_is_read(text: str, processors: float | None) -> None:
    assert cgroup_quota(text) == processors


def test_the_idle_share_is_that_of_the_time_between_two_readings() -> None:
    before = "cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 1 2 3\n"
    after = "cpu  150 0 75 810 65 0 0 0 0 0\n"
    assert idle_share(before, after) == 0.25
    assert idle_share(before, before) == 1
    with pytest.raises(ValueError, match="no reading"):
        idle_share("", after)


def test_this_machine_has_at_least_one_processor_free() -> None:
    assert free_processors() >= 1
