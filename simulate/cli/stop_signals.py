"""Signals that ask a command to end, on every platform alike."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any


def _asking_to_stop() -> list[signal.Signals]:
    """Return Ctrl-C, SIGTERM, the end of the terminal, and Windows' Ctrl-Break, as far as they are.

    The end of the terminal is left alone where it is ignored, as under nohup.
    """
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    found = [signal.Signals[name] for name in names if hasattr(signal, name)]
    return [s for s in found if s.name != "SIGHUP" or signal.getsignal(s) != signal.SIG_IGN]


@contextmanager
def _handled(signals: Iterable[signal.Signals], handler: Any) -> Iterator[None]:
    before = {each: signal.signal(each, handler) for each in signals}
    try:
        yield
    finally:
        for each, handler_before in before.items():
            signal.signal(each, signal.SIG_DFL if handler_before is None else handler_before)


@contextmanager
def on_stop_signal(act: Callable[[], None]) -> Iterator[None]:
    """Call something for each signal that asks to stop, in place of what the signals do else.

    `signal.signal` does it, since the event loop of Windows takes no handlers.

    Args:
        act: is called between any two steps of the main thread, so it should do little.
    """
    with _handled(_asking_to_stop(), lambda *_: act()):
        yield


@contextmanager
def stop_signals_interrupt() -> Iterator[None]:
    """Let each signal that asks to stop interrupt as Ctrl-C does, so that no half file is left."""
    with _handled(_asking_to_stop(), signal.default_int_handler):
        yield
