from pathlib import Path

import pytest

from simulate.errors import InputError, ScenarioError
from simulate.models.named import read_models
from simulate.population import load_population
from simulate.scenario import load_scenario
from simulate.stress.cases.case import load_case
from simulate.targets import read_target

SCENARIO = """\
scenario: 2024
speakers:
  ann: {plays: user, facts: {order: 17}, length: true}
conditions:
  price:
    1: {}
outcomes:
  deal: {kind: choice, levels: [true, no, null], asked: {speaker: ann, question: 2.5}}
"""


def told(read: object, path: Path, text: str) -> list[str]:
    path.write_text(text, "utf-8")
    with pytest.raises(InputError) as error:
        read(path)  # type: ignore[operator]
    return [line.replace(f"{path}:", "") for line in str(error.value).splitlines()]


def test_a_number_where_a_word_is_wanted_is_told_to_be_put_in_quotes(tmp_path: Path) -> None:
    quotes = "put it in quotes"
    assert told(load_scenario, tmp_path / "s.yaml", SCENARIO) == [
        f"1: scenario: must be a text, got “2024”: {quotes}",
        f"3: speakers.ann.length: must be a text, got “True”: {quotes}",
        f"3: speakers.ann.facts.order: must be a text, got “17”: {quotes}",
        f"6: conditions.price.1: must be a text, got “1”: {quotes}",
        f"8: outcomes.deal.levels.0: must be a text, got “True”: {quotes}",
        "8: outcomes.deal.levels.2: must be a text, got nothing",
        f"8: outcomes.deal.asked.question: must be a text, got “2.5”: {quotes}",
    ]


@pytest.mark.parametrize(
    ("read", "text", "field"),
    [
        (load_population, "population: p\npersonas: [{id: 7}]\n", "2: personas.0.id"),
        (read_models, "fast: {url: http://127.0.0.1/v1,\n  model: 4}\n", "2: fast.model"),
        (lambda path: read_target(str(path)), "kind: http\nurl: 5\n", "2: url"),
        (load_case, "case: 5\n", "1: case"),
    ],
)
def test_so_it_is_in_every_kind_of_file(
    tmp_path: Path, read: object, text: str, field: str
) -> None:
    assert any(
        line.startswith(f"{field}: must be a text, got “") and line.endswith(": put it in quotes")
        for line in told(read, tmp_path / "f.yaml", text)
    )


def test_the_cells_of_a_csv_file_are_text(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("id,postcode,left\n007,01234,12:30\n7,1e3,0x1F\n", "utf-8")
    rows = load_population(path).personas
    assert [(row.id, row.attributes) for row in rows] == [
        ("007", {"postcode": "01234", "left": "12:30"}),
        ("7", {"postcode": "1e3", "left": "0x1F"}),
    ]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("turns: {maximum: true}", "a.yaml:3: turns: maximum: must be a number, got true"),
        ("defaults:\n  replicates: false", "a.yaml:4: defaults: replicates: must be a number"),
        ("checks: {c: {repeats: {most: true}}}", "most: must be a number, got true"),
        (
            "outcomes: {o: {kind: amount, unit: x, support: [0, true], judged: {question: q}}}",
            "a.yaml:3: outcomes.o: support: must be a number, got true",
        ),
    ],
)
def test_true_is_no_number(tmp_path: Path, lines: str, told: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(f"scenario: s\nspeakers: {{u: {{plays: user}}}}\n{lines}\n")
    with pytest.raises(ScenarioError) as error:
        load_scenario(path)
    assert told in str(error.value)
