"""What speakers remember of the outcomes that they are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulate.scenario import History, exchange
from simulate.scenario.asking import PlannedAsk
from simulate.verbalized import Message


class Memory:
    """The questions and answers that each speaker remembers amid a step that asks.

    Args:
        histories: of the speakers, into which goes what the talk remembers too.
    """

    def __init__(self, histories: Mapping[str, History]) -> None:
        self._histories = histories
        self._of_step: dict[str, list[Message]] = {}
        self._frames: dict[str, set[str]] = {}

    def begin(self) -> None:
        """Forget what is remembered for the length of a step only."""
        self._of_step, self._frames = {}, {}

    def messages(self, speaker: str) -> Sequence[Message]:
        """Return what a speaker remembers beside its history."""
        return self._of_step.get(speaker, ())

    def frames(self, speaker: str) -> set[str]:
        """Return the frames that a speaker was told before questions that it remembers."""
        return self._frames.get(speaker, set())

    def add(self, step: PlannedAsk, speaker: str, frame: str, question: str, answer: str) -> None:
        """Remember a question and the answer to it, for as long as the step says."""
        self._frames.setdefault(speaker, set()).add(frame)
        if step.remembers == "talk":
            self._histories[speaker].remember(question, answer)
        else:
            self._of_step.setdefault(speaker, []).extend(exchange(question, answer))
