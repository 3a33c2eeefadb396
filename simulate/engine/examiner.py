"""The seam for checks: who examines a dialogue when its turns are taken.

The engine knows no check. It hands each finished dialogue to an `Examiner`, and commits what that
says together with the end of the dialogue, so that verdicts survive a crash as turns do.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import Protocol, TypeVar

from simulate.runfile import Call, CheckVerdict, Examined
from simulate.verbalized import PromptVersion, StepsOf

T = TypeVar("T")


class AskJudge(Protocol):
    """Asks the judge's model."""

    def __call__(self, steps: StepsOf[T], what: str) -> Awaitable[tuple[T, Sequence[Call]]]:
        """Make the calls that a judgement asks for.

        Args:
            steps: asks, and reads what comes; see `simulate.verbalized.methods`.
            what: names the judgement in the seeds of its calls, such as `check:polite:0`.

        Raises:
            CallsFailedError: the judge does not answer, or not in a form that can be used.
            DialogueFailedError: in a run, nobody answered, so that the dialogue is to be examined
                again.
            EndpointError: no request can succeed as things stand.
        """
        ...


class Examiner(Protocol):
    """Says what checks say of a dialogue."""

    async def examine(self, dialogue: Examined, ask: AskJudge) -> Sequence[CheckVerdict]:
        """Carry out each check once.

        A check that cannot be carried out is a verdict `error`; nothing is raised for it.

        Raises:
            DialogueFailedError: a judge was not reached.
            EndpointError: no request to the judge can succeed.
        """
        ...

    def prompts(self, version: PromptVersion) -> Mapping[str, str]:
        """Return the texts of the prompts that a judge is asked with, by name.

        Args:
            version: of the prompts that are shipped.
        """
        return {}
