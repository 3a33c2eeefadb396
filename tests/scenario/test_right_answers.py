"""What a task asks each persona of a table, and which answers are right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from simulate.engine.prepare import resolve
from simulate.errors import InputError
from simulate.population import Persona
from simulate.scenario import Outcome, load_scenario, with_answers
from tests.conftest import Command


def right(*accepted: str) -> Outcome:
    return Outcome.model_validate({"kind": "yesno", "matched": {"accepted": list(accepted)}})


def said(reply: str, outcome: Outcome, **attributes: Any) -> str | None:
    (cell, *_) = load_scenario("facts").cells()
    return with_answers(outcome, "right", cell, Persona("p", attributes)).match([("a", reply)])


def test_a_reply_is_right_that_is_one_of_the_accepted_answers() -> None:
    outcome = right("{{ persona.answer }}", "{{ persona.aliases | default('') }}")
    assert said("The Ottawa.", outcome, answer="Ottawa") == "yes"
    assert said("Ottawa, Ontario", outcome, answer="Ottawa") == "no"
    assert said("ottawa ontario", outcome, answer="Ottawa", aliases="Bytown|Ottawa, Ontario") == (
        "yes"
    )


def test_an_answer_that_looks_like_a_template_is_a_text() -> None:
    assert said("{{ persona.id }}", right("{{ persona.answer }}"), answer="{{ persona.id }}") == (
        "yes"
    )


@pytest.mark.parametrize("answer", ["", " | ", "?"])
def test_a_persona_without_a_right_answer_is_refused(answer: str) -> None:
    with pytest.raises(InputError, match=r"matched.accepted: persona “p” has no right answer"):
        said("x", right("{{ persona.answer }}"), answer=answer)


def test_only_what_is_right_or_wrong_has_accepted_answers() -> None:
    with pytest.raises(ValidationError, match="accepted is for kind yesno, not choice"):
        Outcome.model_validate(
            {"kind": "choice", "levels": ["a", "b"], "matched": {"accepted": ["a"]}}
        )
    with pytest.raises(ValidationError, match="give one of pattern, patterns and accepted"):
        Outcome.model_validate({"kind": "yesno", "matched": {"accepted": ["a"], "pattern": "a"}})


@pytest.mark.parametrize(
    ("scenario", "table", "rule"),
    [
        ("facts", "question,answer\nWhy?,42\n", "turns.opening: persona has no “problem”"),
        ("facts", "problem,reply\nWhy?,42\n", "persona has no “answer”"),
        ("facts", "problem,answer\nWhy?,42\nHow?,\n", "“t-0002” has no right answer"),
        ("facts", "problem,answer\nWhy?,42\nWhy?,43\n", "“t-0001” and “t-0002” are asked the same"),
        ("refusals", "text\nHello\n", "turns.opening: persona has no “prompt”"),
        (
            "refusals",
            "prompt,kind\nHello,a\nBye,b\nHello,a\n",
            "“t-0001” and “t-0003” are",
        ),
        ("refusals", 'prompt\nHello\n" "\nBye\n', "persona “t-0002” is asked nothing"),
    ],
)
def test_a_table_that_does_not_fit_is_one_line_before_any_call(
    tmp_path: Path, command: Command, scenario: str, table: str, rule: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(table)
    code, out, err = command("run", scenario, "--population", path, "--model", "scripted:none")
    assert (code, out) == (2, "")
    assert rule in err
    assert len(err.splitlines()) == 1


def test_a_table_in_the_layout_of_simpleqa_needs_no_further_column(tmp_path: Path) -> None:
    path = tmp_path / "simple.csv"
    path.write_text("metadata,problem,answer\n\"{'topic': 'Art', 'urls': ['u']}\",Who?,Ann\n")
    plan = resolve("facts", path, [], 1, 0)
    assert plan.personas[0].attributes["problem"] == "Who?"


def test_personas_that_are_asked_the_same_are_people_and_no_items(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("age\n30\n30\n")
    assert len(resolve("joke", path, [], 2, 0).personas) == 2
