"""Dialogues that people have labelled, and a judge that is asked about them outside a run.

A line of a labelled file is one dialogue:

    {"turns": [{"speaker": "customer", "text": "…"}, …], "label": "fail", "values": {…}}

`values` is optional: what the judge's template sees beside `persona`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulate.engine.examiner import AskJudge
from simulate.engine.sampling import Asked, CallsFailedError, obtain
from simulate.errors import ReferenceDataError, quote, unreadable
from simulate.files.validation import first_problem
from simulate.models import ChatModel
from simulate.randomness import call_seed
from simulate.runfile import Call, Turn
from simulate.verbalized import StepsOf

T = TypeVar("T")


class _Turn(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")
    speaker: Annotated[str, Field(min_length=1)]
    text: str


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")
    turns: Annotated[list[_Turn], Field(min_length=1)]
    label: str
    values: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A dialogue that people have labelled.

    Attributes:
        line: its line in the file, from 1.
        turns: in order.
        label: what people say.
        values: what the judge's template sees.
    """

    line: int
    turns: Sequence[Turn]
    label: str
    values: Mapping[str, object] = field(default_factory=dict)


def asking(model: ChatModel | None, seed: int, persona: str = "", replicate: int = 0) -> AskJudge:
    """Return what asks a model as a judge outside a run.

    Args:
        model: the judge's model; None where there is none, and each question fails.
        seed: each call's own seed is a function of it, of what is judged, and of whose dialogue.
        persona: the id of whom the dialogue is of.
        replicate: the n-th dialogue of the persona.
    """

    async def ask(steps: StepsOf[T], what: str) -> tuple[T, Sequence[Call]]:
        if model is None:
            raise CallsFailedError("no judge's model was given", (), by_model=False)
        named = (seed, what, persona, replicate)
        return await obtain(steps, Asked(None, model, (), lambda ask: call_seed(*named, ask=ask)))

    return ask


def labelled_told(path: str | Path) -> str:
    """Return what of a labelled file people gave, for messages: what was said, for all it says."""
    return f"the labelled dialogues of {path}"


def read_labelled(path: str | Path, labels: tuple[str, str]) -> list[Labelled]:
    """Read labelled dialogues from a JSONL file; empty lines do not count.

    Args:
        path: the file.
        labels: the two labels that there are.

    Raises:
        ReferenceDataError: it cannot be read, is empty, or a line breaks a rule; the message has
            file and line.
    """
    path = Path(path)
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ReferenceDataError(f"{path}: cannot be read: {unreadable(error)}") from None
    found = [
        _labelled(path, number, text, labels)
        for number, text in enumerate(lines, start=1)
        if text.strip()
    ]
    if not found:
        raise ReferenceDataError(f"{path}: has no labelled dialogue; give one a line")
    return found


def _labelled(path: Path, number: int, text: str, labels: tuple[str, str]) -> Labelled:
    label = " or ".join(f'"{each}"' for each in labels)
    form = f'{{"turns": [{{"speaker": "…", "text": "…"}}, …], "label": {label}}}'
    try:
        line = _Line.model_validate(json.loads(text))
    except ValidationError as error:
        problem = error.errors()[0]
        got = "" if problem["type"] == "missing" else f", got {quote(repr(problem['input']), 60)}"
        raise ReferenceDataError(
            f"{path}:{number}: {first_problem(error)}{got}; write {form}"
        ) from None
    except (ValueError, RecursionError) as error:
        raise ReferenceDataError(f"{path}:{number}: is no JSON ({error}): {quote(text)}") from None
    if line.label not in labels:
        raise ReferenceDataError(
            f"{path}:{number}: label: must be {' or '.join(labels)}, got "
            f"{quote(repr(line.label), 60)}; write {form}"
        )
    turns = [Turn(i, t.speaker, t.text) for i, t in enumerate(line.turns)]
    return Labelled(number, turns, line.label, line.values)
