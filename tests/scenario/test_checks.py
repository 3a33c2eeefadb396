from pathlib import Path
from typing import Any

import pytest
import yaml

from simulate.errors import ScenarioError
from simulate.scenario import Check, load_scenario


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
