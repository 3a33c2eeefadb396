"""Functions of the user's own, named `module:function`: imported, called, and never trusted."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simulate.errors import InputError, ScenarioError, quote

LIMIT_S = 60.0
"""Seconds that one call may take."""


class OwnCodeError(InputError):
    """A function of the user's raised, or takes too long."""


def imported(named: str, where: str, folder: Path | None = None) -> Callable[..., Any]:
    """Import a function.

    Args:
        named: `module:function`.
        where: who names it, for messages, such as `checks.polite.python`.
        folder: a folder in which modules are searched for last.

    Raises:
        ScenarioError: there is no such module or function, or the import fails.
    """
    module_name, _, function_name = named.partition(":")
    if folder is not None and str(folder) not in sys.path:
        # Last: what lies beside a stranger's scenario must not stand in for what is installed.
        sys.path.append(str(folder))
    try:
        found: Any = importlib.import_module(module_name)
        for part in function_name.split("."):
            found = getattr(found, part)
    except (Exception, SystemExit) as error:
        told = fault_line(error)
        raise ScenarioError(f"{where}: {quote(named)} cannot be imported: {told}") from None
    if not callable(found):
        raise ScenarioError(f"{where}: {quote(named)} is a {type(found).__name__}, no function")
    return found  # type: ignore[no-any-return]


async def called(function: Callable[..., Any], *given: Any) -> Any:
    """Call a function, `async` or not; one that is not runs in a thread, and holds up nobody.

    Raises:
        OwnCodeError: it raises, or takes too long; one line.
    """
    try:
        async with asyncio.timeout(LIMIT_S):
            if inspect.iscoroutinefunction(function):
                return await function(*given)
            said = await asyncio.to_thread(function, *given)
            return await said if inspect.isawaitable(said) else said
    except TimeoutError as error:
        raise OwnCodeError(str(error) or f"it took longer than {LIMIT_S:g} s") from None
    except (Exception, SystemExit) as error:
        raise OwnCodeError(f"it raised {fault_line(error)}") from None


def fault_line(error: BaseException) -> str:
    """Say what went wrong in one line, with the place in the user's file."""
    frames = error.__traceback__
    place = ""
    if frames is not None:
        frames = frames.tb_next  # the first is where this file calls the user's
    while frames is not None:
        code = frames.tb_frame.f_code
        if "importlib" not in code.co_filename and not code.co_filename.startswith("<"):
            place = f" ({Path(code.co_filename).name}:{frames.tb_lineno})"
        frames = frames.tb_next
    said = str(error)
    return type(error).__name__ + (f": {quote(said)}" if said else "") + place
