"""YAML files as data: read safely, with the line of every field at hand for messages.

Only plain data comes out: no tags that build objects, and numbers that nobody could read as others
(see `yaml_scalars`). `yes`, `no`, `on` and `off` are words, not truth values, and a date is a text.
A key that stands twice is an error, and so is a file that is too large, too deep, or grows too much
by its aliases and merges.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulate.errors import InputError, quote
from simulate.files.yaml_scalars import MERGE, TEXT, key_of, loader, problem

if TYPE_CHECKING:
    import yaml

LARGEST_FILE = 4 * 2**20
"""Bytes; shipped files have a few thousand."""
MOST_NODES = 200_000
"""Values after aliases are followed."""
DEEPEST = 60


@dataclass(frozen=True, slots=True)
class YamlFile:
    """The data of a YAML file, and where each field stands.

    Attributes:
        path: the file.
        data: dicts, lists, strings, numbers, truth values and None.
        lines: the line, counted from 1, of each field by its path of keys and indices as texts.
        text: all of the file.
    """

    path: Path
    data: Any
    lines: dict[tuple[str, ...], int]
    text: str = field(default="", repr=False)

    def has(self, field: Sequence[str | int]) -> bool:
        """Tell whether a field stands in the file."""
        return tuple(map(str, field)) in self.lines

    def line(self, field: Sequence[str | int]) -> int:
        """Return the line of a field, or of the nearest field around it."""
        path = tuple(map(str, field))
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def line_named(self, message: str, under: Sequence[str | int] = ()) -> int:
        """Return the line of the field that a message begins with, such as `steps.1.given: …`.

        Args:
            message: the message.
            under: the field that it is about; what it begins with may be a field below.
        """
        name = re.split(r"[:,\s]", message, maxsplit=1)[0]
        return self.line([*under, *name.split(".")])

    def at(self, field: Sequence[str | int]) -> str:
        """Return `file:line: field` for a message."""
        name = ".".join(str(part) for part in field)
        return f"{self.path}:{self.line(field)}: {name}" if name else f"{self.path}:1"


def read_yaml(path: Path, error_type: type[InputError] = InputError) -> YamlFile:
    """Read a YAML file that holds one mapping.

    Raises:
        InputError: (as `error_type`) the file cannot be read, is not YAML, is not a mapping, or
            passes a limit; the message has file and line.
    """
    return yaml_of(_text(path, error_type), path, error_type)


def yaml_of(text: str, path: Path, error_type: type[InputError] = InputError) -> YamlFile:
    """Read the text of a YAML file that holds one mapping, as `read_yaml` does.

    Args:
        text: of the file.
        path: what messages call it.
        error_type: of the error.
    """
    file = _parsed(text, path, error_type)
    if not isinstance(file.data, dict):
        raise error_type(f"{path}:1: must be a mapping of fields to values")
    return file


def read_yaml_list(path: Path) -> YamlFile:
    """Read a YAML file that holds one list; see `read_yaml`."""
    file = _parsed(_text(path, InputError), path, InputError)
    if not isinstance(file.data, list):
        raise InputError(f"{path}:1: must be a list")
    return file


def _parsed(text: str, path: Path, error_type: type[InputError]) -> YamlFile:
    import yaml

    lines: dict[tuple[str, ...], int] = {}
    reader = loader()(text)
    try:
        node = reader.get_single_node()
        if node is None:
            return YamlFile(path, None, lines, text)
        _Walk(path, error_type, lines).over(node, ())
        data = reader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f":{mark.line + 1}" if mark else ""
        raise error_type(f"{path}{where}: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise error_type(f"{path}: not YAML: {quote(str(error))}") from None
    except (RecursionError, ValueError, OverflowError, TypeError) as error:
        raise error_type(f"{path}: cannot be read: {quote(str(error))}") from None
    finally:
        reader.dispose()
    return YamlFile(path, data, lines, text)


def _text(path: Path, error_type: type[InputError]) -> str:
    try:
        if not path.is_file():  # a device or a pipe may have no end
            why = "is a folder" if path.is_dir() else "is no file" if path.exists() else "not there"
            raise error_type(f"{path}: cannot be read: {why}")
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
        if len(raw) > LARGEST_FILE:
            raise error_type(f"{path}: larger than {LARGEST_FILE:,} bytes")
        return raw.decode("utf-8")
    except OSError as error:
        raise error_type(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise error_type(f"{path}: not UTF-8 at byte {error.start}") from None
    except ValueError as error:  # a path with a NUL in it
        raise error_type(f"{quote(str(path))}: cannot be read: {error}") from None


class _Walk:
    """Notes the line of each field; refuses what is not plain data, or grows without bound."""

    def __init__(
        self, file: Path, error_type: type[InputError], lines: dict[tuple[str, ...], int]
    ) -> None:
        self._file = file
        self._error_type = error_type
        self._lines = lines
        self._visited = 0

    def over(self, node: yaml.Node, path: tuple[str, ...]) -> None:
        """Go over a node and all below it, following aliases."""
        import yaml

        self._visited += 1
        line = node.start_mark.line + 1
        self._lines[path] = line
        if self._visited > MOST_NODES or len(path) > DEEPEST:
            raise self._error_type(
                f"{self._file}:{line}: too large: at most {MOST_NODES:,} values and "
                f"{DEEPEST} levels, aliases followed"
            )
        self._check(node, line)
        if node.tag == MERGE:  # it merges as a key only
            node.tag = TEXT
        if isinstance(node, yaml.MappingNode):
            keys: set[object] = set()
            for key, value in node.value:
                self._check(key, key.start_mark.line + 1)
                name = key.value if isinstance(key, yaml.ScalarNode) else str(key.tag)
                here, known = (*path, name), len(keys)
                keys.add(key_of(key))
                twice = here in self._lines or len(keys) == known
                if twice and key.tag != MERGE:
                    raise self._error_type(
                        f"{self._file}:{key.start_mark.line + 1}: {name}: stands here twice"
                    )
                self.over(value, here)
                self._lines[here] = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.over(item, (*path, str(index)))

    def _check(self, node: yaml.Node, line: int) -> None:
        """Refuse what is no plain data, or may be read in two ways."""
        if wrong := problem(node):
            raise self._error_type(f"{self._file}:{line}: {wrong}")
