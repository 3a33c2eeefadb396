"""The paper's released dialogues, in made-up files of their layouts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from simulate import compare
from simulate.errors import ReferenceDataError
from simulate.reference.importing import Importing, import_data
from simulate.reference.named_amounts import amount_by_paper, marked_amount
from tests.conftest import AsJson, Command


def released(
    number: int, *persuadee: str, model: str = "M-1", method: str = "Direct", **more: Any
) -> dict[str, Any]:
    said = []
    for text in persuadee:
        said.append({"role": 0, "speaker": f"A{number}", "text": "Would you give?"})
        said.append({"role": 1, "speaker": f"B{number}", "text": text})
    return {
        "conversation_id": f"c{number}",
        "utterances": json.dumps(said),
        "model": model,
        "method": method,
        "num_turns": len(said),
    } | more


def packaged(number: int, final: float, amounts: list[float], **more: Any) -> dict[str, Any]:
    return {
        "conversation_id": f"c{number}",
        "persuader_persona": {},
        "persuadee_persona": {"age": 40, "values": ["x"]},
        "turns": [
            {"role": 0, "text": "Hello.", "turn_number": 0, "metadata": None},
            {"role": 1, "text": "Hi.", "turn_number": 1, "metadata": {"method": "direct"}},
        ],
        "outcome": {"final_donation_amount": final, "donation_amounts": amounts},
        "method": "vs_standard",
        "persuader_model": "P",
        "persuadee_model": "M-2",
        "config": {},
    } | more


def imported(path: Path) -> list[dict[str, Any]]:
    written = import_data("vs-paper", Importing(path))
    return [json.loads(line) for line in written.read_text().splitlines()]


def values(records: list[dict[str, Any]], name: str) -> list[float | None]:
    return [record["outcomes"][name]["value"] for record in records]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "release"
    path.mkdir()
    return path


def test_the_released_folder_becomes_dialogues_by_model_and_method(folder: Path) -> None:
    for method in ("Direct", "VS_CoT"):
        (folder / method).mkdir()
        for model in ("M-1", "M-2"):
            rows = [
                released(1, "hm", "ok [DONATE $0.5]", model=model, method=method),
                released(2, "no, sorry", model=model, method=method),
            ]
            pl.DataFrame(rows).write_parquet(folder / method / f"{model}-00000-of-00001.parquet")
    (folder / "README.md").write_text("---")
    (folder / ".cache").mkdir()
    (folder / ".cache" / "x.json").write_text("{}")
    records = imported(folder)
    cells = [("M-1", "Direct"), ("M-2", "Direct"), ("M-1", "VS_CoT"), ("M-2", "VS_CoT")]
    assert [tuple(r["cell"].values()) for r in records[::2]] == cells
    assert values(records, "donation") == [0.5, None] * 4
    assert values(records, "donation_paper") == [0.5, 0.0] * 4
    first = records[0]
    assert (first["dialogue"], first["persona"]["id"]) == ("M-1+Direct:c1", "c1")
    assert first["participants"] == {"persuader": "A1", "persuadee": "B1"}
    assert [t["speaker"] for t in first["turns"]] == ["persuader", "persuadee"] * 2
    assert {r["status"] for r in records} == {"completed"}


@pytest.mark.parametrize("layout", ["list", "lines", "pages", "one"])
def test_rows_come_as_a_list_as_lines_as_pages_or_alone(folder: Path, layout: str) -> None:
    rows = [released(1, "[give 1]"), released(2, "[GIVE $2]")]
    match layout:
        case "list":
            (folder / "a.json").write_text(json.dumps(rows))
        case "lines":
            (folder / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
        case "pages":
            pages = {"rows": [{"row_idx": i, "row": row} for i, row in enumerate(rows)]}
            (folder / "a.json").write_text(json.dumps(pages))
        case "one":
            for number, row in enumerate(rows):
                (folder / f"{number}.json").write_text(json.dumps(row))
    assert values(imported(folder), "donation") == [1.0, 2.0]


def test_in_the_packages_output_a_donation_that_nobody_named_is_missing(folder: Path) -> None:
    rows = [packaged(1, 0.0, []), packaged(2, 0.0, [0.0]), packaged(3, 1.5, [2.0, 1.5])]
    rows.append(packaged(4, 0.0, [], outcome=None))
    (folder / "persuasion_vs_standard.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (folder / "persuasion_vs_standard_evaluation.json").write_text('{"donation_metrics": {}}')
    records = imported(folder)
    assert values(records, "donation") == [None, 0.0, 1.5, None]
    assert values(records, "donation_paper") == [0.0, 0.0, 1.5, None]
    assert records[0]["cell"] == {"model": "M-2", "method": "vs_standard"}
    assert records[0]["persona"]["attributes"] == {"age": 40}
    assert "participants" not in records[0]


def test_a_speaker_that_is_called_alike_everywhere_is_no_person(folder: Path) -> None:
    rows = [released(i, "hm") for i in range(3)]
    for row in rows:
        turns = json.loads(row["utterances"])
        row["utterances"] = json.dumps([t | {"speaker": f"role{t['role']}"} for t in turns])
    (folder / "a.json").write_text(json.dumps(rows))
    assert all("participants" not in record for record in imported(folder))


def test_a_dialogue_with_a_gap_failed_and_one_that_repeats_is_a_replicate(folder: Path) -> None:
    gap = released(1, "hm", utterances=[{"role": 1, "text": None}])
    rows = [gap, released(2, "a"), released(2, "b"), released(3)]
    (folder / "a.json").write_text(json.dumps(rows))
    records = imported(folder)
    assert [r["status"] for r in records] == ["failed", "completed", "completed", "failed"]
    assert [r["error"] for r in records] == ["turn 0 has no text", None, None, "no turns"]
    assert [r["replicate"] for r in records] == [0, 0, 1, 0]
    assert len({r["dialogue"] for r in records}) == 4


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.json", "[3]", "a.json, dialogue 1: is “3”; expected are the fields"),
        ("a.json", '[{"dialog": []}]', "dialogue 1: has “dialog”; expected are the fields"),
        ("a.json", "{", "a.json: not JSON"),
        ("a.json", "[" * 100_000, "a.json: not JSON: nested too deeply"),
        ("a.parquet", "no table", "a.parquet: cannot be read"),
        ("a.jsonl", json.dumps(released(1, utterances="{}")), "turns must be a list"),
        ("a.jsonl", json.dumps(released(1, utterances="[")), "utterances: not JSON"),
        ("a.jsonl", json.dumps(released(1, utterances=[{"role": 2, "text": ""}])), "turn 0: must"),
        ("a.jsonl", json.dumps(released(1, utterances=[{"role": 1}])), "turn 0: must have text"),
        ("a.jsonl", json.dumps(released(1, "x", model="")), "model must be a name"),
        ("a.jsonl", json.dumps(released(1, "x", conversation_id=None)), "conversation_id must be"),
        ("a.jsonl", "\n".join([json.dumps(released(1, "x"))] * 2), "dialogue 2: is the same as"),
        ("a.jsonl", json.dumps(packaged(1, 0, [], outcome={})), "final_donation_amount must"),
        ("a.jsonl", json.dumps(released(1, "x")) + "\n\nnope\n", "a.jsonl:3: not JSON"),
        ("a.md", "x", "there is no .parquet, .jsonl, .json file in it"),
        ("a.json", "[]", "there is no dialogue in it"),
    ],
)
def test_another_layout_is_one_line_with_the_file_and_what_is_expected(
    folder: Path, name: str, text: str, said: str
) -> None:
    (folder / name).write_text(text)
    with pytest.raises(ReferenceDataError) as caught:
        import_data("vs-paper", Importing(folder))
    assert said in str(caught.value)
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "why"),
    [("nowhere", "no such file or folder"), ("a.md", ".md is none of .parquet, .jsonl, .json")],
)
def test_what_is_no_release_is_one_line(folder: Path, name: str, why: str) -> None:
    (folder / "a.md").write_text("x")
    with pytest.raises(ReferenceDataError, match=why):
        import_data("vs-paper", Importing(folder / name))


@pytest.mark.parametrize(
    ("turns", "marked", "counted"),
    [
        (["[DONATE $0.5]"], 0.5, 0.5),
        (["ok [donate: $1 ]", "or [GIVE .25]"], 0.25, 0.25),
        (["[DONATE $5]"], 5.0, 2.0),
        (["I can give $1.50, truly"], None, 1.5),
        (["I could do 50 cents"], None, 0.5),
        (["I'd donate all 2"], None, 2.0),
        (["I will give $2", "hm, no", "[DONATE $0]"], 0.0, 0.0),
        (["I will give $2", "bye"], None, 2.0),
        (["no, sorry"], None, 0.0),
        ([], None, 0.0),
    ],
)
def test_a_mark_is_read_and_a_sentence_only_as_the_paper_counts(
    turns: list[str], marked: float | None, counted: float
) -> None:
    assert marked_amount(turns) == marked
    assert amount_by_paper(turns) == counted


@pytest.mark.timeout(5)
@pytest.mark.parametrize("part", ["do ", "do" + " " * 50, "[donate ", "give 1", "[give $1", "9"])
def test_amounts_are_read_in_linear_time(part: str) -> None:
    amount_by_paper([part * 200_000])
    marked_amount([part * 200_000])


def test_an_amount_above_what_was_earned_is_missing(folder: Path) -> None:
    (folder / "a.json").write_text(json.dumps([released(1, "[DONATE $5]")]))
    records = imported(folder)
    assert values(records, "donation") == [None]
    assert values(records, "donation_paper") == [2.0]


def test_the_imported_dialogues_are_compared_by_cell(
    folder: Path, command: Command, as_json: AsJson
) -> None:
    rows = [
        released(i, f"[DONATE ${i % 3 / 2}]", method=method)
        for i in range(30)
        for method in ("Direct", "Sequence")
    ]
    (folder / "a.json").write_text(json.dumps(rows))
    out = folder / "theirs.jsonl"
    code, printed, told = command("reference", "import", "vs-paper", folder, "--out", out)
    assert code == 0
    assert f"simulate compare {out} --outcome donation" in printed
    assert "M-1, Direct: 30 dialogues, 30 with a donation from $0 to $2" in told
    asked = ("compare", out, "--column", "donation", "--draws", "200")
    found = as_json(*asked, "--reference", "persuasionforgood-donations")
    samples = [row for row in found["rows"] if row["kind"] == "sample"]
    assert [(r["sample"], r["n"]) for r in samples] == [("M-1+Direct", 30), ("M-1+Sequence", 30)]
    assert samples[0]["mean"] == 0.5
    assert samples[0]["distances"]["ks"]["floor"]["p95"] > 0
    assert len(found["contrasts"]) == 1
    one = compare(f"{out}:M-1+Direct", "persuasionforgood-donations", outcome="donation_paper")
    assert [row.n for row in one.samples] == [30]


def test_simulated_dialogues_become_no_reference(folder: Path, command: Command) -> None:
    (folder / "a.json").write_text(json.dumps([released(1, "hm")]))
    code, _, told = command("reference", "import", "vs-paper", folder, "--summary")
    assert (code, "simulated dialogues become a sample" in told) == (2, True)
    code, _, told = command("reference", "import", "vs-paper", folder, "--out", folder / "a.csv")
    assert (code, "are written as .jsonl" in told) == (2, True)
