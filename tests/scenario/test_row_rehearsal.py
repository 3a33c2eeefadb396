"""Each row of a table of people is rehearsed before any call, and named where it fails."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import run
from simulate.errors import InputError
from simulate.models import ChatRequest, ScriptedModel
from simulate.population import Population
from simulate.runfile import open_run
from simulate.scenario import Scenario, rehearse
from tests.conftest import Command

TALK = """
scenario: talk
population: {population}
speakers:
  ada:
    plays: user
    patience: '{{{{ persona.patience }}}}'
    instructions: '{{{{ persona.mood }}}}'
  bot: {{plays: assistant}}
outcomes:
  glad: {{kind: yesno, asked: {{speaker: ada, question: 'Are you {{{{ persona.mood }}}}?'}}}}
"""


def talk(folder: Path, people: str, name: str = "people.csv") -> Path:
    (folder / name).write_text(people, "utf-8")
    path = folder / "talk.yaml"
    path.write_text(TALK.format(population=name), "utf-8")
    return path


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("p3,,sad", "speakers.ada.patience: must render to a whole number ≥ 1, got “”"),
        ("p3,soon,sad", "speakers.ada.patience: must render to a whole number ≥ 1, got “soon”"),
    ],
)
def test_a_row_of_a_table_that_would_fail_in_the_run_is_named_with_its_line(
    tmp_path: Path, command: Command, row: str, told: str
) -> None:
    path = talk(tmp_path, f"id,patience,mood\np1,2,glad\np2,3,sad\n{row}\np4,2,sad\n")
    code, _, err = command("check", path)
    assert code == 2
    assert told in err
    assert f"; of persona “p3” ({tmp_path / 'people.csv'}:4)" in err


def test_the_row_that_stands_for_all_is_named_too(tmp_path: Path, command: Command) -> None:
    path = talk(tmp_path, "id,patience,mood\np1,,glad\n")
    code, _, err = command("check", path)
    assert code == 2
    assert f"got “”; rehearsed with persona “p1” ({tmp_path / 'people.csv'}:2)" in err


@pytest.mark.parametrize(
    ("attributes", "told"),
    [
        ("{patience: 2}", "persona has no “mood”"),
        ("{patience: 2, mood: null}", "persona has no value for “mood”; say what stands there"),
    ],
)
def test_a_person_that_lacks_an_attribute_is_named_with_its_line(
    tmp_path: Path, command: Command, attributes: str, told: str
) -> None:
    rows = "- {id: p1, attributes: {patience: 2, mood: sad}}\n- {id: p2, attributes: %s}\n"
    people = f"population: p\npersonas:\n{rows % attributes}"
    code, _, err = command("check", talk(tmp_path, people, "people.yaml"))
    assert code == 2
    assert told in err
    assert f"; of persona “p2” ({tmp_path / 'people.yaml'}:4)" in err


def scenario(**fields: Any) -> Scenario:
    speakers = {"ada": {"plays": "user"}, "bot": {"plays": "assistant"}}
    return Scenario.model_validate({"scenario": "s", "speakers": speakers, **fields})


def people(*attributes: dict[str, Any], **fields: Any) -> Population:
    rows = [{"id": f"p{i}", "attributes": each} for i, each in enumerate(attributes, start=1)]
    return Population.model_validate({"population": "p", "personas": rows, **fields})


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"turns": {"opening": "{{ persona.a }}"}}, "turns.opening: renders to an empty text"),
        (
            {"steps": [{"show": {"to": "ada", "text": "{{ persona.a }}"}}, {"say": 1}]},
            "steps.0: renders to an empty text",
        ),
        (
            {"outcomes": {"x": {"kind": "yesno", "judged": {"question": "{{ persona.a }}"}}}},
            "outcomes.x.judged.question: renders to an empty text",
        ),
        (
            {"outcomes": {"x": {"kind": "yesno", "matched": {"accepted": ["{{ persona.a }}"]}}}},
            "outcomes.x.matched.accepted: persona “p2” has no right answer",
        ),
        (
            {
                "checks": {
                    "x": {
                        "judged": {
                            "rubric": "{{ persona.b }}",
                            "levels": {"yes": "pass", "no": "fail"},
                        }
                    }
                }
            },
            "checks.x.judged.rubric: persona has no “b”",
        ),
    ],
)
def test_whatever_a_row_has_a_part_in_is_rehearsed(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        rehearse(scenario(**fields), people({"a": "x", "b": 1}, {"a": ""}))


def test_a_row_of_another_speakers_people_is_rehearsed(tmp_path: Path) -> None:
    bot = {"plays": "assistant", "instructions": "{{ persona.a }}", "population": "p"}
    given = scenario(speakers={"ada": {"plays": "user"}, "bot": bot})
    rows = [{"a": i} for i in range(20)]
    rehearse(given, None, {"bot": people(*rows)})
    with pytest.raises(InputError, match=r"speakers\.bot\.instructions: .*; of persona “p21”"):
        rehearse(given, None, {"bot": people(*rows, {})})


def test_the_prose_of_each_row_is_rehearsed(tmp_path: Path, command: Command) -> None:
    path = tmp_path / "p.yaml"
    (tmp_path / "t.csv").write_text("id,age\na,30\nb,\n")
    path.write_text("population: p\ntable: t.csv\nprose: '{{ 100 - (age | int(none)) }}'\n")
    code, _, err = command("check", path)
    assert code == 2
    assert f"of persona “b” ({tmp_path / 't.csv'}:3)" in err


def test_rows_that_are_read_alike_are_rehearsed_once_and_others_each() -> None:
    told = "{% if persona.mood == 'odd' %}{{ persona.why }}{% endif %}{{ persona.id }}"
    speakers = {"ada": {"plays": "user", "instructions": told}, "bot": {"plays": "assistant"}}
    rows = [{"mood": "sad", "n": i} for i in range(3000)]
    rehearse(scenario(speakers=speakers), people(*rows, {"mood": "odd", "why": "so"}))
    with pytest.raises(InputError, match=r"has no “why”.*; of persona “p3001”"):
        rehearse(scenario(speakers=speakers), people(*rows, {"mood": "odd"}))


@pytest.mark.parametrize(
    "told",
    [
        "{% if persona.a is none %}nothing{% else %}{{ persona.a }}{% endif %}",
        "{{ persona.a | default('nothing') }}",
        "{{ persona.a or 'nothing' }}",
    ],
)
def test_a_missing_answer_is_null_and_a_template_says_what_is_told_then(
    tmp_path: Path, told: str
) -> None:
    heard: list[str] = []

    def answer(request: ChatRequest) -> Any:
        heard.append(request.messages[0]["content"])
        return "Hello."

    ada = {"plays": "user", "method": "direct", "instructions": told}
    given = scenario(speakers={"ada": ada, "bot": {"plays": "assistant"}}, turns={"maximum": 1})
    path = tmp_path / "a.db"
    table = people({"a": "yes"}, {"a": None})
    asyncio.run(run(given, n=2, population=table, model=ScriptedModel(answer), out=path))
    assert {"yes", "nothing"} <= set(heard)
    with open_run(path) as file:
        exported = [d["persona"]["attributes"] for d in file.dialogues()]
    assert sorted(exported, key=str) == [{"a": "yes"}, {"a": None}]
