"""The situation of human dialogues, as a file says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulate.calibration.situation import load_situation
from simulate.errors import ScenarioError

MINE = """
situation: mine
length: one line
roles:
  buyer: {instructions: Buy it., people: Many buyers.}
  seller: {instructions: Sell it., people: Many sellers.}
acts: {offer-price: an offer}
outcomes:
  price: {of: buyer, kind: amount, support: [0, 9], question: How much?, people: How much?}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text)
    return path


def test_acts_are_told_in_words_by_default_those_of_their_labels(tmp_path: Path) -> None:
    mine = load_situation(written(tmp_path, MINE))
    assert mine.first_act(["offer-price", "thank"]) == "an offer"
    assert mine.first_act(["Ask-org_info"]) == "ask org info"
    assert mine.first_act([]) is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("of: buyer", "of: judge", "outcomes.price.of: there is no role “judge”; there are: buyer"),
        ("  seller: {instructions: Sell it., people: Many sellers.}\n", "", "mine.yaml:4: roles"),
        ("{offer-price: an offer}", "{a: x, b: x}", "acts: two are put in the same words"),
        (
            "acts: {offer",
            "renamed: {'-': x}\nacts: {offer",
            "renamed: “-” has no letter",
        ),
        ("length: one line\n", "", "length"),
    ],
)
def test_a_situation_that_cannot_be_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(ScenarioError, match=r"mine\.yaml") as refused:
        load_situation(written(tmp_path, MINE.replace(old, new)))
    assert message in str(refused.value)
