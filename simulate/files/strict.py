"""What a file says, and nothing besides."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Something that a file declares: unknown fields are refused, and none can be set later."""

    model_config = ConfigDict(frozen=True, extra="forbid")
