"""Who speaks when, and when a talk ends, as a scenario says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from simulate.files.strict import Strict
from simulate.limits import MOST_PHRASES, MOST_TURNS
from simulate.measures.phrases import says_any
from simulate.verbalized.spec import Name

OPENING = "(The conversation begins. You speak first.)"


class Turns(Strict):
    """Who speaks when, and when the dialogue ends."""

    first: Name | None = None
    """Who starts; by default the speaker that is listed first. Then they take turns in order."""
    # Left out of dumps where they are not given, so that files begun before keep their identity.
    order: Annotated[
        Literal["round-robin", "addressed", "moderator"],
        Field(exclude_if=lambda v: v == "round-robin"),
    ] = "round-robin"
    """Who speaks next, of three and more: `round-robin`, in the order in which they are listed;
    `addressed`, whoever was addressed by name, else the next in order; `moderator`, after each turn
    of another speaker the moderator, and then whom it calls on."""
    moderator: Annotated[Name | None, Field(exclude_if=lambda v: v is None)] = None
    """With the order `moderator`: the speaker that says who speaks next."""
    maximum: Annotated[int, Field(ge=1, le=MOST_TURNS)] = 10
    """How many turns there are at most; `counts` says of whom."""
    counts: Annotated[Literal["each", "all"], Field(exclude_if=lambda v: v == "each")] = "each"
    """Whether `maximum`, and `say` of a step, counts the turns of `each` speaker, or of `all`
    together. A moderator speaks as often as the others have turns, and does not count in `each`."""
    stop: Annotated[list[Annotated[str, Field(min_length=1)]], Field(max_length=MOST_PHRASES)] = []
    """Phrases that end the dialogue with the turn in which they stand, as whole words in any case;
    in scripts without spaces between words, wherever they stand."""
    may_end: list[Name] = []
    """Users whose reply may end the dialogue: each candidate says whether it does."""
    opening: Annotated[str, Field(min_length=1)] = OPENING
    """What the speaker who starts is told in place of a first message, a Jinja template as the
    instructions are. Where there is one speaker only, it is the request that is answered."""

    def stopped_by(self, text: str) -> bool:
        """Tell whether a turn with this text ends the dialogue: it says a phrase of `stop`."""
        return bool(self.stop) and says_any(text, self.stop)

    def most(self, say: int, speakers: int) -> int:
        """Return how many turns there are at most where a step says so many.

        Args:
            say: the number of the step.
            speakers: how many there are.
        """
        if self.counts == "all":
            return say
        return say * (2 * (speakers - 1) if self.order == "moderator" else speakers)

    def most_calls(self, say: int, calls: Mapping[str, int]) -> int:
        """Return how many model calls these turns take at most.

        Args:
            say: the number of the step.
            calls: of one turn of each speaker.
        """
        moderating = calls.get(self.moderator or "", -1) + 1
        if self.counts == "all":
            return say * max(moderating, *calls.values())
        others = sum(each for name, each in calls.items() if name != self.moderator)
        return say * (others + moderating * (len(calls) - 1))

    def problem(self, plays: Mapping[str, str]) -> str | None:
        """Return what is wrong with it, beginning with the field; None where nothing is.

        Args:
            plays: each speaker of the scenario, and what it plays.
        """
        for name, where in [(self.first, "first"), (self.moderator, "moderator")]:
            if name is not None and name not in plays:
                known = ", ".join(plays)
                return f"turns.{where}: there is no speaker “{name}”; there are: {known}"
        if not all(phrase.strip() for phrase in self.stop):
            return "turns.stop: a phrase is empty; leave it out"
        for name in self.may_end:
            if name not in plays:
                known = ", ".join(plays)
                return f"turns.may_end: there is no speaker “{name}”; there are: {known}"
            if plays[name] != "user":
                return f"turns.may_end: “{name}” does not play user"
        if self.order != "round-robin" and len(plays) < 3:
            return f"turns.order: {self.order} is for three speakers or more; two take turns anyway"
        if (self.order == "moderator") != (self.moderator is not None):
            return (
                "turns.moderator: name the speaker that says who speaks next"
                if self.moderator is None
                else f"turns.moderator: is for the order moderator, and this is {self.order}"
            )
        return None
