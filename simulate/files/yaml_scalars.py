"""What an unquoted word of a YAML file is: a number only where nobody could read another one.

YAML 1.1, which most readers speak, takes `01234` for the octal 668, `12:30` for 750 minutes and
`no` for false; YAML 1.2 does not. Here a number is what JSON calls so, or `.5`, `5.` and `+1`. What
one of the two takes for another number, or for none, is refused; all else is text as it stands.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from simulate.errors import quote

if TYPE_CHECKING:
    import yaml

_YAML = "tag:yaml.org,2002:"
TEXT, MERGE = f"{_YAML}str", f"{_YAML}merge"
UNCLEAR = "tag:simulate,2026:unclear"
"""The tag of a word that may be a number, and may be another number or a text."""
PLAIN_TAGS = frozenset(
    f"{_YAML}{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq", "merge")
)
LONGEST_NUMBER = 100
"""Characters."""
LARGEST_WHOLE = 2**63 - 1
"""What SQLite, and most that reads JSON, can hold as a whole number."""

_DIGITS = r"(?:0|[1-9][0-9]*)"
_EXPONENT = r"(?:[eE][-+]?[0-9]+)?"
_READ = {
    f"{_YAML}{kind}": re.compile(f"^(?:{pattern})$")
    for kind, pattern in {
        "bool": "true|True|TRUE|false|False|FALSE",
        "null": "~|null|Null|NULL|",
        "int": rf"-?{_DIGITS}|\+(?:0|[1-9][0-9]{{0,5}})",
        "float": rf"[-+]?(?:(?:{_DIGITS}\.[0-9]*|\.[0-9]+){_EXPONENT}|{_DIGITS}[eE][-+][0-9]+)",
        "merge": "<<",
    }.items()
}
"""Tag of a word that is no text to the pattern of all of it."""
_OTHERS = [*"tTfF~nN<", ""]
"""What those that are no number begin with."""
_UNCLEAR = {
    why: re.compile(f"^(?:{pattern})$")
    for why, pattern in {
        "begins with 0": rf"[-+]?0[0-9]+(?:\.[0-9]*)?{_EXPONENT}",
        "looks like a time or a ratio": r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?",
        "has underscores between digits": r"[-+]?\.?[0-9]+_[0-9_]*(?:\.[0-9_]*)?"
        rf"{_EXPONENT}|[-+]?[0-9]+\.[0-9]*_[0-9_]*{_EXPONENT}",
        "is in another base than ten": "[-+]?0[xob][0-9a-fA-F_]+",
        "is no finite number": r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "looks like a telephone number": r"\+[0-9]{7,}",
        "is a number or a name": r"[-+]?[0-9]+[eE][0-9]+",
    }.items()
}
"""What is unclear about a word to the pattern of all of it."""


@cache
def loader() -> Any:
    """Return the safe loader with these rules in place of those of YAML 1.1."""
    import yaml

    base: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader

    class Loader(base):  # type: ignore[misc]  # one of two classes
        """The safe loader; a word is what this module says."""

        yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  # the base class has it so

    _teach(Loader)
    return Loader


def quoting(dumper: type[yaml.SafeDumper]) -> None:
    """Have a dumper put a text in quotes that is none without them, here or in YAML 1.1."""
    _teach(dumper)


def _teach(reader: Any) -> None:
    for tag, pattern in [*_READ.items(), *((UNCLEAR, each) for each in _UNCLEAR.values())]:
        number = tag == UNCLEAR or tag.endswith((":int", ":float"))
        reader.add_implicit_resolver(tag, pattern, list("-+.0123456789") if number else _OTHERS)


def key_of(node: yaml.Node) -> object:
    """Return what a key of a mapping is, so that two which Python takes for one are equal."""
    kind = node.tag.removeprefix(_YAML)
    match kind:
        case "int":
            return int(node.value)
        case "float":
            return float(node.value)
        case "bool":
            return node.value in ("true", "True", "TRUE")
    return kind, str(node.value)


def problem(node: yaml.Node) -> str | None:
    """Return why a word, list or mapping of a file is not taken; None where it is.

    Args:
        node: as the loader has composed it.
    """
    tag, value = node.tag, node.value
    if tag == UNCLEAR:
        why = next(why for why, pattern in _UNCLEAR.items() if pattern.match(value))
        otherwise = "else write a plain number such as 12 or 0.5"
        return f"{quote(value, 60)} {why}: put it in quotes if it is a text, {otherwise}"
    if tag not in PLAIN_TAGS or (tag in _READ and not _READ[tag].match(str(value))):
        return f"the tag {quote(tag, 60)} is not allowed: a file is plain data"
    if not tag.endswith((":int", ":float")):
        return None
    if len(value) > LONGEST_NUMBER:
        return (
            f"a number of {len(value):,} characters, at most {LONGEST_NUMBER}: put it in quotes if "
            "it is a text"
        )
    if tag.endswith(":int") and abs(int(value)) > LARGEST_WHOLE:
        return f"{quote(value, 60)} is beyond ±{LARGEST_WHOLE:,}: put it in quotes if it is a text"
    if math.isinf(float(value)):
        return f"{quote(value, 60)} is too large for a number: put it in quotes if it is a text"
    return None
