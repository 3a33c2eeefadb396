"""A dialogue as checks see it: what was said and done, and what its persona is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulate.population import Persona
from simulate.runfile.dialogue import Turn
from simulate.scenario import Cell, Speaker, instructions_of, patience, template_values
from simulate.scenario.layout import NOBODY
from simulate.verbalized import LATEST, PromptVersion


@dataclass(frozen=True, slots=True)
class Examined:
    """One dialogue whose turns are all taken.

    Attributes:
        key: its id, known before it ran.
        persona: who the user is.
        replicate: the n-th dialogue of the same cell and persona, from 0.
        speakers: the speakers as its cell has them, with rendered instructions, goal and facts.
        turns: in order.
        state: the target's state after the dialogue; None where it offers none.
        values: what the templates of a check see; see `template_values`.
        left: whether the dialogue ended because a user's patience did.
        prompt_version: which of the shipped prompts a judge is asked with.
        tools: names of the tools that the scenario declares.
    """

    key: str
    persona: Persona
    replicate: int
    speakers: Mapping[str, Speaker]
    turns: Sequence[Turn]
    state: Any = None
    values: Mapping[str, object] = field(default_factory=dict)
    left: bool = False
    prompt_version: PromptVersion = LATEST
    tools: frozenset[str] = frozenset()

    def playing(self, plays: str) -> list[str]:
        """Return the names of the speakers that play something, in order."""
        return [name for name, speaker in self.speakers.items() if speaker.plays == plays]

    @property
    def under_test(self) -> str:
        """The speaker whose turns are checked by default: the target, else the assistant."""
        found = self.playing("target") or self.playing("assistant")
        return found[0] if found else next(iter(self.speakers))


def examined(
    cell: Cell,
    persona: Persona,
    *,
    key: str,
    replicate: int,
    turns: Sequence[Turn],
    state: Any = None,
    personas: Mapping[str, Persona] = NOBODY,
    tools: Iterable[str] = (),
) -> Examined:
    """Put a dialogue together as checks see it: templates are rendered for its personas.

    Raises:
        InputError: a template cannot be rendered.
    """
    values = template_values(cell, persona, "judge", personas)
    facts = values["facts"]
    speakers = {}
    for name, speaker in cell.speakers.items():
        seen = template_values(cell, persona, name, personas)
        # Who somebody is, and not what each turn is asked for with.
        change: dict[str, Any] = {"instructions": instructions_of(cell, name, seen)}
        if speaker.plays == "user":
            assert isinstance(facts, dict)  # noqa: S101  # as `template_values` says
            change["facts"] = {
                fact: known.model_copy(update={"value": facts[fact]})
                for fact, known in speaker.facts.items()
            }
            change["goal"] = seen["goal"] if speaker.goal is not None else None
            change["patience"] = patience(speaker, seen, name)
        speakers[name] = speaker.model_copy(update=change)
    over = bool(turns) and turns[-1].ends
    return Examined(
        key,
        persona,
        replicate,
        speakers,
        tuple(turns),
        state,
        values,
        not over and sum(not turn.given for turn in turns) < cell.most_turns,
        cell.prompt_version,
        frozenset(tools),
    )
