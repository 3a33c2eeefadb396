"""Calls that `--share-prefix` saves.

    uv run python -m benchmarks share_prefix

A model in this process states five replies, whose words and probabilities hang on the request and
its seed; it plays 10 personas with 20 replicates each.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.figure import Figure
from simulate.engine import run_sync
from simulate.models import ChatRequest, ScriptedModel
from simulate.models.scripted import Answer
from simulate.randomness import generator
from simulate.scenario import Scenario, load_scenario

PERSONAS = 10
REPLICATES = 20
WORDS = ("yes", "no", "maybe", "later", "gladly", "hardly", "once", "again")


def answer(request: ChatRequest) -> Answer:
    """Return five replies with probabilities, or one in words."""
    said = "\n".join(message["content"] for message in request.messages)
    rng = generator(request.seed or 0, said)
    if request.schema is None:
        return " ".join(rng.choice(WORDS, 6))
    item = request.schema["properties"]["responses"]["items"]["properties"]
    shares = np.sort(rng.dirichlet(np.ones(5)))[::-1]
    if "text" in item:
        replies = [" ".join(rng.choice(WORDS, 4)) + f" {i}" for i in range(5)]
        return {
            "responses": [
                {"text": text, "probability": float(share)}
                for text, share in zip(replies, shares, strict=True)
            ]
        }
    values = np.linspace(0, 2, 5)
    return {
        "responses": [
            {"value": float(value), "probability": float(share)}
            for value, share in zip(rng.permutation(values), shares, strict=True)
        ]
    }


def replicated(name: str, speaker: str, outcome: str, *, alone: bool = False) -> Scenario:
    """Return a shipped scenario with replicates, one outcome, and a partner that is the same."""
    scenario = load_scenario(name)
    speakers = dict(scenario.speakers)
    if alone:
        told = speakers[speaker].instructions.replace("{{ persona.prose }}", "")
        changed = {"population": None, "instructions": told}
        speakers[speaker] = speakers[speaker].model_copy(update=changed)
    return scenario.model_copy(
        update={
            "defaults": scenario.defaults.model_copy(update={"replicates": REPLICATES}),
            "speakers": speakers,
            "outcomes": {outcome: scenario.outcomes[outcome]},
            "compare": {},
        }
    )


def calls(scenario: Scenario, methods: Sequence[str], folder: Path, *, share: bool) -> int:
    """Return the calls of a run."""
    result = run_sync(
        scenario,
        n=PERSONAS * REPLICATES,
        methods=methods,
        model=ScriptedModel(answer),
        out=folder / f"{scenario.scenario}-{len(methods)}-{share}.db",
        share_prefix=share,
    )
    return result.calls


def figures() -> Iterator[Figure]:
    """Measure it."""
    one_turn = replicated("dictator", "giver", "given")
    donation = replicated("donation", "persuader", "donation", alone=True)
    cases: list[tuple[str, Scenario, Sequence[str]]] = [
        ("dictator (one turn)", one_turn, ["vs"]),
        ("donation (20 turns), one persuader", donation, ["vs"]),
        ("donation, one persuader, cells direct and vs", donation, ["direct", "vs"]),
    ]
    with tempfile.TemporaryDirectory() as folder:
        for name, scenario, methods in cases:
            shared, each = (calls(scenario, methods, Path(folder), share=s) for s in (True, False))
            yield Figure(
                f"calls with --share-prefix over without: {name}",
                shared / each,
                "×",
                1.0,
                note=f"{shared:,} of {each:,} calls, {PERSONAS} personas × {REPLICATES} replicates",
            )
