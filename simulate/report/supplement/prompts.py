"""Speakers and prompts, word for word: templates, and one example of each as it was sent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simulate.engine.prompt_texts import prompt_texts, text_hash
from simulate.errors import InputError
from simulate.report.document import (
    Block,
    Paragraph,
    Section,
    Verbatim,
    facts,
    section,
)
from simulate.report.document import table as new_table
from simulate.report.supplement.gathered import Gathered
from simulate.runfile import Call
from simulate.runfile.cell_sizes import first_dialogues
from simulate.scenario import Cell, Speaker
from simulate.verbalized import MethodSpec

MOST_CELLS = 24
"""Of how many cells examples are shown."""


def speakers(known: Gathered) -> Iterator[Section]:
    """Yield what each speaker is told, and what was sent for it."""
    shown = known.cells[:MOST_CELLS]
    calls = {cell.index: _examples(known, cell) for cell in shown}
    more = len(known.cells) - len(shown)
    yield section(
        "Speakers and prompts",
        Paragraph(
            "Templates stand here as they were written, and one prompt of each kind as it was "
            "sent, with the answer that came. The prompts of all calls are in the run file. "
            "Control characters, and others that are not seen, are shown as escapes such as \\x09."
        ),
        Paragraph(
            f"Examples are of the first {len(shown):,} cells; there are {more:,} more.", "note"
        )
        if more
        else None,
    )
    for name, speaker in known.scenario.speakers.items():
        yield section(
            f"Speaker {name}",
            facts(
                ("plays", speaker.plays),
                ("named in prompts", known.scenario.person(name)),
                ("goal", speaker.goal),
                *((f"fact {what}", fact.value) for what, fact in speaker.facts.items()),
            ),
            *_templates(known, name),
            *_sent(known, "turn", {i: found.get((name, None)) for i, found in calls.items()}),
            level=3,
        )
    firsts = {wave.items[0] for wave in known.scenario.waves.values()}
    later = {name for wave in known.scenario.waves.values() for name in wave.items[1:]}
    for label, outcome in known.scenario.outcomes.items():
        if (outcome.asked or outcome.judged) and label not in later:
            of_outcome = {
                i: next((c for (_, what), c in found.items() if what == label), None)
                for i, found in calls.items()
            }
            sent = _sent(known, "question", of_outcome, with_history=False)
            before = "It follows the instructions of who is asked, and the dialogue so far."
            if label in firsts:
                before += " The other items of the battery are asked in the same way."
            told = Paragraph(before, "note") if outcome.asked else None
            yield section(f"Question for outcome {label}", told, *sent, level=3)
    yield section("Prompts of the methods", *_shipped(known), level=3)


def _templates(known: Gathered, name: str) -> Iterator[Verbatim]:
    """Yield the different templates of a speaker's instructions, each with its cells."""
    by_text: dict[str, list[str]] = {}
    own: dict[str, list[str]] = {}
    for cell in known.cells:
        speaker = cell.speakers[name]
        by_text.setdefault(speaker.instructions, []).append(cell.label)
        for method in speaker.method.asking:
            if method.prompt is not None:
                own.setdefault(method.prompt, []).append(cell.label)
    for text, cells in by_text.items():
        if text:
            yield Verbatim(f"Instructions, template ({known.label(cells)})", (("", text),))
    for text, cells in own.items():
        yield Verbatim(f"Prompt of its own ({known.label(cells)})", (("", text),))


def _examples(known: Gathered, cell: Cell) -> dict[tuple[str | None, str | None], Call]:
    """Return the first call of a cell for each speaker's turns, and for each outcome."""
    found: dict[tuple[str | None, str | None], Call] = {}
    for number in first_dialogues(known.run, cell.index):
        for call in known.run.calls(number):
            found.setdefault((call.speaker, call.outcome), call)
    return found


def _sent(
    known: Gathered, what: str, calls: Mapping[int, Call | None], *, with_history: bool = True
) -> Iterator[Block]:
    """Yield examples as they were sent; cells with the same one share it."""
    by_parts: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for index, call in calls.items():
        if call is not None:
            by_parts.setdefault(_parts(call, with_history), []).append(known.cells[index].label)
    for parts, cells in by_parts.items():
        yield Verbatim(f"First {what} as it was sent ({known.label(cells)})", parts)


def _parts(call: Call, with_history: bool) -> tuple[tuple[str, str], ...]:
    sent = call.prompt if with_history else call.request
    parts = [(message["role"], message["content"]) for message in sent]
    if call.schema is not None:
        schema = json.dumps(call.schema, ensure_ascii=False, indent=1)
        parts.append(("form of the answer that was asked for (JSON Schema)", schema))
    if call.reply is not None:
        parts.append(("answer", call.reply.text))
    return tuple(parts)


def _shipped(known: Gathered) -> Iterator[Block]:
    """Yield the templates that come with simulate, as far as they are those of the run."""
    recorded: Mapping[str, str] = known.meta.get("prompts") or {}
    try:
        texts = prompt_texts(known.scenario, known.cells)
    except InputError as error:  # a method of a package that is not installed
        texts = {}
        yield Paragraph(f"They cannot be shown: {error}.", "note")
    others = [name for name in recorded if text_hash(texts.get(name, "")) != recorded[name]]
    for name, text in texts.items():
        if name not in others:
            yield Verbatim(f"Prompt {name} (Jinja template)", (("", text),))
    if others:
        yield Paragraph(
            "This version of simulate has no such text, or another one, and does not show it; the "
            f"version that wrote the run file does: {', '.join(others)}.",
            "note",
        )


def methods(known: Gathered) -> Section:
    """Return how replies and answers were obtained and drawn, and the settings of models."""
    turns: dict[tuple[str, ...], list[str]] = {}
    answers: dict[str, dict[tuple[str, ...], list[str]]] = {}
    for cell in known.cells:
        for name, speaker in cell.speakers.items():
            if speaker.plays != "target":
                words = method_words(speaker.method) + _tail(speaker)
                key = (f"turns of {name}", words, *_sampling(speaker))
                turns.setdefault(key, []).append(cell.label)
        for label, outcome in known.scenario.outcomes.items():
            if outcome.asked:
                words = method_words(cell.method_of(outcome).at_most(outcome.answers))
                settings = (words, *_sampling(cell.speakers[outcome.asked.speaker]))
                answers.setdefault(label, {}).setdefault(settings, []).append(cell.label)
    shown = [(what, known.label(cells), *rest) for (what, *rest), cells in sorted(turns.items())]
    alike: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for label, found in answers.items():
        of_label = tuple((known.label(cells), *settings) for settings, cells in found.items())
        alike.setdefault(of_label, []).append(label)
    shown += [
        (f"answers: {', '.join(labels)}", *row) for rows, labels in alike.items() for row in rows
    ]
    head = ("what", "cells", "method and draw", "temperature", "top_p", "longest reply (tokens)")
    return section(
        "Methods and draws",
        new_table(head, shown, "lllrrr"),
        Paragraph(
            "direct: the model gives one reply. All other methods ask for several candidates, and "
            "one of them is drawn by the rule that is named; where it says how likely each is (vs "
            "and its kin: verbalized sampling, Zhang et al. 2025), these are the probabilities "
            "that the model states, normalised to 1. Every candidate with its probability is on "
            "file. default: the request said nothing, and the endpoint's own setting held. A "
            "distribution of k candidates may be as many times as long as one reply.",
            "note",
        ),
        *_settings(known),
    )


def _tail(speaker: Speaker) -> str:
    tail = speaker.tail
    return "" if tail is None else f"; {tail.share:.0%} of turns from below {tail.below:g}"


def _sampling(speaker: Speaker) -> tuple[str, ...]:
    settings = (speaker.temperature, speaker.top_p, speaker.max_tokens)
    return tuple("default" if each is None else f"{each:g}" for each in settings)


def method_words(method: MethodSpec) -> str:
    """Return a method with its options in words."""
    options: dict[str, Any] = method.model_dump(mode="json", exclude_defaults=True)
    if method.parts:
        parts = (f"{n} ({p.weight:g}): {method_words(p.method)}" for n, p in method.parts.items())
        return f"mixture, one part for each {method.per or 'dialogue'}: {'; '.join(parts)}"
    said = [method.name]
    if method.verbalizes:
        said.append(f"k = {method.k}")
        draw = {
            "probability": "by probability",
            "uniform": "uniformly",
            "mode": "the likeliest",
            "tail-first": "rare ones more often (tail-first, with weights back)",
        }
        said.append(f"drawn {draw[method.draw]}")
    shown = ("rounds", "temper", "mix", "wording", "below")
    said += [f"{name} {options[name]}" for name in shown if options.get(name) is not None]
    if method.acts:
        said.append(f"acts {', '.join(method.acts)}")
    if method.prompt is not None:
        said.append("prompt of its own")
    return ", ".join(said)


def _settings(known: Gathered) -> Iterator[Block]:
    """Yield what the user's names of models stand for, as the run file holds it."""
    found: dict[str, list[str]] = {}
    recorded: Sequence[Mapping[str, Mapping[str, Any]]] = known.meta.get("settings") or ()
    for cell, of_cell in zip(known.cells, recorded, strict=False):
        for role, settings in of_cell.items():
            text = json.dumps(settings, ensure_ascii=False, sort_keys=True)
            found.setdefault(f"{role}: {text}", []).append(cell.label)
    if found:
        yield Verbatim(
            "Settings of the models, as the run file holds them (no keys)",
            tuple((known.label(cells), text) for text, cells in found.items()),
        )
