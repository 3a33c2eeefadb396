"""Names by which two things would go are refused; all others have a place of their own."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import run
from simulate.errors import InputError
from simulate.files.templates import render
from simulate.models import ChatRequest, ScriptedModel
from simulate.population import Population
from simulate.runfile import open_run
from simulate.runfile.export import export_csv, table_rows
from simulate.scenario import Scenario, rehearse
from tests.conftest import Command

YESNO = {"kind": "yesno", "asked": {"speaker": "ada", "question": "?"}}


def scenario(**fields: Any) -> Scenario:
    speakers = {"ada": {"plays": "user", "method": "direct"}, "bot": {"plays": "assistant"}}
    return Scenario.model_validate({"scenario": "s", "speakers": speakers, **fields})


def speakers(*names: str) -> dict[str, Any]:
    return {name: {"plays": "user" if at == 0 else "assistant"} for at, name in enumerate(names)}


LACKS = {"lacks": ["x"]}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"speakers": speakers("ada", "judge")}, "speakers.judge: .* goes by this name; choose"),
        ({"speakers": speakers("ada", "Ada")}, "speakers.Ada: no line can tell it from “ada”"),
        ({"speakers": speakers("the-clerk", "clerk")}, "speakers.clerk: no line can tell it"),
        ({"checks": {"responds": LACKS}}, "checks.responds: this name is taken"),
        ({"checks": {"stopped-early": LACKS}}, "checks.stopped-early: this name is taken"),
        ({"checks": {"a": LACKS, "A": LACKS}}, "checks.A: differs from “a” by case only"),
        ({"outcomes": {"a": YESNO, "A": YESNO}}, "outcomes.A: differs from “a” by case only"),
        ({"conditions": {"a": {"x": {}}, "A": {"y": {}}}}, "conditions.A: differs from “a”"),
    ],
)
def test_a_name_by_which_two_things_would_go_is_refused(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        rehearse(scenario(**fields), None)


def test_check_names_the_line_of_a_speaker_called_judge(tmp_path: Path, command: Command) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("scenario: s\nspeakers:\n  ada: {plays: user}\n  judge: {plays: assistant}\n")
    code, _, err = command("check", path)
    assert code == 2
    assert f"{path}:4: speakers.judge: " in err


def test_attributes_that_differ_by_case_only_are_refused() -> None:
    rows = [{"id": "a", "attributes": {"age": 1}}, {"id": "b", "attributes": {"Age": 2}}]
    with pytest.raises(ValueError, match="attributes “age” and “Age” differ by case only"):
        Population.model_validate({"population": "p", "personas": rows})


@pytest.mark.parametrize("name", ["items", "values", "get", "keys"])
def test_a_field_that_is_called_as_a_method_is_goes_before_it(name: str) -> None:
    assert render(f"{{{{ persona.{name} }}}}", {"persona": {name: "mine"}}, "t") == "mine"


FIXED = ("run", "dialogue", "status", "error", "persona", "replicate", "turns", "calls")


def test_whatever_is_called_as_a_fixed_column_has_a_column_of_its_own(tmp_path: Path) -> None:
    def answer(request: ChatRequest) -> Any:
        answers = {"responses": [{"value": v, "probability": 0.5} for v in ("yes", "no")]}
        return "Hello." if request.schema is None else answers

    talk = scenario(
        conditions={name: {"one": {}} for name in FIXED},
        outcomes=dict.fromkeys(FIXED, YESNO),
        turns={"maximum": 1},
    )
    row = {"id": "p", "attributes": dict.fromkeys(FIXED, "x")}
    people = Population.model_validate({"population": "p", "personas": [row]})
    path = tmp_path / "a.db"
    asyncio.run(run(talk, population=people, n=1, model=ScriptedModel(answer), out=path))
    with open_run(path) as file:
        (columns,) = table_rows(file)
        text = io.StringIO()
        export_csv(file, text)
    for name in FIXED:
        assert {name, f"cell.{name}", f"persona.{name}", f"outcome.{name}"} <= columns.keys()
        assert columns[f"persona.{name}"] == "x"
    header = text.getvalue().splitlines()[0].split(",")
    assert len(set(header)) == len(header) == len(columns)
