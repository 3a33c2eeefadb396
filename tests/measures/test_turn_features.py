"""What a classifier sees of a turn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.measures.turn_features import (
    COLUMNS,
    PLAIN,
    SpokenTurn,
    feature_matrix,
    turns_with_history,
)

TALK = [("a", "Do you give?"), ("b", "Maybe I do."), ("a", " "), ("b", "i do give")]


def test_a_turn_knows_the_turn_before_and_the_speakers_own_words() -> None:
    first, second = turns_with_history(TALK, "b")
    assert first == SpokenTurn("Maybe I do.", "Do you give?", frozenset())
    assert second == SpokenTurn("i do give", " ", frozenset({"maybe", "i", "do"}))


def test_turns_of_white_space_are_none() -> None:
    assert len(list(turns_with_history(TALK, "a"))) == 1


def test_words_and_characters_of_a_turn_have_length_one_each() -> None:
    matrix = feature_matrix([SpokenTurn("Maybe I do.", "", frozenset())]).toarray()
    assert matrix.shape == (1, COLUMNS + PLAIN)
    # Columns that both parts use keep the sum from being exactly 2.
    assert np.square(matrix[:, :COLUMNS]).sum() == pytest.approx(2, abs=0.2)


def test_how_much_is_repeated_is_a_feature_and_what_was_said_before_is_none() -> None:
    repeated, new = (
        feature_matrix([SpokenTurn("do you give", before, frozenset(own))]).toarray()[0]
        for before, own in (("Do you know?", {"give"}), ("Hi.", set()))
    )
    assert repeated[-2:] == pytest.approx([2 / 3, 1 / 3])
    assert new[-2:] == pytest.approx([0, 0])
    assert repeated[:-2] == pytest.approx(new[:-2])


def test_a_turn_looks_the_same_every_time_and_everywhere() -> None:
    matrix = feature_matrix([SpokenTurn("ok", "", frozenset())])
    assert sorted(matrix.indices[:2].tolist()) == sorted(
        feature_matrix([SpokenTurn("ok", "", frozenset())]).indices[:2].tolist()
    )
    assert crc_column("w ok") in matrix.indices


def crc_column(gram: str) -> int:
    from zlib import crc32

    return crc32(gram.encode()) % COLUMNS


@given(st.lists(st.text(min_size=1), min_size=1, max_size=5))
def test_whatever_is_said_has_finite_features(texts: list[str]) -> None:
    matrix = feature_matrix([SpokenTurn(text, text, frozenset()) for text in texts])
    assert np.isfinite(matrix.data).all()
    assert np.abs(matrix.toarray()[:, COLUMNS:]).max() < 30
