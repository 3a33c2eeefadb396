from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulate.errors import ReferenceDataError
from simulate.files.transcripts import read_transcripts
from simulate.reference import load, open_reference
from simulate.reference.importing import Importing, import_data
from simulate.runfile import export_jsonl, open_run
from tests.made_runs import MakeRun


def dialogue(number: int, person: str, gave: float) -> dict[str, Any]:
    return {
        "dialogue": f"d{number}",
        "status": "completed",
        "persona": {"id": person, "attributes": {}},
        "turns": [
            {"speaker": "clerk", "text": "What would you like?"},
            {"speaker": "guest", "text": "I would like to give something."},
        ],
        "outcomes": {"gave": {"value": gave, "candidates": None}},
    }


def folder_of(path: Path, *dialogues: dict[str, Any]) -> Path:
    path.mkdir()
    (path / "one.jsonl").write_text("\n".join(json.dumps(d) for d in dialogues))
    return path


def test_a_table_becomes_a_reference_with_persons(tmp_path: Path) -> None:
    path = tmp_path / "survey.csv"
    path.write_text("who,gave\na,1\nb,2\nb,4\nc,\n")
    import_data("table", Importing(path, column="gave", persona="who", variable={"unit": "EUR"}))
    found = load("survey")
    assert (found.n, found.missing, found.variable.unit) == (3, 1, "EUR")
    assert sorted(found.persons.values()) == [1.0, 3.0]
    assert not {"a", "b"} & set(found.persons)
    assert found.groups == ((2.0, 4.0),)


def test_words_become_a_choice_and_booleans_yes_or_no(tmp_path: Path) -> None:
    path = tmp_path / "survey.jsonl"
    rows = [{"mood": m, "paid": p} for m, p in (("good", True), ("bad", False), ("good", True))]
    path.write_text("\n".join(json.dumps(row) for row in rows))
    for column, kind in (("mood", "choice"), ("paid", "yesno")):
        import_data("table", Importing(path, column=column), name=column)
        assert load(column).variable.kind == kind


def test_a_column_of_free_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "survey.csv"
    path.write_text("said\n" + "\n".join(f"word{i}" for i in range(40)))
    with pytest.raises(ReferenceDataError, match="40 different words, more than 30"):
        import_data("table", Importing(path))


def test_an_ordinal_needs_its_order(tmp_path: Path) -> None:
    path = tmp_path / "survey.csv"
    path.write_text("size\nsmall\nlarge\n")
    with pytest.raises(ReferenceDataError, match="give the order of the levels"):
        import_data("table", Importing(path, variable={"kind": "ordinal"}))


def test_a_folder_of_transcripts_becomes_outcomes_and_language(tmp_path: Path) -> None:
    path = folder_of(tmp_path / "talks", dialogue(1, "p", 0.5), dialogue(2, "p", 1.0))
    import_data("transcripts", Importing(path))
    file = open_reference("talks")
    assert file.variables[0] == "gave"
    assert {"clerk.turns", "guest.fk_grade", "both.distinct_1"} <= set(file.variables)
    assert file.reference("gave").groups == ((0.5, 1.0),)


def test_transcripts_with_a_topic_say_when_it_comes_up(tmp_path: Path) -> None:
    path = folder_of(tmp_path / "talks", dialogue(1, "p", 0.5))
    import_data("transcripts", Importing(path, topic="(?i)give"))
    topic = open_reference("talks").variable("both.topic_turn")
    assert topic.variable.topic == "(?i)give"
    assert topic.n == 1


def test_a_topic_that_is_no_pattern_is_refused(tmp_path: Path) -> None:
    path = folder_of(tmp_path / "talks", dialogue(1, "p", 0.5))
    with pytest.raises(ReferenceDataError, match="topic: '\\(give' is not a regular expression"):
        import_data("transcripts", Importing(path, topic="(give"))


def test_the_transcripts_stay_beside_the_reference(tmp_path: Path) -> None:
    path = folder_of(tmp_path / "talks", dialogue(1, "p", 0.5))
    import_data("transcripts", Importing(path))
    transcripts = open_reference("talks").transcripts
    assert transcripts is not None
    assert next(read_transcripts(transcripts))["turns"][1]["speaker"] == "guest"


def test_a_summary_holds_no_persona_and_no_text(tmp_path: Path) -> None:
    path = folder_of(tmp_path / "talks", dialogue(1, "secret-person", 0.5))
    written = import_data("transcripts", Importing(path), summary=True)
    assert "secret-person" not in written.read_text()
    assert "give something" not in written.read_text()
    assert [p.name for p in written.parent.iterdir()] == ["talks.json"]


def test_a_failed_dialogue_is_no_human_value(tmp_path: Path) -> None:
    failed = dialogue(2, "q", 2.0) | {"status": "failed"}
    path = folder_of(tmp_path / "talks", dialogue(1, "p", 0.5), failed)
    import_data("transcripts", Importing(path))
    assert load("talks", "gave").n == 1


def test_the_export_of_a_run_can_be_a_reference(tmp_path: Path, make_run: MakeRun) -> None:
    path = tmp_path / "export.jsonl"
    answers = {"vs": [1.0, 0.0], "direct": [1.0, "failed"]}
    with open_run(make_run(answers)) as run, path.open("w") as out:
        export_jsonl(run, out)
    import_data("transcripts", Importing(path))
    assert load("export", "donation").n == 3


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", r"one.jsonl:1: not JSON"),
        ("{}", r"one.jsonl:1: a dialogue needs .turns., a list"),
        ('{"turns": [{"text": "x"}]}', "a turn needs .speaker. and .text."),
    ],
)
def test_a_line_that_is_no_dialogue_is_named(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "talks").mkdir()
    (tmp_path / "talks" / "one.jsonl").write_text(line)
    with pytest.raises(ReferenceDataError, match=message):
        import_data("transcripts", Importing(tmp_path / "talks"))


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", "a\\\\b", ""])
def test_a_name_that_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    asked = Importing(tmp_path / "t.csv", column="gave")
    with pytest.raises(ReferenceDataError, match=r"name: .* is no name of a file"):
        import_data("table", asked, name=name)


def test_a_folder_without_transcripts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReferenceDataError, match=r"no \.jsonl file in this folder"):
        import_data("transcripts", Importing(tmp_path))


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReferenceDataError, match="importer “spss”: there are: convokit, pers"):
        import_data("spss", Importing(tmp_path))
