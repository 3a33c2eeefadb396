"""Invented dialogues in the form of the release of PersuasionForGood, with invented people."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from simulate.models import ChatRequest
from simulate.reference.importers.persuasionforgood import SURVEY

ACTS = (("greeting", "credibility-appeal", "proposition-of-donation", "closing"),
        ("greeting", "ask-org-info", "agree-donation", "thank"))  # fmt: skip
SENTENCE = "Sentence {turn} of talk {dialogue}, about Save the Children."
ANSWERS = {"age": 30, "sex": "Female", "edu": "Postgraduate", "income": 3, "ideology": "Liberal"}


def said(dialogue: int, turn: int) -> str:
    """Return what is said in a turn, which is said nowhere else."""
    return SENTENCE.format(turn=turn, dialogue=dialogue)


def donation(dialogue: int) -> float:
    """Return what the persuadee gave, in cents that nobody states."""
    return round(0.13 + 0.17 * (dialogue % 9), 2)


def invented(
    folder: Path,
    dialogues: int = 24,
    turns: int = 8,
    annotated: int | None = None,
    sentence: str = SENTENCE,
) -> str:
    """Write dialogues of so many turns, and return the spec that names them.

    Args:
        folder: where the files are written.
        dialogues: how many; the people of each are others.
        turns: of each, the two in turn.
        annotated: how many of them have acts; all by default.
        sentence: what is said, with `turn` and `dialogue`.
    """
    info, talk, acts = [], [], []
    for d in range(dialogues):
        survey = {f"{name}.x": ANSWERS.get(name, 1.5 + d % 5 / 2) for name in SURVEY}
        for role, who in enumerate(("er", "ee")):
            gave = donation(d) if role else 0.0
            info.append({"B2": f"t{d}", "B3": f"{who}{d}", "B4": role, "B6": gave, **survey})
        for turn in range(turns):
            role = turn % 2
            unit = sentence.format(turn=turn, dialogue=d)
            row = {"B2": f"t{d}", "B4": role, "Turn": turn // 2, "Unit": unit}
            talk.append(row)
            act = ACTS[role][min(turn // 2 + d % 2, 3)]
            labels = {"er_label_1": "" if role else act, "ee_label_1": act if role else ""}
            if annotated is None or d < annotated:
                acts.append({**row, **labels})
    for name, rows in (("full_info", info), ("full_dialog", talk), ("annotated_dialog", acts)):
        if rows:
            with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
    return f"persuasionforgood:{folder}"


def states(
    probability: Callable[[str], float] = len, seen: list[ChatRequest] | None = None
) -> Callable[[ChatRequest], Mapping[str, Any]]:
    """Return what answers a walk: all acts, three amounts, or texts.

    Args:
        probability: how likely a level is stated to be, up to a factor.
        seen: takes in every request.
    """

    def answer(request: ChatRequest) -> Mapping[str, Any]:
        if seen is not None:
            seen.append(request)
        asked = (request.schema or {})["properties"]
        if "value" in asked:
            return {"value": asked["value"].get("enum", [1])[0]}
        item = asked["responses"]["items"]["properties"]
        if "text" in item:
            listed: list[dict[str, Any]] = [
                {"text": f"Text {i}.", "ends": i == 0, "probability": 0.2} for i in range(5)
            ]
        elif "enum" in item["value"]:
            levels = item["value"]["enum"]
            total = sum(map(probability, levels))
            listed = [{"value": v, "probability": probability(v) / total} for v in levels]
        else:
            listed = [{"value": v, "probability": p} for v, p in ((0, 0.5), (1, 0.3), (2, 0.2))]
        return {"responses": listed}

    return answer
