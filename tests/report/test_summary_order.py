"""What a summary says in full, and what it says once."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulate.comparison.summary import AttributeDifference, summaries
from simulate.report.document import Items, Section, said_once
from simulate.report.summary_sections import attribute_blocks, summary_sections
from simulate.runfile import open_run
from tests.made_runs import write_run

OUTCOMES = {
    "mood": {"kind": "yesno", "matched": {"pattern": "Hello"}},
    "donation": {
        "kind": "amount",
        "support": [0, 2],
        "asked": {"speaker": "persuadee", "question": "How much?"},
    },
}


def test_primary_outcomes_come_first_and_the_others_show_their_cells_only(tmp_path: Path) -> None:
    fields = {"outcomes": OUTCOMES, "analysis": {"primary": ["donation"]}}
    path = write_run(tmp_path / "run.db", {"vs": [1.0], "direct": [0.5]}, fields=fields)
    with open_run(path) as run:
        found = [(each.name, each.in_question) for each in summaries(run)]
    assert found == [("donation", True), ("mood", False)]


def test_a_note_is_said_where_it_comes_first() -> None:
    sections = [Section("a", (Items(("one", "two")),)), Section("b", (Items(("two",)),))]
    assert [each.blocks for each in said_once(sections)] == [(Items(("one", "two")),), ()]


def test_of_an_attribute_with_some_numbers_it_is_said_of_what_it_has_none() -> None:
    known = AttributeDifference("trust", False, "mean", "mean", (), 0.1, 0.5, 0.5)
    few = AttributeDifference("trust", False, "story", "mean", (), reason="n too small")
    _, notes = attribute_blocks([known, few])
    assert isinstance(notes, Items)
    assert "no number of story by trust: n too small" in notes.items


@pytest.mark.parametrize(("margin", "named"), [(0.5, "vs − direct"), (0.05, "none")])
def test_a_difference_counts_as_none_where_its_whole_interval_lies_within_the_margin(
    tmp_path: Path, margin: float, named: str
) -> None:
    fields = {"analysis": {"margins": {"donation": {"mean": margin}}}}
    answers = {"vs": [1.0, 0.5] * 20, "direct": [0.5, 1.0] * 20}
    with open_run(write_run(tmp_path / "run.db", answers, fields=fields)) as run:
        sections = list(summary_sections(summaries(run)))
    said = [
        item for each in sections for b in each.blocks if isinstance(b, Items) for item in b.items
    ]
    assert any(item.endswith(f"by the whole interval: {named}") for item in said)
