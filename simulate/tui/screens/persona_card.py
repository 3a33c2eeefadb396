"""The card of a persona: attributes, prose, and the dialogues it had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.text import Text

from simulate.population import Persona
from simulate.runfile.dialogue_list import DialogueRow
from simulate.terminal.safe_text import block, line
from simulate.tui.dialogue_data import shown_value
from simulate.tui.screens.text_modal import TextModal


def persona_text(
    persona: Persona,
    dialogues: Sequence[DialogueRow],
    outcomes: Sequence[str],
    others: Mapping[str, Persona],
) -> Text:
    """Return a persona's card, with the personas of whom it talked to."""
    text = _attributes(persona)
    for speaker, other in others.items():
        text.append(f"\n{line(speaker)}: {line(other.id)}\n", "bold")
        text.append(_attributes(other))
    text.append(f"\nDialogues ({len(dialogues)})\n", "bold")
    for row in dialogues:
        values = ", ".join(
            f"{line(name)} {line(shown_value(value))}"
            for name, value in zip(outcomes, row.outcomes, strict=True)
        )
        text.append(f"  {row.id:>6}  {line(row.cell)}, replicate {row.replicate}, {row.status}")
        text.append(f": {values}\n" if row.status == "completed" and values else "\n")
    return text


def _attributes(persona: Persona) -> Text:
    text = Text()
    width = max((len(name) for name in persona.attributes), default=0) + 2
    for name, value in persona.attributes.items():
        text.append(f"{line(name):<{width}}", "bold")
        shown = f"{value:g}" if isinstance(value, float) else "–" if value is None else str(value)
        text.append(f"{line(shown)}\n")
    if persona.prose:
        text.append(f"\n{block(persona.prose).strip()}\n")
    if not persona.attributes and not persona.prose:
        text.append("This persona has no attributes: the scenario names no population.\n")
    return text


class PersonaCard(TextModal):
    """A persona's card."""

    def __init__(
        self,
        persona: Persona,
        dialogues: Sequence[DialogueRow],
        outcomes: Sequence[str],
        others: Mapping[str, Persona],
    ) -> None:
        text = persona_text(persona, dialogues, outcomes, others)
        super().__init__(f"Persona {line(persona.id)}", text)
