"""What each screen shows, as data: the command line's twin of the terminal UI."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from simulate.comparison.progress import untold
from simulate.models import Usage
from simulate.population import Persona
from simulate.runfile import Call
from simulate.runfile.dialogue_list import DialogueRow
from simulate.runfile.failure_reasons import failed_dialogues
from simulate.runfile.jsonl import verdict_fields
from simulate.runfile.run_folder import runs_in
from simulate.runfile.run_progress import CallCounts, count_calls, run_progress
from simulate.runfile.run_view import RunView
from simulate.runfile.troubles import troubles
from simulate.tui.analyses import ANALYSES, Selected
from simulate.tui.dialogue_data import Transcript, calls_of, outcome_draw, read_transcript
from simulate.verbalized import RecordedDraw

SCREENS = (
    "runs",
    "dialogues",
    "transcript",
    "prompt",
    "persona",
    "distributions",
    "failures",
    "live",
    *ANALYSES,
    "help",
)
MOST_ROWS = 1000


def screen_data(
    screen: str,
    folder: Path,
    view: RunView | None,
    selected: Selected,
) -> dict[str, Any]:
    """Return what a screen shows.

    Args:
        screen: one of `SCREENS`.
        folder: whose runs are listed.
        view: the run that is open, or None.
        selected: what is chosen of it: by default the first dialogue of the order is open, and
            the screen `prompt` shows the calls of all its turns.

    Returns:
        A mapping that can be written as JSON.
    """
    if screen == "runs" or view is None:
        return {"folder": str(folder), "runs": [_run(each) for each in runs_in(folder)]}
    if screen == "failures":
        found = [
            {**failure._asdict(), "ids": failed_dialogues(view.reader, failure)}
            for failure in view.reader.failures()
        ]
        listed = [
            {
                "kind": each.kind,
                "what": each.what,
                "count": each.times,
                "places": [place._asdict() for place in each.places[:MOST_ROWS]],
            }
            for each in troubles(view.reader)
        ]
        return {"run": str(view.path), "failures": found, "troubles": listed}
    if screen == "live":
        return _live(view)
    if screen == "distributions":
        from simulate.tui.distribution_data import distributions_data

        return distributions_data(view)
    if screen in ANALYSES:
        return ANALYSES[screen](view, selected, untold).found.to_dict()
    order, turn = selected.order, selected.turn
    ids = view.ids(order)
    if screen == "dialogues":
        shown = view.dialogues(ids[:MOST_ROWS])
        rows = [dialogue_data(row, view.outcomes) for row in shown]
        return {
            "run": str(view.path),
            "filter": order.filter,
            "showing": len(rows),
            "of": len(ids),
            "dialogues": rows,
        }
    number = selected.dialogue
    if number is None and len(ids):
        number = ids[0]
    transcript = None if number is None else read_transcript(view, number)
    if transcript is None:
        return {"run": str(view.path), "dialogue": None}
    if screen == "persona":
        persona = view.reader.persona(transcript.row.persona)
        others = view.reader.personas_of(transcript.row.id)
        rows = [dialogue_data(row, view.outcomes) for row in view.dialogues_of(persona.id)]
        return {
            **_persona(persona),
            **({"personas": {n: _persona(p) for n, p in others.items()}} if others else {}),
            "dialogues": rows,
        }
    if screen == "prompt":
        calls = (
            list(view.reader.calls(transcript.row.id))
            if turn is None
            else calls_of(view, transcript.row.id, turn)
        )
        return {"dialogue": transcript.row.key, "calls": [_call(call) for call in calls]}
    return transcript_data(transcript, view.outcomes)


def _run(run: Any) -> dict[str, Any]:
    return {**run._asdict(), "path": str(run.path), "left": run.left}


def dialogue_data(row: DialogueRow, outcomes: Sequence[str]) -> dict[str, Any]:
    """Return a row of the table of dialogues."""
    return {**row._asdict(), "outcomes": dict(zip(outcomes, row.outcomes, strict=True))}


def _drawn(draw: RecordedDraw | None, below: float | None = None) -> dict[str, Any]:
    if draw is None:
        return {"chosen": None, "candidates": []}
    weights = draw.distribution.weights.tolist()
    return {
        "chosen": draw.chosen,
        "candidates": [
            {"text": c.text, "stated": c.probability, "weight": weight, "ends": c.ends}
            | ({"above": True} if c.is_above(below) else {})
            for c, weight in zip(draw.distribution.candidates, weights, strict=True)
        ],
    }


def _before(
    picks: Sequence[RecordedDraw],
    threshold_of: Callable[[RecordedDraw], float | None] = lambda draw: None,
) -> list[dict[str, Any]]:
    return [{"what": pick.what, **_drawn(pick, threshold_of(pick))} for pick in picks]


def transcript_data(transcript: Transcript, outcomes: Sequence[str]) -> dict[str, Any]:
    """Return a dialogue with its turns and outcomes."""
    turns = []
    for turn in transcript.turns:
        draw, entropy = turn.draw, turn.entropy
        turns.append(
            {
                "position": turn.index,
                "speaker": turn.speaker,
                "plays": transcript.plays(turn),
                "method": transcript.method(turn),
                "text": turn.text,
                "parse": turn.parse,
                "entropy": entropy,
                "effective_size": None if entropy is None else math.exp(entropy),
                "u": None if draw is None else draw.u,
                "ends": turn.ends,
                "draws": _before(turn.picks, turn.threshold_of),
                **_drawn(draw, turn.threshold),
                "took": transcript.took_for(turn)._asdict(),
            }
        )
    measured = {
        outcome.name: {
            "value": outcome.value,
            "applies": outcome.applies,
            "unit": transcript.units.get(outcome.name),
            "parse": outcome.parse,
            "draws": _before(outcome.picks),
            **_drawn(outcome_draw(outcome)),
            "took": transcript.took_for(outcome)._asdict(),
        }
        for outcome in transcript.outcomes
    }
    row = dialogue_data(transcript.row, outcomes) | {"excluded": transcript.excluded}
    checks = [
        {"dialogue": transcript.row.id, "check": said.check, **verdict_fields(said)}
        for said in transcript.checks
    ]
    return {"dialogue": row, "turns": turns, "outcomes": measured, "checks": checks}


def _live(view: RunView) -> dict[str, Any]:
    totals = view.reader.totals()
    now = run_progress(view.reader, totals)
    counts = count_calls(view.reader, CallCounts())
    while not counts.complete:
        counts = count_calls(view.reader, counts)
    return {
        "run": str(view.path),
        "totals": {**totals._asdict(), "dialogues": totals.dialogues, "ended": totals.ended},
        "cells": [cell._asdict() for cell in now.cells],
        "in_flight": [each._asdict() for each in now.in_flight],
        "latest": [turn._asdict() for turn in now.latest],
        "budget": now.budget._asdict(),
        "requests_sent_again": counts.retries,
        "texts_not_usable": counts.unusable,
        "models": list(now.models),
        "answered": list(now.answered),
        "endpoints": list(now.told),
    }


def _call(call: Call) -> dict[str, Any]:
    reply = call.reply
    used = Usage() if reply is None else reply.usage
    return {
        "turn": call.turn,
        "outcome": call.outcome,
        "speaker": call.speaker,
        "attempt": call.ask,
        "model": call.model,
        "prompt": call.prompt,
        "schema": call.schema,
        "seed": call.seed,
        "raw": None if reply is None else reply.text,
        "finish": None if reply is None else reply.finish,
        "problem": call.problem,
        "prompt_tokens": used.prompt_tokens,
        "cached_tokens": used.cached_tokens,
        "completion_tokens": used.completion_tokens,
        "cost_usd": None if reply is None else reply.cost_usd,
        "latency_s": None if reply is None else reply.latency_s,
        "tries": call.attempts,
        **({"taken_from": call.shared.payer} if call.shared and call.taken else {}),
    }


def _persona(persona: Persona) -> dict[str, Any]:
    return {"id": persona.id, "attributes": persona.attributes, "prose": persona.prose}
