"""The scenario: a declaration whose parts fit together."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from simulate.scenario.consistency import check_scenario
from simulate.scenario.declaration import Declaration


class Scenario(Declaration):
    """A situation that is simulated."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_scenario(self)
        return self
