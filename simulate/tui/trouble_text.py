"""What is read of a dialogue in which something failed, was repaired or was asked for again."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from simulate.runfile import Call, Dialogue
from simulate.runfile.dialogue_list import DialogueRow
from simulate.runfile.failure_reasons import UnusableText, unusable_texts
from simulate.runfile.reader import RunReader
from simulate.runfile.troubles import Place, Trouble, raw_of
from simulate.terminal.numbers import probability
from simulate.terminal.safe_text import block, line
from simulate.verbalized import ReplyDistribution

NO_TEXT = "No text of the model was rejected; the reason above is all there is."
MOST_SHOWN = 20
"""Places of one dialogue that are shown."""


def trouble_text(run: RunReader, row: DialogueRow, reason: Trouble) -> Text:
    """Return what happened in a dialogue by one reason, with what the model wrote."""
    text = Text()
    text.append(f"dialogue {row.id} · {line(row.cell)} · {line(row.persona)}\n", "bold")
    if reason.kind == "failed":
        text.append(f"{line(row.fault or '')}: {block(row.error or '')}\n")
        return text.append_text(_unread(unusable_texts(run, row.id)))
    text.append(f"{reason.kind}: {block(reason.what)}\n")
    dialogue, calls = run.dialogue(row.id), list(run.calls(row.id))
    places = list(dict.fromkeys(p for p in reason.places if p.dialogue == row.id))
    for place in places[:MOST_SHOWN]:
        text.append(f"\n{_named(place, dialogue)}\n", "bold")
        made = [c for c in calls if (c.turn, c.outcome) == (place.turn, place.outcome)]
        if reason.kind == "text not usable":
            found = [UnusableText(_raw(c), c.problem) for c in made if c.problem is not None]
            text.append_text(_unread(found))
        elif reason.kind == "request sent again":
            for call in made:
                if call.attempts > 1:
                    text.append(f"sent {call.attempts:,} times to {line(call.model)}\n")
        else:
            raw = raw_of(calls, place)
            text.append("wrote: ", "dim")
            text.append("(not on file)\n" if raw is None else f"{block(raw)}\n")
            text.append("read as: ", "dim")
            text.append(f"{_read_as(place, dialogue)}\n")
    if len(places) > MOST_SHOWN:
        text.append(f"\n… and {len(places) - MOST_SHOWN:,} more in this dialogue")
    return text


def _unread(unread: Sequence[UnusableText]) -> Text:
    """Return texts that could not be used, with the reason of each call."""
    text = Text()
    if not unread:
        text.append(f"\n{NO_TEXT}")
    for number, (raw, problem) in enumerate(unread, 1):
        text.append(f"\ncall {number} of {len(unread)}: {block(problem)}\n", "bold")
        text.append("(no reply)\n" if raw is None else f"{block(raw)}\n")
    return text


def _raw(call: Call) -> str | None:
    return None if call.reply is None else call.reply.text


def _named(place: Place, dialogue: Dialogue) -> str:
    if place.turn is not None:
        turns = dialogue.turns
        who = f" ({line(turns[place.turn].speaker)})" if place.turn < len(turns) else ""
        return f"turn {place.turn}{who}"
    return f"outcome {line(place.outcome or '')}"


def _read_as(place: Place, dialogue: Dialogue) -> str:
    """Return the candidates that were read, or the text or value where there are none."""
    if place.turn is not None:
        if place.turn >= len(dialogue.turns):
            return "(not taken)"
        turn = dialogue.turns[place.turn]
        return block(turn.shown) if turn.draw is None else _listed(turn.draw.distribution)
    outcome = dialogue.outcomes.get(place.outcome or "")
    if outcome is None:
        return "(not measured)"
    return line(str(outcome.value)) if outcome.draw is None else _listed(outcome.draw.distribution)


def _listed(distribution: ReplyDistribution) -> str:
    pairs = zip(distribution.candidates, distribution.weights.tolist(), strict=True)
    return "".join(f"\n  {probability(weight)}  {block(c.text)}" for c, weight in pairs)
