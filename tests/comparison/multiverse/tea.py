"""A talk over tea in two tones, a model that answers for its guests, and a grid over it."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import yaml

from simulate.models import ChatRequest, ScriptedModel

SCENARIO: dict[str, Any] = {
    "scenario": "tea",
    "speakers": {
        "host": {"plays": "assistant", "instructions": "Offer tea."},
        "guest": {
            "plays": "user",
            "instructions": "You are a guest, met {{ cell.tone }}.",
            "method": {"name": "vs", "k": 3},
        },
    },
    "turns": {"first": "host", "maximum": 2},
    "conditions": {"tone": {"warmly": {}, "coldly": {}}},
    "outcomes": {
        "cups": {
            "kind": "amount",
            "support": [0, 10],
            "asked": {"speaker": "guest", "question": "How many cups?"},
        },
        "thirsty": {"kind": "yesno", "asked": {"speaker": "guest", "question": "Thirsty?"}},
        "drink": {
            "kind": "choice",
            "levels": ["tea", "milk", "water"],
            "asked": {"speaker": "guest", "question": "Which?"},
        },
        "remark": {"kind": "text", "asked": {"speaker": "guest", "question": "Anything else?"}},
    },
    "contrasts": {"tone": {"cells": ["warmly", "coldly"], "meaning": "what a warm tone does"}},
    "exclude": {
        "dry": {"when": {"thirsty": ["no"]}, "why": "not thirsty"},
        "full": {"when": {"cups": {"above": 9}}, "why": "drinks anything"},
    },
}

PLAN: dict[str, Any] = {
    "multiverse": "grid",
    "scenario": "tea.yaml",
    "contrast": "tone",
    "outcome": "cups",
    "n": 24,
    "wordings": {
        "plain": {},
        "frank": {"speakers": {"guest": {"instructions": "Frankly, {{ cell.tone }}."}}},
    },
    "cleaning": {"usual": {}, "everybody": {"exclude": []}},
}


def written(folder: Path, told: dict[str, Any] | None = None, **changes: Any) -> Path:
    """Write the scenario and a plan with changes; None leaves a field out."""
    (folder / "tea.yaml").write_text(yaml.safe_dump(told or SCENARIO, sort_keys=False), "utf-8")
    plan = {k: v for k, v in {**PLAN, **changes}.items() if v is not None}
    path = folder / "plan.yaml"
    path.write_text(yaml.safe_dump(plan, sort_keys=False), "utf-8")
    return path


class Guests:
    """Answers for guests, who take more cups when met warmly, and counts what it was asked."""

    def __init__(self, effect: float = 2.0) -> None:
        self.calls = 0
        self.effect = effect
        self.model = ScriptedModel(self._answer)

    def _answer(self, request: ChatRequest) -> str | dict[str, Any]:
        self.calls += 1
        chance, said = random.Random(request.seed), json.dumps(list(request.messages))
        asked = json.dumps(request.schema)
        if request.schema is None:
            return "Tea?"
        if '"yes"' in asked:
            values: list[Any] = ["yes", "no"]
        elif '"milk"' in asked:
            values = ["tea", "milk", "water"]
        elif '"number"' in asked and '"value"' in asked:
            middle = 3 + chance.gauss(0, 1)
            middle += chance.uniform(0.5, 1.5) * self.effect * ("warmly" in said)
            values = [round(min(10, max(0, middle + away)), 2) for away in (-1, 0, 1)]
        else:
            key = "text" if '"text"' in asked else "value"
            return _listed(key, ["Please.", "Perhaps.", "No."], [0.6, 0.3, 0.1])
        return _listed("value", values, [1 / len(values)] * len(values))


def _listed(key: str, values: list[Any], stated: list[float]) -> dict[str, Any]:
    pairs = zip(values, stated, strict=True)
    return {"responses": [{key: value, "probability": p} for value, p in pairs]}
