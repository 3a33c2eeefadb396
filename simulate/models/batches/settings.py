"""When a batch is sent, how often it is asked for, and what is told of it."""

from __future__ import annotations

from dataclasses import dataclass

from simulate.errors import InputError


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """How calls are sent in batches.

    Attributes:
        quiet_s: seconds without a further request after which a batch is sent: by then every
            dialogue that is played waits for an answer.
        most_requests: of one batch; the endpoint's limit, at OpenAI 50,000.
        most_bytes: of its file, likewise 200 MB.
        poll_s: seconds after which a batch is first asked for; grows by half each time.
        poll_max_s: the longest time between two questions, in seconds.
        give_up_s: seconds after which an endpoint that cannot be reached is not asked any more;
            the batch goes on there, and the run can be resumed.

    Raises:
        InputError: a number is not above 0.
    """

    quiet_s: float = 2.0
    most_requests: int = 50_000
    most_bytes: int = 190_000_000
    poll_s: float = 5.0
    poll_max_s: float = 60.0
    give_up_s: float = 3600.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not getattr(self, name) > 0:
                raise InputError(f"batch: {name} is {getattr(self, name):g}, it must be > 0")

    @classmethod
    def of(cls, batch: bool | BatchSettings) -> BatchSettings | None:
        """Return how calls are sent in batches; None where they are not."""
        return batch if isinstance(batch, BatchSettings) else cls() if batch else None


@dataclass(frozen=True, slots=True)
class BatchMoved:
    """A batch was sent, or has ended.

    Attributes:
        model: the model that answers it.
        number: the batch's number in the run, from 1.
        id: what the endpoint calls it.
        state: what the endpoint says of it, such as `validating` or `completed`.
        requests: how many it has.
        answered: how many of them are answered; None where it has not ended.
        seconds: since its requests were put together.
    """

    model: str
    number: int
    id: str
    state: str
    requests: int
    answered: int | None
    seconds: float

    @property
    def sentence(self) -> str:
        """What is said of it, wherever it is said."""
        which = f"batch {self.number} ({self.id})"
        if self.answered is None:
            return (
                f"{which}: {self.requests:,} requests are with {self.model} for up to 24 hours, at "
                "half the price"
            )
        return (
            f"{which} is {self.state} after {self.seconds / 60:,.1f} minutes: {self.answered:,} of "
            f"{self.requests:,} requests are answered"
        )
