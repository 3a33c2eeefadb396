"""What a target file captures of an answer: where it stands, and how it is found."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulate.errors import TargetReplyError
from simulate.files.patterns import PatternTooSlowError, Search, check_pattern
from simulate.models.secrets import names_secret
from simulate.targets.jsonpath import checked_path, found
from simulate.targets.placeholders import VARIABLES
from simulate.targets.redaction import Label

ELSEWHERE = ("header", "cookie", "text")
"""Where else than in JSON a value may stand."""
OPTIONAL = "optional:"
"""Before where a value stands that may be missing; it is none then."""
TAKEN = {*VARIABLES, "token", "calls", "role", "content", "index", "tool_calls"} - {"session"}
"""Names that templates have for something else."""


def checked_source(source: str) -> str:
    """Return where a value stands as it is: a JSONPath, or `header:…`, `cookie:…`, `text:…`,
    after `optional:` where it may be missing.

    Raises:
        ValueError: it is none of these.
    """
    place, what = _place(source)
    if place not in ELSEWHERE:
        checked_path(what)
        return source
    if not what.strip():
        raise ValueError(f"{place}: names nothing; write {place}:NAME")
    if place == "text":
        check_pattern(what)
        if not re.compile(what).groups:
            raise ValueError('has no group: put what is captured in ( ), as in text:id="(.+?)"')
    return source


def checked_name(name: str) -> str:
    """Return the name of a captured value as it is.

    Raises:
        ValueError: templates cannot call it so.
    """
    if not name.isidentifier() or name in TAKEN:
        why = "stands for something else in templates" if name in TAKEN else "is no variable"
        raise ValueError(f"“{name}” {why}; choose another name, such as thread")
    return name


@dataclass(slots=True)
class Captures:
    """What is captured of one answer.

    Attributes:
        sources: name to where it stands; see `checked_source`.
        label: the target's; a cookie, and what has the name of a secret, is hidden from then on.
        values: what was found so far.
    """

    sources: Mapping[str, str]
    label: Label
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def of_json(self) -> bool:
        """Whether any of it stands in JSON."""
        return any(_place(source)[0] == "json" for source in self.sources.values())

    def take(self, data: Any) -> None:
        """Take what a JSON body, an event or a line has of it; the last that has it counts."""
        self._take("json", lambda path: found(path, data))

    def take_others(
        self, headers: Mapping[str, str], cookies: Mapping[str, str], text: str
    ) -> None:
        """Take what stands in the headers, the cookies and the text."""
        self._take("header", lambda name: [headers.get(name.strip())])
        self._take("cookie", lambda name: [cookies.get(name.strip())])
        self._take("text", lambda pattern: [m[1] for m in [Search().first(pattern, text)] if m])

    def over(self, known: Collection[str], whose: str, came: str) -> dict[str, Any]:
        """Return what was found.

        Args:
            known: the names of what is there without it.
            whose: which answer it is, such as `the answer to set_up`.
            came: what came, to be quoted, and its status.

        Raises:
            TargetReplyError: something was not found, neither now nor before.
        """
        for name, source in self.sources.items():
            if name not in self.values and source.startswith(OPTIONAL):
                self.values[name] = None
            elif name not in self.values and name not in known:
                raise self.label.error(
                    TargetReplyError,
                    f"capture {name} “{source}” finds nothing in {whose}: {came}; set it to where "
                    "the value stands",
                )
        return self.values

    def _take(self, place: str, search: Callable[[str], list[Any]]) -> None:
        for name, source in self.sources.items():
            stands, what = _place(source)
            if stands != place:
                continue
            try:
                values = search(what)
            except (ValueError, PatternTooSlowError) as error:
                told = f"capture {name} “{source}”: {error}"
                raise self.label.error(TargetReplyError, told) from None
            if there := [value for value in values if value is not None and value != ""]:
                self._keep(name, there[-1])

    def _keep(self, name: str, value: Any) -> None:
        if name == "session":
            if not isinstance(value, str | int) or isinstance(value, bool):
                raise self.label.error(
                    TargetReplyError,
                    f"capture session “{self.sources[name]}” finds no text or number: "
                    f"{self.label.quoted(str(value))}",
                )
            value = str(value)
        place, what = _place(self.sources[name])
        told = place == "header" and names_secret(what)
        if isinstance(value, str) and (told or place == "cookie" or names_secret(name)):
            self.label.of_session.add([value])
        self.values[name] = value


def _place(source: str) -> tuple[str, str]:
    source = source.removeprefix(OPTIONAL)
    place, colon, what = source.partition(":")
    return (place, what) if colon and place in ELSEWHERE else ("json", source)
