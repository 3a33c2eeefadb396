"""A ConvoKit corpus has the files and fields that ConvoKit's documentation names.

Corpora of this form were read with convokit 5.0.0, which is too large to be installed for tests.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulate.errors import InputError
from simulate.reference.importing import HumanData, Importing, read_data
from simulate.runfile import export_convokit, open_run
from tests.runfile.test_tables import path as path  # a run of four dialogues


@pytest.fixture(scope="module")
def corpus(path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus") / "c"
    with open_run(path) as file:
        assert export_convokit(file, folder) == 4
    return folder


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text("ascii"))


def test_each_turn_is_an_utterance_that_replies_to_the_one_before(corpus: Path) -> None:
    lines = (corpus / "utterances.jsonl").read_text("ascii").splitlines()
    utterances = [json.loads(line) for line in lines]
    fields = ["id", "conversation_id", "text", "speaker", "meta", "reply-to", "timestamp"]
    assert list(utterances[0]) == [*fields, "vectors"]
    for first, second in zip(utterances[::2], utterances[1::2], strict=True):
        assert (first["reply-to"], second["reply-to"]) == (None, first["id"])
        assert first["conversation_id"] == second["conversation_id"]
        assert (first["timestamp"], second["timestamp"]) == (0, 1)
        assert second["text"] == second["meta"]["candidates"][second["meta"]["chosen"]]["text"]
    conversations = read(corpus, "conversations.json")
    assert {u["conversation_id"] for u in utterances} == set(conversations)
    assert {u["speaker"] for u in utterances} == set(read(corpus, "speakers.json"))


def test_a_user_is_a_speaker_for_each_persona_and_the_assistant_is_one(corpus: Path) -> None:
    speakers = read(corpus, "speakers.json")
    assert set(speakers) == {"host", "guest:guests-0001", "guest:guests-0002"}
    guest = speakers["guest:guests-0001"]["meta"]
    assert (guest["plays"], guest["cluster"], guest["persona_age"] in (30, 40)) == (
        "user",
        "guests-0001",
        True,
    )
    assert speakers["host"]["meta"]["persona"] is None


def test_a_conversation_has_its_cell_and_outcomes(corpus: Path) -> None:
    for found in read(corpus, "conversations.json").values():
        meta = found["meta"]
        assert (meta["cell_tone"], meta["status"]) == (meta["cell"], "completed")
        assert meta["outcome_gave"] in (2.0, 4.0)
        assert meta["excluded"] == (None if meta["outcome_agrees"] else "sceptics")


def test_the_index_names_the_type_of_all_metadata(corpus: Path) -> None:
    index = read(corpus, "index.json")
    assert (index["version"], index["vectors"]) == (1, [])
    assert index["utterances-index"]["entropy"] == ["<class 'float'>"]
    assert index["speakers-index"]["persona_age"] == ["<class 'int'>"]
    metas = [c["meta"] for c in read(corpus, "conversations.json").values()]
    assert set(index["conversations-index"]) == {name for meta in metas for name in meta}
    assert set(index["overall-index"]) == set(read(corpus, "corpus.json"))
    assert "no person was observed" in read(corpus, "corpus.json")["note"]


def test_the_importer_reads_the_corpus_back(corpus: Path, path: Path) -> None:
    asked = Importing(
        corpus, column="outcome_gave", speaker="speaker", keep_ids=True, language=False
    )
    found = read_data("convokit", asked)
    assert isinstance(found, HumanData)
    with open_run(path) as file:
        said = [[(turn.speaker, turn.text) for turn in d.turns] for d in file.read()]
        gave = [float(d.outcomes["gave"].value or 0) for d in file.read()]
    turns = [[(turn["speaker"], turn["text"]) for turn in r["turns"]] for r in found.records]
    assert sorted(turns) == sorted(said)
    assert sorted(r["outcomes"]["outcome_gave"]["value"] for r in found.records) == sorted(gave)


def test_what_is_there_is_not_overwritten(corpus: Path, path: Path) -> None:
    with open_run(path) as file, pytest.raises(InputError, match="is there already"):
        export_convokit(file, corpus)
    with open_run(path) as file:
        assert export_convokit(file, corpus, force=True) == 4
