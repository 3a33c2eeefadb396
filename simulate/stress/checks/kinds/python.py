"""`python`: a function of the user's own says what holds.

It is called with the `Examined` dialogue, and may be `async`. One that is not runs in a thread, so
that a slow one holds up nobody else. What it returns is read so:

===========================  ======================================================================
returned                     read as
===========================  ======================================================================
True, False                  pass, fail
"pass", "fail", "abstain"    that verdict
another text                 fail, with the text as its reason; an empty text passes
{"verdict": …, …}            the verdict (a bool or one of the three), with `reason`, `turn` (an
                             index), `quote` and `probability` (of fail, 0 to 1) where given
===========================  ======================================================================

The `turn` of a failure is the one with which it was certain, whatever was to come; where only the
whole dialogue tells, name none. The stated-weighted rate weighs a dialogue no farther than there.

Anything else, and anything that it raises, is a verdict `error`.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, cast

from pydantic import ConfigDict, Field, RootModel

from simulate.errors import ScenarioError, quote
from simulate.runfile import Examined, Verdict
from simulate.stress.checks.result import CannotCheckError, Finding, Look
from simulate.stress.checks.rule import CheckRule

Function = Callable[[Examined], Any]

LIMIT_S = 60.0
"""Seconds that a function may take for one dialogue."""

FIELDS = frozenset({"verdict", "reason", "turn", "quote", "probability"})


class Python(CheckRule, RootModel[Annotated[str, Field(pattern=r"^[\w.]+:[\w.]+$")]]):
    """A Python function `module:function`; only where code is allowed."""

    model_config = ConfigDict(frozen=True)
    looks_at_turns = False

    def prepare(self, where: str, *, allow_code: bool, folder: Path | None) -> Function:
        """Import the function.

        Raises:
            ScenarioError: code is not allowed, or there is no such function.
        """
        if not allow_code:
            raise ScenarioError(
                f"{where}: runs {self.root}, and a scenario file is only data: name the function "
                "with --check, or say --allow-code if you trust the file"
            )
        return _load(self.root, where, folder)

    async def check(self, look: Look) -> Finding:
        """Say what the function says."""
        if look.prepared is None:
            raise CannotCheckError("python: the function is not loaded")
        return await _call(look.prepared, look.dialogue)


def _load(named: str, where: str, folder: Path | None = None) -> Function:
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
        raise ScenarioError(f"{where}: {quote(named)} cannot be imported: {_line(error)}") from None
    if not callable(found):
        raise ScenarioError(f"{where}: {quote(named)} is a {type(found).__name__}, no function")
    return cast(Function, found)


async def _call(function: Function, dialogue: Examined) -> Finding:
    """Ask a function what it says of a dialogue.

    Raises:
        CannotCheckError: it raises, takes too long, or returns what cannot be read.
    """
    try:
        async with asyncio.timeout(LIMIT_S):
            if inspect.iscoroutinefunction(function):
                said = await function(dialogue)
            else:
                said = await asyncio.to_thread(function, dialogue)
                if inspect.isawaitable(said):
                    said = await said
    except TimeoutError as error:
        reason = str(error) or f"it took longer than {LIMIT_S:g} s"
        raise CannotCheckError(f"python: {reason}") from None
    except (Exception, SystemExit) as error:
        raise CannotCheckError(f"python: it raised {_line(error)}") from None
    return _read(said)


def _line(error: BaseException) -> str:
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


def _read(said: object) -> Finding:
    if isinstance(said, Mapping):
        return _read_mapping(said)
    if isinstance(said, str) and said not in ("pass", "fail", "abstain"):
        return Finding("fail", said) if said else Finding("pass")
    return Finding(_verdict(said))


def _read_mapping(said: Mapping[Any, Any]) -> Finding:
    if unknown := sorted(str(k) for k in said if k not in FIELDS):
        raise CannotCheckError(
            f"python: it returned the fields {', '.join(unknown)}; known are "
            f"{', '.join(sorted(FIELDS))}"
        )
    turn, probability = said.get("turn"), said.get("probability")
    if turn is not None and (isinstance(turn, bool) or not isinstance(turn, int)):
        raise CannotCheckError(f"python: it returned the turn {turn!r}, must be an index")
    if probability is not None and not (
        isinstance(probability, int | float) and 0 <= probability <= 1
    ):
        raise CannotCheckError(
            f"python: it returned the probability {probability!r}, must be a number from 0 to 1"
        )
    return Finding(
        _verdict(said.get("verdict")),
        str(said.get("reason") or ""),
        turn,
        str(said.get("quote") or ""),
        None if probability is None else float(probability),
    )


def _verdict(said: object) -> Verdict:
    if isinstance(said, bool):
        return "pass" if said else "fail"
    if said == "pass" or said == "fail" or said == "abstain":
        return said
    raise CannotCheckError(
        f"python: it returned {quote(repr(said), 80)}; must be True or False, pass, fail or "
        "abstain, a reason, or a dict with a verdict"
    )


CHECK = Python
