import pytest

from simulate.scenario import Check


@pytest.mark.parametrize("language", ["en", "fil", "{{ persona.language }}"])
def test_a_check_of_language_takes_a_code_or_a_template(language: str) -> None:
    assert Check(language=language).language == language


@pytest.mark.parametrize("language", ["English", "EN", "e"])
def test_a_language_that_is_no_code_is_refused(language: str) -> None:
    with pytest.raises(ValueError, match="language"):
        Check(language=language)
