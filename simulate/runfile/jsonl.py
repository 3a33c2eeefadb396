"""A dialogue as a line of the JSONL export."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from simulate.population import Persona
from simulate.runfile.dialogue import CheckVerdict, Dialogue, OutcomeValue, Turn
from simulate.runfile.exclusions import rule_of
from simulate.scenario import Cell, Scenario
from simulate.verbalized import RecordedDraw


def exported(run_id: str, scenario: Scenario, dialogue: Dialogue) -> dict[str, Any]:
    """Return a dialogue as a line of the JSONL export; see DESIGN, contract “JSONL export”."""
    personas, branch = dialogue.personas, dialogue.branch
    return {
        "run": run_id,
        "dialogue": dialogue.key,
        "status": dialogue.status,
        "error": f"{dialogue.fault}: {dialogue.error}" if dialogue.error is not None else None,
        **({"excluded": rule_of(scenario, dialogue)} if scenario.exclude else {}),
        **of_cell(scenario, dialogue.cell),
        "persona": persona_fields(dialogue.persona),
        **({"personas": {n: persona_fields(p) for n, p in personas.items()}} if personas else {}),
        **({"parent": branch.parent, "root": branch.root} if branch is not None else {}),
        "replicate": dialogue.replicate,
        "turns": [_turn(turn) for turn in dialogue.turns],
        "outcomes": {name: _outcome(value) for name, value in dialogue.outcomes.items()},
        **({"asked": list(dialogue.asked)} if dialogue.asked else {}),
        **({"state": dialogue.state} if dialogue.state is not None else {}),
        **(
            {"verdicts": {v.check: verdict_fields(v) for v in dialogue.verdicts}}
            if dialogue.verdicts or scenario.checks
            else {}
        ),
        "usage": dialogue.spent._asdict(),
    }


def of_cell(scenario: Scenario, cell: Cell) -> dict[str, Any]:
    """Return what is the same in all lines of a cell."""
    return {
        "cell": cell.levels,
        **({"nuisance": scenario.nuisance} if scenario.nuisance else {}),
        **_factors(scenario),
        "prompt_version": cell.prompt_version,
    }


def _factors(scenario: Scenario) -> dict[str, Any]:
    """Return what each factor is, and how likely its level was, where not everybody meets all."""
    if scenario.design.plain:
        return {}
    of = {
        each.name: {"kind": each.kind, "probability": each.probability} for each in scenario.factors
    }
    return {"factors": of}


def persona_fields(persona: Persona) -> dict[str, Any]:
    """Return a persona."""
    return {"id": persona.id, "attributes": persona.attributes}


def line_of(value: object) -> str:
    """Write a value as the lines of the export are written."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _turn(turn: Turn) -> dict[str, Any]:
    draw = turn.draw
    found: dict[str, Any] = {
        "index": turn.index,
        "speaker": turn.speaker,
        "text": turn.text,
        "candidates": None if draw is None else _candidates(draw, below=turn.threshold_of(draw)),
        "chosen": None if draw is None else draw.chosen,
    }
    if turn.parse is not None:
        found["parse"] = turn.parse
    if turn.ends:
        found["ends"] = True
    if len(turn.messages) != 1:
        found["messages"] = list(turn.messages)
    if turn.tool_calls:
        found["tool_calls"] = [call.to_dict() for call in turn.tool_calls]
    if turn.below is not None:
        found["tail"] = turn.below
    if turn.threshold is not None:
        found["below"] = turn.threshold
    if turn.given:
        found["given"] = True
    return found | _earlier(turn.draws[:-1], turn.threshold_of)


def _earlier(
    draws: Sequence[RecordedDraw],
    threshold_of: Callable[[RecordedDraw], float | None] = lambda draw: None,
) -> dict[str, Any]:
    """Return the draws that come before the last one, if any."""
    found = [
        {
            "what": d.what,
            "candidates": _candidates(d, chances=True, below=threshold_of(d)),
            "chosen": d.chosen,
        }
        for d in draws
    ]
    return {"draws": found} if found else {}


def _candidates(
    draw: RecordedDraw, *, chances: bool = False, below: float | None = None
) -> list[dict[str, Any]]:
    weights, likely = draw.distribution.weights.tolist(), draw.chances.tolist()
    return [
        {
            "text": c.text,
            "probability": c.probability,
            "weight": weight,
            **({"chance": chance} if chances else {}),
            **({"ends": True} if c.ends else {}),
            **({"above": True} if c.is_above(below) else {}),
        }
        for c, weight, chance in zip(draw.distribution.candidates, weights, likely, strict=True)
    ]


def _outcome(measured: OutcomeValue) -> dict[str, Any]:
    candidates = None if measured.draw is None else measured.candidates
    return {
        "value": measured.value,
        **({} if measured.applies else {"applies": False}),
        "candidates": None
        if candidates is None
        else [
            {
                "value": c.value,
                **({} if c.applies else {"applies": False}),
                "probability": c.probability,
                "weight": c.weight,
            }
            for c in candidates
        ],
        **_earlier(measured.picks),
    }


def verdict_fields(verdict: CheckVerdict) -> dict[str, Any]:
    """Return a verdict without its check and its calls."""
    return {
        "verdict": verdict.verdict,
        "whose": verdict.attributed_to,
        "probability": verdict.probability,
        "turn": verdict.turn,
        "reason": verdict.reason,
        "quote": verdict.quote,
        "disagreement": verdict.disagreement,
    }
