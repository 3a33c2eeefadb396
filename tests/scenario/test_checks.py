from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import ValidationError

from simulate.errors import ScenarioError
from simulate.scenario import Check, load_scenario
from simulate.scenario.owasp import Weakness, owasp_name


@pytest.mark.parametrize("language", ["en", "fil", "{{ persona.language }}"])
def test_a_check_of_language_takes_a_code_or_a_template(language: str) -> None:
    assert Check.model_validate({"language": language}).model_dump()["language"] == language


@pytest.mark.parametrize(
    ("after", "problem"),
    [([], "at least 1 item"), (["a", "("], "not a regular expression"), ([""], "at least 1 char")],
)
def test_what_a_check_comes_after_is_one_pattern_or_several(after: Any, problem: str) -> None:
    assert Check.model_validate({"lacks": ["x"], "after": "a"}).after == ["a"]
    assert Check.model_validate({"lacks": ["x"], "after": ["a", "b"]}).after == ["a", "b"]
    with pytest.raises(ValueError, match=problem):
        Check.model_validate({"lacks": ["x"], "after": after})


@pytest.mark.parametrize("language", ["English", "e"])
def test_a_language_that_is_no_code_is_refused(language: str) -> None:
    with pytest.raises(ValueError, match="language"):
        Check.model_validate({"language": language})


@pytest.mark.parametrize(
    ("field", "check"),
    [
        ("language", {"language": "{{ persona.tongue }}"}),
        ("leaks.prompt.0", {"leaks": {"prompt": "{{ variables.rules }}"}}),
        ("reaches.state.equals", {"reaches": {"state": {"path": "$.x", "equals": "{{ fact }}"}}}),
        (
            "judged.rubric",
            {"judged": {"rubric": "Is {{ x }} so?", "levels": {"yes": "pass", "no": "fail"}}},
        ),
    ],
)
def test_a_check_whose_template_cannot_be_filled_in_is_found_before_a_run(
    tmp_path: Path, field: str, check: dict[str, Any]
) -> None:
    path = tmp_path / "talk.yaml"
    speakers = {"bot": {"plays": "assistant"}, "ada": {"plays": "user"}}
    path.write_text(yaml.safe_dump({"scenario": "t", "speakers": speakers, "checks": {"c": check}}))
    with pytest.raises(
        ScenarioError, match=rf"talk\.yaml:\d+: checks\.c\.{field}: .*(undefined|has no “)"
    ):
        load_scenario(path)


@pytest.mark.parametrize(
    ("check", "names"),
    [
        ({"leaks": {"prompt": "You are a bot of the shop."}}, "LLM07:2025 System Prompt Leakage"),
        ({"leaks": {"secrets": ["q7"]}}, "LLM02:2025 Sensitive Information Disclosure"),
        (
            {"leaks": {"secrets": ["q7"], "prompt": "You are a bot."}},
            "LLM07:2025 System Prompt Leakage, LLM02:2025 Sensitive Information Disclosure",
        ),
        ({"pii": ["email"]}, "LLM02:2025 Sensitive Information Disclosure"),
        ({"pii": ["email"], "owasp": "LLM01"}, "LLM01:2025 Prompt Injection"),
        ({"lacks": ["idiot"], "owasp": "LLM06"}, "LLM06:2025 Excessive Agency"),
        ({"lacks": ["idiot"]}, ""),
        ({"pii": ["email"], "speaker": "customer"}, ""),
    ],
)
def test_a_failure_has_the_owasp_name_that_is_declared_or_its_kind_has(
    check: dict[str, Any], names: str
) -> None:
    assert Check.model_validate(check).weaknesses == names


def test_the_owasp_names_are_ten_and_no_other_is_taken() -> None:
    assert [owasp_name(each) for each in get_args(Weakness)] == [
        "LLM01:2025 Prompt Injection",
        "LLM02:2025 Sensitive Information Disclosure",
        "LLM03:2025 Supply Chain",
        "LLM04:2025 Data and Model Poisoning",
        "LLM05:2025 Improper Output Handling",
        "LLM06:2025 Excessive Agency",
        "LLM07:2025 System Prompt Leakage",
        "LLM08:2025 Vector and Embedding Weaknesses",
        "LLM09:2025 Misinformation",
        "LLM10:2025 Unbounded Consumption",
    ]
    with pytest.raises(ValidationError, match="owasp"):
        Check.model_validate({"lacks": ["idiot"], "owasp": "LLM11"})


def test_a_check_without_one_is_dumped_as_before() -> None:
    check = Check.model_validate({"lacks": ["idiot"]})
    assert "owasp" not in check.model_dump()
    again = Check.model_validate({"lacks": ["idiot"], "owasp": "LLM06"}).model_dump()
    assert Check.model_validate(again).owasp == "LLM06"
