"""`reaches`: a goal that the dialogue reaches by a word, a tool call, or the target's state."""

from __future__ import annotations

from pydantic import model_validator

from simulate.errors import quote
from simulate.files.patterns import search
from simulate.scenario.checks import Pattern
from simulate.stress.checks.kinds.state import State
from simulate.stress.checks.kinds.tool import Called
from simulate.stress.checks.result import Finding, Look
from simulate.stress.checks.rule import FieldsRule


class Reaches(FieldsRule):
    """A goal that the dialogue must reach; exactly one of the three."""

    says: Pattern | None = None
    """Searched for in each turn of the speaker."""
    tool: Called | None = None
    """A tool call that did not fail, as far as its result is on record."""
    state: State | None = None
    """What the state says after the dialogue."""

    @model_validator(mode="after")
    def _check(self) -> Reaches:
        given = [way for way in ("says", "tool", "state") if getattr(self, way) is not None]
        if len(given) != 1:
            raise ValueError(
                f"reaches: give exactly one of says, tool, state; given: "
                f"{' and '.join(given) or 'none'}"
            )
        return self

    looks_at_turns = False
    is_goal = True
    wants_something = True

    def templates(self) -> dict[str, str]:
        named = {"tool": self.tool, "state": self.state}
        return {
            f"{way}.{field}": text
            for way, each in named.items()
            for field, text in (each.templates() if each else {}).items()
        }

    def problem(self) -> tuple[str, str] | None:
        found = self.state.problem() if self.state else None
        return found and (f"state.{found[0]}", found[1])

    def check(self, look: Look) -> Finding:
        """Pass where the goal is reached; fail where it is not.

        Abstain where the dialogue ended with what it comes `after`: nobody could have gone on.
        """
        if look.check.after is not None and self.state is None and not look.turns:
            return Finding("abstain", f"{look.speaker} had no turn in which it could be reached")
        if self.says is not None:
            return _says(look, self.says)
        if self.tool is not None:
            return _tool(look, self.tool)
        assert self.state is not None  # noqa: S101  # one of the three is given
        return self.state.check(look, "reaches.state")


def _says(look: Look, pattern: str) -> Finding:
    for turn in look.turns:
        if found := search(pattern, turn.text):
            return Finding("pass", "", turn.index, found[0])
    return Finding("fail", f"{pattern!r} is said in none of {len(look.turns)} turns")


def _tool(look: Look, wanted: Called) -> Finding:
    why = ""
    calls = [(turn, call) for turn in look.turns for call in turn.tool_calls]
    for turn, call in calls:
        if call.name == wanted.name:
            why = wanted.no_deed(look, call, "reaches.tool") or ""
            if not why:
                return Finding("pass", "", turn.index)
    others = ", ".join(sorted({call.name for _, call in calls})) or "none"
    why = why or f"tool {wanted.name} is not called; called are: {quote(others)}"
    return Finding("fail", why)


CHECK = Reaches
