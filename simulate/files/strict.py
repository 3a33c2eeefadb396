"""What a file says, and nothing besides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, model_validator


class Strict(BaseModel):
    """Something that a file declares: unknown fields are refused, and none can be set later.

    `true` is no 1, as it would be to Python.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _no_truth_as_number(cls, data: Any) -> Any:
        if isinstance(data, Mapping):
            for name in _numbers(cls):
                given = data.get(name)
                for each in given if isinstance(given, list | tuple) else (given,):
                    if isinstance(each, bool):
                        wrong = f"{name}: must be a number, got {str(each).lower()}"
                        raise ValueError(wrong)  # noqa: TRY004  # pydantic wants this one
        return data


@cache
def _numbers(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the fields that may be numbers, and neither true nor false."""
    kinds = {name: set(_kinds(field.annotation)) for name, field in model.model_fields.items()}
    return tuple(n for n, k in kinds.items() if k & {int, float} and not k & {bool, Any})


def _kinds(annotation: Any) -> Iterator[Any]:
    """Iterate over what an annotation is made of."""
    yield annotation
    for inner in get_args(annotation):
        yield from _kinds(inner)
