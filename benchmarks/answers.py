"""Canned answers of models that benchmarks ask in their own process."""

from __future__ import annotations

import json
from typing import Any

from simulate.models import ChatRequest

REPLY = "This is what a person says in one or two short sentences, neither more nor less than that."
ANSWERS = [
    {
        "value": value,
        "responses": [
            {"text": f"{text} {i}.", "value": value, "ends": False, "probability": p}
            for i, (text, p) in enumerate(
                (("Sure", 0.4), ("Maybe", 0.3), ("No", 0.2), ("Why", 0.1))
            )
        ],
    }
    for value in (0, 0.5, 1, 2)
]
"""Each serves all that `donation` asks: a turn, an amount, and what a judge reads."""


def answer(request: ChatRequest) -> Any:
    """Answer what is asked for: in words, with five texts, or with five values."""
    if request.schema is None:
        return REPLY
    asked = json.dumps(request.schema)
    text: Any = REPLY if '"text"' in asked else 0.5
    key = "text" if '"text"' in asked else "value"
    return {"responses": [{key: text, "probability": p} for p in (0.4, 0.3, 0.15, 0.1, 0.05)]}
