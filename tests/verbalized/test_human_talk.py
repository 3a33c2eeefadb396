"""What 20,932 people's turns look like is what a simulated person may say: nothing of it is cut."""

import csv
import json

import pytest

from simulate.verbalized import WORDINGS
from simulate.verbalized.leaving import without_end_mark
from simulate.verbalized.markup import without_markup
from simulate.verbalized.parse import parse_distribution
from simulate.verbalized.spoken import SpeakerNames, spoken
from tests.human_data import OFFICIAL, needs_official

NAMES = SpeakerNames(
    frozenset({"persuadee", "ada"}),
    frozenset({"user", "human"}),
    frozenset({"persuader", "assistant", "chatbot", "bot", "ai"}),
)


@pytest.fixture(scope="module")
def turns() -> list[str]:
    with (OFFICIAL / "full_dialog.csv").open(encoding="utf-8", newline="") as file:
        return [said for row in csv.DictReader(file) if (said := row["Unit"].strip())]


@needs_official
def test_no_turn_of_a_person_is_taken_for_markup_or_for_another_speakers(turns: list[str]) -> None:
    assert len(turns) == 20_932
    changed = [t for t in turns if without_markup(t) is not t or spoken(t, NAMES) != (t, False)]
    assert changed == []


@needs_official
@pytest.mark.parametrize("may_end", [True, False])
def test_no_turn_of_a_person_ends_with_a_mark(turns: list[str], may_end: bool) -> None:
    assert [t for t in turns if without_end_mark(t, may_end=may_end) != (t, False)] == []


@needs_official
@pytest.mark.parametrize("in_ascii", [True, False])
def test_turns_of_people_are_read_back_from_a_distribution_that_is_broken(
    turns: list[str], in_ascii: bool
) -> None:
    for i in range(0, len(turns), 5):
        stated = [{"text": text, "probability": 0.2} for text in turns[i : i + 5]]
        whole = json.dumps({"responses": stated}, ensure_ascii=in_ascii)
        broken = f"Here they are:\n```json\n{whole.replace('}]}', '},]}')}\n```"
        read = parse_distribution(broken, wording=WORDINGS["implicit"], k=5)
        assert list(read.texts) == turns[i : i + 5]
