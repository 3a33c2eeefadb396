"""The command palette: every command with its group, its key and what it does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.markup import escape

GROUPS = {
    "app": "Go",
    "browse": "Dialogues",
    "table": "Table",
    "transcript": "Transcript",
    "distributions": "Distributions",
    "failures": "Failures",
    "live": "Live",
    "analysis": "Analysis",
    "twins": "Twins",
    "tree": "Tree",
}
"""First part of a binding's id to the group it stands under."""

FILE = ("app.export", "browse.copy", "analysis.copy")
VIEW = (
    "app.theme",
    "app.help",
    "app.quit",
    "app.follow",
    "app.jump",
    "app.palette",
    "app.suspend",
)

Described = tuple[str, str, str, Callable[[], Any], str]
"""Group and name, help, key, what is to be done, id."""


def described(provider: Any) -> list[Described]:
    """Return the commands that can be had on a screen."""
    screen = provider.screen
    found: dict[str, Described] = {}
    chain = [screen.focused, *(screen.focused.ancestors if screen.focused else ()), screen]
    for node in [n for n in dict.fromkeys([*chain, screen.app]) if n is not None]:
        for key, binding in node._bindings:
            if not binding.id or not binding.description or binding.id in found:
                continue
            found[binding.id] = _one(node, key, binding)
    return sorted(found.values())


def _one(node: Any, key: str, binding: Binding) -> Described:
    group = GROUPS.get(binding.id.split(".")[0], "Other") if binding.id else "Other"
    if binding.id in FILE:
        group = "File"
    elif binding.id in VIEW:
        group = "View"
    shown = node.app.get_key_display(binding)
    run = partial(node.run_action, binding.action)
    return (
        f"{group}: {binding.description}",
        binding.tooltip or binding.description,
        shown,
        run,
        binding.id or "",
    )


def _with_key(help_: str, key: str) -> str:
    return escape(f"{help_} · {key}" if key else help_)


class CommandsOfPage(Provider):
    """Offers what the keys of the present page do, and what has no key."""

    def _commands(self) -> list[Described]:
        more = getattr(self.screen, "commands", None)
        return [*described(self), *(more() if more is not None else ())]

    async def discover(self) -> Hits:
        """Offer all commands, in groups."""
        for name, help_, key, run, _ in self._commands():
            yield DiscoveryHit(escape(name), run, help=_with_key(help_, key))

    async def search(self, query: str) -> Hits:
        """Offer the commands that match what is typed."""
        matcher = self.matcher(query)
        for name, help_, key, run, _ in self._commands():
            if (score := matcher.match(name)) > 0:
                help_text = _with_key(help_, key)
                yield Hit(score, matcher.highlight(name), run, text=name, help=help_text)
