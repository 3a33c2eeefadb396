"""The reference of the Python API, from the public names' signatures and docstrings."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

_SECTION = re.compile(
    r"^(Args|Attributes|Raises|Returns|Yields|Example):\n((?:[ ]{4}.*\n?|\n)+)", re.M
)
_ENTRY = re.compile(r"^(\*{0,2}\w[\w, ]*): ", re.M)


def page() -> str:
    """Return the page: a section for each public name."""
    import simulate

    lead = (
        "# Python\n\nEvery public name of `import simulate`, with its signature and docstring. "
        "What ends in `_sync` does the same in a script that has no event loop.\n"
    )
    found = {name: getattr(simulate, name) for name in simulate.__all__}
    functions = [name for name, value in found.items() if not inspect.isclass(value)]
    classes = [name for name, value in found.items() if inspect.isclass(value)]
    parts = ["\n## Functions\n", *(_function(name, found[name]) for name in functions)]
    parts += ["\n## Classes\n", *("".join(_class(name, found[name])) for name in classes)]
    return lead + "\n".join(parts)


def _function(name: str, value: Callable[..., Any]) -> str:
    twin = name.removesuffix("_sync")
    if twin != name:
        return f"\n### {name}\n\nAs [`{twin}`](#{twin}), and waits for it.\n"
    word = "await " if inspect.iscoroutinefunction(value) else ""
    return f"\n### {name}\n\n{_signature(word + name, value)}\n{_docstring(value)}"


def _class(name: str, value: type) -> Iterator[str]:
    yield f"\n### {name}\n\n{_docstring(value)}"
    members = {
        key: member
        for base in reversed(value.__mro__)
        if base.__module__.startswith("simulate")
        for key, member in vars(base).items()
        if not key.startswith("_") and inspect.getdoc(member)
    }
    for key, member in members.items():
        inner = getattr(member, "__func__", member)
        if inspect.isfunction(inner):
            said = _signature(f"{name}.{key}", inner)
        elif isinstance(member, property) or hasattr(member, "func"):
            said = f"**`{name}.{key}`**\n"
        else:
            continue
        yield f"\n{said}\n{_docstring(member)}"


def _signature(name: str, value: Callable[..., Any]) -> str:
    """Return a signature as a block of code, a parameter a line where it is long."""
    signature = inspect.signature(value)
    said = [
        str(p.replace(annotation=_plain(p.annotation), default=_named(p.default)))
        for p in signature.parameters.values()
        if p.name not in ("self", "cls")
    ]
    for i, p in enumerate(signature.parameters.values()):
        if p.kind is p.KEYWORD_ONLY:
            said.insert(i - (len(signature.parameters) - len(said)), "*")
            break
    returned = _plain(signature.return_annotation)
    arrow = "" if returned is inspect.Signature.empty else f" -> {returned}"
    line = f"{name}({', '.join(said)}){arrow}"
    if len(line) > 88:
        line = f"{name}(\n" + "".join(f"    {each},\n" for each in said) + f"){arrow}"
    return f"```python\n{line.replace(chr(39) * 2, '')}\n```\n"


class _Named:
    """A default that is a function or another thing without a literal."""

    def __repr__(self) -> str:
        return "…"


def _named(default: object) -> object:
    literal = default is inspect.Parameter.empty or repr(default)[:1] in "'\"0123456789.-([{TFN"
    return default if literal else _Named()


class _Words(str):
    """An annotation that stands without quotes."""

    def __repr__(self) -> str:
        return str(self)


def _plain(annotation: Any) -> Any:
    return _Words(annotation) if isinstance(annotation, str) else annotation


def _docstring(value: object) -> str:
    """Return a docstring as Markdown: its sections as lists."""
    return _SECTION.sub(_listed, inspect.getdoc(value) or "").rstrip() + "\n"


def _listed(match: re.Match[str]) -> str:
    body = textwrap.dedent(match[2]).strip()
    entries = re.split(r"\n(?=\S)", body)
    if not all(_ENTRY.match(entry) for entry in entries):
        return f"**{match[1]}**\n\n{body}\n\n"
    items = [f"- `{e.split(':', 1)[0]}`: {' '.join(e.split(':', 1)[1].split())}" for e in entries]
    return f"**{match[1]}**\n\n" + "\n".join(items) + "\n\n"
