"""Verdicts beside labels."""

from __future__ import annotations

from simulate.statistics.agreement import agreement


def test_sensitivity_and_specificity_are_of_the_label_that_is_looked_for() -> None:
    labels = ["yes", "yes", "yes", "no", "no", "no", "no", "no"]
    verdicts = ["yes", "yes", "no", "no", "no", "no", "yes", "error"]
    found = agreement(labels, verdicts, [None] * 8, looked_for="yes", other="no")
    assert (found.n, found.errors) == (8, 1)
    assert found.accuracy is not None
    assert (found.accuracy.hits, found.accuracy.n) == (5, 7)
    assert found.found is not None
    assert (found.found.hits, found.found.n) == (2, 3)
    assert found.spared is not None
    assert (found.spared.hits, found.spared.n) == (3, 4)
    assert found.baseline_accuracy == 4 / 7
    assert found.brier is None
    assert found.to_dict()["confusion"]["no as error"] == 1


def test_without_both_labels_one_of_the_two_is_not_known() -> None:
    found = agreement(["no", "no"], ["no", "yes"], [0.1, 0.7], looked_for="yes", other="no")
    assert found.found is None
    assert found.spared is not None
    assert found.brier == (0.1**2 + 0.7**2) / 2
