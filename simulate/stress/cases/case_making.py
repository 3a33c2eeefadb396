"""Make a regression case of a dialogue that was shrunk."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from simulate.errors import CaseError, quote
from simulate.files.validation import first_problem
from simulate.models.redaction import Secrets, hidden_in
from simulate.models.secrets import secrets_of_environment
from simulate.runfile import RunReader
from simulate.scenario import Check
from simulate.stress.cases.case import Case
from simulate.stress.cases.replaying import Situation
from simulate.stress.cases.shrinking import Shrunk

SHORTEST_SECRET = 8
"""Characters of an environment variable's value that is taken for a secret by its name."""


def case_of(file: RunReader, dialogue: int, shrunk: Shrunk, name: str | None = None) -> Case:
    """Make a case of a dialogue that was shrunk.

    Raises:
        CaseError: the dialogue did not fail again; the name cannot be a file's; or the case
            would hold a secret of this environment.
    """
    where = f"run file {file.path}, dialogue {dialogue}"
    if shrunk.replay is None:
        raise CaseError(f"{where}: {shrunk.note}; no case is made")
    situation = Situation.of_run(file, dialogue)
    target, user = situation.parties()
    verdict = shrunk.replay.verdicts[shrunk.check]
    names: Mapping[str, str] = (file.meta.get("models") or [{}])[situation.cell.index]
    data: dict[str, Any] = {
        "case": name if name is not None else _named(shrunk.check, situation.key),
        "check": shrunk.check,
        "reason": "",
        "messages": list(shrunk.messages),
        "scenario": _needed(situation, target, user, shrunk.check),
        "cell": situation.cell.levels,
        "persona": {
            "id": situation.persona.id,
            "attributes": situation.persona.attributes,
            "prose": situation.persona.prose,
        },
        "found": {
            "run": file.run_id,
            "dialogue": situation.key,
            "seed": situation.seed,
            "date": str(file.meta.get("created", "")),
            "replicate": situation.replicate,
            "target": names.get(target, ""),
            "people": ", ".join(file.human_data),
            "attackers": ", ".join(file.attackers),
            "turns_before": len(shrunk.before),
            "turns": len(shrunk.after),
            "log_probability_before": _finite(shrunk.log_probability_before),
            "log_probability": _finite(shrunk.log_probability),
        },
    }
    plain = json.loads(json.dumps(data))
    found = secrets_of_environment(os.environ)
    secrets = Secrets(value for value in found if len(value) >= SHORTEST_SECRET)
    if hidden_in(plain, secrets.hidden) != plain:
        raise CaseError(
            f"{where}: a message, or the scenario, holds the value of an environment variable "
            "that is named like a secret; no case is made"
        )
    turns = shrunk.replay.turns
    data["reason"] = secrets.hidden(verdict.reason)
    data["said"] = [{"speaker": t.speaker, "text": secrets.hidden(t.text)} for t in turns]
    try:
        return Case.model_validate(data)
    except ValidationError as error:
        raise CaseError(f"case {quote(str(data['case']))}: {first_problem(error)}") from None


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _named(check: str, key: str) -> str:
    """Make a name of a check's name and a dialogue's id that is safe as a file's."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", check).strip("-").lower()[:60] or "check"
    # Of one out of a log the id is its place there.
    short = key if key.isalnum() else hashlib.sha256(key.encode()).hexdigest()
    return f"{plain}-{short[:8]}"


def _needed(situation: Situation, target: str, user: str, check: str) -> dict[str, Any]:
    """Return what a replay needs of the scenario, with the values that templates render to."""
    scenario, cell = situation.scenario, situation.cell
    speakers: dict[str, dict[str, Any]] = {}
    for name, speaker in situation.examined().speakers.items():
        kept: dict[str, Any] = {"plays": speaker.plays}
        if speaker.person is not None:
            kept["person"] = speaker.person
        if name == target and speaker.instructions:
            kept["instructions"] = _literal(speaker.instructions)
        if name == user and speaker.plays == "user":
            if speaker.goal is not None:
                kept["goal"] = _literal(speaker.goal)
            if speaker.facts:
                kept["facts"] = {
                    fact: known.model_dump(exclude_none=True) | {"value": _literal(known.value)}
                    for fact, known in speaker.facts.items()
                }
        speakers[name] = kept
    declared: Check | None = scenario.checks.get(check)
    turns = scenario.turns
    tools = scenario.model_dump(mode="json", exclude_defaults=True, include={"tools", "tool_state"})
    return {
        "scenario": scenario.name,
        "prompt_version": cell.prompt_version,
        "description": scenario.description,
        "variables": _mentioned(cell.variables, declared, tools),
        "speakers": speakers,
        "turns": {
            "first": scenario.order()[0],
            **turns.model_dump(include={"maximum", "counts", "stop"}),
        },
        **tools,
        "checks": {}
        if declared is None
        else {check: declared.model_dump(mode="json", exclude_none=True)},
    }


def _mentioned(
    variables: Mapping[str, Any], check: Check | None, tools: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return the variables that templates of the check and of tools read; the others are filled."""
    said = ("" if check is None else check.model_dump_json()) + json.dumps(tools)
    if "variables" not in said:
        return {}
    named = {n: v for n, v in variables.items() if re.search(rf"\b{re.escape(n)}\b", said)}
    return named or variables


def _literal(text: str) -> str:
    """Return a template that renders to a text, whatever it holds."""
    if not text or re.search(r"\{[{%#]|\r", text) or text != text.strip():
        return "{{ " + json.dumps(text, ensure_ascii=False) + " }}"
    return text
