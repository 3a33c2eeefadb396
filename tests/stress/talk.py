"""Dialogues and judges for the tests of this folder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from simulate.engine.examiner import AskJudge
from simulate.engine.labelled import asking
from simulate.models import ScriptedModel
from simulate.population import Persona
from simulate.runfile import CheckVerdict, Examined, RunReader, Turn
from simulate.scenario import Check, Speaker
from simulate.stress.checks.result import Look
from simulate.stress.checks.running import carry_out
from simulate.stress.records import Observed, ended, observed

AnyTurn = tuple[str, str] | Turn

SPEAKERS: dict[str, dict[str, Any]] = {
    "customer": {"plays": "user"},
    "bot": {"plays": "target"},
}


def dialogue(
    *turns: AnyTurn, speakers: Mapping[str, Mapping[str, Any]] | None = None, **fields: Any
) -> Examined:
    """Return a dialogue of these turns: speaker and text, or whole turns."""
    examined = [turn if isinstance(turn, Turn) else Turn(i, *turn) for i, turn in enumerate(turns)]
    fields.setdefault("persona", Persona("p1"))
    return Examined(
        key="k",
        replicate=0,
        speakers={n: Speaker.model_validate(s) for n, s in (speakers or SPEAKERS).items()},
        turns=examined,
        **fields,
    )


def bot(*texts: str, **fields: Any) -> Examined:
    """Return a dialogue in which the customer says the same each time, and the bot these texts."""
    turns: list[AnyTurn] = []
    for text in texts:
        turns += [("customer", "Hello there."), ("bot", text)]
    return dialogue(*turns, **fields)


def judge(answers: Callable[..., Any] | Sequence[Any]) -> AskJudge:
    """Return a judge whose answers are written down."""
    return asking(ScriptedModel(answers, name="judge"), seed=1)


def checked(
    declared: Mapping[str, Any], examined: Examined, ask: AskJudge | None = None, **options: Any
) -> CheckVerdict:
    """Carry one check out."""
    check = Check.model_validate(declared)
    look = Look("rule", check, examined, ask or judge(["no judge here"]), **options)
    return asyncio.run(carry_out(look))


def observe(run: RunReader) -> list[Observed]:
    """Return what was observed of each dialogue that ended."""
    return [observed(run, dialogue) for dialogue in ended(run)]
