"""Signals that ask a command to end, on every platform alike."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def _asking_to_stop() -> list[signal.Signals]:
    """Return Ctrl-C, SIGTERM, the end of the terminal, and Windows' Ctrl-Break, as far as they are.

    The end of the terminal is left alone where it is ignored, as under nohup.
    """
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    found = [signal.Signals[name] for name in names if hasattr(signal, name)]
    return [s for s in found if s.name != "SIGHUP" or signal.getsignal(s) != signal.SIG_IGN]


@contextmanager
def on_stop_signal(act: Callable[[], None]) -> Iterator[None]:
    """Call something for each signal that asks to stop, in place of what the signals do else.

    `signal.signal` does it, since the event loop of Windows takes no handlers.

    Args:
        act: is called between any two steps of the main thread, so it should do little.
    """
    before = {each: signal.signal(each, lambda *_: act()) for each in _asking_to_stop()}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, signal.SIG_DFL if handler is None else handler)
