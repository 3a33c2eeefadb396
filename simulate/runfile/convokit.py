"""Export a run as a ConvoKit corpus: a folder that `convokit.Corpus(FOLDER)` reads.

The form is that of ConvoKit's documentation (“Data format”): `utterances.jsonl`, `speakers.json`,
`conversations.json`, `corpus.json` and `index.json`, in JSON throughout.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from simulate.files.writing import made_folder, text_written_aside
from simulate.population import Persona
from simulate.runfile.dialogue import Dialogue, Turn
from simulate.runfile.exclusions import rule_of
from simulate.runfile.reader import RunReader
from simulate.scenario import Scenario
from simulate.verbalized import RecordedDraw

NOTE = "The people are simulated: a model wrote what they say, and no person was observed."
TIME = "Timestamps are places in the dialogue, from 0, and no times."


class _Index:
    """The types of all metadata, as ConvoKit's `index.json` lists them."""

    def __init__(self) -> None:
        self.types: dict[str, dict[str, list[str]]] = {
            f"{of}-index": {} for of in ("utterances", "speakers", "conversations", "overall")
        }

    def noted(self, of: str, meta: Mapping[str, Any]) -> Mapping[str, Any]:
        """Note the types of some metadata, and return it."""
        for name, value in meta.items():
            known = self.types[f"{of}-index"].setdefault(name, [])
            shown = str(type(value))
            if value is not None and shown not in known:
                known.append(shown)
        return meta


def export_convokit(run: RunReader, folder: Path, *, force: bool = False) -> int:
    """Write the dialogues that have turns as a ConvoKit corpus; return how many.

    A user is a speaker for each persona, the same in all dialogues of that persona; whoever else
    speaks is one speaker throughout.

    Raises:
        InputError: a file is there already, or cannot be written.
    """
    made_folder(folder)
    index = _Index()
    speakers: dict[str, Mapping[str, Any]] = {}
    count = 0
    with ExitStack() as files:
        names = ("utterances.jsonl", "speakers.json", "conversations.json", "corpus.json")
        utterances, people, conversations, corpus, indices = (
            files.enter_context(text_written_aside(folder / name, force=force))
            for name in (*names, "index.json")
        )
        for dialogue in run.read():
            if not dialogue.turns:
                continue
            for turn in dialogue.turns:
                who = _speaker_id(dialogue, turn.speaker)
                if who not in speakers:
                    of_speaker = _speaker_meta(run, dialogue, turn.speaker)
                    speakers[who] = _component(index.noted("speakers", of_speaker))
                of_turn = index.noted("utterances", _turn_meta(turn))
                utterances.write(_json(_utterance(dialogue, turn, who, of_turn)) + "\n")
            meta = index.noted("conversations", _dialogue_meta(run.scenario, dialogue))
            conversations.write("{" if not count else ",\n")
            conversations.write(f"{_json(dialogue.key)}: {_json(_component(meta))}")
            count += 1
        conversations.write("}" if count else "{}")
        people.write(_json(speakers))
        scenario = run.scenario
        about = {
            "name": f"{scenario.name}-{run.run_id}",
            "run": run.run_id,
            "scenario": scenario.name,
            "title": scenario.title,
            "note": f"{NOTE} {TIME}",
        }
        corpus.write(_json(index.noted("overall", about)))
        indices.write(_json({**index.types, "version": 1, "vectors": []}))
    return count


def _json(value: Any) -> str:
    return json.dumps(value, allow_nan=False)  # in ASCII: ConvoKit opens files by the locale


def _component(meta: Mapping[str, Any]) -> dict[str, Any]:
    return {"meta": meta, "vectors": []}


def _persona(dialogue: Dialogue, speaker: str) -> Persona | None:
    """Return who a speaker is; None for one that is no person."""
    own = dialogue.personas.get(speaker)
    plays = dialogue.cell.speakers[speaker].plays
    return own or (dialogue.persona if plays == "user" else None)


def _speaker_id(dialogue: Dialogue, speaker: str) -> str:
    persona = _persona(dialogue, speaker)
    if persona is None or persona.id.startswith(f"{speaker}:"):
        return speaker if persona is None else persona.id
    return f"{speaker}:{persona.id}"


def _speaker_meta(run: RunReader, dialogue: Dialogue, speaker: str) -> dict[str, Any]:
    persona = _persona(dialogue, speaker)
    found: dict[str, Any] = {
        "speaker": speaker,
        "plays": dialogue.cell.speakers[speaker].plays,
        "persona": None if persona is None else persona.id,
        "cluster": None if persona is None else run.root(persona.id),
    }
    if persona is not None:
        found |= {f"persona_{name}": value for name, value in persona.attributes.items()}
    return found


def _utterance(dialogue: Dialogue, turn: Turn, who: str, meta: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": _utterance_id(dialogue, turn.index),
        "conversation_id": dialogue.key,
        "text": turn.text,
        "speaker": who,
        "meta": meta,
        "reply-to": _utterance_id(dialogue, turn.index - 1) if turn.index else None,
        "timestamp": turn.index,
        "vectors": [],
    }


def _utterance_id(dialogue: Dialogue, index: int) -> str:
    return f"{dialogue.key}-{index}"


def _turn_meta(turn: Turn) -> dict[str, Any]:
    draw = turn.draw
    return {
        "speaker": turn.speaker,
        "ends": turn.ends,
        "given": turn.given,
        "parse": turn.parse,
        "entropy": turn.entropy,
        "chosen": None if draw is None else draw.chosen,
        "candidates": None if draw is None else _candidates(draw),
    }


def _candidates(draw: RecordedDraw) -> list[dict[str, Any]]:
    weights, chances = draw.distribution.weights.tolist(), draw.chances.tolist()
    return [
        {"text": c.text, "probability": c.probability, "weight": weight, "chance": chance}
        for c, weight, chance in zip(draw.distribution.candidates, weights, chances, strict=True)
    ]


def _dialogue_meta(scenario: Scenario, dialogue: Dialogue) -> dict[str, Any]:
    return {
        "cell": dialogue.cell.label,
        **{f"cell_{name}": level for name, level in dialogue.cell.levels.items()},
        "persona": dialogue.persona.id,
        "replicate": dialogue.replicate,
        "status": dialogue.status,
        "error": dialogue.error,
        "excluded": rule_of(scenario, dialogue),
        **{
            f"outcome_{name}": found.value if (found := dialogue.outcomes.get(name)) else None
            for name in scenario.outcomes
        },
        **{f"check_{each.check}": each.verdict for each in dialogue.verdicts},
    }
