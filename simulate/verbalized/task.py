"""What is asked of a speaker, whatever the method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from simulate.verbalized.prompts import LATEST, PromptVersion
from simulate.verbalized.spoken import SpeakerNames

StandsFor = Literal["person", "people"]
Place = Literal["turn", "instructions", "told"]
"""Where a request stands: after the conversation so far; in the instructions, where it is told once
for all turns; or nowhere, since it was told there, so that a turn is only marked as such."""
LENGTH = "as you would type it"
"""How long a reply is, where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked of a speaker: the next reply, or the answer to a question.

    Tasks are equal of which prompts say the same.

    Attributes:
        person: how the prompt names who speaks; None where there is no persona.
        question: the question; None asks for the next reply of the conversation.
        form: the form of an answer in words, such as “a number from 0 to 2, in USD”.
        value_schema: JSON Schema of one answer.
        read: brings a raw answer into its canonical spelling or raises ParseError.
        may_end: whether the next reply may end the conversation.
        names: who speaks, and with whom; None where it does not matter.
        levels: how many different answers there are; None where they cannot be counted.
        length: how long a reply is, in words.
        stands_for: `people` where the question is what many such people would answer.
        prompt_version: which of the shipped prompts are taken.
        place: where the request for a reply stands; see `standing_request`.
    """

    person: str | None = None
    question: str | None = None
    form: str | None = None
    value_schema: Mapping[str, Any] | None = field(default=None, compare=False)
    read: Callable[[object], str] | None = field(default=None, compare=False)
    may_end: bool = False
    names: SpeakerNames | None = field(default=None, compare=False)
    levels: int | None = None
    length: str = LENGTH
    stands_for: StandsFor = "person"
    prompt_version: PromptVersion = LATEST
    place: Place = "turn"

    @property
    def in_talk(self) -> bool:
        """Whether a reply is a turn of a conversation, and no text that is asked for by itself."""
        return self.person is not None or self.names is not None

    @property
    def takes_fewer(self) -> bool:
        """Whether fewer answers than are asked for will do: where they cannot be counted."""
        return self.prompt_version > 1 and self.question is not None and self.levels is None
