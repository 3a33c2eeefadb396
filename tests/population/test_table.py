"""Tables of personas as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.errors import PopulationError, TableWarning
from simulate.measures.normalization import answer_form
from simulate.population import Population, load_population, root_persona
from tests.files.tables.human_files import spss, workbook


def written(folder: Path, text: str, name: str = "my items (1).csv") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_each_row_is_a_persona_with_the_columns_as_attributes(tmp_path: Path) -> None:
    people = load_population(written(tmp_path, "problem,answer,age\nWhy?,042,30\nHow?,,31\n"))
    assert people.population == "my-items-1"
    assert [(p.id, p.attributes) for p in people.sample(2, 0)] == [
        ("my-items-1-0001", {"problem": "Why?", "answer": "042", "age": 30}),
        ("my-items-1-0002", {"problem": "How?", "answer": "", "age": 31}),
    ]


def test_id_and_prose_mean_what_they_mean_of_a_persona(tmp_path: Path) -> None:
    (one,) = load_population(written(tmp_path, "id,prose,age\nann,You are Ann.,30\n")).sample(1, 0)
    assert (one.id, one.prose, one.attributes) == ("ann", "You are Ann.", {"age": 30})


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("id,a\nx,1\nx,2\n", "rows 1 and 2 have the id “x”; each needs an id of its own"),
        ("id,a\nx,1\n\n x ,2\n", r":4: rows 1 and 2 .* of its own \(the first is at .*:2\)"),
        ("id,a\nx,1\n ,2\n", ":3: row 2 has no id"),
        (f"id,a\n{'x' * 201},1\n", ":2: id “x+”.* has 201 characters; at most 200"),
        ("a\n", "has no row"),
    ],
)
def test_a_table_that_cannot_be_one_is_refused(tmp_path: Path, text: str, rule: str) -> None:
    with pytest.raises(PopulationError, match=rule):
        load_population(written(tmp_path, text))


@pytest.mark.parametrize(
    ("second", "rule"),
    [
        ("{id: a}", ":4: personas.1.id: the persona of line 3 has the id “a”, too; each needs"),
        ("{id: ' b'}", ":4: personas.1.id: “ b” has white space at an end"),
        ("{id: ''}", ":4: personas.1.id: must have at least 1 character"),
        ("{id: b, attributes: {prose: x}}", ":4: personas.1.attributes.prose: templates know"),
    ],
)
def test_a_person_whose_names_cannot_be_its_own_is_refused(
    tmp_path: Path, second: str, rule: str
) -> None:
    text = f"population: p\npersonas:\n- {{id: a}}\n- {second}\n"
    with pytest.raises(PopulationError, match=rule):
        load_population(written(tmp_path, text, "p.yaml"))


IDS = ["a", "a#2", "a#3", "a#2#2", "b", "a#02", "a#1"]
WEIGHTED = st.lists(
    st.tuples(st.sampled_from(IDS), st.sampled_from([1, 1, 2, 5])),
    min_size=1,
    unique_by=lambda row: row[0],
)


@given(WEIGHTED, st.integers(1, 40), st.integers(0, 3))
def test_no_id_that_is_made_up_is_one_that_the_table_gives(
    rows: list[tuple[str, int]], n: int, seed: int
) -> None:
    table = [{"id": name, "weight": weight} for name, weight in rows]
    people = Population.model_validate({"population": "p", "personas": table})
    drawn = [person.id for person in people.sample(n, seed)]
    given_ids = [name for name, _ in rows]
    assert len(set(drawn)) == n
    assert {root_persona(each, given_ids) for each in drawn} <= set(given_ids)


def test_a_population_file_names_its_table_and_says_where_it_is_from(tmp_path: Path) -> None:
    written(tmp_path, "problem\nWhy?\n", "t.csv")
    path = written(tmp_path, "population: p\nlicence: CC0-1.0\ntable: t.csv\n", "p.yaml")
    people = load_population(path)
    assert (people.licence, people.personas[0].attributes) == ("CC0-1.0", {"problem": "Why?"})


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (
            "table: ../t.csv",
            ":2: table: must name a table in the population's folder",
        ),
        ("table: [a]", ":2: table: must name a table"),
        ("table: none.csv", "none.csv: cannot be read: No such file"),
        ("table: t.csv\npersonas: []", ":2: table: give table or personas, not both"),
    ],
)
def test_a_table_that_a_file_names_wrongly_is_one_line(
    tmp_path: Path, line: str, rule: str
) -> None:
    with pytest.raises(PopulationError, match=rule):
        load_population(written(tmp_path, f"population: p\n{line}\n", "p.yaml"))


def test_the_shipped_questions_are_eighty_with_a_source_and_a_licence() -> None:
    people = load_population("fact-questions")
    assert len(people.personas) == 80
    assert people.licence == "CC0-1.0"
    assert people.source


def test_no_shipped_question_holds_its_answer() -> None:
    for row in load_population("fact-questions").personas:
        asked = f" {answer_form(str(row.attributes['problem']))} "
        said = f"{row.attributes['answer']}|{row.attributes['aliases']}".split("|")
        assert not [each for each in said if each and f" {answer_form(each)} " in asked], row


def test_people_of_spss_have_labels_and_numbers_as_attributes(tmp_path: Path) -> None:
    spss(path := tmp_path / "panel.sav")
    rows = load_population(path).personas
    assert [row.attributes["trust"] for row in rows] == [
        "not at all",
        "a lot",
        "somewhat",
        None,
        None,
    ]
    assert rows[1].attributes == {"who": "b", "trust": "a lot", "sex": "female", "gave": 1250}


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx"])
def test_weights_of_a_table_say_how_often_a_person_comes(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    cells: list[list[Any]] = [["id", "age", "weight"], ["a", 30, 3], ["b", 40, 1], ["c", 50, 0]]
    if name == "t.csv":
        path.write_text("\n".join(",".join(map(str, row)) for row in cells))
    else:
        path.write_bytes(workbook({"S": cells}))
    with pytest.warns(TableWarning) as told:
        people = load_population(path)
    assert "says how much each person counts; if it says something else" in str(told[0].message)
    assert "rows with weight 0 were left out: 1" in str(told[1].message)
    drawn = [root_persona(person.id, ["a", "b"]) for person in people.sample(8, 0)]
    assert (drawn.count("a"), drawn.count("b")) == (6, 2)


def test_a_weight_that_is_none_is_one_line_with_its_row(tmp_path: Path) -> None:
    path = written(tmp_path, "age,weight\n30,1\n40,heavy\n", "t.csv")
    with pytest.raises(PopulationError, match=r"t.csv:3: column weight: the weight is “heavy”"):
        load_population(path)


def test_a_number_that_is_none_is_missing_and_one_without_end_is_refused(tmp_path: Path) -> None:
    (path := tmp_path / "t.jsonl").write_text('{"a": 1.5}\n{"a": NaN}')
    assert [row.attributes["a"] for row in load_population(path).personas] == [1.5, None]
    path.write_text('{"a": 1e999}')
    with pytest.raises(PopulationError, match=r"t.jsonl:1: column a: inf is no finite number"):
        load_population(path)


def test_a_population_file_says_what_the_columns_of_its_table_are(tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_bytes(
        workbook({"A": [["x"], [1]], "B": [["pid", "age", "w"], [7, 30, 2], [8, -99, 1]]})
    )
    source = "{file: t.xlsx, sheet: B, id: pid, weight: w, missing: [-99]}"
    path = written(tmp_path, f"population: p\ntable: {source}\n", "p.yaml")
    rows = load_population(path).personas
    assert [(row.id, row.weight, row.attributes) for row in rows] == [
        ("7", 2, {"age": 30}),
        ("8", 1, {"age": None}),
    ]


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("{file: t.csv, weight: w}", "t.csv: there is no column “w”; it has: age"),
        ("{file: t.csv, sheets: B}", ":2: table.sheets: Extra inputs are not permitted"),
        ("{sheet: B}", ":2: table.file: Field required"),
        ("{file: t.csv, decimal: ':'}", ":2: table.decimal: Input should be"),
    ],
)
def test_a_table_that_is_described_wrongly_is_one_line(
    tmp_path: Path, source: str, rule: str
) -> None:
    written(tmp_path, "age\n30\n", "t.csv")
    path = written(tmp_path, f"population: p\ntable: {source}\n", "p.yaml")
    with pytest.raises(PopulationError, match=rule):
        load_population(path)
