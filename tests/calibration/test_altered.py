"""Histories with other names and surface forms."""

from __future__ import annotations

import pytest

from simulate.calibration.altered import renaming
from simulate.calibration.situation import load_situation

renamed = renaming(load_situation().renamed)


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        ("Have you heard of save-the-children?", "Have you heard of Harbor Light for Kids?"),
        ("SavetheChildren is in Syria", "Harbor Light for Kids is in Tarsia"),
        ("a Syrian child", "a Tarsian child"),
        ("I don’t know, I can't say", "I do not know, I cannot say"),
        ("Hello, I'm ok", "hi, I am all right"),
        ("$1.50 or 20 cents", "1.50 dollars or 20 pennies"),
        ("A stocking is no STC", "A stocking is no HLK"),
        ("I won't, they're away", "I will not, they are away"),
    ],
)
def test_names_and_surface_forms_are_others(said: str, instead: str) -> None:
    assert renamed(said) == instead


def test_a_long_text_takes_no_longer_than_its_length() -> None:
    assert renamed("save the " * 20_000 + "n" * 50_000).startswith("save the save")
