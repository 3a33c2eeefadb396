"""What the driver and its workers say to each other.

They say several things at once where several have come up: a message is a pickled list of these
records. Both sides are the same user's programs, and of the same version (`setup.check_version`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulate.engine.events import Event
from simulate.engine.prefix_sharing import Siblings
from simulate.engine.resuming import Settings
from simulate.engine.run_context import Begun
from simulate.models import Learnt, Noticed, Usage
from simulate.population import Persona
from simulate.runfile import PlannedDialogue
from simulate.runfile.statements import Statement


@dataclass(frozen=True, slots=True)
class Opened:
    """A worker has opened its models and targets.

    Attributes:
        names: for each cell who is played by which model or target.
        settings: for each cell what is recorded of their settings.
        prompts: the version of each prompt.
    """

    names: Sequence[Mapping[str, str]]
    settings: Settings
    prompts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Commit:
    """What happened, to be committed; answered once it is on disk."""

    ticket: int
    statements: Sequence[Statement]


@dataclass(frozen=True, slots=True)
class Reserve:
    """A call is to be made that may take so much of the budget; answered when it may."""

    ticket: int
    tokens: int
    usd: float


@dataclass(frozen=True, slots=True)
class Settle:
    """The call of a `Reserve` is over."""

    reserved: int
    used: Usage
    cost_usd: float


@dataclass(frozen=True, slots=True)
class Told:
    """Something that listeners are told."""

    event: Event


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Dialogues that the worker does not play on."""

    dialogues: Sequence[int]


@dataclass(frozen=True, slots=True)
class Shrunk:
    """The worker has heard its `Slots`, and plays no more dialogues at once by now."""

    slots: int


@dataclass(frozen=True, slots=True)
class Stopping:
    """No further call is made, because of a budget, a quota or the worker's machine."""

    why: str


@dataclass(frozen=True, slots=True)
class Failed:
    """What ends the run: the name of an error of `simulate.errors`, and what it says."""

    error: str
    told: str


@dataclass(frozen=True, slots=True)
class Slots:
    """How many dialogues the worker plays at once; it gets that part of all limits.

    Attributes:
        slots: how many.
        total: of how many that are played at once by all.
    """

    slots: int
    total: int


@dataclass(frozen=True, slots=True)
class Dealt:
    """A dialogue to be played; see `Work`. The worker knows the cells."""

    planned: PlannedDialogue
    persona: Persona
    begun: Begun | None
    personas: Mapping[str, Persona]
    siblings: Siblings | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """Answers to a `Commit` or a `Reserve`.

    Attributes:
        tickets: of what is done.
        refused: why it is not, as a `BudgetReachedError` says it.
    """

    tickets: Sequence[int]
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What another worker was told by an endpoint."""

    said: Learnt | Noticed


@dataclass(frozen=True, slots=True)
class Drain:
    """Begin no other dialogue; what is being played goes on."""


@dataclass(frozen=True, slots=True)
class Alive:
    """Is the other side still there? Answered by the same."""
