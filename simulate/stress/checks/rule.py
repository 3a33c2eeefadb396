"""What a check is: one class that says what is declared, and what it finds in a dialogue."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ConfigDict, RootModel

from simulate.files.strict import Strict
from simulate.scenario.checks import Rule
from simulate.stress.checks.result import Finding, Look

T = TypeVar("T")


class CheckRule(Rule):
    """What a scenario declares behind a check's key, and how it is carried out.

    A subclass is a model: derived from `FieldsRule` where a mapping of fields is declared, else
    from `RootRule`.
    """

    @abstractmethod
    def check(self, look: Look) -> Finding | Awaitable[Finding]:
        """Carry it out on one dialogue.

        Raises:
            CannotCheckError: it cannot be carried out on this dialogue; the verdict is `error`.
        """

    def load(self) -> None:  # not every check has it
        """Load what it needs, before the first dialogue.

        Where a process may open no more files, nothing can be imported or read any more.
        """

    def prepare(self, where: str, *, allow_code: bool, folder: Path | None) -> Any:
        """Return what is needed for all dialogues together, as `Look.prepared`; None for nothing.

        Args:
            where: who declares it, for messages.
            allow_code: whether code that the scenario names may be imported and run.
            folder: where modules are searched for last.

        Raises:
            ScenarioError: it cannot be prepared.
        """
        return None


class FieldsRule(CheckRule, Strict):
    """A rule that is declared as a mapping of fields."""


class RootRule(CheckRule, RootModel[T], Generic[T]):
    """A rule that is declared as one value, its `root`, which is no mapping."""

    model_config = ConfigDict(frozen=True)
