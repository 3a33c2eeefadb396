"""Options that several commands share, so that each is worded once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "AllowCode",
    "AsJson",
    "BudgetTokens",
    "BudgetUsd",
    "Concurrency",
    "Method",
    "Model",
    "N",
    "Out",
    "Population",
    "Resume",
    "Rpm",
    "Scenario",
    "Seed",
    "SpeakerModel",
    "Target",
    "Tpm",
    "speaker_models",
]

Scenario = Annotated[
    str, typer.Argument(help="A shipped scenario's name, or the path of a .yaml file.")
]
Model = Annotated[
    str | None,
    typer.Option(
        metavar="SPEC",
        help="embedded; NAME (at OPENAI_BASE_URL); NAME@http://host:port/v1; scripted:FILE. "
        "Default: SIMULATE_MODEL, else embedded.",
    ),
]
SpeakerModel = Annotated[
    list[str] | None,
    typer.Option(metavar="SPEAKER=SPEC", help="The model of one speaker, or of `judge`."),
]
Target = Annotated[
    str | None,
    typer.Option(
        metavar="SPEC",
        help="The system under test: http://…, ws://…, python:module:function, command:PROGRAM …, "
        "model:SPEC, or a target file (.yaml).",
    ),
]
AllowCode = Annotated[
    bool,
    typer.Option(
        "--allow-code",
        help="Trust the scenario file: it may name functions, commands and secrets to send.",
    ),
]
Population = Annotated[
    str | None, typer.Option(metavar="FILE", help="Who is simulated: a file or shipped name.")
]
N = Annotated[int | None, typer.Option("--n", "-n", min=1, help="Dialogues per cell.")]
Method = Annotated[
    list[str] | None,
    typer.Option(metavar="M", help="Only these levels of the condition `method`."),
]
Seed = Annotated[int, typer.Option(help="Of every random choice.")]
Out = Annotated[
    Path | None, typer.Option(metavar="RUN", help="The run file. Default: a new one in runs/.")
]
Concurrency = Annotated[
    int | None, typer.Option(min=1, help="Dialogues at once. Default: what suits the model.")
]
BudgetUsd = Annotated[
    float | None,
    typer.Option(metavar="X", help="Stop, resumably, before the run has cost more."),
]
BudgetTokens = Annotated[
    int | None,
    typer.Option(metavar="N", help="Stop, resumably, before it has taken more tokens."),
]
Rpm = Annotated[
    int | None,
    typer.Option(metavar="N", help="Requests per minute that a host gets at most."),
]
Tpm = Annotated[
    int | None,
    typer.Option(metavar="N", help="Tokens per minute that a host gets at most."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the run --out.")]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on stdout, nothing else.")
]


def speaker_models(pairs: list[str] | None) -> dict[str, str]:
    """Read SPEAKER=SPEC pairs.

    Raises:
        InputError: one is no such pair.
    """
    from simulate.errors import InputError

    found: dict[str, str] = {}
    for pair in pairs or []:
        speaker, equals, spec = pair.partition("=")
        if not equals or not spec:
            raise InputError(f"--speaker-model {pair}: write SPEAKER=SPEC")
        found[speaker] = spec
    return found
