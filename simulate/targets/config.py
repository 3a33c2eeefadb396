"""Target files: what a target is and how to talk to it, as a YAML file says it.

Each kind of target is one class in one module of `kinds/`: the fields of its file, the SPEC that
stands for a file with defaults (see `read_target`), and how it is opened.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Union

from pydantic import (
    AfterValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PrivateAttr,
    TypeAdapter,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from simulate.errors import TargetSpecError
from simulate.files.strict import Strict
from simulate.models import Models
from simulate.models.headers import looked_up, variables_named
from simulate.models.redaction import SHORTEST_IN_REPLIES, Secrets, keep_secret
from simulate.models.secrets import secrets_in
from simulate.registry import Modules, Registry
from simulate.targets.jsonpath import checked_condition, checked_path
from simulate.targets.placeholders import (
    checked_data,
    checked_headers,
    checked_url,
)
from simulate.targets.redaction import Label

if TYPE_CHECKING:
    from simulate.targets.target import Target

Path = Annotated[str, Field(min_length=1), AfterValidator(checked_path)]
"""A JSONPath (RFC 9535), such as `$.reply`."""

Condition = Annotated[str, Field(min_length=1), AfterValidator(checked_condition)]
"""A filter expression (RFC 9535) about `$`, such as `$.status == "completed"`. A path alone holds
where it finds something other than null and false."""

Url = Annotated[
    str, Field(min_length=1), AfterValidator(lambda url: checked_url(url, ("http", "https")))
]
"""A template; what a variable puts in is quoted, but for an `env.NAME` that begins it."""

Headers = Annotated[dict[str, str], AfterValidator(checked_headers)]
"""Templates by the header's name."""

Data = Annotated[Any, AfterValidator(checked_data)]
"""JSON data whose strings are templates. A string that is one `{{ … }}` and nothing else keeps the
type of its value."""


@dataclass(frozen=True)
class Opening:
    """What a target is opened with; see `open_target`."""

    environment: Mapping[str, str]
    """Where the environment variables that it names are looked up."""
    by_file: bool = False
    """Whether only a scenario or a run file names it, not the user."""
    models: Models | None = None
    """Where a target that is a model is opened; None opens it by itself."""


class TargetBase(Strict, ABC):
    """What a target file says: the fields that all kinds share.

    A subclass adds `kind`, a literal with its name, and its own fields.
    """

    runs_code: ClassVar[bool] = True
    """Whether opening it, or talking to it, runs code that its fields choose. A scenario file is
    data from strangers; it may not name such a target without the user's leave."""
    schemes: ClassVar[tuple[str, ...]] = ()
    """What a SPEC of it begins with, before the colon."""
    form: ClassVar[str] = ""
    """How its SPEC is written, for messages."""
    templates: ClassVar[frozenset[str]] = frozenset()
    """The fields that hold templates, and so may name environment variables."""

    if TYPE_CHECKING:
        kind: str

    timeout_s: Annotated[float, Field(gt=0, le=3600)] = 60.0
    """Seconds that one turn of the target may take."""
    concurrency: Annotated[int, Field(ge=1, le=1000)] = 8
    """Sessions at once."""
    _file: str = PrivateAttr("")

    @property
    def file(self) -> str:
        """The file that it was read from, for messages; empty where there is none."""
        return self._file

    def remember_file(self, file: str) -> None:
        """Note the file that it was read from."""
        self._file = file

    @classmethod
    def understands(cls, spec: str) -> bool:
        """Tell whether a SPEC is one of this kind."""
        return spec.partition(":")[0] in cls.schemes

    @classmethod
    @abstractmethod
    def fields_of(cls, spec: str) -> dict[str, Any]:
        """Return the fields that a SPEC stands for, the first of them what it names.

        Raises:
            ValueError: it cannot be read.
        """

    @abstractmethod
    def spec(self) -> str:
        """Return its SPEC without secrets: no credentials, no query, no header, no argument."""

    @abstractmethod
    def open(self, opening: Opening) -> Target:
        """Open it; see `open_target`."""

    def urls(self) -> list[str]:
        """Return the URLs, which may be templates, that it is called by; none for a program."""
        return []

    def reads(self) -> frozenset[str]:
        """Return what of a dialogue it is told: of `persona`, `cell` and `variables`."""
        return frozenset()

    def variables(self) -> frozenset[str]:
        """Return the names of the environment variables that it is sent."""
        return variables_named(self.in_templates())

    def in_templates(self) -> list[dict[str, Any]]:
        """Return the fields that hold templates, its own and those of each of its requests."""
        return [self.model_dump(include=set(self.templates))]

    def not_by_file(self) -> str | None:
        """Return why a scenario or a run file alone may not name it; see `not_by_file`."""
        if self.runs_code:
            return "runs code on this machine"
        named = sorted(self.variables())
        return f"is sent the environment variable {named[0]}" if named else None

    def looked_up(self, environment: Mapping[str, str]) -> tuple[dict[str, str], Label]:
        """Return the environment variables that it is sent, and its name in messages.

        Raises:
            TargetSpecError: a variable is not set, or would break a header in two.
        """
        name = self.spec()
        where = f"{self.file}: " if self.file else ""
        whose = f"{where}target {name}"
        named = looked_up(self.variables(), environment, whose, TargetSpecError)
        for variable in variables_named([part.get("headers") for part in self.in_templates()]):
            if any(c in named[variable].strip() for c in "\r\n\0"):
                raise TargetSpecError(
                    f"target {name}: the environment variable {variable} holds a line break, and "
                    "a header names it; set it without"
                )
        urls = [getattr(self, "url", ""), *named.values()]
        parts_of_urls = [part for url in urls for part in secrets_in(url)]
        keep_secret(parts_of_urls)
        # What it is sent may also be a word, or an address, which is no secret to others.
        keep_secret((v for v in named.values() if "://" not in v), SHORTEST_IN_REPLIES)
        return named, Label(name, Secrets([*named.values(), *parts_of_urls]))


TARGETS: Registry[type[TargetBase]] = Registry(
    "kind of target",
    "simulate.targets",
    Modules("simulate.targets.kinds", "TARGET"),
    fits=lambda found: isinstance(found, type) and issubclass(found, TargetBase),
    must_be="a class derived from TargetBase",
)


class _ByKind:
    """Reads a target as the class of its `kind`; the JSON Schema lists the built-in kinds."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(_read)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        built_in: Any = Union[tuple(TARGETS.built_in.values())]  # noqa: UP007  # made here
        return handler(TypeAdapter(Annotated[built_in, Field(discriminator="kind")]).core_schema)


def _read(data: Any) -> TargetBase:
    if isinstance(data, TargetBase):
        return data
    kind = data.get("kind") if isinstance(data, dict) else None
    if kind == "sse":  # of older files
        data = {"reply": "$.text", **data, "kind": "http", "accept": "sse"}
        data |= {"reply": data.pop("text")} if "text" in data else {}
        data |= {"done": None} if data.get("done") == "[DONE]" else {}
        kind = "http"
    if not isinstance(kind, str):
        raise ValueError(f"a target needs a kind: {', '.join(TARGETS)}")  # noqa: TRY004  # of a file
    return TARGETS[kind].model_validate(data)


TargetConfig = Annotated[TargetBase, _ByKind]
"""What a target file says, of any kind."""
