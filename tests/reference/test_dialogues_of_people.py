"""Dialogues of people: rows of turns, corpora of ConvoKit, and ids that are not kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulate.errors import ReferenceDataError, TableWarning
from simulate.files.transcripts import read_transcripts
from simulate.reference import load, open_reference
from simulate.reference.importing import Importing, import_data
from simulate.reference.people import people_beside
from tests.human_data import OFFICIAL, needs_official

TURNS = """chat_id,speaker,text,belief,gave,pid
c1,clerk,What would you like?,,$0.50,a
c1,guest,A small one.,3,$0.50,a
c1,guest,"No, a large one.",5,$0.50,a
c2,clerk,Good day.,,$2,b
c2,guest,"Good
day.",4,$2,b
"""


def asked(path: Path, **more: Any) -> Importing:
    return Importing(path, **{"column": "gave,belief", "language": False, **more})


def talks(name: str) -> list[dict[str, Any]]:
    transcripts = open_reference(name).transcripts
    assert transcripts is not None
    return list(read_transcripts(transcripts))


def test_rows_of_turns_are_folded_into_dialogues(tmp_path: Path) -> None:
    (path := tmp_path / "t.csv").write_text(TURNS)
    with pytest.warns(TableWarning, match="column gave: “[$]0.50” is read as 0.5"):
        import_data("turns", asked(path, persona="pid", keep_ids=True))
    one, two = talks("t")
    assert [turn["text"] for turn in two["turns"]] == ["Good day.", "Good\nday."]
    assert (one["dialogue"], one["persona"]["id"], one["turns"][2]["values"]) == (
        "c1",
        "a",
        {"belief": 5},
    )
    assert load("t", "gave").values.tolist() == [0.5, 2]
    file = open_reference("t")
    found = {name: file.reference(name).values.tolist() for name in file.variables}
    assert found == {
        "gave": [0.5, 2],
        "belief.first": [3, 4],
        "belief.last": [4, 5],
        "belief.change": [0, 2],
    }


def test_the_order_of_pseudonyms_does_not_tell_whose_they_are(tmp_path: Path) -> None:
    rows = "".join(f"p{i},{i % 2}\n" for i in range(12))
    (path := tmp_path / "t.csv").write_text(f"who,gave\n{rows}")
    import_data("table", Importing(path, "gave", persona="who"))
    persons = open_reference("t").variable("gave").persons
    assert persons is not None
    stored = [(code, who) for who, code in persons.items()]
    assert stored == sorted(stored)


def test_ids_are_replaced_by_pseudonyms_that_keep_persons_together(tmp_path: Path) -> None:
    (path := tmp_path / "t.csv").write_text(TURNS.replace("$", ""))
    told: list[str] = []
    written = import_data("turns", asked(path, persona="pid"), tell=told.append)
    (one, two), persons = talks("t"), open_reference("t").variable("gave").persons
    assert persons is not None
    assert {one["dialogue"], two["dialogue"]} == set(persons)
    assert one["persona"]["id"] == one["participants"]["guest"]
    assert one["persona"]["id"].startswith("p-")
    assert '"c1"' not in written.read_text()  # a pseudonym may have these two digits
    assert len(told) == 1
    assert "not anonymity" in told[0]
    first = one["persona"]["id"]
    import_data("turns", asked(path, persona="pid"), force=True)
    assert talks("t")[0]["persona"]["id"] != first  # each import has a key of its own


@needs_official
def test_ids_of_a_public_release_are_kept(tmp_path: Path) -> None:
    written = import_data("persuasionforgood", Importing(OFFICIAL, language=False))
    assert "p-" not in people_beside(written).read_text()[:4000]


@pytest.mark.parametrize(
    ("text", "more", "message"),
    [
        ("a,b\n1,2\n", {}, "there is no column called as a dialogue is; name it with --dialogue-c"),
        (TURNS, {"speaker": "who"}, "there is no column “who”; name it with --speaker-column; it"),
        (TURNS, {"column": "gift"}, "there is no column “gift”; it has: belief, gave, pid"),
        ("chat,speaker,text\n1,,x\n", {"column": None}, ":2: column speaker is empty; say whose"),
        (TURNS.replace("3", "1.2.3"), {"column": "text"}, "there is no column “text”"),
    ],
)
def test_a_table_that_is_none_of_turns_is_refused(
    tmp_path: Path, text: str, more: dict[str, Any], message: str
) -> None:
    (path := tmp_path / "t.csv").write_text(text)
    with pytest.raises(ReferenceDataError, match=message):
        import_data("turns", asked(path, **more))


def corpus(folder: Path) -> Path:
    folder.mkdir()
    utterances = [
        {"id": "u2", "conversation_id": "c1", "text": "Yes.", "speaker": "eve", "timestamp": 2,
         "reply-to": "u1", "meta": {"trust": 2, "role": "guest"}},
        {"id": "u1", "conversation_id": "c1", "text": "Hello?", "speaker": "bob", "timestamp": 1,
         "reply-to": None, "meta": {"trust": 1, "role": "host"}},
        {"id": "u3", "root": "c2", "text": "Hm.", "user": "bob", "timestamp": 3,
         "meta": {"role": "host"}},
    ]  # fmt: skip
    (folder / "utterances.jsonl").write_text("\n".join(map(json.dumps, utterances)))
    about = {"c1": {"meta": {"won": True}}, "c2": {"won": False}}
    (folder / "conversations.json").write_text(json.dumps(about))
    (folder / "speakers.json").write_text(json.dumps({"bob": {"meta": {}}, "eve": {}}))
    return folder


def test_a_corpus_of_convokit_becomes_dialogues_with_outcomes(tmp_path: Path) -> None:
    path = corpus(tmp_path / "games")
    import_data("convokit", asked(path, column="won,trust", speaker="role", keep_ids=True))
    one, two = talks("games")
    assert [(turn["speaker"], turn["text"]) for turn in one["turns"]] == [
        ("host", "Hello?"),
        ("guest", "Yes."),
    ]
    assert one["participants"] == {"host": "bob", "guest": "eve"}
    assert (load("games", "won").variable.kind, load("games", "won").n) == ("yesno", 2)
    assert load("games", "trust.change").values.tolist() == [1]
    assert two["turns"][0]["text"] == "Hm."


def test_people_of_a_corpus_are_no_names_of_speakers_where_there_are_many(tmp_path: Path) -> None:
    path = corpus(tmp_path / "talks")
    with (path / "utterances.jsonl").open("a") as file:
        for i in range(20):
            said = {"conversation_id": "c3", "text": "x", "speaker": f"user{i}", "timestamp": 4 + i}
            file.write("\n" + json.dumps(said))
    written = import_data("convokit", asked(path, column=None))
    longest = max(talks("talks"), key=lambda talk: len(talk["turns"]))  # their order is by chance
    assert [turn["speaker"] for turn in longest["turns"]][:2] == ["speaker_1", "speaker_2"]
    stored = "".join(each.read_text() for each in written.parent.iterdir())
    assert "user7" not in stored


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", ":4: not JSON"),
        ("[" * 100_000, ":4: not JSON: nested too deeply"),
        ("7", ":4: is “7” and no utterance"),
        ('{"text": "x", "speaker": "a"}', ":4: an utterance needs “conversation_id”, a name"),
        ('{"conversation_id": "c", "speaker": "a"}', ":4: an utterance needs “text”"),
    ],
)
def test_a_corpus_that_is_damaged_is_one_line(tmp_path: Path, line: str, message: str) -> None:
    path = corpus(tmp_path / "games")
    with (path / "utterances.jsonl").open("a") as file:
        file.write("\n" + line)
    with pytest.raises(ReferenceDataError, match=message) as refused:
        import_data("convokit", asked(path))
    assert "\n" not in str(refused.value)


def test_a_folder_without_utterances_is_no_corpus(tmp_path: Path) -> None:
    with pytest.raises(ReferenceDataError, match=r"has no utterances.jsonl; give the folder of a"):
        import_data("convokit", asked(tmp_path))
