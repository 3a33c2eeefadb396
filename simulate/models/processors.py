"""How many processors are free: those that this process may use and others leave idle."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

_QUOTA = Path("/sys/fs/cgroup/cpu.max")
_LOAD = Path("/proc/stat")
_WATCHED_S = 0.2


def free_processors() -> int:
    """Watch this machine for 0.2 s; see `threads_for`. Where it does not say, all are free."""
    count = os.cpu_count() or 1
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else count
    quota = idle = None
    with suppress(OSError):
        quota = cgroup_quota(_QUOTA.read_text())
    with suppress(OSError, ValueError):
        before = _LOAD.read_text()
        time.sleep(_WATCHED_S)
        idle = idle_share(before, _LOAD.read_text()) * count
    return threads_for(allowed, quota, idle)


def threads_for(allowed: int, quota: float | None, idle: float | None) -> int:
    """Return how many threads that wait for each other each find a processor, at least 1.

    Args:
        allowed: processors that this process may run on.
        quota: processors' time that its container may take; None where it is not limited.
        idle: processors that nobody used when it was measured; None where that is not known.
    """
    limits = [float(allowed), *(limit for limit in (quota, idle) if limit is not None)]
    return max(1, round(min(limits)))


def cgroup_quota(cpu_max: str) -> float | None:
    """Read processors from a `cpu.max` file: `200000 100000` is 2; None for `max`, no limit."""
    try:
        quota, period = cpu_max.split()
        return int(quota) / int(period)
    except (ValueError, ZeroDivisionError):
        return None


def idle_share(before: str, after: str) -> float:
    """Return the share of the time between two readings of `/proc/stat` that was idle, in [0, 1].

    Raises:
        ValueError: these are no such readings.
    """
    spent = [b - a for a, b in zip(_jiffies(before), _jiffies(after), strict=True)]
    idle, total = spent[3] + spent[4], sum(spent)
    return min(max(idle / total, 0.0), 1.0) if total > 0 else 1.0


def _jiffies(stat: str) -> list[int]:
    fields = stat.partition("\n")[0].split()
    if len(fields) < 9 or fields[0] != "cpu":
        raise ValueError("this is no reading of /proc/stat")
    return [int(f) for f in fields[1:9]]  # user … steal; guest time is counted in user already
