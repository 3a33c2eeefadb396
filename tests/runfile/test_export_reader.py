"""A JSONL export is compared as the run that it was written from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulate import compare, open_run
from simulate.comparison.api import compare_talk
from simulate.comparison.talks import talks_of_cells
from simulate.errors import ReferenceDataError, StatisticsError
from simulate.runfile import export_jsonl
from simulate.runfile.export_reader import DialogueExport, is_export
from tests.conftest import AsJson
from tests.made_runs import MakeRun


def lines(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def talk(method: str, person: str, gave: object, **more: Any) -> dict[str, Any]:
    return {
        "run": "r",
        "dialogue": f"{method}{person}",
        "cell": {"method": method},
        "persona": {"id": person, "attributes": {}},
        "turns": [{"speaker": "host", "text": "Well?"}, {"speaker": "guest", "text": "One euro."}],
        "outcomes": {"gave": {"value": gave, "candidates": None}},
    } | more


def test_an_export_gives_the_same_rows_as_its_run(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run({"direct": [0.0, 0.5, 2.0] * 10, "vs": [1.0, 0.5, 1.5] * 10})
    path = tmp_path / "e.jsonl"
    with open_run(run) as file, path.open("w") as out:
        export_jsonl(file, out)
    ours = compare(run, "persuasionforgood-donations", drawn=True, draws=200)
    theirs = compare(path, "persuasionforgood-donations", draws=200)
    for mine, other in zip(ours.samples, theirs.samples, strict=True):
        assert mine.name == other.name
        assert mine.n == other.n
        assert mine.distances["ks"].value == pytest.approx(other.distances["ks"].value)
    assert [c.a for c in ours.contrasts] == [c.a for c in theirs.contrasts]
    one = compare(f"{path}:vs", "persuasionforgood-donations", column="donation", draws=200)
    assert [row.name for row in one.samples] == ["vs"]


def test_failed_and_missing_dialogues_are_counted_by_cell(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "e.jsonl",
        talk("a", "p1", 1.0),
        talk("a", "p2", None),
        talk("a", "p3", 1.0, status="failed", error="why"),
        talk("b", "p1", 2),
    )
    found = compare(path, "persuasionforgood-donations", draws=200)
    assert [(r.name, r.n, r.failed, r.missing) for r in found.samples] == [
        ("a", 1, 1, 1),
        ("b", 1, 0, 0),
    ]
    assert found.outcome == "gave"


def test_participants_are_the_people_that_are_counted(tmp_path: Path) -> None:
    same = {"participants": {"host": "h", "guest": "g"}}
    path = lines(tmp_path / "e.jsonl", *(talk("a", f"p{i}", 1.0, **same) for i in range(4)))
    (sample,) = compare(path, "persuasionforgood-donations", draws=200).samples
    assert (sample.n, sample.personas) == (4, 1)


def test_users_are_those_whose_replies_have_candidates(tmp_path: Path) -> None:
    drawn = {"speaker": "guest", "text": "Hi.", "candidates": [{"text": "Hi.", "weight": 1.0}]}
    turns = [{"speaker": "host", "text": "Well?", "candidates": None}, drawn]
    named = DialogueExport(lines(tmp_path / "a.jsonl", talk("a", "p", 1, turns=turns)))
    assert {n: s.plays for n, s in named.scenario.speakers.items()} == {
        "host": "assistant",
        "guest": "user",
    }
    nobody = DialogueExport(lines(tmp_path / "b.jsonl", talk("a", "p", 1)))
    assert {s.plays for s in nobody.scenario.speakers.values()} == {"user"}


def test_dialogues_of_nobody_are_of_different_people(tmp_path: Path) -> None:
    nobody = [talk("a", "", 1.0, persona=None, dialogue=None) for _ in range(3)]
    path = lines(tmp_path / "e.jsonl", *nobody)
    (sample,) = compare(path, "persuasionforgood-donations", draws=200).samples
    assert sample.personas == 3


def test_candidates_of_an_export_are_not_used_and_it_says_so(tmp_path: Path) -> None:
    listed = {"gave": {"value": 1, "candidates": [{"value": 0, "weight": 1.0}]}}
    path = lines(tmp_path / "e.jsonl", talk("a", "p", 1, outcomes=listed))
    (row,) = compare(path, "persuasionforgood-donations", draws=200).samples
    assert row.mean == 1.0
    assert any("its candidates are not used" in note for note in row.notes)


def test_the_language_of_an_export_is_compared(tmp_path: Path, as_json: AsJson) -> None:
    said = [{"speaker": "persuadee", "text": "Yes. I will give one dollar, maybe."}] * 3
    path = lines(tmp_path / "e.jsonl", *(talk("a", f"p{i}", 1, turns=said) for i in range(3)))
    words = ("compare", path, "--reference", "persuasionforgood-donations", "--draws", "200")
    found = as_json(*words, "--language", "persuasionforgood-language")
    assert found["rows"][0]["n"] == 3
    assert "persuadee.turns" in {measure["outcome"] for measure in found["language"]}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cell": "vs"}, 'e.jsonl:1: "cell" must be an object'),
        ({"persona": "p"}, '"persona" must be an object'),
        ({"participants": ["p"]}, '"participants" must be an object'),
        ({"outcomes": {"gave": 1}}, "outcome “gave” must be an object"),
        ({"outcomes": {"gave": {"value": [1]}}}, "outcome gave"),
        ({"outcomes": {"gave": {"value": 10**400}}}, "outcome gave"),
        ({"status": "odd"}, "status “'odd'” is none of"),
        ({"status": ["odd"]}, "status"),
        ({"turns": [{"speaker": "x", "text": None}]}, 'a turn needs "speaker" and "text"'),
        ({"turns": [{"speaker": "x"}]}, 'a turn needs "speaker" and "text"'),
        ({"outcomes": {"gave": {"value": "a lot"}}}, "outcome gave"),
        ({"outcomes": {"a": {"value": 1}, "b": {"value": 1}}}, "name the outcome with --outcome"),
    ],
)
def test_a_line_that_is_no_dialogue_is_refused_in_one_line(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    path = lines(tmp_path / "e.jsonl", talk("a", "p", 1, **change))
    with pytest.raises((ReferenceDataError, StatisticsError), match=said) as e:
        compare(path, "persuasionforgood-donations", draws=200)
    assert "\n" not in str(e.value)


def test_an_outcome_or_cell_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    path = lines(tmp_path / "e.jsonl", talk("a", "p", 1))
    with pytest.raises(ReferenceDataError, match="no outcome “took”; it has: gave"):
        compare(path, "persuasionforgood-donations", outcome="took")
    with pytest.raises(ReferenceDataError, match="no cell “z”; it has: a"):
        compare(f"{path}:z", "persuasionforgood-donations")


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"gave": 1}', '"turns"', "\xff"])
def test_what_is_no_export_is_a_table(tmp_path: Path, text: str) -> None:
    path = tmp_path / "e.jsonl"
    path.write_text(text, encoding="latin-1")
    assert not is_export(path)


def test_turns_that_were_given_are_nobodys_own(tmp_path: Path) -> None:
    said = [
        {"speaker": "guest", "text": "so many words that somebody else has said", "given": True},
        {"speaker": "host", "text": "Well?"},
        {"speaker": "guest", "text": "One euro."},
    ]
    path = lines(tmp_path / "e.jsonl", *(talk("a", f"p{i}", 1.0, turns=said) for i in range(3)))
    assert talks_of_cells(DialogueExport(path), DialogueExport(path).cells)[0][0][1] == [
        ("", "so many words that somebody else has said"),
        ("host", "Well?"),
        ("guest", "One euro."),
    ]
    renamed = path.read_text().replace("guest", "persuadee").replace("host", "persuader")
    path.write_text(renamed)
    found = {c.outcome: c for c in compare_talk(path, "persuasionforgood-language", draws=200)}
    means = {name: found[name].samples[0].mean for name in ("persuadee.turns", "both.turns")}
    assert means == {"persuadee.turns": 1, "both.turns": 3}
    assert found["persuadee.words_per_turn"].samples[0].mean == 2
