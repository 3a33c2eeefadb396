"""How a prompt is laid out: instructions first, then the history, and a request only at the end.

A speaker's next prompt begins with its previous one, but for that last request: instructions are
rendered once per dialogue and the history only grows. That is what the prefix caches of providers
and of llama.cpp need.

A turn is a message of its own, so a text cannot pass for an instruction. Where more than two speak,
`name: ` stands before each turn of another, and further lines of the turn are indented: only at the
beginning of a line is a name the name of a speaker.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from simulate.errors import InputError, quote
from simulate.files.json_line import json_line
from simulate.files.shipped import prompt
from simulate.files.templates import render
from simulate.population import Persona
from simulate.scenario.cell import Cell
from simulate.scenario.scenario import Scenario
from simulate.scenario.speaker import Speaker
from simulate.scenario.turn_order import turns_told
from simulate.verbalized import LATEST, WORDLESS, Message, PromptVersion

OVER_LONG = 20_000
"""Characters of an over-long message."""
INDENT = "    "

NOBODY: Mapping[str, Persona] = {}
"""No speaker has a persona of its own."""


def template_values(
    cell: Cell,
    persona: Persona,
    speaker: str,
    personas: Mapping[str, Persona] = NOBODY,
) -> dict[str, object]:
    """Return what the templates of a scenario see.

    `facts` are those of all users together; `goal` is the speaker's own, else the first user's.

    Args:
        cell: the dialogue's.
        persona: the first user's.
        speaker: whose templates they are, or `judge`.
        personas: those of the speakers that have one of their own.
    """

    def seen_by(name: str) -> dict[str, object]:
        return {"persona": personas.get(name, persona).values()}

    values: dict[str, object] = {
        **seen_by(speaker),
        "cell": cell.levels,
        "variables": cell.variables,
        "speaker": speaker,
    }
    facts: dict[str, str] = {}
    goals: dict[str, str] = {}
    for name, each in cell.speakers.items():
        for fact, known in each.facts.items():
            said = {**values, **seen_by(name)}
            facts[fact] = render(known.value, said, f"speakers.{name}.facts.{fact}")
    seen = {**values, "facts": facts}
    for name, each in cell.speakers.items():
        if each.goal is not None:
            goals[name] = render(each.goal, {**seen, **seen_by(name)}, f"speakers.{name}.goal")
    goal = goals.get(speaker, next(iter(goals.values()), ""))
    return {**seen, "goal": goal}


def instructions_of(
    cell: Cell, speaker: str, values: Mapping[str, object], request: str = ""
) -> str:
    """Return the instructions of a speaker, rendered, with how turns are taken.

    Args:
        cell: the dialogue's.
        speaker: whose they are.
        values: what its templates see; see `template_values`.
        request: what they tell, once for all turns, of how each is asked for.

    Raises:
        InputError: they cannot be rendered.
    """
    where = f"speakers.{speaker}.instructions"
    said = render(cell.speakers[speaker].instructions, {**values, "request": request}, where)
    told = turns_told(cell.turns, cell.speakers, speaker) if cell.talks else ""
    return f"{said}\n\n{told}".strip() if told else said


def filled(template: str, values: Mapping[str, object], where: str) -> str:
    """Return a text that says something, rendered.

    Raises:
        InputError: it cannot be rendered, or renders to nothing.
    """
    text = render(template, values, where)
    if not text:
        raise InputError(f"{where}: renders to an empty text, and there must be something in it")
    return text


def patience(speaker: Speaker, values: Mapping[str, object], name: str) -> int | None:
    """Return after how many turns of its own a user leaves; None where it does not.

    Raises:
        InputError: the template renders to no whole number ≥ 1.
    """
    if speaker.patience is None or isinstance(speaker.patience, int):
        return speaker.patience
    where = f"speakers.{name}.patience"
    found = render(speaker.patience, values, where)
    if not found.isdecimal() or len(found) > 9 or int(found) < 1:
        raise InputError(f"{where}: must render to a whole number ≥ 1, got {quote(found, 40)}")
    return int(found)


def sent(speaker: Speaker, values: Mapping[str, object], name: str, text: str) -> str:
    """Return what is sent of a user's reply; see `Speaker.sends`.

    Raises:
        InputError: the template renders to no way of sending.
    """
    if speaker.sends == "as-written":
        return text
    where = f"speakers.{name}.sends"
    match render(speaker.sends, values, where):
        case "as-written":
            return text
        case "empty":
            return ""
        case "over-long":
            times = -(-OVER_LONG // (len(text) + 1))
            return " ".join([text] * times)[:OVER_LONG]
        case other:
            raise InputError(
                f"{where}: must render to as-written, empty or over-long, got {quote(other, 40)}"
            )


class History:
    """The prompt of one speaker in one dialogue, as it grows.

    Args:
        speaker: the speaker whose prompt it is.
        instructions: its instructions, rendered; empty for none.
        opening: what it is told where it speaks first; None where it does not.
        several: whether more than two speak, so that the others' turns are marked by name.

    Attributes:
        messages: the prompt so far; only ever appended to.
    """

    def __init__(
        self, speaker: str, instructions: str, opening: str | None, *, several: bool = False
    ) -> None:
        self.speaker = speaker
        self.messages: list[Message] = []
        self._several = several
        if instructions:
            self.messages.append({"role": "system", "content": instructions})
        if opening is not None:
            self.messages.append({"role": "user", "content": opening})

    @classmethod
    def of(
        cls,
        scenario: Scenario,
        cell: Cell,
        speaker: str,
        instructions: str,
        values: Mapping[str, object] | None = None,
    ) -> History:
        """Return the empty history of a speaker of a scenario.

        Args:
            scenario: the scenario.
            cell: the dialogue's.
            speaker: whose history it is.
            instructions: the speaker's instructions, rendered.
            values: what the template `turns.opening` sees; see `template_values`. None where it
                is a plain text.
        """
        order = scenario.order()
        opening = None
        if order[0] == speaker and cell.talks:
            opening = render(scenario.turns.opening, values or {}, "turns.opening")
        return cls(speaker, instructions, opening, several=len(order) > 2)

    def show(self, to: str, text: str) -> None:
        """Append what is shown to a speaker, if it is this one."""
        if to == self.speaker:
            self.messages.append({"role": "user", "content": text})

    def remember(self, question: str, answer: str) -> None:
        """Append a question that this speaker was asked, and its answer."""
        self.messages += exchange(question, answer)

    def add(self, speaker: str, text: str | None) -> None:
        """Append a turn; one without a text is a leave without a word, of which nobody hears."""
        if speaker == self.speaker:
            content = WORDLESS if text is None else _own(text)
            self.messages.append({"role": "assistant", "content": content})
        elif text is not None:
            content = f"{speaker}: {indented(text)}" if self._several else text
            self.messages.append({"role": "user", "content": content})


def exchange(question: str, answer: str) -> list[Message]:
    """Return how whoever was asked remembers a question and its own answer."""
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


def _own(text: str) -> str:
    """Return how a speaker remembers a turn of its own that was not sent as it was written."""
    if not text:
        return "(an empty message)"
    return f"{text[:400]} … (and so on, very long)" if len(text) == OVER_LONG else text


def indented(text: str) -> str:
    """Indent all lines but the first of a text, whatever breaks the line."""
    return INDENT.join(text.splitlines(keepends=True))


def judge_template(version: PromptVersion) -> str:
    """Return the text of the prompt of a judge."""
    return prompt("scenario", "judge", version)


def spoken_or_left(text: str | None) -> dict[str, str]:
    """Return how a transcript for a judge says what a speaker did; None leaves without a word."""
    return {"leaves": "without a word"} if text is None else {"says": text}


def _line(speaker: str, text: str | None, version: PromptVersion) -> str:
    if version == 1:
        return json_line({"speaker": speaker, **spoken_or_left(text)})
    return f"{speaker} leaves without a word" if text is None else f"{speaker}: {json_line(text)}"


def judge_messages(
    scenario: Scenario,
    turns: Iterable[tuple[str, str | None]],
    question: str,
    form: str,
    version: PromptVersion = LATEST,
) -> Sequence[Message]:
    """Return the prompt of a judge, with the transcript as JSON strings that nothing can leave.

    A turn without a text is a leave without a word.
    """
    template = judge_template(version)
    values = {
        "description": scenario.description,
        "transcript": "\n".join(_line(speaker, text, version) for speaker, text in turns),
        "question": question,
        "form": form,
    }
    return [{"role": "user", "content": render(template, values, "prompt judge")}]
