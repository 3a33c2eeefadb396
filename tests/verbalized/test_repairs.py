import json

import pytest

from simulate.verbalized.json_text import read_json
from simulate.verbalized.repairs import (
    FENCE,
    FIELDS,
    INSIDE,
    JSON,
    NUMBERS,
    PROSE,
    WORDS,
    repair_of,
)

ASKED = '{"responses": [{"text": "Yes.", "probability": 0.4}]}'


@pytest.mark.parametrize(
    ("raw", "repair"),
    [
        (f"```json\n{ASKED}\n```", FENCE),
        (f"Here you are: {ASKED}", PROSE),
        (f"{ASKED} I hope this helps.", PROSE),
        (ASKED[:-2], JSON),
        (ASKED.replace('"', "'"), JSON),
        (json.dumps(ASKED), INSIDE),
    ],
)
def test_what_was_mended_of_a_text_that_is_no_json(raw: str, repair: str) -> None:
    assert repair_of(raw) == repair


@pytest.mark.parametrize("number", ["30%", "0.3", 30, -1])
def test_probabilities_in_another_form_are_named(number: object) -> None:
    raw = json.dumps({"responses": [{"text": "Yes.", "probability": number}]})
    assert repair_of(raw) == NUMBERS


def test_json_that_has_its_form_differs_in_its_fields() -> None:
    assert read_json(ASKED)[1] == "clean"
    assert repair_of('{"answers": [{"reply": "Yes.", "probability": 0.4}]}') == FIELDS


def test_words_without_json_had_marks_around_them() -> None:
    assert repair_of("Ada: “Hello.”") == WORDS
