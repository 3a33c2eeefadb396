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

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from simulate.errors import ScenarioError, quote
from simulate.files.own_code import OwnCodeError, called, imported
from simulate.files.strict import Strict
from simulate.files.validation import first_problem
from simulate.runfile import Examined, Verdict
from simulate.stress.checks.result import CannotCheckError, Finding, Look
from simulate.stress.checks.rule import RootRule

Function = Callable[[Examined], Any]

Told = Annotated[str, BeforeValidator(lambda said: str(said or ""))]


class _Said(Strict):
    """What a function returns as a mapping."""

    verdict: Any = None
    reason: Told = ""
    turn: int | None = None
    quote: Told = ""
    probability: Annotated[float, Field(ge=0, le=1)] | None = None


class Python(RootRule[Annotated[str, Field(pattern=r"^[\w.]+:[\w.]+$")]]):
    """A Python function `module:function`; only where code is allowed."""

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
        return imported(self.root, where, folder)

    async def check(self, look: Look) -> Finding:
        """Say what the function says."""
        if look.prepared is None:
            raise CannotCheckError("python: the function is not loaded")
        try:
            said = await called(look.prepared, look.dialogue)
        except OwnCodeError as error:
            raise CannotCheckError(f"python: {error}") from None
        return _read(said)


def _read(said: object) -> Finding:
    if isinstance(said, str) and said not in ("pass", "fail", "abstain"):
        return Finding("fail", said) if said else Finding("pass")
    if not isinstance(said, Mapping):
        return Finding(_verdict(said))
    try:
        found = _Said.model_validate(dict(said), strict=True)
    except ValidationError as error:
        raise CannotCheckError(
            f"python: it returned {first_problem(error)}; known are {', '.join(_Said.model_fields)}"
        ) from None
    verdict = _verdict(found.verdict)
    return Finding(verdict, found.reason, found.turn, found.quote, found.probability)


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
