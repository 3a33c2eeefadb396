"""Rules that leave completed dialogues out of every analysis, stated before anything is run."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from simulate.files.conditions import Condition
from simulate.files.strict import Strict


class Exclusion(Strict):
    """A rule that leaves a completed dialogue out; it stays on file, and is counted."""

    when: Annotated[dict[str, Condition], Field(min_length=1)]
    """Outcomes with the values that leave a dialogue out, such as `{attention: no}`; all must hold.
    A missing outcome holds of nothing."""
    why: Annotated[str, Field(min_length=1)]
    """The reason, in words; shown with the number that it leaves out."""
