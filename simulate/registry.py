"""Registries: what a name stands for, built in or added by an installed package.

A built-in thing is one object in one module of one package, and is found by the module's name;
nobody keeps a list. A package of somebody else adds a thing of its own as an entry point:

    [project.entry-points."simulate.outcome_kinds"]
    share = "their_package.share:KIND"

A name is all that a scenario or a target file can give, and it finds nothing but the built-ins and
what is installed as such an entry point: a file from a stranger names no code. A built-in name
always means the built-in thing.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

from simulate.errors import InputError, SimulateError, quote

T = TypeVar("T")

_NAME = re.compile(r"[A-Za-z0-9._-]+")


class UnknownNameError(InputError, ValueError):
    """A name that stands for nothing, or for something that cannot be used."""


class Modules(Mapping[str, T]):
    """The modules of a package by name, each with one object; a module is imported when asked for.

    Args:
        package: the package's name.
        attribute: what the object is called in each module.
        hyphens: whether a name has hyphens where the module's name has underscores.
    """

    def __init__(self, package: str, attribute: str, *, hyphens: bool = False) -> None:
        self._package = package
        self._attribute = attribute
        self._hyphens = hyphens

    @cached_property
    def _modules(self) -> dict[str, str]:
        spec = importlib.util.find_spec(self._package)
        folders = spec.submodule_search_locations if spec else None
        found = sorted(m.name for m in pkgutil.iter_modules(folders) if not m.name.startswith("_"))
        return {name.replace("_", "-") if self._hyphens else name: name for name in found}

    def __getitem__(self, name: str) -> T:
        module = importlib.import_module(f"{self._package}.{self._modules[name]}")
        found: T = getattr(module, self._attribute)
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._modules

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


@dataclass(frozen=True, slots=True)
class Plugin:
    """A thing that an installed package offers.

    Attributes:
        group: the group of entry points.
        name: the name that it is found by.
        package: the package and its version.
        problem: why it cannot be used, in one line; None where it can.
    """

    group: str
    name: str
    package: str
    problem: str | None


class Registry(Generic[T]):
    """What stands behind the names of one kind of thing.

    Args:
        what: what one is called in messages, such as `outcome kind`.
        group: the group of entry points.
        built_in: the built-in ones by name.
        fits: tells whether an object that a package offers is one.
        must_be: says what it must be, such as `an OutcomeKind`.
    """

    def __init__(
        self,
        what: str,
        group: str,
        built_in: Mapping[str, T],
        *,
        fits: Callable[[Any], bool],
        must_be: str,
    ) -> None:
        self.what = what
        self.built_in = built_in
        self._group = group
        self.fits = fits
        self._must_be = must_be
        self._found: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        """Return what a name stands for.

        Raises:
            UnknownNameError: nothing, or a package's thing that cannot be loaded.
        """
        if name not in self._found:
            self._found[name] = self.built_in[name] if name in self.built_in else self._added(name)
        return self._found[name]

    def __contains__(self, name: object) -> bool:
        return name in self.built_in or any(e.name == name for e in self._entry_points())

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self.names())

    def names(self) -> tuple[str, ...]:
        """Return all names, the built-in ones first."""
        added = sorted({entry.name for entry in self._entry_points()})
        return tuple(dict.fromkeys([*self.built_in, *added]))

    def known(self, name: str) -> str:
        """Return a name for which there is something, for a field of a model.

        Raises:
            UnknownNameError: there is nothing; see `__getitem__`.
        """
        self[name]
        return name

    def schema(self, schema: dict[str, Any]) -> None:
        """List the names in the JSON Schema of a field, for editors."""
        schema["enum"] = list(self.names())

    def package(self, name: str) -> str | None:
        """Return the package, and its version, that adds a name; None for what is built in."""
        offered = [entry for entry in self._entry_points() if entry.name == name]
        return _package(offered[0]) if offered else None

    @contextmanager
    def blaming(self, name: str) -> Iterator[None]:
        """Turn what the code of a package raises, by a fault of its own, into one line.

        Raises:
            InputError: it raised something that is no error of ours.
        """
        try:
            yield
        except SimulateError:
            raise
        except (Exception, SystemExit) as error:
            package = self.package(name)
            if package is None:
                raise
            raise InputError(
                f"the {self.what} {name} of the package {package} fails: {type(error).__name__}: "
                f"{quote(str(error))}; update the package, or tell its authors"
            ) from error

    def plugins(self) -> tuple[Plugin, ...]:
        """Load what installed packages offer, and say what is wrong with it."""
        found = []
        for entry in sorted(entry_points(group=self._group), key=lambda entry: entry.name):
            problem = None
            if not _NAME.fullmatch(entry.name):
                problem = f"a name of {self.what}s has letters, digits and .-_ only; it is left out"
            elif entry.name in self.built_in:
                problem = f"the {self.what} {entry.name} is built in, and so this one is not used"
            else:
                try:
                    self[entry.name]
                except UnknownNameError as error:
                    problem = str(error)
            name = entry.name if _NAME.fullmatch(entry.name) else quote(entry.name)
            found.append(Plugin(self._group, name, _package(entry), problem))
        return tuple(found)

    def _entry_points(self) -> list[EntryPoint]:
        found = [e for e in entry_points(group=self._group) if _NAME.fullmatch(e.name)]
        return [entry for entry in found if entry.name not in self.built_in]

    def _added(self, name: str) -> T:
        offered = [entry for entry in self._entry_points() if entry.name == name]
        if not offered:
            near = difflib.get_close_matches(name[:60], self.names(), n=1)
            hint = f"did you mean “{near[0]}”? " if near else ""
            raise UnknownNameError(
                f"there is no {self.what} {quote(name, 60)}: {hint}"
                f"there are: {', '.join(self.names()) or 'none'}"
            )
        if len(offered) > 1:
            packages = " and ".join(sorted(_package(entry) for entry in offered))
            raise UnknownNameError(
                f"the {self.what} {name} is offered by {packages}; uninstall one of them"
            )
        return self._loaded(offered[0])

    def _loaded(self, entry: EntryPoint) -> T:
        which = f"the {self.what} {entry.name} of the package {_package(entry)}"
        try:
            found: T = entry.load()
            fits = self.fits(found)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # also SystemExit and the like: it is of one package only
            raise UnknownNameError(
                f"{which} cannot be loaded: {type(error).__name__}: {quote(str(error))}; "
                "update the package, or uninstall it"
            ) from error
        if not fits:
            raise UnknownNameError(
                f"{which} is of the type {type(found).__name__}, and must be {self._must_be}; "
                "update the package, or uninstall it"
            )
        return found


def _package(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value
