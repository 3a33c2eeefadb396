"""Work is held against a yardstick of the same process and moment: no test knows what a second is.

A blow-up, such as of a pattern on hostile text, takes thousands of yardsticks; a slow or busy
machine makes the yardstick as slow as the work.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager


def _yardstick() -> float:
    """Return the CPU seconds of adding up 300,000 squares: some 25 ms."""
    started = time.process_time()
    sum(i * i for i in range(300_000))
    return time.process_time() - started


@contextmanager
def within(yardsticks: float) -> Iterator[None]:
    """Check that what is done here takes at most so many yardsticks of CPU."""
    before = _yardstick()
    started = time.process_time()
    yield
    took = time.process_time() - started
    one = max(before, _yardstick())
    assert took <= yardsticks * one, f"took {took / one:.0f} yardsticks"
