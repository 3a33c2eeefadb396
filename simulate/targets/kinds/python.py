"""Targets that are Python callables, sync or async.

A sync function runs in a thread of its own, so that the others go on and its time can be over. A
thread cannot be stopped: one whose time is over is left alone, and counted.
"""

from __future__ import annotations

import asyncio
import contextvars
import importlib
import inspect
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from simulate.errors import TargetReplyError, TargetSpecError, quote
from simulate.targets.answers import plain, read_plain
from simulate.targets.config import Opening, TargetBase
from simulate.targets.redaction import Label
from simulate.targets.session import OpenSession, OpenTarget
from simulate.targets.target import Said, Target, ToolCall
from simulate.targets.turn_buffer import Heard


class PythonTarget(TargetBase):
    """A Python callable, `module:function`, sync or async.

    A function is called as `function(message, session)`, with a `dict` of its own for each session
    that holds its `id`, or as `function(message)` where it takes one argument only. Its attributes
    `set_up(session)`, `greeting(session)`, `state(session)` and `tear_down(session)` are called
    if they are there. A class is called once a session, with its id where it takes an argument; the
    object is called as `object(message)`, and has these four as methods without arguments. Any of
    them may be async.

    Where a scenario answers its tool calls, `tool_results(calls, session)` is called with the list
    of those of its last reply, each with `result` or `error`, and returns what it says then.

    It returns a text, a list of texts, or a dict with `messages` (or `reply`), `tool_calls` and
    `ends`. A sync one runs in a thread, which goes on after its time is over.
    """

    schemes = ("python",)
    form = "python:module:function"

    kind: Literal["python"]
    """Which sort of target it is."""
    function: Annotated[str, Field(pattern=r"^[\w.]+:[\w.]+$")]
    """Module and function (or class), such as `my_bot:reply`."""

    @classmethod
    def fields_of(cls, spec: str) -> dict[str, Any]:
        return {"function": spec.partition(":")[2]}

    def spec(self) -> str:
        return f"python:{self.function}"

    def open(self, opening: Opening) -> Target:
        return OpenPythonTarget(self, self.looked_up(opening.environment)[1])


class OpenPythonTarget(OpenTarget):
    """A Python callable.

    Attributes:
        abandoned: how many threads were left alone since their time was over.

    Raises:
        TargetSpecError: there is no such module or callable.
    """

    open_files = 0

    def __init__(self, config: PythonTarget, label: Label) -> None:
        super().__init__(config, label)
        self.function = _imported(config.function)
        self.abandoned = 0

    def _session(self, session: str, instructions: str, history: list[Said]) -> OpenSession:
        return _PythonSession(self, session, history)


class _PythonSession(OpenSession):
    """One conversation with a function, which keeps what it likes in a dict, or with an object."""

    def __init__(self, target: OpenPythonTarget, id: str, said: list[Said]) -> None:
        super().__init__(target, id, said)
        self._python = target
        self._called: Any = target.function
        self._own: tuple[Any, ...] = ({"id": id},)
        """What each call is given beside the message: nothing where it is an object's method."""
        self._threads = 0

    async def set_up(self, heard: Heard) -> None:
        """Make the session's object where the target is a class, and call `set_up`."""
        if inspect.isclass(self._called):
            given = (self.id,) if _takes(self._called, 1) else ()
            self._called = await self._call("its constructor", self._called, *given)
            self._own = ()
            if not callable(self._called):
                raise self.label.error(
                    TargetReplyError, "its objects cannot be called; give the class a __call__"
                )
        await self._optional("set_up")

    async def _hear(self, message: str | None, heard: Heard) -> None:
        if message is None:
            if not hasattr(self._called, "greeting"):
                raise self._speaks_not_first("give it an attribute greeting if it does")
            said = await self._optional("greeting")
        else:
            given = self._own if _takes(self._called, 1 + len(self._own)) else ()
            said = await self._call("it", self._called, message, *given)
        if inspect.isgenerator(said) or inspect.isasyncgen(said):
            raise self.label.error(
                TargetReplyError, "it yields; return its texts, such as a list of them"
            )
        read_plain(said, heard, "what it returned")

    @property
    def takes_results(self) -> bool:
        return hasattr(self._called, "tool_results")

    async def _hear_after(self, calls: Sequence[ToolCall], heard: Heard) -> None:
        given = [call.to_dict() for call in calls]
        said = await self._call("tool_results", self._called.tool_results, given, *self._own)
        read_plain(said, heard, "what tool_results returned")

    async def _state(self, heard: Heard) -> Any:
        return plain(await self._optional("state"), self.label, "its state")

    async def _tear_down(self, heard: Heard) -> None:
        await self._optional("tear_down")

    async def _optional(self, attribute: str) -> Any:
        """Call an attribute of the callable, if it is there."""
        found = getattr(self._called, attribute, None)
        if found is None:
            return None
        return await self._call(attribute, found, *(self._own if _takes(found, 1) else ()))

    async def _call(self, what: str, function: Callable[..., Any], *given: Any) -> Any:
        """Call a function, sync or async; what it raises is an error of the target."""
        try:
            if _is_async(function):
                return await function(*given)
            result = await self._threaded(function, *given)
            return await result if inspect.isawaitable(result) else result
        except (Exception, SystemExit) as error:
            raise self.label.error(
                TargetReplyError,
                f"{what} raised {type(error).__name__}: {self.label.quoted(str(error))}",
            ) from error

    async def _threaded(self, function: Callable[..., Any], *given: Any) -> Any:
        """Call a function in a thread of its own, which the end of the process does not wait for.

        The default executor would not do: its threads are waited for, and are few.
        """
        done: Future[Any] = Future()
        done.set_running_or_notify_cancel()  # it cannot be cancelled
        context = contextvars.copy_context()

        def work() -> None:
            try:
                done.set_result(context.run(function, *given))
            except StopIteration as stopped:  # which no future can hold
                done.set_exception(RuntimeError(f"StopIteration: {stopped}"))
            except BaseException as raised:  # it is told where it is awaited
                done.set_exception(raised)

        threading.Thread(target=work, name=f"target {self.id}", daemon=True).start()
        try:
            return await asyncio.wrap_future(done)
        except asyncio.CancelledError:
            if not done.done():
                self._count(1)
                done.add_done_callback(lambda _: self._count(-1))
            raise

    def _count(self, more: int) -> None:
        self._threads += more
        self._python.abandoned += more

    def _about_timeout(self) -> str:
        if not self._threads:
            return ""
        return f"; its thread goes on, as do {self._python.abandoned} of this target in all"


def _imported(name: str) -> Any:
    """Import `module:function`, with the current directory on the path as `python -m` has it."""
    module_name, _, path = name.partition(":")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found: Any = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:
        raise TargetSpecError(
            f"target python:{name}: module {quote(module_name)} cannot be imported from here: "
            f"{type(error).__name__}: {quote(str(error))}"
        ) from None
    for part in path.split("."):
        owner = found
        try:
            found = getattr(found, part)
        except AttributeError:
            raise TargetSpecError(
                f"target python:{name}: there is no {quote(part)} in {quote(module_name)}; "
                "write module:function"
            ) from None
    if inspect.isclass(owner) and inspect.isfunction(inspect.getattr_static(owner, part)):
        raise TargetSpecError(
            f"target python:{name}: is a method of the objects of {quote(owner.__name__)}; name "
            "the class, and give it a __call__"
        )
    if not callable(found):
        raise TargetSpecError(
            f"target python:{name}: is {type(found).__name__}, which cannot be called; "
            "name a function or a class"
        )
    return found


def _is_async(function: Any) -> bool:
    """Tell whether a call is to be awaited; one of a class makes its object at once."""
    while isinstance(function, partial):
        function = function.func
    if inspect.isclass(function):
        return False
    own = getattr(function, "__call__", None)  # noqa: B004  # of an object
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(own)


def _takes(function: Callable[..., Any], count: int) -> bool:
    """Tell whether a function can be called with so many arguments."""
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:  # a function in C does not say
        return True
    return True


TARGET = PythonTarget
