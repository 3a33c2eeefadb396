"""The JSON Schema of a file, in which every field has a description that editors show.

The descriptions are the docstrings below the fields. They are read from the source when a schema is
written, and not when `simulate` starts.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema


def described_schema(model: type[BaseModel]) -> JsonSchemaValue:
    """Return the JSON Schema of a model, with the docstring of each field as its description."""
    return model.model_json_schema(schema_generator=_Described)


class _Described(GenerateJsonSchema):
    """Takes the description of a field from the docstring below it."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """Return the schema of a model; see `GenerateJsonSchema`."""
        return _with_docstrings(super().model_schema(schema), schema["cls"])

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        """Return the schema of a dataclass; see `GenerateJsonSchema`."""
        return _with_docstrings(super().dataclass_schema(schema), schema["cls"])


def _with_docstrings(found: JsonSchemaValue, model: type[Any]) -> JsonSchemaValue:
    # A class goes before its base, and that before a class whose fields it changes.
    for base in (*getattr(model, "changes", ()), *model.__mro__[-2::-1]):
        if not base.__module__.startswith("pydantic"):
            fields = getattr(base, "model_fields", {})
            for name, text in _field_docstrings(base):
                written = (fields[name].alias if name in fields else None) or name
                if written in found.get("properties", {}):
                    found["properties"][written]["description"] = text
    return found


def _field_docstrings(model: type[Any]) -> Iterator[tuple[str, str]]:
    """Iterate over the fields of a class, each with the docstring that follows it, on one line."""
    try:
        source = inspect.getsource(model)
    except OSError:  # a class that is made when it is needed
        return
    (tree,) = ast.parse(textwrap.dedent(source)).body
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    for field, after in itertools.pairwise(body):
        match field, after:
            case ast.AnnAssign(target=ast.Name(name)), ast.Expr(ast.Constant(str(text))):
                yield name, " ".join(text.split())
