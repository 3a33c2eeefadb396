"""What users who attack say of themselves: for authorised tests of one's own system."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from simulate.files.strict import Strict

Count = Annotated[int, Field(ge=0)]


class Policy(Strict):
    """The policy that is attacked: which it was, and not what it says."""

    name: str
    """Of its file."""
    sha256: str
    """Of the file's bytes."""


class Adversarial(Strict):
    """What users who attack are after, and where they come from.

    A run with them reaches systems outside this machine and private networks only by somebody's
    word; see `simulate.engine.authorised`.
    """

    goal: Annotated[str, Field(min_length=1)]
    """What they try to get."""
    policy: Policy | None = None
    """What forbids it."""
    languages: list[str] = []
    """In which they were asked for."""
    model: str | None = None
    """That was asked for them."""
    prompt: str | None = None
    """SHA-256 of the prompt's template."""
    seed: int | None = None
    """Of the model's sampling."""
    tail: float | None = None
    """The share that was asked for from the tail."""
    calls: Count | None = None
    """How often it was asked, also once more for what could not be read."""
    asked: Count | None = None
    """How many approaches it was asked for."""
    kept: Count | None = None
    """How many stand here."""
    duplicates: Count | None = None
    """How many it gave that were near-duplicates of others in their language."""
    impossible: Count | None = None
    """How many it stated to have the probability 0."""
    refused: Count | None = None
    """Lists that it held back, or gave words in place of."""
    unusable: Count | None = None
    """Lists that cannot be read."""
    unanswered: Count | None = None
    """Lists that did not come, or not in time."""
