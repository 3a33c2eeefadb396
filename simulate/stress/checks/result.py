"""What a check sees and says, and which turns it looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from simulate.engine.examiner import AskJudge
from simulate.files.patterns import search
from simulate.files.template_data import filled_data
from simulate.files.templates import render
from simulate.runfile import AttributedTo, Call, CheckVerdict, Examined, Turn, Verdict
from simulate.scenario import Check

LONGEST_QUOTE = 2_000
"""Characters of a turn that a verdict quotes, and of its reason; the turn itself is on file."""


class CannotCheckError(Exception):
    """A check cannot be carried out on this dialogue; its message says why, in one line."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check says; see `CheckVerdict` for the fields."""

    verdict: Verdict
    reason: str = ""
    turn: int | None = None
    quote: str = ""
    probability: float | None = None
    disagreement: float | None = None
    calls: Sequence[Call] = ()

    def recorded(self, check: str, side: AttributedTo) -> CheckVerdict:
        """Return it as the verdict of a check; whose failure it would be is `side`'s."""
        reason, quoted = self.reason[:LONGEST_QUOTE], self.quote[:LONGEST_QUOTE]
        where = (self.probability, self.turn, reason, quoted, self.disagreement, self.calls)
        return CheckVerdict(check, self.verdict, side, *where)


PASSES = Finding("pass")


@dataclass(frozen=True)
class Look:
    """A check beside the dialogue that it is carried out on.

    Attributes:
        name: the check's name.
        check: what is declared.
        dialogue: the dialogue.
        ask: asks the judge.
        description: of the scenario, for the judge.
        prepared: what the check has prepared for all dialogues; see `CheckRule.prepare`.
    """

    name: str
    check: Check
    dialogue: Examined
    ask: AskJudge
    description: str = ""
    prepared: Any = None

    @property
    def speaker(self) -> str:
        """Whose turns are checked."""
        return self.check.speaker or self.dialogue.under_test

    @cached_property
    def since(self) -> int | None:
        """The turn with which the last of `after` is found, in the turns of all other speakers.

        −1 where nothing is to be found before; None where something is found nowhere.

        Raises:
            PatternTooSlowError: it cannot be searched for in time.
        """
        others = [t for t in self.dialogue.turns if t.speaker != self.speaker]
        since = -1
        for pattern in self.check.after or ():
            found = next((t for t in others if search(pattern, t.text)), None)
            if found is None:
                return None
            since = max(since, found.index)
        return since

    @cached_property
    def turns(self) -> Sequence[Turn]:
        """The speaker's turns that are checked, in order: those after `after`."""
        own = (t for t in self.dialogue.turns if t.speaker == self.speaker and t.said is not None)
        return [t for t in own if self.since is not None and t.index > self.since]

    @property
    def side(self) -> AttributedTo:
        """Whose fault a failure is: the user's where a user is named as the speaker to check.

        It depends on what is declared alone, so that each verdict of a check, a pass as well as an
        error, is attributed to the same side.
        """
        named = self.check.speaker if self.check.speaker != self.dialogue.under_test else None
        return "user" if named in self.dialogue.playing("user") else "target"

    @property
    def speaking(self) -> list[Turn]:
        """The turns in which something is said: not those that are a tool call alone."""
        return [turn for turn in self.turns if turn.text.strip() or not turn.tool_calls]

    def rendered(self, template: str, field: str) -> str:
        """Fill a template of the check in; raises InputError as `render` does."""
        return render(template, self.dialogue.values, f"checks.{self.name}.{field}")

    def rendered_all(self, value: Any, field: str) -> Any:
        """Fill in each text of plain JSON data."""
        return filled_data(value, self.dialogue.values, f"checks.{self.name}.{field}", render)

    def said_before(self, turn: Turn) -> list[str]:
        """Return what the other speakers said before a turn."""
        return [
            t.text
            for t in self.dialogue.turns
            if t.index < turn.index and t.speaker != self.speaker
        ]
