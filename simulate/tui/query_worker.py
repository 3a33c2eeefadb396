"""Questions to a run file that take long, asked in a thread so that the screen stays awake."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from simulate.comparison.progress import Progress, untold
from simulate.errors import SimulateError, own_fault
from simulate.runfile.run_view import RunView

T = TypeVar("T")
Post = Callable[[Callable[[], None]], None]


class _DroppedError(Exception):
    """Breaks off a question that nobody waits for any more."""


def _telling(progress: Progress, tell: Post) -> Progress:
    """Return what tells the screen how far something is."""
    return lambda done, total, what: tell(partial(progress, done, total, what))


class QueryWorker:
    """At most one question of a kind at a time; a new one breaks the old one off.

    Args:
        post: calls a function on the thread of the screen, soon.
    """

    def __init__(self, post: Post) -> None:
        self._post = post
        self._lock = threading.Lock()
        self._open: dict[str, tuple[int, RunView | None]] = {}
        self._threads: set[threading.Thread] = set()
        self._number = 0

    def ask(
        self,
        kind: str,
        view: RunView,
        question: Callable[[RunView], T],
        answer: Callable[[T], None],
        failed: Callable[[SimulateError], None],
    ) -> None:
        """Ask a question; `answer` or `failed` is called with what came, unless it was dropped."""
        self.ask_telling(kind, view, lambda own, _: question(own), answer, failed, untold)

    def ask_telling(
        self,
        kind: str,
        view: RunView,
        question: Callable[[RunView, Progress], T],
        answer: Callable[[T], None],
        failed: Callable[[SimulateError], None],
        progress: Progress,
    ) -> None:
        """Ask a question that tells how far it is, which breaks it off once it was dropped."""
        self._ask(
            kind, view, lambda own, tell: question(own, _telling(progress, tell)), answer, failed
        )

    def ask_stages(
        self,
        kind: str,
        view: RunView,
        question: Callable[[RunView, Progress], Iterable[T]],
        answer: Callable[[T], None],
        failed: Callable[[SimulateError], None],
        progress: Progress,
    ) -> None:
        """Ask a question whose answer comes in stages; `answer` is called with each of them.

        It is open until the last has come.
        """

        def stages(own: RunView, tell: Post) -> None:
            for found in question(own, _telling(progress, tell)):
                tell(partial(answer, found))

        self._ask(kind, view, stages, lambda _: None, failed)

    def _ask(
        self,
        kind: str,
        view: RunView,
        question: Callable[[RunView, Post], T],
        answer: Callable[[T], None],
        failed: Callable[[SimulateError], None],
    ) -> None:
        """Ask a question that may have functions called on the thread of the screen before."""
        self.drop(kind)
        with self._lock:
            self._number += 1
            number = self._number
            self._open[kind] = (number, None)
        path = view.path

        def is_waited_for() -> bool:
            """Tell whether the question was not dropped; while the lock is held."""
            return self._open.get(kind, (0, None))[0] == number

        def told(call: Callable[[], None]) -> None:
            """Tell on the screen's thread, unless the question was dropped meanwhile."""
            with self._lock:
                if not is_waited_for():
                    return
                del self._open[kind]
            call()

        def tell(call: Callable[[], None]) -> None:
            with self._lock:
                if not is_waited_for():
                    raise _DroppedError
            self._post(lambda: shown(call))

        def shown(call: Callable[[], None]) -> None:
            with self._lock:
                if not is_waited_for():
                    return
            call()

        def work() -> None:
            try:
                own = RunView(path, checked=True)
                try:
                    with self._lock:
                        if not is_waited_for():
                            return
                        self._open[kind] = (number, own)
                    found = question(own, tell)
                finally:
                    with self._lock:
                        if is_waited_for():
                            self._open[kind] = (number, None)
                    own.close()
            except _DroppedError:
                pass
            except SimulateError as error:
                problem = error
                self._post(lambda: told(lambda: failed(problem)))
            except Exception as error:  # a fault of ours: nobody is left waiting
                fault = SimulateError(own_fault(error))
                self._post(lambda: told(lambda: failed(fault)))
            else:
                self._post(lambda: told(lambda: answer(found)))
            finally:
                with self._lock:
                    self._threads.discard(threading.current_thread())

        thread = threading.Thread(target=work, name=f"question-{kind}", daemon=True)
        with self._lock:
            self._threads.add(thread)
        thread.start()

    def is_open(self, kind: str) -> bool:
        """Tell whether a question of a kind waits for its answer."""
        with self._lock:
            return kind in self._open

    def drop(self, kind: str) -> bool:
        """Break a question off and forget it; return whether there was one."""
        with self._lock:
            number, view = self._open.pop(kind, (0, None))
            if view is not None:
                view.interrupt()
        return number > 0

    def drop_all(self) -> None:
        """Break all questions off."""
        with self._lock:
            kinds = list(self._open)
        for kind in kinds:
            self.drop(kind)

    @property
    def busy(self) -> bool:
        """Whether a question is being worked on."""
        with self._lock:
            return bool(self._threads)

    def wait(self) -> None:
        """Wait until no question is being worked on; not from the thread of the screen."""
        while True:
            with self._lock:
                threads = list(self._threads)
            if not threads:
                return
            for thread in threads:
                thread.join()
